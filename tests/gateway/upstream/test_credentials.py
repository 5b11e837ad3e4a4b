"""The registry: what may be added, what survives a restart, and where a secret never appears."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from miavo_gateway.errors import ConfigurationError, InvalidRequest, MiavoError, NotFound
from miavo_gateway.store.database import open_database
from miavo_gateway.store.writer import GroupCommitWriter
from miavo_gateway.upstream.credentials import Credentials
from miavo_gateway.upstream.file_secrets import FileSecrets
from miavo_gateway.upstream.pool import Pool
from miavo_gateway.upstream.secrets import Secret, SecretStore

KEY = "sk-ant-api03-0123456789wxyz"
OTHER = "sk-ant-api03-9876543210abcd"
PROVIDERS = ("anthropic", "openai", "acme-ai")

Make = Callable[..., Credentials]


class Unusable:
    """A store that cannot be used, as a locked keyring."""

    def __init__(self) -> None:
        self.asked = 0

    async def get(self, credential_id: str) -> Secret | None:
        self.asked += 1
        raise ConfigurationError("the keyring is locked. Set MIAVO_SECRETS=file")

    async def set(self, credential_id: str, secret: Secret) -> None:
        await self.get(credential_id)

    async def delete(self, credential_id: str) -> None:
        await self.get(credential_id)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'miavo.db'}")
    yield engine
    await engine.dispose()


@pytest.fixture
async def writer(database: AsyncEngine) -> AsyncIterator[GroupCommitWriter]:
    writer = GroupCommitWriter(database)
    writer.start()
    yield writer
    await writer.close()


@pytest.fixture
def make(database: AsyncEngine, writer: GroupCommitWriter, tmp_path: Path) -> Make:
    """Makes registries on one home, as gateways started after one another would."""

    def make(
        store: SecretStore | None = None, environment: Mapping[str, str] | None = None
    ) -> Credentials:
        return Credentials(
            database,
            writer,
            store or FileSecrets(tmp_path),
            providers=PROVIDERS,
            environment=environment or {},
        )

    return make


async def test_a_credential_is_there_at_once_and_after_a_restart(make: Make) -> None:
    first = make()
    added = await first.add(
        "anthropic", f" {KEY}\n", label=" work ", base_url="https://proxy.example/v1/", weight=3
    )
    assert added.id.startswith("cred_")
    assert (added.label, added.base_url, added.weight) == ("work", "https://proxy.example/v1", 3)
    assert (added.masked, added.secret, added.usable) == ("…wxyz", Secret(KEY), True)
    assert first.of("anthropic") == (added,)
    assert [one.id for one in Pool(first).attempts("anthropic")] == [added.id]
    second = make()
    await second.load()
    assert second.all() == (added,)


async def test_disabled_and_enabled_again_across_a_restart(make: Make) -> None:
    first = make()
    one = await first.add("openai", KEY)
    assert (await first.disable(one.id)).usable is False
    second = make()
    await second.load()
    assert second.of("openai")[0].disabled
    await second.enable(one.id)
    assert second.of("openai")[0].usable


async def test_removing_takes_the_row_and_the_secret_away(make: Make, tmp_path: Path) -> None:
    credentials = make()
    one = await credentials.add("openai", KEY)
    await credentials.remove(one.id)
    assert credentials.of("openai") == ()
    assert await FileSecrets(tmp_path).get(one.id) is None
    again = make()
    await again.load()
    assert again.all() == ()
    for call in (credentials.remove, credentials.disable, credentials.enable):
        with pytest.raises(NotFound):
            await call(one.id)


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"provider": "nobody"}, "provider"),
        ({"secret": "  "}, "secret"),
        ({"secret": "sk-abc def"}, "secret"),
        ({"secret": "sk-abc\nX-Injected: 1"}, "secret"),
        ({"secret": "sk-“quoted”"}, "secret"),
        ({"secret": "x" * 20_000}, "secret"),
        ({"secret": '{"private_key": '}, "secret"),
        ({"label": ""}, "label"),
        ({"label": "a\x1bb"}, "label"),
        ({"label": "Environment"}, "label"),
        ({"weight": 0}, "weight"),
        ({"base_url": "ftp://example.com"}, "base_url"),
        ({"base_url": "example.com/v1"}, "base_url"),
        ({"base_url": "https://user:password@example.com"}, "base_url"),
        ({"base_url": "https://example.com/?key=abc"}, "base_url"),
        ({"base_url": "https://example.com:99999"}, "base_url"),
        ({"base_url": "http://[::1"}, "base_url"),
    ],
)
async def test_what_cannot_be_a_credential_is_refused_by_its_field(
    make: Make, fields: dict[str, object], param: str
) -> None:
    credentials = make()
    given = {"provider": "openai", "secret": KEY, **fields}
    with pytest.raises(InvalidRequest) as caught:
        await credentials.add(given.pop("provider"), given.pop("secret"), **given)
    assert caught.value.param == param
    assert credentials.all() == ()
    if isinstance(text := fields.get("secret"), str) and text.strip():
        assert text[:30] not in caught.value.message


async def test_a_label_is_taken_once_per_provider_even_by_adds_at_the_same_time(
    make: Make, tmp_path: Path
) -> None:
    credentials, other_process = make(), make()
    results = await asyncio.gather(
        credentials.add("openai", KEY, label="work"),
        credentials.add("openai", OTHER, label="work"),
        other_process.add("openai", OTHER, label="work"),
        credentials.add("anthropic", OTHER, label="work"),
        return_exceptions=True,
    )
    refused = [one for one in results if isinstance(one, InvalidRequest)]
    assert [one.param for one in refused] == ["label", "label"]
    # Those that were refused left no secret behind.
    assert (tmp_path / "secrets.json").read_text().count("cred_") == 2


async def test_the_environment_gives_credentials_that_are_read_only(
    make: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG, logger="miavo")
    environment = {
        "MIAVO_UPSTREAM_ANTHROPIC": f"{KEY}\n",
        "MIAVO_UPSTREAM_ACME_AI": OTHER,
        "MIAVO_UPSTREAM_OPENAI": "  ",
        "MIAVO_UPSTREAM_NOBODY": OTHER,
        "MIAVO_PORT": "1",
    }
    credentials = make(environment=environment)
    await credentials.load()
    assert [(one.id, one.label, one.masked) for one in credentials.all()] == [
        ("cred_env_acme-ai", "environment", "…abcd"),
        ("cred_env_anthropic", "environment", "…wxyz"),
    ]
    assert "MIAVO_UPSTREAM_NOBODY" in caplog.text
    for change in (credentials.remove, credentials.disable, credentials.enable):
        with pytest.raises(InvalidRequest, match="variable"):
            await change("cred_env_anthropic")
    stored = await credentials.add("anthropic", OTHER)
    assert [one.id for one in credentials.of("anthropic")] == ["cred_env_anthropic", stored.id]
    assert KEY not in (tmp_path / "secrets.json").read_text()


async def test_a_change_holds_at_once_and_after_a_restart(make: Make) -> None:
    first = make()
    one = await first.add("openai", KEY, label="a", base_url="https://a.example")
    changed = await first.update(one.id, {"label": " b ", "weight": 7, "base_url": ""})
    assert (changed.label, changed.weight, changed.base_url) == ("b", 7, None)
    assert changed.usable
    second = make()
    await second.load()
    assert first.all() == second.all() == (changed,)


async def test_two_credentials_cannot_be_given_the_same_label_at_once(make: Make) -> None:
    credentials, other_process = make(), make()
    one = await credentials.add("openai", KEY, label="a")
    two = await credentials.add("openai", OTHER, label="b")
    await other_process.load()
    results = await asyncio.gather(
        credentials.update(one.id, {"label": "c"}),
        other_process.update(two.id, {"label": "c"}),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["Credential", "InvalidRequest"]


async def test_a_variable_gives_the_base_url_of_its_credential(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    variables = {
        "MIAVO_UPSTREAM_OPENAI": KEY,
        "MIAVO_UPSTREAM_OPENAI_BASE_URL": "http://127.0.0.1:9/v1/",
        "MIAVO_UPSTREAM_ANTHROPIC": OTHER,
        "MIAVO_UPSTREAM_ANTHROPIC_BASE_URL": "ftp://user:hidden@example.com",
        "MIAVO_UPSTREAM_ACME_AI_BASE_URL": "https://acme.example",
    }
    credentials = make(environment=variables)
    await credentials.load()
    # What has a wrong address is not used at all: its secret would go somewhere else.
    assert [(one.id, one.base_url) for one in credentials.all()] == [
        ("cred_env_openai", "http://127.0.0.1:9/v1")
    ]
    assert "MIAVO_UPSTREAM_ANTHROPIC_BASE_URL" in caplog.text
    assert "ACME_AI" not in caplog.text
    assert "hidden" not in caplog.text
    with pytest.raises(InvalidRequest, match="variable"):
        await credentials.update("cred_env_openai", {"weight": 2})


async def test_an_unusable_variable_is_named_and_does_not_stop_the_start(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    credentials = make(environment={"MIAVO_UPSTREAM_OPENAI": "sk-secret with spaces"})
    await credentials.load()
    assert credentials.all() == ()
    assert "MIAVO_UPSTREAM_OPENAI" in caplog.text
    assert "sk-secret" not in caplog.text


async def test_a_locked_keyring_leaves_the_gateway_running_and_is_asked_once(make: Make) -> None:
    first = make()
    added = [await first.add("openai", KEY, label=name) for name in "abc"]
    locked = Unusable()
    credentials = make(locked)
    await credentials.load()
    assert locked.asked == 1
    assert [(one.usable, one.problem) for one in credentials.all()] == [
        (False, "the keyring is locked. Set MIAVO_SECRETS=file")
    ] * 3
    assert await credentials.disable(added[0].id)
    for refused in (credentials.add("openai", OTHER, label="d"), credentials.remove(added[1].id)):
        with pytest.raises(InvalidRequest, match="MIAVO_SECRETS=file"):
            await refused
    assert len(credentials.all()) == 3


async def test_without_stored_credentials_the_keyring_is_not_asked(make: Make) -> None:
    store = Unusable()
    await make(store, {"MIAVO_UPSTREAM_OPENAI": KEY}).load()
    assert store.asked == 0


async def test_secrets_can_be_read_later_and_a_missing_one_is_told(
    make: Make, tmp_path: Path
) -> None:
    first = make()
    kept, lost = [await first.add("openai", KEY, label=name) for name in "ab"]
    await FileSecrets(tmp_path).delete(lost.id)
    (tmp_path / "secrets.json").rename(tmp_path / "away")
    credentials = make()
    await credentials.load()
    assert [one.usable for one in credentials.all()] == [False, False]
    (tmp_path / "away").rename(tmp_path / "secrets.json")
    await credentials.load_secrets()
    assert credentials.get(kept.id).usable
    assert credentials.get(lost.id).problem == "its secret is not in the store of secrets"


async def test_a_caller_who_leaves_does_not_leave_half_a_credential(
    make: Make, tmp_path: Path
) -> None:
    credentials = make()
    task = asyncio.create_task(credentials.add("openai", KEY))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await credentials.add("openai", OTHER, label="next")  # waits for its turn
    assert [one.label for one in credentials.all()] == ["default", "next"]
    again = make()
    await again.load()
    assert all(one.usable for one in again.all())


async def test_a_row_that_cannot_be_written_leaves_no_secret_behind(
    make: Make, tmp_path: Path, database: AsyncEngine, writer: GroupCommitWriter
) -> None:
    def spoil(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TABLE credential")

    credentials = make()
    await writer.write(spoil)
    with pytest.raises(Exception, match="no such table") as caught:
        await credentials.add("openai", KEY)
    assert not isinstance(caught.value, MiavoError)
    assert "cred_" not in (tmp_path / "secrets.json").read_text()
    assert credentials.all() == ()
    assert KEY not in str(caught.value)


def database_text(home: Path) -> str:
    """Everything in the database, what was deleted or is still in its log included."""
    with sqlite3.connect(home / "miavo.db") as connection:
        rows = "\n".join(connection.iterdump())
    return rows + "".join(
        file.read_bytes().decode("latin-1") for file in sorted(home.glob("miavo.db*"))
    )


async def test_a_secret_is_in_no_repr_log_or_database(
    make: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    credentials = make(environment={"MIAVO_UPSTREAM_ANTHROPIC": OTHER})
    await credentials.load()
    added = await credentials.add("openai", KEY, label="a")
    with pytest.raises(InvalidRequest):
        await credentials.add("openai", KEY, label="a")
    await credentials.disable(added.id)
    shown = repr(credentials.all()) + repr(added) + str(vars(credentials)) + caplog.text
    shown += database_text(tmp_path)
    assert "…wxyz" in shown
    for piece in ("0123456789", "9876543210"):
        assert piece not in shown
