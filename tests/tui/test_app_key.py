"""The app's own key: kept where it is safe, made anew where it is refused, seen nowhere."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as FailKeyring

from miavo_tui import app_key
from miavo_tui.client import GatewayClient, GatewayRefused
from tests.conftest import RunningGateway


class MemoryKeyring(KeyringBackend):
    """A keyring that works."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


class StuckKeyring(MemoryKeyring):
    """A keyring that waits for somebody to type a password."""

    released = threading.Event()

    def get_password(self, service: str, username: str) -> str | None:
        self.released.wait(30)
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.released.wait(30)


class BrokenKeyring(MemoryKeyring):
    """A keyring whose every call fails."""

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError("no message bus")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError("no message bus")


@pytest.fixture(autouse=True)
def _keyring_chosen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MIAVO_SECRETS", "keyring")
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


@pytest.fixture
async def client(shared_gateway: RunningGateway) -> GatewayClient:
    return GatewayClient(shared_gateway.url, shared_gateway.admin_token)


async def test_a_key_is_made_once_and_kept_in_the_keyring(
    client: GatewayClient, tmp_path: Path
) -> None:
    memory = MemoryKeyring()
    keyring.set_keyring(memory)
    key = await app_key.ensure(client, tmp_path)
    assert key.startswith("sk-maas-")
    assert memory.kept == {("miavo", f"app-key:{tmp_path}"): key}
    assert await app_key.ensure(client, tmp_path) == key
    assert await asyncio.to_thread(os.listdir, tmp_path) == []
    await client.close()


@pytest.mark.parametrize("backend", [FailKeyring, BrokenKeyring])
async def test_without_a_keyring_the_key_is_in_a_file_for_its_owner_alone(
    client: GatewayClient, tmp_path: Path, backend: type[KeyringBackend]
) -> None:
    keyring.set_keyring(backend())
    key = await app_key.ensure(client, tmp_path)
    file = tmp_path / "app-key"
    assert file.read_text().strip() == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await app_key.ensure(client, tmp_path) == key
    await client.close()


async def test_a_keyring_that_hangs_is_passed_over(
    client: GatewayClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_key, "_KEYRING_SECONDS", 0.2)
    keyring.set_keyring(StuckKeyring())
    began = time.monotonic()
    key = await app_key.ensure(client, tmp_path)
    StuckKeyring.released.set()
    assert time.monotonic() - began < 20
    assert (tmp_path / "app-key").read_text().strip() == key
    await client.close()


async def test_the_file_can_be_chosen_over_a_keyring_that_works(
    client: GatewayClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIAVO_SECRETS", "file")
    memory = MemoryKeyring()
    keyring.set_keyring(memory)
    key = await app_key.ensure(client, tmp_path)
    assert memory.kept == {}
    assert (tmp_path / "app-key").read_text().strip() == key
    await client.close()


async def test_a_refused_key_is_replaced_and_the_new_one_works(
    client: GatewayClient, tmp_path: Path
) -> None:
    keyring.set_keyring(FailKeyring())
    (tmp_path / "app-key").write_text("sk-maas-of-a-home-that-was-deleted\n")
    client.api_key = await app_key.ensure(client, tmp_path)
    body: dict[str, object] = {
        "model": "local-echo",
        "messages": [{"role": "user", "content": "hi"}],
    }
    with pytest.raises(GatewayRefused) as caught:
        async with client.chat(body):
            pass
    assert caught.value.status == 401
    assert client.api_key not in str(caught.value)
    client.api_key = await app_key.renew(client, tmp_path)
    async with client.chat(body) as stream:
        assert [part async for part in stream]
    assert (tmp_path / "app-key").read_text().strip() == client.api_key
    await client.close()


async def test_a_key_that_was_lost_gets_a_new_value_and_no_twin(
    client: GatewayClient, tmp_path: Path
) -> None:
    keyring.set_keyring(FailKeyring())
    before = await app_key.renew(client, tmp_path)
    names = [row.name for row in await client.keys.all() if row.revoked_at is None]
    after = await app_key.renew(client, tmp_path / "elsewhere")
    assert after != before
    assert [row.name for row in await client.keys.all() if row.revoked_at is None] == names
    for key in (before, after):
        client.api_key = key
        body: dict[str, object] = {
            "model": "local-echo",
            "messages": [{"role": "user", "content": "hi"}],
        }
        async with client.chat(body) as stream:
            assert [part async for part in stream], "both hold for the time of grace"
    await client.close()
