"""Images and sounds go with a prompt, by path, paste or drop."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from miavo_tui.conversations.attachments import AttachmentProblem, load
from miavo_tui.screens.chat_forms import AttachForm
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import ChatApp, OpenChat


def png(width: int = 3, height: int = 2) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = (b"\0" + b"\x80" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def names(chat: ChatApp) -> list[str]:
    return [each.name for each in chat.pane.attached.attachments]


async def test_a_pasted_path_becomes_an_attachment_that_the_model_sees(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path
) -> None:
    picture = tmp_path / "a parrot.png"
    picture.write_bytes(png())
    async with open_chat(gateway) as chat:
        await chat.write("Look: ")
        chat.app.post_message(events.Paste(f"'{picture}'"))
        await chat.until(lambda: names(chat) == ["a parrot.png"])
        assert chat.pane.composer.text == "Look: "
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.replies)
        await chat.replied()
        assert "image/png, 3x2 pixels" in chat.replies[-1].reply.text
        assert not names(chat)
        assert "a parrot.png" in str(chat.screen.query_one(".turn--prompt").render())


async def test_what_is_attached_and_not_sent_is_back_in_the_next_run(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path
) -> None:
    picture = tmp_path / "p.png"
    picture.write_bytes(png())
    async with open_chat(gateway) as chat:
        await chat.pane.attach([picture])
    picture.unlink()
    async with open_chat(gateway, model="local-echo") as chat:
        assert names(chat) == ["p.png"]
        await chat.send("and?")
        assert chat.replies[-1].reply.failure is None
        chat.pane.attached.put(chat.pane.transcript.turn_views[0].turn.attachments)
        chat.pane.attached.focus()
        await chat.pilot.press("d")
        assert not names(chat)


async def test_a_model_without_vision_is_not_sent_a_picture(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path
) -> None:
    picture = tmp_path / "p.png"
    picture.write_bytes(png())
    async with open_chat(gateway, model="local-smollm2-135m") as chat:
        await chat.pane.attach([picture])
        await chat.until(lambda: "takes no images" in str(chat.pane.attached.render()))
        await chat.write("what is this?")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app._notifications)
        assert not chat.replies
        assert chat.pane.composer.text == "what is this?"
        chat.screen.use_model("local-echo")
        await chat.pilot.pause()
        assert "takes no images" not in str(chat.pane.attached.render())


async def test_a_path_that_leads_nowhere_is_told_in_the_form(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    async with open_chat(gateway) as chat:
        await chat.pilot.press("ctrl+f")
        await chat.until(lambda: isinstance(chat.app.screen, AttachForm))
        form = chat.app.screen
        for path, told in ((tmp_path / "none.png", "no file"), (tmp_path / "notes.txt", "neither")):
            form.query_one(Input).value = str(path)
            await chat.pilot.press("enter")
            await chat.until(
                lambda told=told: told in str(form.query_one(".form-note").render())  # type: ignore[misc]
            )


async def test_text_that_only_looks_like_a_path_is_text(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway) as chat:
        chat.app.post_message(events.Paste("/etc/hostname"))
        await chat.until(lambda: chat.pane.composer.text == "/etc/hostname")
        chat.app.post_message(events.Paste(" and /this\n"))
        await chat.until(lambda: chat.pane.composer.text == "/etc/hostname and /this\n")
        assert not names(chat)


def test_a_file_that_is_too_large_is_told_with_its_size(tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(png() + bytes(21 * 1024 * 1024))
    with pytest.raises(AttachmentProblem, match=r"large\.png has 21\.0 MB; 20\.0 MB"):
        load(large)
    with pytest.raises(AttachmentProblem, match="a folder"):
        load(tmp_path)
