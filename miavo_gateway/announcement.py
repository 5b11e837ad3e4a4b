"""How a second process finds the gateway that already runs on a home.

The running gateway holds `gateway.lock` and writes its address to `gateway.json`. A reader
believes the file only if the address answers with the same instance id, so a file left behind by
a killed gateway misleads nobody.

Imported on the way to the app's first frame, so heavier imports wait inside the functions.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass

from miavo_gateway.home import Home, write_private

__all__ = ["Announcement", "announce", "find_running", "new_instance_id", "withdraw"]

_PROBE_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a running gateway says of itself in `gateway.json`."""

    url: str
    pid: int
    instance: str
    """Random for each start; `/healthz` repeats it."""


def new_instance_id() -> str:
    """A random id for one run of a gateway."""
    return secrets.token_hex(8)


def announce(home: Home, announcement: Announcement) -> None:
    """Write `gateway.json`, whole or not at all."""
    draft = home.path / f".gateway.json.{announcement.instance}"
    write_private(draft, json.dumps(asdict(announcement)) + "\n")
    draft.replace(home.announcement_file)


def withdraw(home: Home, announcement: Announcement) -> None:
    """Remove `gateway.json` if it is still this gateway's own."""
    if _read(home) == announcement:
        home.announcement_file.unlink(missing_ok=True)


def find_running(home: Home) -> Announcement | None:
    """The gateway that answers on this home now; None if none does (a stale file included)."""
    announcement = _read(home)
    if announcement is None or not _pid_lives(announcement.pid):
        return None
    return announcement if _answers(announcement) else None


def _read(home: Home) -> Announcement | None:
    try:
        fields = json.loads(home.announcement_file.read_text(encoding="utf-8"))
        return Announcement(
            url=str(fields["url"]), pid=int(fields["pid"]), instance=str(fields["instance"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _pid_lives(pid: int) -> bool:
    if os.name != "posix":
        return True  # signal 0 would end the process there; the probe decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _answers(announcement: Announcement) -> bool:
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    address = urlsplit(announcement.url)
    connection = HTTPConnection(
        address.hostname or "127.0.0.1", address.port, timeout=_PROBE_SECONDS
    )
    try:
        connection.request("GET", "/healthz")
        reply = json.loads(connection.getresponse().read())
        return bool(reply["instance"] == announcement.instance)
    except (OSError, HTTPException, ValueError, KeyError, TypeError):
        return False
    finally:
        connection.close()
