"""The tool calls of one choice, numbered anew where a server's own numbers cannot be trusted.

Ollama has given every parallel call the index 0 (ollama#9632), llama.cpp and Zhipu have left ids
out, and some leave out the index: OpenAI's clients need both.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import orjson

from miavo_gateway.providers.openai_shaped.loose import LooseCall
from miavo_gateway.schema.chunk import FunctionCallDelta, ToolCallDelta

__all__ = ["Calls"]


@dataclass(slots=True)
class _Call:
    index: int
    id: str
    wire_id: str
    named: bool


class Calls:
    """Gives each piece of a call its place."""

    def __init__(self, *, first_only: bool) -> None:
        """No calls yet.

        Args:
            first_only: leave out all but the first call, for a caller who wants no parallel ones
                from a provider that cannot be told.
        """
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._first_only = first_only

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def first_id(self) -> str:
        """The id of the first call."""
        return self._calls[0].id

    def feed(self, piece: LooseCall) -> ToolCallDelta | None:
        """The piece as OpenAI would have it; None if it adds nothing."""
        wire_id = piece.id if isinstance(piece.id, str) else ""
        function = piece.function
        name = function.name if function is not None and isinstance(function.name, str) else ""
        arguments = _text(function.arguments) if function is not None else None
        call = self._known(piece, wire_id, name)
        fresh = call is None
        if call is None:
            if not (wire_id or name):
                return None  # Arguments of a call that never began.
            call = self._begin(piece, wire_id)
        if self._first_only and call.index > 0:
            return None
        says_name = bool(name) and not call.named
        call.named = call.named or says_name
        if not (fresh or says_name or arguments):
            return None
        return ToolCallDelta(
            index=call.index,
            id=call.id if fresh else None,
            type="function" if fresh else None,
            function=FunctionCallDelta(
                name=name if says_name else None,
                arguments=(arguments or "") if fresh else arguments,
            ),
        )

    def _known(self, piece: LooseCall, wire_id: str, name: str) -> _Call | None:
        if isinstance(piece.index, int):
            call = self._by_index.get(piece.index)
            if call is not None and wire_id and call.wire_id and wire_id != call.wire_id:
                return None  # Another call under the same number.
            return call
        if wire_id:
            return next((call for call in self._calls if call.wire_id == wire_id), None)
        return None if name or not self._calls else self._calls[-1]

    def _begin(self, piece: LooseCall, wire_id: str) -> _Call:
        taken = any(call.id == wire_id for call in self._calls)
        call_id = wire_id if wire_id and not taken else f"call_{secrets.token_hex(12)}"
        call = _Call(len(self._calls), call_id, wire_id, named=False)
        self._calls.append(call)
        if isinstance(piece.index, int):
            self._by_index[piece.index] = call
        return call


def _text(arguments: object) -> str | None:
    if arguments is None or isinstance(arguments, str):
        return arguments
    return orjson.dumps(arguments).decode()
