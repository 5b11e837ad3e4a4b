"""What a conversation is made of.

A conversation is a tree of turns, of which one path is in view: a prompt that was changed and sent
again stands beside the one it came from. A turn is a prompt, or the results of tools, and the
replies given to it: one for each model asked side by side, unless it was asked for again; the last
of them is the one shown and sent on, the earlier ones are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from miavo_tui.conversations.settings import ChatSettings

__all__ = [
    "NANO",
    "Attachment",
    "Conversation",
    "Desk",
    "Failure",
    "Reply",
    "ReplyAudio",
    "ReplyState",
    "ReplyStats",
    "ToolCall",
    "ToolResult",
    "Turn",
    "title_of",
]

NANO = 1_000_000_000
"""Nano-dollars in a dollar."""
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
class Attachment:
    """An image or a sound that goes with a prompt. Its bytes are in the store, under `sha`."""

    sha: str
    name: str
    """The file's name."""
    mime: str
    """Such as `image/png` or `audio/wav`, told by its bytes."""
    size: int
    """Bytes."""

    @property
    def kind(self) -> str:
        """`image` or `audio`."""
        return self.mime.partition("/")[0]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that a model wants called."""

    id: str
    name: str
    arguments: str
    """JSON text, as the model wrote it: it need not be valid."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool call came back with."""

    call_id: str
    name: str
    content: str


@dataclass(frozen=True, slots=True)
class ReplyAudio:
    """What a model said aloud. Its bytes are in the store, under `sha`."""

    sha: str
    mime: str
    size: int
    """Bytes."""


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
    lane: int = 0
    """Its column, from the left, among models asked side by side."""
    calls: tuple[ToolCall, ...] = ()
    audio: ReplyAudio | None = None
    number: int = 1
    """Which of the replies of its lane it is, from 1."""
    of: int = 1
    """How many replies its lane was given."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A prompt, or what tools came back with, and the replies to it that are shown."""

    id: int
    conversation_id: str
    prompt: str
    reply: Reply
    """The one that is gone on with; side by side and undecided, the first lane's."""
    beside: tuple[Reply, ...] = ()
    """The replies of the other lanes."""
    lane: int | None = 0
    """The lane gone on with; None while several are and none was chosen."""
    parent_id: int | None = None
    """The turn before it; None for the first."""
    depth: int = 0
    """How many turns lie before it."""
    attachments: tuple[Attachment, ...] = ()
    results: tuple[ToolResult, ...] = ()
    """The results of the calls of the turn before; such a turn has no prompt."""
    version: int = 1
    """Which of the turns that follow the same one it is, from 1."""
    versions: int = 1

    @property
    def replies(self) -> int:
        """How many replies the shown one's lane was given, itself included."""
        return self.reply.of

    @property
    def lanes(self) -> tuple[Reply, ...]:
        """Every reply shown, from the left."""
        return tuple(sorted((self.reply, *self.beside), key=lambda reply: reply.lane))

    def having(self, reply: Reply) -> Turn:
        """The turn with another state, or another reply, in the reply's lane."""
        if reply.lane == self.reply.lane:
            return replace(self, reply=reply)
        beside = tuple(reply if each.lane == reply.lane else each for each in self.beside)
        return replace(self, beside=beside)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its turns."""

    id: str
    title: str
    """What its reader named it, else the first prompt's beginning, on one line."""
    model: str
    """The slug its next prompt goes to."""
    created_at: datetime
    updated_at: datetime
    models: tuple[str, ...] = ()
    """The slugs its next prompt goes to side by side; empty for one."""
    settings: ChatSettings = field(default_factory=ChatSettings)


@dataclass(frozen=True, slots=True)
class Desk:
    """What lay before the reader when an app was last seen."""

    conversation: Conversation | None
    """None: a new conversation, nothing said yet."""
    draft: str
    """Typed and not yet sent."""
    attachments: tuple[Attachment, ...] = ()
    """Attached and not yet sent."""
    settings: ChatSettings = field(default_factory=ChatSettings)
    """Of a new conversation."""


def title_of(prompt: str) -> str:
    """A conversation's title: its first prompt on one line, cut with an ellipsis."""
    line = " ".join(prompt.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 1].rstrip() + "…"
