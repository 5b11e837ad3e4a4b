"""What the app remembers: kept whole, whatever happens to the process or the file."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from miavo_tui.catalogue_view import CatalogueView
from miavo_tui.state import AppState, StateFile


async def test_changes_are_on_disk_after_a_flush_and_read_back(tmp_path: Path) -> None:
    file = StateFile(tmp_path / "home" / "app.json")
    assert file.value == AppState()
    view = CatalogueView(search="gpt", features=("tools", "vision"), sort="input", descending=True)
    file.change(theme="miavo-light", chat_model="local-echo", catalogue=view)
    await file.flush()
    kept = StateFile(tmp_path / "home" / "app.json").value
    assert kept == AppState(theme="miavo-light", chat_model="local-echo", catalogue=view)
    names = await asyncio.to_thread(os.listdir, tmp_path / "home")
    assert names == ["app.json"]


async def test_many_changes_are_written_together_by_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def keep(path: Path, text: str) -> None:
        written.append(text)
        loop.call_soon_threadsafe(done.set)

    monkeypatch.setattr("miavo_tui.state.replace_file", keep)
    file = StateFile(tmp_path / "app.json")
    for number in range(500):
        file.change(chat_model=f"model-{number}")
    async with asyncio.timeout(10):
        await done.wait()
    assert [json.loads(text)["chat_model"] for text in written] == ["model-499"]


def test_a_broken_file_is_set_aside_and_defaults_serve(tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    for broken in ("{", "[]", "\x00\x01", "[" * 100_000):
        path.write_text(broken)
        assert StateFile(path).value == AppState()
        assert path.with_name("app.json.broken").read_text() == broken
        assert not path.exists()


def test_fields_of_another_version_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    path.write_text(
        json.dumps(
            {
                "theme": "miavo-light",
                "screen": 7,
                "later": True,
                "catalogue": {"search": "x", "features": ["tools"], "descending": 1, "other": {}},
            }
        )
    )
    view = CatalogueView(search="x", features=("tools",))
    assert StateFile(path).value == AppState(theme="miavo-light", catalogue=view)


async def test_a_home_that_cannot_be_written_costs_the_memory_and_nothing_else(
    tmp_path: Path,
) -> None:
    (tmp_path / "file").write_text("")
    file = StateFile(tmp_path / "file" / "app.json")
    file.change(theme="miavo-light")
    await file.flush()
    assert file.value.theme == "miavo-light"


_WRITER = """
import sys
from pathlib import Path
from miavo_tui.file_replacement import replace_file
path = Path(sys.argv[1])
number = 0
while True:
    number += 1
    replace_file(path, '{"theme": "' + str(number) * 20000 + '"}')
    if number == 3:
        print("writing", flush=True)
"""


def test_a_kill_in_the_midst_of_writing_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "app.json"
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert len(StateFile(path).value.theme) >= 20_000
        assert not path.with_name("app.json.broken").exists()
