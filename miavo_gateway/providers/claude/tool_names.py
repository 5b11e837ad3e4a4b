"""Names of tools in the alphabet that Claude takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from miavo_gateway.schema.chat import AssistantMessage, ChatCompletionRequest

__all__ = ["ToolNames", "called_names"]

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}", re.ASCII)
_OUTSIDE_NAME = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class ToolNames:
    """OpenAI lets a name hold dots, Claude does not: names there and back."""

    _to_wire: Mapping[str, str]
    _to_original: Mapping[str, str]

    @classmethod
    def of(cls, request: ChatCompletionRequest) -> ToolNames:
        """The names that a request uses."""
        defined = [tool.function.name for tool in request.tools or ()]
        names = dict.fromkeys([*defined, *called_names(request)])
        to_wire: dict[str, str] = {}
        taken = {name for name in names if _NAME.fullmatch(name)}
        for name in names:
            if _NAME.fullmatch(name):
                continue
            base = _OUTSIDE_NAME.sub("_", name)[: _LONGEST_NAME - 4] or "tool"
            fit, number = base, 1
            while fit in taken:
                number += 1
                fit = f"{base}_{number}"
            taken.add(fit)
            to_wire[name] = fit
        return cls(to_wire, {fit: name for name, fit in to_wire.items()})

    def wire(self, name: str) -> str:
        """The name to send."""
        return self._to_wire.get(name, name)

    def original(self, name: str) -> str:
        """The caller's name of a tool that the model calls."""
        return self._to_original.get(name, name)

    def unused(self, name: str, request: ChatCompletionRequest) -> str:
        """This name, lengthened until no tool of the request has it."""
        used = {self.wire(tool.function.name) for tool in request.tools or ()}
        used.update(map(self.wire, called_names(request)))
        while name in used:
            name += "_"
        return name


def called_names(request: ChatCompletionRequest) -> Iterable[str]:
    """The tools that the conversation has called already."""
    for message in request.messages:
        if isinstance(message, AssistantMessage):
            for call in message.tool_calls or ():
                yield call.function.name
