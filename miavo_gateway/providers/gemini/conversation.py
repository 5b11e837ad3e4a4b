"""The conversation in Gemini's shape: a system instruction, and turns of user and model.

What the shape asks for (Google's pages on function calling; pydantic-ai-slim 2.68.0): the first
turn is a user's; a model's calls come right after a user's turn, and the responses to them right
after the calls, with the functions' names; responses have a content of their own, as whatever
stands beside them is read as the model's; newer models want each step's first call signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.gemini.media import audio_part, file_part, image_part
from miavo_gateway.providers.gemini.rules import GeminiRules
from miavo_gateway.providers.gemini.thoughts import FORGOTTEN
from miavo_gateway.providers.gemini.tools import FunctionNames
from miavo_gateway.providers.tool_calls import arguments_of, json_object
from miavo_gateway.schema.chat import (
    AssistantMessage,
    AudioPart,
    ChatCompletionRequest,
    DeveloperMessage,
    FilePart,
    ImagePart,
    RefusalPart,
    SystemMessage,
    TextPart,
    ToolCall,
    ToolMessage,
    UserMessage,
    UserPart,
)

__all__ = ["Conversation", "conversation"]

Part = dict[str, Any]

_IN_RESPONSES: Final = frozenset({"image/png", "image/jpeg", "image/webp"})
"""The images that a function's response may hold."""
_NOTHING: Final[Part] = {"text": " "}
"""Where a text has to be and there is none; Vertex refuses an empty one."""


@dataclass(slots=True)
class _Turn:
    role: Literal["user", "model"]
    responses: dict[str, Part] = field(default_factory=dict)
    """By the ids of the calls; in their order, as older models know no other way to tell."""
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What goes into `systemInstruction` and `contents`."""

    system: list[Part]
    contents: list[dict[str, Any]]


def conversation(
    request: ChatCompletionRequest,
    *,
    names: FunctionNames,
    rules: GeminiRules,
    signature: Callable[[str], str | None],
) -> Conversation:
    """The conversation of a request.

    Args:
        request: the request.
        names: its functions'.
        rules: the model's.
        signature: the thought signature of a call by its id, if it is known.

    Raises:
        InvalidRequest: it is empty, or has a part that Gemini cannot take.
    """
    builder = _Builder(names, rules, signature)
    for index, message in enumerate(request.messages):
        path = f"messages[{index}]"
        match message:
            case SystemMessage() | DeveloperMessage():
                builder.system += _texts(message.content)
            case UserMessage():
                builder.turn("user").parts += _user_parts(message, path)
            case AssistantMessage():
                builder.add_reply(message, path)
            case ToolMessage():
                builder.add_result(message, path)
    return builder.conversation()


@dataclass(slots=True)
class _Builder:
    names: FunctionNames
    rules: GeminiRules
    signature: Callable[[str], str | None]
    system: list[Part] = field(default_factory=list)
    _turns: list[_Turn] = field(default_factory=list)
    _called: dict[str, str] = field(default_factory=dict)
    """The names on the wire of the functions called so far, by the ids of the calls, in order."""

    def turn(self, role: Literal["user", "model"]) -> _Turn:
        """The turn at the end, if it is this role's, or a new one."""
        if not self._turns or self._turns[-1].role != role:
            self._turns.append(_Turn(role))
        return self._turns[-1]

    def add_reply(self, message: AssistantMessage, path: str) -> None:
        """Add an earlier reply; its reasoning is not taken back, but for the signatures."""
        parts = self.turn("model").parts
        if isinstance(message.content, str):
            parts += _text(message.content)
        else:
            for part in message.content or ():
                parts += _text(part.refusal if isinstance(part, RefusalPart) else part.text)
        if message.refusal:
            parts += _text(message.refusal)
        parts += [
            self._call(call, f"{path}.tool_calls[{index}]")
            for index, call in enumerate(message.tool_calls or ())
        ]

    def _call(self, call: ToolCall, path: str) -> Part:
        arguments = arguments_of(call, path)
        name = self._called[call.id] = self.names.wire(call.function.name)
        function: dict[str, Any] = {"name": name, "args": arguments}
        if self.rules.knows_call_ids:
            function["id"] = call.id
        part: Part = {"functionCall": function}
        if self.rules.signs_calls and (signature := self.signature(call.id)) is not None:
            part["thoughtSignature"] = signature
        return part

    def add_result(self, message: ToolMessage, path: str) -> None:
        """Add the result of a call."""
        name = self._called.get(message.tool_call_id)
        if name is None:
            raise InvalidRequest(
                "No earlier assistant message has a tool call with this id.",
                param=f"{path}.tool_call_id",
            )
        turn = self.turn("user")
        texts: list[str] = []
        media: list[Part] = []
        if isinstance(message.content, str):
            texts.append(message.content)
        else:
            for index, part in enumerate(message.content):
                if isinstance(part, TextPart):
                    texts.append(part.text)
                    continue
                image = image_part(part, f"{path}.content[{index}]")
                if self.rules.media_in_responses and _fits_response(image):
                    media.append(image)
                else:
                    turn.parts += [{"text": f"What {name} returned shows:"}, image]
        response: dict[str, Any] = {"name": name, "response": _response("\n".join(texts))}
        if self.rules.knows_call_ids:
            response["id"] = message.tool_call_id
        if media:
            response["parts"] = media
        turn.responses[message.tool_call_id] = {"functionResponse": response}

    def conversation(self) -> Conversation:
        """The whole."""
        contents: list[dict[str, Any]] = [
            {"role": turn.role, "parts": parts}
            for turn in self._turns
            for parts in (self._in_order(turn.responses), turn.parts)
            if parts
        ]
        if self.rules.signs_calls:
            for content in contents:
                _sign(content["parts"])
        if contents and contents[0]["role"] == "user":
            return Conversation(self.system, contents)
        if contents:
            return Conversation(
                self.system, [{"role": "user", "parts": [dict(_NOTHING)]}, *contents]
            )
        if not self.system:
            raise InvalidRequest("The messages hold no text.", param="messages")
        return Conversation([], [{"role": "user", "parts": self.system}])

    def _in_order(self, responses: dict[str, Part]) -> list[Part]:
        if len(responses) < 2:
            return list(responses.values())
        return [responses[call_id] for call_id in self._called if call_id in responses]


def _sign(parts: list[Part]) -> None:
    """Let the first call have a signature: without one, the request is refused."""
    for part in parts:
        if "functionCall" in part:
            part.setdefault("thoughtSignature", FORGOTTEN)
            return


def _text(text: str) -> list[Part]:
    return [{"text": text}] if text else []


def _texts(content: str | Iterable[TextPart]) -> list[Part]:
    if isinstance(content, str):
        return _text(content)
    return [part for each in content for part in _text(each.text)]


def _user_parts(message: UserMessage, path: str) -> list[Part]:
    if isinstance(message.content, str):
        return _text(message.content)
    parts: list[Part] = []
    for index, part in enumerate(message.content):
        parts += _user_part(part, f"{path}.content[{index}]")
    if parts and not any("text" in part for part in parts):
        parts.append(dict(_NOTHING))  # Vertex wants one beside what is shown.
    return parts


def _user_part(part: UserPart, path: str) -> list[Part]:
    match part:
        case TextPart():
            return _text(part.text)
        case ImagePart():
            return [image_part(part, path)]
        case AudioPart():
            return [audio_part(part, path)]
        case FilePart():
            return [file_part(part, path)]


def _fits_response(image: Part) -> bool:
    return image["inlineData"]["mimeType"] in _IN_RESPONSES


def _response(text: str) -> dict[str, Any]:
    """A function's result as the object that it has to be.

    One with a `$ref` in it would be taken for a reference to a part of the response.
    """
    value = json_object(text) if text[:1] == "{" and '"$ref"' not in text else None
    return {"output": text} if value is None else value
