"""A gateway in a process of its own that can be killed, and one caller of its videos."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from miavo_gateway.home import Home

VIDEOS = "/v1/videos/generations"
PATIENCE = 60.0
_SERVE = (sys.executable, "-m", "miavo_tui", "serve", "--port", "0")


@dataclass
class Desk:
    """A home whose gateway comes and goes."""

    home: Path
    key: str = ""
    _process: subprocess.Popen[str] | None = None
    _http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))

    def start(self, *flags: str, largest_file: int | None = None) -> None:
        """Start its gateway.

        Args:
            flags: of `miavo serve`.
            largest_file: bytes after which the system takes no more of a file, as a full disk.
        """

        def limit() -> None:
            if largest_file is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

        self._process = subprocess.Popen(
            [*_SERVE, "--home", str(self.home), *flags],
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=limit,
        )
        assert self._process.stdout is not None
        self._http.base_url = self._process.stdout.readline().rpartition(" ")[2].strip()
        if not self.key:
            self.admin("POST", "credit", {"amount_usd": "100"})
            made = self.admin("POST", "keys", {"name": "videos", "plan": "paid"})
            self.key = made["key"]

    def kill(self) -> None:
        """End it as a power cut would end its process."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in good order."""
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(timeout=30) == 0

    def close(self) -> None:
        self._http.close()
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def admin(self, method: str, path: str, body: object = None) -> Any:
        token = {"authorization": f"Bearer {Home(self.home).admin_token()}"}
        answer = self._http.request(method, f"/admin/v1/{path}", json=body, headers=token)
        assert answer.is_success, answer.text
        return answer.json()

    def ask(self, method: str, path: str = "", **more: Any) -> httpx.Response:
        """Call the videos with the key."""
        headers = {"authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return self._http.request(method, VIDEOS + path, headers=headers, **more)

    def begin(self, model: str, prompt: str = "A lamp in the rain.", **more: Any) -> dict[str, Any]:
        answer = self.ask("POST", json={"model": model, "prompt": prompt, **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait(self, task_id: str) -> dict[str, Any]:
        """A task when it has ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            task = self.ask("GET", f"/{task_id}").json()
            if task["status"] not in ("pending", "running"):
                return dict(task)
            time.sleep(0.1)
        raise AssertionError(f"{task_id} did not end")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows, read behind the gateway's back."""
        with sqlite3.connect(f"file:{self.home / 'miavo.db'}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()

    def change(self, sql: str) -> None:
        """Change the database of a gateway that does not run."""
        with sqlite3.connect(self.home / "miavo.db") as database:
            database.execute(sql)

    def check_books(self) -> None:
        """No row is open, no money held, and the balance is the sum of the entries."""
        assert self.query("SELECT count(*) FROM usage WHERE state = 'open'") == [(0,)]
        shown = self.admin("GET", "credit")
        [(total,)] = self.query("SELECT sum(amount_nano) FROM ledger_entry")
        assert shown["balance_nano"] == total
        assert shown["held_nano"] == 0
        # What was held came back, and what was charged is what the rows say; each once.
        [(held,)] = self.query(
            "SELECT coalesce(sum(amount_nano), 0) FROM ledger_entry "
            "WHERE kind IN ('hold', 'release')"
        )
        assert held == 0
        assert (
            self.query(
                "SELECT request_id FROM ledger_entry WHERE kind = 'settlement' "
                "GROUP BY request_id HAVING count(*) > 1"
            )
            == []
        )
        [(charged,)] = self.query(
            "SELECT coalesce(-sum(amount_nano), 0) FROM ledger_entry WHERE kind = 'settlement'"
        )
        [(cost,)] = self.query("SELECT coalesce(sum(cost_nano), 0) FROM usage")
        assert charged == cost
