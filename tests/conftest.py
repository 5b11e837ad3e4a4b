"""A real gateway for the tests: its own home, a free loopback port, nothing replaced."""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from miavo_gateway.home import Home
from miavo_gateway.server import EmbeddedGateway
from tests.node import install_openai
from tests.postgres import PrivatePostgres, find_programs, unprivileged_user

if TYPE_CHECKING:
    import httpx


@dataclass
class RunningGateway:
    """A gateway that answers."""

    home: Path
    embedded: EmbeddedGateway
    url: str
    _keys: dict[str, str] = field(default_factory=dict)

    @property
    def admin_token(self) -> str:
        return Home(self.home).admin_token()

    def admin(self, method: str, path: str, body: object = None) -> dict:
        """Call the admin API; the decoded answer."""
        request = urllib.request.Request(
            f"{self.url}/admin/v1/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.admin_token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def key(self, name: str = "test") -> str:
        """A key of this name, made on first use."""
        if name not in self._keys:
            self._keys[name] = self.admin("POST", "keys", {"name": name})["key"]
        return self._keys[name]

    def ask(
        self,
        text: str = "one two three",
        *,
        model: str = "local-echo",
        key: str = "test",
        secret: str | None = None,
        **fields: object,
    ) -> httpx.Response:
        """Asks a model; its answer, whatever it is.

        Args:
            text: the prompt.
            model: its slug.
            key: the name of the key that asks.
            secret: the key itself, in its place.
            fields: more of the request.
        """
        import httpx

        return httpx.post(
            f"{self.url}/v1/chat/completions",
            json={"model": model, "messages": [{"role": "user", "content": text}], **fields},
            headers={"authorization": f"Bearer {secret or self.key(key)}"},
            timeout=30,
        )


@pytest.fixture(autouse=True)
def _own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the person's own home or keyring."""
    monkeypatch.setenv("MIAVO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MIAVO_SECRETS", "file")
    for name in ("MIAVO_HOST", "MIAVO_PORT", "MIAVO_DATABASE_URL", "MIAVO_MODELS", "MIAVO_SANDBOX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def start_gateway() -> Iterator[Callable[[Path], RunningGateway]]:
    """Starts gateways on given homes and stops them at the end."""
    started: list[EmbeddedGateway] = []

    def start(home: Path) -> RunningGateway:
        embedded = EmbeddedGateway(Home(home), port=0)
        started.append(embedded)
        return RunningGateway(home, embedded, embedded.start())

    yield start
    for embedded in started:
        embedded.stop()


@pytest.fixture
def gateway(tmp_path: Path, start_gateway: Callable[[Path], RunningGateway]) -> RunningGateway:
    """A fresh gateway on a home of its own."""
    return start_gateway(tmp_path / "home")


@pytest.fixture(scope="module")
def shared_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """One gateway for the tests of a module that leave no trace in each other's way."""
    home = tmp_path_factory.mktemp("shared") / "home"
    embedded = EmbeddedGateway(Home(home), port=0)
    yield RunningGateway(home, embedded, embedded.start())
    embedded.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PrivatePostgres]:
    """A PostgreSQL server of the tests' own, started when the first test needs it."""
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL's programs (initdb, pg_ctl) are not installed")
    if os.geteuid() == 0 and unprivileged_user() is None:
        pytest.skip("PostgreSQL does not run as root, and there is no other user to run it as")
    server = PrivatePostgres(programs)
    try:
        server.create()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database; a test that takes it runs on each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    server: PrivatePostgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture(scope="session")
def node_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with OpenAI's Node package; take `tests.node.needs_node` as a mark beside it."""
    return install_openai(tmp_path_factory.mktemp("node"))


@pytest.fixture
def postgres_url(postgres: PrivatePostgres) -> str:
    """The URL of an empty database on the tests' own server."""
    return postgres.new_database()
