"""A private PostgreSQL for the tests: its own data, a free loopback port, gone at the end."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

PASSWORD = "Xq7-not-to-be-seen"  # what the tests look for in messages and logs
_DEBIAN = Path("/usr/lib/postgresql")


def find_programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`; the newest where Debian keeps several."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return folders[-1].parent if folders else None


def unprivileged_user() -> str | None:
    """Who the server runs as where the tests run as root, which PostgreSQL refuses."""
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


class PrivatePostgres:
    """One server. Its role `miavo` has a password and may make databases."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        self._user = unprivileged_user() if os.geteuid() == 0 else None
        # Not pytest's own folder, whose parents another user may not enter.
        self._folder = Path(tempfile.mkdtemp(prefix="miavo-postgres-"))
        self._made = 0
        self.port = _free_port()

    def create(self) -> None:
        """Make the data folder and start."""
        if self._user:
            shutil.chown(self._folder, self._user)
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if self._user:
            shutil.chown(password, self._user)
        self._run(
            "initdb",
            *("-D", str(self._data), "-U", "miavo", "--pwfile", str(password)),
            *("-A", "scram-sha-256", "-E", "UTF8", "--locale", "C", "--no-sync"),
        )
        self.start()

    def start(self) -> None:
        """Start, and return when it takes connections."""
        options = f"-c listen_addresses=127.0.0.1 -p {self.port} -k {self._folder}"
        log = self._folder / "log"
        self._run(
            "pg_ctl",
            "-D",
            str(self._data),
            "-w",
            "-t",
            "60",
            "-l",
            str(log),
            "-o",
            options,
            "start",
        )

    def stop(self) -> None:
        """Stop as a restart of the server would: connections are cut off."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "fast", "stop")

    def remove(self) -> None:
        """Stop, if it runs, and leave nothing."""
        try:
            if (self._data / "postmaster.pid").exists():
                self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://miavo:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        self._made += 1
        name = f"test_{self._made}"
        asyncio.run(self._create_database(name))
        return self.url(name)

    async def _create_database(self, name: str) -> None:
        import asyncpg  # only where a server was found

        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=self.port,
            user="miavo",
            password=PASSWORD,
            database="postgres",
        )
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user,
            # As that user, with none of root's groups.
            extra_groups=[] if self._user else None,
            group=pwd.getpwnam(self._user).pw_gid if self._user else None,
            cwd=self._folder,
            # Not a pipe: the server would inherit it and keep it open.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )
        if done.returncode:
            log = self._folder / "log"
            said = log.read_text(errors="replace") if log.exists() else ""
            raise RuntimeError(f"{program} ended with {done.returncode}: {said[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
