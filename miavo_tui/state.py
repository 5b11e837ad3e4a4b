"""What the app remembers between two runs: `app.json` in the home.

The file is replaced as a whole, so that a process killed at any moment leaves either the old one
or the new one. One that cannot be read is set aside as `app.json.broken`, and defaults serve.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from miavo_tui.catalogue_view import CatalogueView
from miavo_tui.file_replacement import replace_file

__all__ = ["AppState", "StateFile"]

_DEBOUNCE_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class AppState:
    """Everything remembered."""

    theme: str = "miavo-dark"
    screen: str = "catalogue"
    chat_model: str = ""
    """The slug that the chat talks to; empty before the first choice."""
    chat_list: bool = False
    """Whether Chat shows its conversations beside the one in view."""
    welcomed: bool = False
    """Whether the questions of the first start have been asked."""
    catalogue: CatalogueView = field(default_factory=CatalogueView)
    key_sort: str = "name"
    """The order of the list of keys."""
    key_descending: bool = False
    keys_gone_too: bool = False
    """Whether revoked and expired keys are listed."""
    key_account: str = ""
    """The id of the account whose keys are listed; empty for all."""
    credit_account: str = "default"
    """The id of the account whose credit is shown."""
    usage_filter: str = ""
    """What is typed into the filter of requests."""
    usage_range: str = "any time"
    """The time that requests are looked at, by its name."""
    log_level: str = "info"
    """The least severe lines of the gateway's log that are shown."""
    export_folder: str = ""
    """Where the last file was saved."""
    usage_charts: bool = False
    """Whether charts stand in place of the list of requests."""


class StateFile:
    """The remembered state and the file that keeps it.

    Attributes:
        value: the state now.
        first: whether nothing was remembered: this is the first start.
    """

    def __init__(self, path: Path) -> None:
        """Reads the file; a small blocking read, meant for before the event loop runs."""
        self.value = AppState()
        self.first = False
        self._path = path
        self._pending: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._written = self.value
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.first = True
            return
        except (OSError, ValueError):
            self._set_aside()
            return
        try:
            self.value = _from_json(json.loads(text))
        except (ValueError, TypeError, RecursionError):
            self._set_aside()
        else:
            self._written = self.value

    def change(self, **changes: Any) -> None:
        """Replaces fields of the state; they are on disk a moment later."""
        self.value = replace(self.value, **changes)
        if self._pending is None or self._pending.done():
            self._pending = asyncio.get_running_loop().create_task(self._write_soon())

    async def flush(self) -> None:
        """Writes now what has changed."""
        if self._pending is not None:
            self._pending.cancel()
        await self._write()

    async def _write_soon(self) -> None:
        await asyncio.sleep(_DEBOUNCE_SECONDS)
        # A flush meanwhile may not cancel a write that has begun.
        await asyncio.shield(self._write())
        if self.value != self._written:
            await self._write_soon()

    async def _write(self) -> None:
        async with self._writing:
            value = self.value
            if value == self._written:
                return
            # A full disk or a home made read-only costs the memory, not the session.
            with contextlib.suppress(OSError):
                await asyncio.to_thread(replace_file, self._path, _to_json(value))
                self._written = value

    def _set_aside(self) -> None:
        with contextlib.suppress(OSError):
            self._path.replace(self._path.with_name(f"{self._path.name}.broken"))


def _to_json(state: AppState) -> str:
    return json.dumps(asdict(state), indent=2) + "\n"


def _from_json(data: object) -> AppState:
    if not isinstance(data, dict):
        raise TypeError("not an object")
    view = data.get("catalogue")
    known = _known(AppState(), data)
    if isinstance(view, dict):
        known["catalogue"] = replace(CatalogueView(), **_known(CatalogueView(), view))
    else:
        known.pop("catalogue", None)
    return replace(AppState(), **known)


def _known(defaults: AppState | CatalogueView, data: dict[str, Any]) -> dict[str, Any]:
    """The entries of `data` that name a field and have its type, as another version may not."""
    known: dict[str, Any] = {}
    for entry in fields(defaults):
        default, value = getattr(defaults, entry.name), data.get(entry.name)
        if isinstance(default, tuple) and isinstance(value, list):
            known[entry.name] = tuple(str(item) for item in value)
        elif type(value) is type(default):
            known[entry.name] = value
    return known
