"""Tool calls, put together from the pieces in which they arrive."""

from __future__ import annotations

from miavo_tui.client import ToolCallPiece
from miavo_tui.conversations.records import ToolCall
from miavo_tui.plain_text import printable_line, storable

__all__ = ["GatheredCalls"]


class GatheredCalls:
    """The calls of one reply, in the order in which they began."""

    def __init__(self) -> None:
        self._ids: dict[int, str] = {}
        self._names: dict[int, str] = {}
        self._arguments: dict[int, list[str]] = {}

    def take(self, piece: ToolCallPiece) -> None:
        """Takes the next piece of one of them."""
        self._arguments.setdefault(piece.index, []).append(piece.arguments)
        if piece.id and piece.index not in self._ids:
            self._ids[piece.index] = piece.id
        if piece.name and piece.index not in self._names:
            self._names[piece.index] = piece.name

    def whole(self) -> tuple[ToolCall, ...]:
        """The calls as far as they have come; one that has no name yet is left out."""
        return tuple(
            ToolCall(
                id=printable_line(self._ids.get(index, f"call_{index}")),
                name=printable_line(self._names[index]),
                arguments=storable("".join(pieces)),
            )
            for index, pieces in self._arguments.items()
            if index in self._names
        )
