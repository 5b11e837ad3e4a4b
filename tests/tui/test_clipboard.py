"""Copying says "copied" only when it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from miavo_tui import clipboard


class Screen:
    """Keeps what OSC 52 was written with."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def copy_to_clipboard(self, text: str) -> None:
        self.written.append(text)


@pytest.fixture(autouse=True)
def _bare_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No display, no tmux, a terminal nobody knows, and a PATH with the system's tools last."""
    for name in list(os.environ):
        if name in {"TMUX", "STY", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "TERM_PROGRAM"}:
            monkeypatch.delenv(name)
    for name in ("KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("WSL_DISTRO_NAME", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.defpath}")


def tool(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


async def test_a_tool_that_takes_the_text_makes_it_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    tool(tmp_path, "wl-copy", f"cat > {tmp_path}/taken")
    screen = Screen()
    assert (await clipboard.copy(screen, "grüße 🦜")).copied
    assert (tmp_path / "taken").read_text() == "grüße 🦜"
    assert screen.written == ["grüße 🦜"]


async def test_a_tool_that_stays_to_serve_the_selection_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    tool(tmp_path, "xclip", f"cat > {tmp_path}/taken\n(sleep 60) &\necho $! > {tmp_path}/pid")
    try:
        assert (await clipboard.copy(Screen(), "text")).copied
    finally:
        os.kill(int((tmp_path / "pid").read_text()), 9)


async def test_a_failing_tool_and_an_unknown_terminal_are_not_called_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    tool(tmp_path, "xclip", "exit 1")
    tool(tmp_path, "xsel", "exit 1")
    outcome = await clipboard.copy(Screen(), "text")
    assert not outcome.copied
    assert "xclip" in outcome.advice


async def test_tmux_keeps_the_text_and_says_how_to_paste(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMUX", "/tmp/none,1,0")
    monkeypatch.setenv("TERM_PROGRAM", "WezTerm")
    tool(tmp_path, "tmux", f'[ "$*" = "load-buffer -w -" ] && cat > {tmp_path}/taken')
    outcome = await clipboard.copy(Screen(), "text")
    assert outcome.copied
    assert "prefix ]" in outcome.advice
    assert (tmp_path / "taken").read_text() == "text"
    tool(tmp_path, "tmux", "exit 1")
    assert not (await clipboard.copy(Screen(), "text")).copied


async def test_over_ssh_only_the_terminal_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22")
    monkeypatch.setenv("DISPLAY", ":0")
    tool(tmp_path, "xclip", f"touch {tmp_path}/called")
    monkeypatch.setenv("TERM", "xterm-kitty")
    assert (await clipboard.copy(Screen(), "text")).copied
    assert not (tmp_path / "called").exists()


@pytest.mark.parametrize(
    ("platform", "environ", "first"),
    [
        ("darwin", {}, "pbcopy"),
        ("win32", {}, "clip.exe"),
        ("linux", {"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "wl-copy"),
        ("linux", {"WSL_DISTRO_NAME": "Debian"}, "clip.exe"),
    ],
)
def test_each_platform_has_its_own_tool(platform: str, environ: dict[str, str], first: str) -> None:
    assert clipboard.tools(environ, platform)[0][0] == first
