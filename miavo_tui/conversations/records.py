"""What a conversation is made of.

A conversation is a row of turns. A turn is one prompt and the replies given to it: one, unless it
was asked for again; the last of them is the one shown and sent on, the earlier ones are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = [
    "Conversation",
    "Desk",
    "Failure",
    "Reply",
    "ReplyState",
    "ReplyStats",
    "Turn",
    "title_of",
]

TITLE_LENGTH = 60
"""Characters of the first prompt that make a conversation's title."""


class ReplyState(StrEnum):
    """How far a reply came."""

    STREAMING = "streaming"
    """On its way, or not yet begun."""
    COMPLETED = "completed"
    STOPPED = "stopped"
    """Ended by the reader; what had arrived is kept."""
    INTERRUPTED = "interrupted"
    """The app ended, or the gateway was lost, before the reply did."""
    FAILED = "failed"
    """Refused or broken off by an error, which `Reply.failure` holds."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a reply failed, as the gateway said it."""

    code: str
    """A stable code such as `no_upstream`; `unreachable` when the gateway did not answer."""
    message: str
    param: str | None = None
    """The field at fault, such as `messages[0].content`."""
    status: int | None = None
    """The HTTP status; None when there was none."""
    retry_after: float | None = None
    """Seconds after which the same request may pass."""


@dataclass(frozen=True, slots=True)
class ReplyStats:
    """What a reply used and cost, from the gateway's usage row."""

    prompt_tokens: int
    output_tokens: int
    first_token_ms: float | None
    duration_ms: float | None
    cost_nano: int | None
    """Nano-dollars; None: unpriced."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to a prompt."""

    id: int
    turn_id: int
    model: str
    state: ReplyState
    text: str = ""
    reasoning: str = ""
    finish_reason: str | None = None
    """Why the model ended: `stop`, `length`, `content_filter`, …; None until it has."""
    request_id: str | None = None
    """Names the request in the gateway's usage rows."""
    failure: Failure | None = None
    stats: ReplyStats | None = None
    """None until known; a reply that never reached a model has none."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A prompt and the reply to it that is shown."""

    id: int
    conversation_id: str
    prompt: str
    reply: Reply
    replies: int = 1
    """How many replies were given to the prompt, the shown one included."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its turns."""

    id: str
    title: str
    """The first prompt's beginning, on one line."""
    model: str
    """The slug its next prompt goes to."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """What lay before the reader when an app was last seen."""

    conversation: Conversation | None
    """None: a new conversation, nothing said yet."""
    draft: str
    """Typed and not yet sent."""


def title_of(prompt: str) -> str:
    """A conversation's title: its first prompt on one line, cut with an ellipsis."""
    line = " ".join(prompt.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
