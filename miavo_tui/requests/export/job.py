"""Writes requests to a file, a page at a time, with the file in its place only when it is whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from miavo_tui.json_fields import objects, optional
from miavo_tui.requests.export.formats import FileFormat, RowWriter
from miavo_tui.usage_query import UsageQuery

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["ExportJob", "ExportProblem"]

_PAGE = 500


class ExportProblem(Exception):
    """The file cannot be written; the message says why."""


class ExportJob:
    """One export. Cancelled or failed, it leaves no file, and an older one as it was.

    Attributes:
        path: where the file goes.
        written: rows so far.
    """

    def __init__(self, query: UsageQuery, kind: FileFormat, path: Path) -> None:
        self.path = path
        self.written = 0
        self._query = query
        self._kind = kind
        self._part = path.with_name(f".{path.name}.part")

    async def run(self, client: GatewayClient, progress: Callable[[int], None]) -> None:
        """Writes all rows, newest first.

        Args:
            client: whom to ask.
            progress: told after each page how many rows are written.

        Raises:
            ExportProblem: the file cannot be written.
            GatewayRefused: the gateway does not give the rows.
            GatewayUnreachable: no gateway answers.
        """
        try:
            writer = await asyncio.to_thread(self._kind.make, self._part)
            try:
                await self._write(client, writer, progress)
            finally:
                await asyncio.to_thread(writer.close)
            await asyncio.to_thread(os.replace, self._part, self.path)
        except OSError as error:
            raise ExportProblem(
                f"{self.path} cannot be written: {error.strerror or error}."
            ) from error
        finally:
            with contextlib.suppress(OSError):
                self._part.unlink(missing_ok=True)

    async def _write(
        self, client: GatewayClient, writer: RowWriter, progress: Callable[[int], None]
    ) -> None:
        before: int | None = None
        while True:
            page = await client.usage.page_json(self._query, limit=_PAGE, before=before)
            rows = objects(page, "data")
            await asyncio.to_thread(writer.write, rows)
            self.written += len(rows)
            progress(self.written)
            before = optional(page, "next_before", int)
            if before is None:
                return
