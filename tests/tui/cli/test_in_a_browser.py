"""`textual serve miavo`: each browser tab is a process that draws through pipes; one gateway."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

_READY_SECONDS = 60.0
# What Textual's web driver says first: from here on what is drawn follows in packets.
_HANDSHAKE = b"__GANGLION__\n"


def tab(home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "miavo_tui", "--home", str(home), "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={
            **os.environ,
            "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
            "COLUMNS": "160",
            "ROWS": "40",
        },
    )


def read_until(process: subprocess.Popen[bytes], words: bytes) -> bytes:
    assert process.stdout is not None
    seen = b""
    deadline = time.monotonic() + _READY_SECONDS
    while words not in seen and time.monotonic() < deadline:
        piece = process.stdout.read1(65536)  # type: ignore[attr-defined]
        if not piece:
            break
        seen += piece
    assert words in seen, seen[-2000:]
    return seen


def test_every_tab_shows_the_app_and_all_attach_to_the_gateway_of_the_first(
    tmp_path: Path,
) -> None:
    tabs = [tab(tmp_path)]
    try:
        seen = read_until(tabs[0], b"ready")
        assert seen.startswith(_HANDSHAKE)
        address = json.loads((tmp_path / "gateway.json").read_text())["url"].partition("://")[2]
        tabs.append(tab(tmp_path))
        read_until(tabs[1], address.encode())
        assert json.loads((tmp_path / "gateway.json").read_text())["pid"] == tabs[0].pid
    finally:
        for process in reversed(tabs):
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)  # drained: a full pipe would hold up its end
