"""A conversation leaves as Markdown, as JSON and as programs that run."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from textual.widgets import Input, Select

from miavo_tui.conversations.settings import ChatSettings
from miavo_tui.screens.chat_export import ChatExportForm
from tests.conftest import RunningGateway
from tests.node import TYPESCRIPT, install_openai, needs_node
from tests.tui.chat.conftest import ChatApp, OpenChat
from tests.tui.chat.test_attachments import png


@pytest.fixture(scope="module")
def typescript_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with OpenAI's package and a compiler."""
    folder = install_openai(tmp_path_factory.mktemp("typescript"), *TYPESCRIPT)
    (folder / "package.json").write_text('{"type": "module"}')
    return folder


PROMPT = 'Say "hi" to $HOME, {you} & \\n `x`\n```\ncode\n```'


async def saved(chat: ChatApp, kind: str, path: Path) -> str:
    await chat.pilot.press("f8")
    await chat.until(lambda: isinstance(chat.app.screen, ChatExportForm))
    form = chat.app.screen
    form.query_one("#export-format", Select).value = kind
    await chat.pilot.pause()
    form.query_one("#export-path", Input).value = str(path)
    await chat.pilot.press("ctrl+s")
    await chat.until(lambda: chat.app.screen is not form)
    return await asyncio.to_thread(path.read_text)


async def a_conversation(chat: ChatApp, tmp_path: Path) -> None:
    picture = tmp_path / "p.png"
    picture.write_bytes(png())
    talk = await chat.pane.talk()
    await talk.set_settings(
        ChatSettings(system="Be brief.", temperature=0.5, more='{"user": "me"}')
    )
    await chat.pane.attach([picture])
    await chat.send("What is this?")
    await chat.send(PROMPT)


async def test_markdown_and_json_hold_all_that_was_said(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path
) -> None:
    async with open_chat(gateway) as chat:
        await a_conversation(chat, tmp_path)
        text = await saved(chat, "markdown", tmp_path / "talk.md")
        assert text.startswith("# What is this?\n")
        assert PROMPT in text
        assert "Be brief." in text
        (picture,) = (tmp_path / "talk-files").iterdir()
        assert f"](<talk-files/{picture.name}>)" in text
        assert picture.read_bytes() == png()
        document = json.loads(await saved(chat, "json", tmp_path / "talk.json"))
        assert [each["role"] for each in document["messages"]] == [
            *("system", "user", "assistant", "user", "assistant")
        ]
        assert document["turns"][1]["replies"][0]["text"] == PROMPT


@pytest.mark.parametrize(("kind", "suffix"), [("python", ".py"), ("curl", ".sh")])
async def test_the_program_gets_the_same_reply_again(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path, kind: str, suffix: str
) -> None:
    async with open_chat(gateway) as chat:
        await a_conversation(chat, tmp_path)
        program = tmp_path / f"again{suffix}"
        await saved(chat, kind, program)
        assert chat.app.client is not None
        key = chat.app.client.api_key or ""
        run = await asyncio.to_thread(
            subprocess.run,
            [sys.executable if kind == "python" else "sh", str(program)],
            env={**os.environ, "MIAVO_API_KEY": key},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        said = run.stdout
        if kind == "curl":
            chunks = [
                json.loads(line.removeprefix("data: "))
                for line in said.splitlines()
                if line.startswith("data: {")
            ]
            said = "".join(
                each["choices"][0]["delta"].get("content") or ""
                for each in chunks
                if each["choices"]
            )
        assert said.strip() == PROMPT


@needs_node
async def test_the_typescript_program_compiles_strictly_and_gets_the_same_reply_again(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path, typescript_folder: Path
) -> None:
    async with open_chat(gateway) as chat:
        await a_conversation(chat, tmp_path)
        program = typescript_folder / "again.ts"
        await saved(chat, "typescript", program)
        assert chat.app.client is not None
        surroundings = {**os.environ, "MIAVO_API_KEY": chat.app.client.api_key or ""}
        compiler = typescript_folder / "node_modules" / ".bin" / "tsc"
        compiled = await asyncio.to_thread(
            subprocess.run,
            [str(compiler), "--strict", "--module", "nodenext", "--target", "es2022", "again.ts"],
            cwd=typescript_folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert compiled.returncode == 0, compiled.stdout
        run = await asyncio.to_thread(
            subprocess.run,
            ["node", "again.js"],
            cwd=typescript_folder,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert run.stdout.strip() == PROMPT, run.stderr


async def test_a_file_is_replaced_only_when_asked_twice(
    gateway: RunningGateway, open_chat: OpenChat, tmp_path: Path
) -> None:
    path = tmp_path / "there.md"
    path.write_text("mine")
    async with open_chat(gateway) as chat:
        await chat.send("one")
        await chat.pilot.press("f8")
        await chat.until(lambda: isinstance(chat.app.screen, ChatExportForm))
        form = chat.app.screen
        form.query_one("#export-path", Input).value = str(path)
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: "exists" in str(form.query(".form-note").last().render()))
        assert path.read_text() == "mine"
        await chat.pilot.press("ctrl+s")
        await chat.until(lambda: chat.app.screen is not form)
        assert path.read_text().startswith("# one")
