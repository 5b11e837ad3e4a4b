"""A secret shows itself to nobody, and the file store keeps it closed and whole."""

from __future__ import annotations

import asyncio
import copy
import json
import os
import pickle
import random
import signal
import stat
import subprocess
import sys
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.upstream.file_secrets import FileSecrets
from miavo_gateway.upstream.keyring_secrets import KeyringSecrets
from miavo_gateway.upstream.secrets import Secret, open_secrets

TEXT = "sk-ant-api03-0123456789wxyz"

posix = pytest.mark.skipif(os.name != "posix", reason="file modes and SIGKILL are POSIX's")


@dataclass(frozen=True)
class Holder:
    secret: Secret


def test_no_way_of_showing_a_secret_shows_it() -> None:
    secret = Secret(TEXT)
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r:>40}", "%s" % secret]  # noqa: UP031
    shown += [repr([secret]), repr(Holder(secret)), repr(asdict(Holder(secret)))]
    shown += [repr(copy.deepcopy(secret)), repr(vars(type(secret)))]
    assert not any("0123456789" in text for text in shown)
    assert secret.reveal() == TEXT
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_traceback_with_the_values_of_variables_does_not_show_it() -> None:
    secret = Secret(TEXT)
    try:
        raise ValueError(secret)
    except ValueError as error:
        told = traceback.TracebackException.from_exception(error, capture_locals=True)
    assert TEXT not in "".join(told.format())


@pytest.mark.parametrize(
    ("text", "masked"),
    [(TEXT, "…wxyz"), ("short-key-15-ch", "…"), ('{"private_key": "abcdefgh"}', "…")],
)
def test_the_masked_form_tells_no_more_than_a_tail(text: str, masked: str) -> None:
    assert Secret(text).masked == masked


def test_the_setting_decides_and_neither_store_stands_in_for_the_other(tmp_path: Path) -> None:
    assert isinstance(open_secrets("file", tmp_path), FileSecrets)
    assert isinstance(open_secrets("keyring", tmp_path), KeyringSecrets)


async def test_the_file_gives_back_what_it_was_given_across_processes(tmp_path: Path) -> None:
    store = FileSecrets(tmp_path)
    assert await store.get("cred_a") is None
    await store.set("cred_a", Secret(TEXT))
    await store.set("cred_b", Secret("zwölf\n"))
    await store.delete("cred_c")
    again = FileSecrets(tmp_path)
    assert await again.get("cred_a") == Secret(TEXT)
    assert await again.get("cred_b") == Secret("zwölf\n")
    await again.delete("cred_a")
    assert await store.get("cred_a") is None
    assert TEXT not in (tmp_path / "secrets.json").read_text()


@posix
async def test_every_file_it_makes_is_closed_to_others_whatever_the_umask(tmp_path: Path) -> None:
    (tmp_path / ".secrets.json.new").write_text("left by a crash")
    (tmp_path / ".secrets.json.new").chmod(0o666)
    before = os.umask(0)
    try:
        await FileSecrets(tmp_path).set("cred_a", Secret(TEXT))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert not (tmp_path / ".secrets.json.new").exists()


@posix
async def test_a_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    store = FileSecrets(tmp_path)
    await store.set("cred_a", Secret(TEXT))
    (tmp_path / "secrets.json").chmod(0o644)
    for call in (store.get("cred_a"), store.set("cred_b", Secret("x")), store.delete("cred_a")):
        with pytest.raises(ConfigurationError, match=r"0644.*chmod 600"):
            await call


@pytest.mark.parametrize("content", ["", "{", "[]", '{"secrets": [1]}', '{"secrets": {"a": 1}}'])
async def test_a_damaged_file_is_refused_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "secrets.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="damaged"):
        await FileSecrets(tmp_path).set("cred_a", Secret(TEXT))
    assert path.read_text() == content


async def test_writers_in_two_stores_lose_nothing_of_each_other(tmp_path: Path) -> None:
    stores = [FileSecrets(tmp_path), FileSecrets(tmp_path)]
    await asyncio.gather(
        *(stores[n % 2].set(f"cred_{n}", Secret(f"secret {n}")) for n in range(40))
    )
    kept = json.loads((tmp_path / "secrets.json").read_text())["secrets"]
    assert kept == {f"cred_{n}": f"secret {n}" for n in range(40)}


ENDLESS_WRITER = """
import asyncio, sys
from pathlib import Path
from miavo_gateway.upstream.file_secrets import FileSecrets
from miavo_gateway.upstream.secrets import Secret

async def main():
    store = FileSecrets(Path(sys.argv[1]))
    n = 0
    while True:
        n += 1
        await store.set("cred_a", Secret(str(n) * 2000))
        print(n, flush=True)

asyncio.run(main())
"""


@posix
def test_a_kill_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    chance = random.Random(6428)
    for _ in range(8):
        writer = subprocess.Popen(
            [sys.executable, "-c", ENDLESS_WRITER, str(tmp_path)], stdout=subprocess.PIPE
        )
        assert writer.stdout is not None
        written = 0
        for _ in range(chance.randrange(1, 30)):
            written = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        written = max([written, *(int(line) for line in writer.stdout.read().split())])
        writer.stdout.close()
        writer.wait()
        found = asyncio.run(FileSecrets(tmp_path).get("cred_a"))
        # What was reported as kept is kept; the write under way may or may not have got through.
        assert found in (Secret(str(written) * 2000), Secret(str(written + 1) * 2000))
        assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) in (
        [".secrets.lock", "secrets.json"],
        [".secrets.json.new", ".secrets.lock", "secrets.json"],
    )
