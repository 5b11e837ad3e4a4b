"""What was said, as the messages of a chat completions request."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

from miavo_tui.conversations.records import Attachment, Reply, Turn

__all__ = ["AUDIO_FORMATS", "Message", "answered", "messages_of", "user_content"]

Message: TypeAlias = dict[str, Any]
Blobs: TypeAlias = Mapping[str, bytes] | None

AUDIO_FORMATS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/webm": "webm",
    "audio/aac": "aac",
}
"""The `format` of an `input_audio` part, by the type of the sound."""


def messages_of(
    path: Sequence[Turn], blobs: Blobs, *, system: str = "", lane: int = 0
) -> list[Message]:
    """The messages to send for the last turn of a path: those before it, then its prompt.

    A prompt that got no answer is left out with its reply: providers that insist on alternating
    roles would refuse the whole conversation for it. So is a tool call that was never answered.

    Args:
        path: the turns, oldest first.
        blobs: the bytes of attachments; without them each stands as `@@SHA@@`.
        system: instructions.
        lane: whose replies are meant where several models were asked side by side.
    """
    messages: list[Message] = [{"role": "system", "content": system}] if system else []
    for turn, following in pairwise(path):
        reply = reply_for(turn, lane)
        calls_answered = bool(reply.calls) and bool(following.results)
        if not (reply.text or calls_answered):
            continue
        messages += asked(turn, blobs)
        messages.append(answered(reply, with_calls=calls_answered))
    if path:
        messages += asked(path[-1], blobs)
    return messages


def reply_for(turn: Turn, lane: int) -> Reply:
    """The reply that a lane goes on from."""
    if turn.lane is not None:
        return turn.reply
    return next((reply for reply in turn.lanes if reply.lane == lane), turn.reply)


def asked(turn: Turn, blobs: Blobs) -> list[Message]:
    """A turn's prompt, or the results it brings."""
    if turn.results:
        return [
            {"role": "tool", "tool_call_id": result.call_id, "content": result.content}
            for result in turn.results
        ]
    return [{"role": "user", "content": user_content(turn.prompt, turn.attachments, blobs)}]


def answered(reply: Reply, *, with_calls: bool) -> Message:
    """A reply, sent back as history."""
    message: Message = {"role": "assistant", "content": reply.text}
    if with_calls:
        message["content"] = reply.text or None
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in reply.calls
        ]
    return message


def user_content(
    prompt: str, attachments: Sequence[Attachment], blobs: Blobs
) -> str | list[dict[str, Any]]:
    """A prompt and what goes with it: plain text where there is nothing else."""
    if not attachments:
        return prompt
    parts: list[dict[str, Any]] = [{"type": "text", "text": prompt}] if prompt else []
    for attachment in attachments:
        if blobs is None:
            data = f"@@{attachment.sha}@@"
        else:
            data = base64.b64encode(blobs.get(attachment.sha, b"")).decode()
        if attachment.kind == "image":
            url = f"data:{attachment.mime};base64,{data}"
            parts.append({"type": "image_url", "image_url": {"url": url}})
        else:
            sound = {"data": data, "format": AUDIO_FORMATS.get(attachment.mime, "wav")}
            parts.append({"type": "input_audio", "input_audio": sound})
    return parts
