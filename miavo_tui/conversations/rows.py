"""Rows of `app.db` read into records."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from miavo_tui.conversations.records import (
    Conversation,
    Failure,
    Reply,
    ReplyState,
    ReplyStats,
    Turn,
)

__all__ = ["REPLY_COLUMNS", "conversation_of", "now", "reply_of", "turn_of"]

REPLY_COLUMNS = """
    replies.id AS reply_id, replies.turn_id, replies.model, replies.state, replies.text,
    replies.reasoning, replies.finish_reason, replies.request_id, replies.failure_code,
    replies.failure_message, replies.failure_param, replies.failure_status, replies.retry_after,
    replies.prompt_tokens, replies.output_tokens, replies.first_token_ms, replies.duration_ms,
    replies.cost_nano
"""


def now() -> str:
    """The time as the file keeps it: ISO 8601 in UTC, which sorts as text."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def conversation_of(row: sqlite3.Row) -> Conversation:
    """A row of `conversations`."""
    return Conversation(
        id=row["id"],
        title=row["title"],
        model=row["model"],
        created_at=datetime.fromisoformat(row["created_at"]),
        updated_at=datetime.fromisoformat(row["updated_at"]),
    )


def reply_of(row: sqlite3.Row) -> Reply:
    """A row that holds `REPLY_COLUMNS`."""
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
        id=row["reply_id"],
        turn_id=row["turn_id"],
        model=row["model"],
        state=ReplyState(row["state"]),
        text=row["text"],
        reasoning=row["reasoning"],
        finish_reason=row["finish_reason"],
        request_id=row["request_id"],
        failure=failure,
        stats=stats,
    )


def turn_of(row: sqlite3.Row) -> Turn:
    """A row of `turns` joined with the reply shown, and `replies` counted as `reply_count`."""
    return Turn(
        id=row["id"],
        conversation_id=row["conversation_id"],
        prompt=row["prompt"],
        reply=reply_of(row),
        replies=row["reply_count"],
    )
