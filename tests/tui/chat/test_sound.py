"""Models that speak and models that listen, in Chat."""

from __future__ import annotations

import asyncio
import wave
from pathlib import Path

import pytest
from textual.widgets import Input

from miavo_tui.screens.chat_forms import SaveSoundForm
from tests.conftest import RunningGateway
from tests.tui.chat.conftest import OpenChat


async def test_a_speech_model_answers_aloud_and_what_it_said_is_played_saved_and_heard(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = tmp_path / "played"
    player = tmp_path / "bin" / "mpv"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\nfor last; do :; done\nprintf "%s" "$last" > {played}\n')
    player.chmod(0o755)
    monkeypatch.setenv("PATH", f"{player.parent}:/usr/bin:/bin")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    async with open_chat(gateway, model="local-espeak") as chat:
        await chat.send("one two three")
        reply = chat.replies[-1].reply
        assert reply.failure is None
        assert reply.text == "one two three"
        assert reply.audio is not None
        assert reply.audio.mime == "audio/wav"
        assert "WAV" in str(chat.replies[-1].sound.render())
        chat.replies[-1].focus()
        await chat.pilot.press("p")
        await chat.until(lambda: played.exists() and played.read_text())
        with wave.open(played.read_text()) as sound:
            assert sound.getnframes() / sound.getframerate() > 0.5
        await chat.pilot.press("w")
        await chat.until(lambda: isinstance(chat.app.screen, SaveSoundForm))
        form = chat.app.screen
        form.query_one(Input).value = str(tmp_path / "said.wav")
        await chat.pilot.press("enter")
        await chat.until(lambda: chat.app.screen is not form)
        said = tmp_path / "said.wav"
        assert (await asyncio.to_thread(said.read_bytes)).startswith(b"RIFF")
        chat.screen.use_model("local-pocketsphinx")
        await chat.pane.attach([said])
        await chat.pilot.press("enter")
        await chat.until(lambda: len(chat.replies) == 2)
        await chat.replied()
        assert chat.replies[-1].reply.failure is None
        assert chat.replies[-1].reply.text
    async with open_chat(gateway, model="") as chat:
        assert chat.replies[0].reply.audio == reply.audio, "kept for the next run"


async def test_a_model_that_listens_says_what_it_needs(
    gateway: RunningGateway, open_chat: OpenChat
) -> None:
    async with open_chat(gateway, model="local-pocketsphinx") as chat:
        said = chat.pane.welcome.query(".welcome--model").first()
        await chat.until(lambda: "^f attaches" in str(said.render()))
        await chat.send("hello")
        failure = chat.replies[-1].reply.failure
        assert failure is not None
        assert failure.code == "invalid_request"
        assert "^f" in str(chat.replies[-1].trouble.render())
