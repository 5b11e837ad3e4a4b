"""Tools that a reader has defined, to be offered in any conversation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from miavo_tui.conversations.store_file import StoreFile

__all__ = ["Tool", "ToolBox"]


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that a model may call."""

    name: str
    description: str
    parameters: str
    """The JSON Schema of its arguments, as it was typed."""
    command: str = ""
    """A shell command that answers a call, once its reader has agreed; empty: by hand alone."""

    def to_wire(self) -> dict[str, Any]:
        """As a request carries it."""
        function: dict[str, Any] = {"name": self.name}
        if self.description:
            function["description"] = self.description
        function["parameters"] = json.loads(self.parameters or '{"type": "object"}')
        return {"type": "function", "function": function}


class ToolBox:
    """The tools in a store."""

    def __init__(self, file: StoreFile) -> None:
        self._file = file

    async def all(self) -> list[Tool]:
        """Every tool, by name."""
        rows = await self._file.all("SELECT * FROM tools ORDER BY name")
        return [Tool(*(row[each] for each in Tool.__slots__)) for row in rows]

    async def put(self, tool: Tool, instead_of: str = "") -> None:
        """Keeps a tool, in the place of the one of its name.

        Args:
            tool: the tool.
            instead_of: the name it had until now.
        """
        async with self._file.transaction() as connection:
            if instead_of:
                await connection.execute("DELETE FROM tools WHERE name = ?", (instead_of,))
            await connection.execute(
                "INSERT OR REPLACE INTO tools (name, description, parameters, command)"
                " VALUES (?, ?, ?, ?)",
                (tool.name, tool.description, tool.parameters, tool.command),
            )

    async def drop(self, name: str) -> None:
        """Forgets a tool."""
        await self._file.write("DELETE FROM tools WHERE name = ?", (name,))
