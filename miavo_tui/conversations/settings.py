"""How a conversation is talked with: instructions, parameters, the form of replies, tools."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["EFFORTS", "FORMATS", "ChatSettings"]

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh")
"""What `reasoning_effort` may say; a model takes some of them."""
FORMATS = ("text", "json_object", "json_schema")

_NUMBERS = (
    *("temperature", "top_p", "max_tokens", "seed"),
    *("presence_penalty", "frequency_penalty"),
)


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What goes with every request of a conversation. None, or empty: the model's own way."""

    system: str = ""
    """Instructions, sent as the first message."""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """The longest a reply may be."""
    stop: tuple[str, ...] = ()
    """Texts at which a reply ends."""
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    reasoning_effort: str = ""
    format: str = "text"
    """One of `FORMATS`."""
    schema: str = ""
    """For `json_schema`: the schema as it was typed."""
    tools: tuple[str, ...] = ()
    """Names of the tools that are offered."""
    tool_choice: str = ""
    """`auto`, `none`, `required` or the name of a tool."""
    more: str = ""
    """Further fields of the request, a JSON object as it was typed."""

    def to_json(self) -> str:
        """As the store keeps it: what differs from the default."""
        plain = ChatSettings()
        return json.dumps(
            {name: value for name, value in asdict(self).items() if value != getattr(plain, name)}
        )

    @classmethod
    def from_json(cls, text: str) -> ChatSettings:
        """Reads what the store kept; what another version wrote otherwise is left out."""
        try:
            data = json.loads(text)
        except ValueError:
            return cls()
        known: dict[str, Any] = {}
        for entry in fields(cls):
            value, plain = data.get(entry.name), getattr(_PLAIN, entry.name)
            if isinstance(plain, tuple):
                if isinstance(value, list):
                    known[entry.name] = tuple(str(item) for item in value)
            elif (plain is None and isinstance(value, int | float)) or isinstance(
                value, str if isinstance(plain, str) else ()
            ):
                known[entry.name] = value
        return cls(**known)

    def fields(self) -> dict[str, object]:
        """What a request carries of it beside messages and tools."""
        body: dict[str, object] = {
            name: getattr(self, name) for name in _NUMBERS if getattr(self, name) is not None
        }
        if self.stop:
            body["stop"] = list(self.stop)
        if self.reasoning_effort:
            body["reasoning_effort"] = self.reasoning_effort
        if self.format == "json_object":
            body["response_format"] = {"type": "json_object"}
        elif self.format == "json_schema" and self.schema:
            schema = json.loads(self.schema)
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "reply", "schema": schema, "strict": True},
            }
        if self.more:
            body |= json.loads(self.more)
        return body

    @property
    def words(self) -> tuple[str, ...]:
        """What is set, each in a word or two, such as `system` and `temperature 0.2`."""
        said = ["system"] if self.system else []
        short = {"max_tokens": "max", "presence_penalty": "presence"}
        short |= {"frequency_penalty": "frequency"}
        said += [
            f"{short.get(name, name)} {value:g}"
            for name in _NUMBERS
            if (value := getattr(self, name)) is not None
        ]
        if self.reasoning_effort:
            said.append(f"effort {self.reasoning_effort}")
        if self.stop:
            said.append("stop")
        if self.format != "text":
            said.append("JSON" if self.format == "json_object" else "JSON schema")
        if self.tools:
            said.append("1 tool" if len(self.tools) == 1 else f"{len(self.tools)} tools")
        if self.more:
            said.append("more fields")
        return tuple(said)


_PLAIN = ChatSettings()
