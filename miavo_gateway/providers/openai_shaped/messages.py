"""The messages of a request, in the words and shapes that a provider takes.

OpenAI's clients write contents as lists, developers' instructions in a role of their own, images
into tools' results: not every server that speaks the format takes these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from miavo_gateway.catalogue import Feature
from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.adapter import Asked
from miavo_gateway.schema.chat import (
    AssistantMessage,
    AudioPart,
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

__all__ = ["Body", "MessageRules", "Replay", "add_instruction", "wire_messages"]

Body: TypeAlias = dict[str, Any]
Replay: TypeAlias = Callable[[Body, AssistantMessage, Asked], None]
"""Puts the reasoning of an earlier reply back into its message."""

_INSTRUCTING = frozenset({"system", "developer"})
_SHOWN_BY_TOOLS = "Images that the tools returned:"
_FILE_NAME = "document.pdf"


@dataclass(frozen=True, slots=True)
class MessageRules:
    """What a provider takes."""

    developer: str = "system"
    """The role in which developers' instructions go."""
    one_system: bool = False
    """Instructions go together, at the beginning."""
    names: bool = True
    """Speakers may have names."""
    files: bool = False
    """Files may be shown."""
    audio: bool = False
    """Audio may be heard."""
    refusals: bool = False
    """An earlier refusal has a field of its own."""
    detail: bool = True
    """Images may say their level of detail."""
    bare_images: bool = False
    """Images go as base64 without the head of a `data:` URL."""
    mend_arguments: bool = False
    """Arguments of earlier calls have to be JSON, even where the model wrote none."""
    replay: Replay | None = None


def wire_messages(asked: Asked, rules: MessageRules, *, takes_links: bool) -> list[Body]:
    """The messages as they go out.

    Raises:
        InvalidRequest: a part is of a kind that the model or the provider does not take.
    """
    return _Writer(asked, rules, takes_links).written()


def add_instruction(messages: list[Body], instruction: str) -> None:
    """Add to what the model is told at the beginning."""
    first = messages[0]
    if first["role"] in _INSTRUCTING and isinstance(first["content"], str):
        messages[0] = {**first, "content": f"{first['content']}\n\n{instruction}"}
    else:
        messages.insert(0, {"role": "system", "content": instruction})


class _Writer:
    def __init__(self, asked: Asked, rules: MessageRules, takes_links: bool) -> None:
        self._asked = asked
        self._rules = rules
        self._takes_links = takes_links
        features = asked.model.features
        # An operator's own model may state no features: then its provider is the judge.
        stated = Feature.VISION in features or not features
        self._sees = bool(asked.model.traits.get("vision", stated))
        self._wire: list[Body] = []
        self._shown_by_tools: list[Body] = []

    def written(self) -> list[Body]:
        for index, message in enumerate(self._asked.request.messages):
            path = f"messages[{index}]"
            if isinstance(message, ToolMessage):
                self._wire.append(self._tool(message, path))
                continue
            self._show()
            match message:
                case SystemMessage():
                    self._add("system", _text_of(message.content), message.name)
                case DeveloperMessage():
                    self._add(self._rules.developer, _text_of(message.content), message.name)
                case UserMessage():
                    self._add("user", self._user_content(message, path), message.name)
                case AssistantMessage():
                    self._wire.append(self._assistant(message, path))
        self._show()
        return _system_first(self._wire) if self._rules.one_system else self._wire

    def _add(self, role: str, content: str | list[Body], name: str | None) -> None:
        body: Body = {"role": role, "content": content}
        if name and self._rules.names:
            body["name"] = name
        self._wire.append(body)

    def _show(self) -> None:
        """Images out of tools' results follow these as the user's: tools' own are text."""
        if self._shown_by_tools:
            parts = [{"type": "text", "text": _SHOWN_BY_TOOLS}, *self._shown_by_tools]
            self._wire.append({"role": "user", "content": parts})
            self._shown_by_tools = []

    def _user_content(self, message: UserMessage, path: str) -> str | list[Body]:
        content = message.content
        if isinstance(content, str):
            return content
        if all(isinstance(part, TextPart) for part in content):
            return _text_of([part for part in content if isinstance(part, TextPart)])
        return [
            self._user_part(part, f"{path}.content[{index}]") for index, part in enumerate(content)
        ]

    def _user_part(self, part: UserPart, path: str) -> Body:
        match part:
            case TextPart():
                return {"type": "text", "text": part.text}
            case ImagePart():
                return self._image(part, path)
            case AudioPart():
                if not self._rules.audio:
                    raise InvalidRequest(
                        f"'{path}' is audio, which this model does not hear.", param=path
                    )
                heard = {"data": part.input_audio.data, "format": part.input_audio.format}
                return {"type": "input_audio", "input_audio": heard}
            case FilePart():
                return self._file(part, path)

    def _image(self, part: ImagePart, path: str) -> Body:
        if not self._sees:
            raise InvalidRequest(
                f"'{path}' is an image, which '{self._asked.model.slug}' does not see.", param=path
            )
        url = part.image_url.url
        if not self._takes_links and not url.startswith("data:"):
            raise InvalidRequest(
                f"'{path}' must be a data: URL: this model's provider fetches no images.",
                param=path,
            )
        if self._rules.bare_images and url.startswith("data:"):
            url = url.partition(",")[2]
        image: Body = {"url": url}
        if part.image_url.detail and self._rules.detail:
            image["detail"] = part.image_url.detail
        return {"type": "image_url", "image_url": image}

    def _file(self, part: FilePart, path: str) -> Body:
        if not self._rules.files:
            raise InvalidRequest(
                f"'{path}' is a file, which this model's provider does not take.", param=path
            )
        if part.file.file_data is None:
            # An id would reach into the files of whoever owns the credential.
            raise InvalidRequest(
                f"'{path}.file.file_data' is missing: send the file itself, ids are not taken.",
                param=f"{path}.file.file_data",
            )
        file = {"filename": part.file.filename or _FILE_NAME, "file_data": part.file.file_data}
        return {"type": "file", "file": file}

    def _assistant(self, message: AssistantMessage, path: str) -> Body:
        text, refusal = _said(message)
        if refusal and not self._rules.refusals:
            text, refusal = text or refusal, ""
        body: Body = {"role": "assistant", "content": text}
        if message.name and self._rules.names:
            body["name"] = message.name
        if refusal:
            body["refusal"] = refusal
        if message.tool_calls:
            body["tool_calls"] = [self._call(call) for call in message.tool_calls]
            body["content"] = text or None
        if message.audio is not None and self._rules.audio:
            body["audio"] = {"id": message.audio.id}
            body["content"] = text or None
        if self._rules.replay is not None:
            self._rules.replay(body, message, self._asked)
        return body

    def _call(self, call: ToolCall) -> Body:
        arguments = call.function.arguments
        if self._rules.mend_arguments:
            arguments = _mended(arguments)
        function = {"name": call.function.name, "arguments": arguments}
        return {"id": call.id, "type": "function", "function": function}

    def _tool(self, message: ToolMessage, path: str) -> Body:
        content = message.content
        if not isinstance(content, str):
            self._shown_by_tools += [
                self._image(part, f"{path}.content[{index}]")
                for index, part in enumerate(content)
                if isinstance(part, ImagePart)
            ]
            content = _text_of([part for part in content if isinstance(part, TextPart)])
        return {"role": "tool", "tool_call_id": message.tool_call_id, "content": content}


def _text_of(content: str | Iterable[TextPart]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.text for part in content)


def _said(message: AssistantMessage) -> tuple[str, str]:
    """The text and the refusal of an earlier reply."""
    if message.content is None or isinstance(message.content, str):
        return message.content or "", message.refusal or ""
    text = [part.text for part in message.content if isinstance(part, TextPart)]
    refusals = [part.refusal for part in message.content if isinstance(part, RefusalPart)]
    return "\n".join(text), "\n".join(refusals) or message.refusal or ""


def _mended(arguments: str) -> str:
    try:
        decoded = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        decoded = None
    if isinstance(decoded, dict):
        return arguments or "{}"
    return orjson.dumps({"arguments": arguments}).decode()


def _system_first(wire: Sequence[Body]) -> list[Body]:
    told = [body["content"] for body in wire if body["role"] in _INSTRUCTING]
    rest = [body for body in wire if body["role"] not in _INSTRUCTING]
    return [{"role": "system", "content": "\n\n".join(told)}, *rest] if told else rest
