"""The installed command in a real terminal, from its first start to its end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.terminal import terminal

_MIAVO = str(Path(sys.executable).with_name("miavo"))


def test_a_person_finds_a_model_chats_with_it_sees_what_it_took_and_leaves(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with terminal([_MIAVO, "--home", str(home), "--port", "0"]) as person:
        person.sees("Welcome to Miavo")
        person.sees("● ready")
        person.press("\x1b")
        person.sees("93 of 93")

        person.press("/local-echo\r")  # at once, as a pasted text or a script types
        person.sees("1 of 93")
        person.press("\r")  # from the list, into the chat
        person.sees("Write a message")
        person.press("Is anybody there?\r")
        person.until(lambda: person.text().count("Is anybody there?") == 2, "the echo")
        person.sees("free")

        person.press("\x1b6")  # alt and 6, as terminals send it
        person.sees("● done")
        assert "local-echo" in person.text()

        person.press("\x11")
        assert person.ended() == 0
        # The terminal is given back as it was: the other screen, the cursor, no mouse.
        for given_back in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1000l"):
            assert given_back in person.raw[-2_000:]
        assert b"Traceback" not in person.raw
    assert not (home / "gateway.json").exists()

    listed = subprocess.run(
        [_MIAVO, "usage", "--home", str(home), "--json"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    [row] = json.loads(listed.stdout)
    assert (row["slug"], row["state"]) == ("local-echo", "completed")
