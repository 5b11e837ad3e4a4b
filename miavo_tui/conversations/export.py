"""A conversation as a file: to be read, to be processed, or to be run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from miavo_tui.conversations.export_code import curl_code, python_code, typescript_code
from miavo_tui.conversations.messages import messages_of
from miavo_tui.conversations.records import NANO, Conversation, Reply, Turn
from miavo_tui.conversations.request import request_fields
from miavo_tui.conversations.tool_box import Tool

__all__ = ["FORMATS", "ExportFormat", "Exported", "Material", "export"]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """One kind of file."""

    name: str
    suffix: str
    title: str


FORMATS = (
    ExportFormat("markdown", ".md", "Markdown, to be read"),
    ExportFormat("json", ".json", "JSON, with everything"),
    ExportFormat("python", ".py", "Python that asks the same again"),
    ExportFormat("typescript", ".ts", "TypeScript that asks the same again"),
    ExportFormat("curl", ".sh", "curl that asks the same again"),
)


@dataclass(frozen=True, slots=True)
class Material:
    """What is exported."""

    conversation: Conversation
    turns: Sequence[Turn]
    """The path in view, oldest first."""
    tools: Sequence[Tool]
    blobs: Mapping[str, bytes]
    base_url: str
    """The gateway's address."""
    kind: str = "chat"
    """Of the model."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file, and those that it refers to."""

    text: str
    files: Mapping[str, bytes]
    """By their names in the folder beside it."""


def export(material: Material, format_name: str, folder: str) -> Exported:
    """The conversation in one of `FORMATS`.

    Args:
        material: what is exported.
        format_name: the name of the format.
        folder: the name of the folder that attachments go to, beside the file.
    """
    match format_name:
        case "markdown":
            return _markdown(material, folder)
        case "json":
            return Exported(_json(material), {})
        case "python":
            return _code(material, folder, python_code)
        case "typescript":
            return _code(material, folder, typescript_code)
        case _:
            return _code(material, folder, curl_code)


def _markdown(material: Material, folder: str) -> Exported:
    conversation = material.conversation
    parts = [f"# {conversation.title}", _day(conversation.created_at)]
    if conversation.settings.system:
        parts += ["## System", conversation.settings.system]
    files: dict[str, bytes] = {}
    for turn in material.turns:
        if turn.results:
            for result in turn.results:
                parts += [f"## {result.name} came back with", _fenced(result.content)]
        else:
            parts += ["## You"]
            for attachment in turn.attachments:
                name = f"{attachment.sha[:8]}-{attachment.name}"
                files[name] = material.blobs.get(attachment.sha, b"")
                mark = "!" if attachment.kind == "image" else ""
                parts.append(f"{mark}[{attachment.name}](<{folder}/{name}>)")
            if turn.prompt:
                parts.append(turn.prompt)
        for reply in turn.lanes:
            parts += _markdown_reply(reply)
    return Exported("\n\n".join(parts) + "\n", files)


def _markdown_reply(reply: Reply) -> list[str]:
    parts = [f"## {reply.model}"]
    if reply.reasoning:
        thoughts = reply.reasoning.strip()
        parts.append(f"<details><summary>Thoughts</summary>\n\n{thoughts}\n\n</details>")
    if reply.text:
        parts.append(reply.text)
    parts += [f"Calls `{call.name}`:\n\n{_fenced(call.arguments, 'json')}" for call in reply.calls]
    if reply.failure is not None:
        parts.append(f"*Failed: {reply.failure.message}*")
    if reply.stats is not None:
        said = [f"{reply.stats.prompt_tokens:,} in", f"{reply.stats.output_tokens:,} out"]
        if reply.stats.cost_nano is not None:
            said.append(f"${reply.stats.cost_nano / NANO:.9f}".rstrip("0").rstrip("."))
        parts.append(f"*{' · '.join(said)}*")
    return parts


def _fenced(text: str, language: str = "") -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}"


def _day(at: datetime) -> str:
    return f"*{at.astimezone():%Y-%m-%d %H:%M}*"


def _json(material: Material) -> str:
    conversation = material.conversation
    offered = [tool for tool in material.tools if tool.name in conversation.settings.tools]
    document: dict[str, Any] = {
        "title": conversation.title,
        "created_at": conversation.created_at.isoformat(),
        "models": list(conversation.models) or [conversation.model],
        "settings": json.loads(conversation.settings.to_json()),
        "tools": [asdict(tool) for tool in offered],
        "messages": messages_of(
            material.turns, material.blobs, system=conversation.settings.system
        ),
        "turns": [
            {
                "prompt": turn.prompt,
                "attachments": [asdict(each) for each in turn.attachments],
                "results": [asdict(each) for each in turn.results],
                "replies": [asdict(reply) for reply in turn.lanes],
            }
            for turn in material.turns
        ],
    }
    if material.turns and (last := material.turns[-1].reply).text:
        document["messages"].append({"role": "assistant", "content": last.text})
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _code(
    material: Material,
    folder: str,
    write: Callable[..., tuple[str, Mapping[str, bytes]]],
) -> Exported:
    conversation = material.conversation
    files: dict[str, bytes] = {}
    names: dict[str, str] = {}
    for turn in material.turns:
        for attachment in turn.attachments:
            name = f"{attachment.sha[:8]}-{attachment.name}"
            files[name] = material.blobs.get(attachment.sha, b"")
            names[attachment.sha] = f"{folder}/{name}"
    messages = messages_of(material.turns, None, system=conversation.settings.system)
    text, more = write(
        title=conversation.title,
        base_url=material.base_url,
        models=list(conversation.models) or [conversation.model],
        messages=messages,
        fields=request_fields(conversation.settings, material.tools, material.kind),
        names=names,
        blobs=material.blobs,
        folder=folder,
    )
    return Exported(text, {**files, **more} if write is not curl_code else more)
