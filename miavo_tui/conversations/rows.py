"""Rows of `app.db` read into records."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from miavo_tui.conversations.records import (
    Attachment,
    Conversation,
    Failure,
    Reply,
    ReplyAudio,
    ReplyState,
    ReplyStats,
    ToolCall,
    ToolResult,
    Turn,
)
from miavo_tui.conversations.settings import ChatSettings

__all__ = [
    "SHOWN_REPLIES",
    "attachments_of",
    "conversation_of",
    "now",
    "reply_of",
    "to_json",
    "turn_of",
]

SHOWN_REPLIES = """
    SELECT replies.*,
        (SELECT count(*) FROM replies AS own
            WHERE own.turn_id = replies.turn_id AND own.lane = replies.lane) AS own_count,
        (SELECT count(*) FROM replies AS own
            WHERE own.turn_id = replies.turn_id AND own.lane = replies.lane
            AND own.id <= replies.id) AS own_number
    FROM replies WHERE replies.id = (
        SELECT own.id FROM replies AS own
        WHERE own.turn_id = replies.turn_id AND own.lane = replies.lane
        ORDER BY own.turned DESC, own.id DESC LIMIT 1
    )
"""
"""The reply shown in each lane of each turn; a condition on `replies.turn_id` may follow."""


def now() -> str:
    """The time as the file keeps it: ISO 8601 in UTC, which sorts as text."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def to_json(records: Iterable[Any]) -> str:
    """Records as a JSON array of objects."""
    return json.dumps([asdict(record) for record in records])


def attachments_of(text: str) -> tuple[Attachment, ...]:
    """Attachments as `to_json` wrote them."""
    return tuple(Attachment(**each) for each in json.loads(text))


def conversation_of(row: sqlite3.Row) -> Conversation:
    """A row of `conversations`."""
    return Conversation(
        id=row["id"],
        title=row["title"],
        model=row["model"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
        models=tuple(json.loads(row["models"])),
        settings=ChatSettings.from_json(row["settings"]),
    )


def reply_of(row: sqlite3.Row) -> Reply:
    """A row of `SHOWN_REPLIES`."""
    failure = None
    if row["failure_code"] is not None:
        failure = Failure(
            code=row["failure_code"],
            message=row["failure_message"],
            param=row["failure_param"],
            status=row["failure_status"],
            retry_after=row["retry_after"],
        )
    stats = None
    if row["prompt_tokens"] is not None:
        stats = ReplyStats(
            prompt_tokens=row["prompt_tokens"],
            output_tokens=row["output_tokens"],
            first_token_ms=row["first_token_ms"],
            duration_ms=row["duration_ms"],
            cost_nano=row["cost_nano"],
        )
    return Reply(
        id=row["id"],
        turn_id=row["turn_id"],
        model=row["model"],
        state=ReplyState(row["state"]),
        text=row["text"],
        reasoning=row["reasoning"],
        finish_reason=row["finish_reason"],
        request_id=row["request_id"],
        failure=failure,
        stats=stats,
        lane=row["lane"],
        calls=tuple(ToolCall(**call) for call in json.loads(row["calls"])),
        audio=None if row["audio"] is None else ReplyAudio(**json.loads(row["audio"])),
        number=row["own_number"],
        of=row["own_count"],
    )


def turn_of(row: sqlite3.Row, replies: Sequence[Reply]) -> Turn:
    """A row of `turns` with its `version` and `versions`, and the replies shown of it."""
    lane = row["lane"]
    chosen = next((reply for reply in replies if reply.lane == (lane or 0)), replies[0])
    return Turn(
        id=row["id"],
        conversation_id=row["conversation_id"],
        prompt=row["prompt"],
        reply=chosen,
        beside=tuple(reply for reply in replies if reply is not chosen),
        lane=lane,
        parent_id=row["parent_id"],
        depth=row["depth"],
        attachments=attachments_of(row["attachments"]),
        results=tuple(ToolResult(**each) for each in json.loads(row["results"])),
        version=row["version"],
        versions=row["versions"],
    )
