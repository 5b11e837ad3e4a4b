"""The tables.

Times are Unix time in microseconds, money is integer nano-dollars, tokens are counts. A change
here needs a migration in `migrations/versions/`; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

__all__ = [
    "UNCOMPLETED",
    "Account",
    "ApiKey",
    "Credential",
    "EntryKind",
    "LedgerEntry",
    "Usage",
    "UsageState",
    "VideoTask",
    "account_table",
    "api_key_table",
    "credential_table",
    "ledger_entry_table",
    "usage_table",
    "video_task_table",
]

# SQLite only numbers rows by itself in a column that is exactly INTEGER.
_RowId = BigInteger().with_variant(Integer, "sqlite")
# SQLite's INTEGER has 64 bits already.
_Count = BigInteger().with_variant(Integer, "sqlite")


def _measured() -> Column[int]:
    """A count that only requests other than plain chat set."""
    return Column(_Count, nullable=False, server_default=text("0"))


class UsageState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    """Sent to the engine or provider, not ended yet."""
    COMPLETED = "completed"
    """The whole reply was delivered."""
    TRUNCATED = "truncated"
    """The upstream died, or the gateway stopped, after part of the reply was delivered."""
    CANCELLED = "cancelled"
    """The caller hung up."""
    FAILED = "failed"
    """Answered with an error and nothing else."""
    INTERRUPTED = "interrupted"
    """Still open when the gateway was killed; closed at its next start."""


UNCOMPLETED = text("state NOT IN ('open', 'completed')")
"""Requests that ended otherwise than whole; SQLite takes their index for a query that says this in
the same words."""


class Account(SQLModel, table=True):
    """Who pays."""

    __tablename__ = "account"

    id: str = Field(primary_key=True, max_length=32)
    name: str = Field(max_length=200, index=True, unique=True)
    plan: str = Field(max_length=16)
    created_at: int = Field(sa_type=BigInteger)


class ApiKey(SQLModel, table=True):
    """A key: never itself, only its hash and what a person recognises it by."""

    __tablename__ = "api_key"

    id: str = Field(primary_key=True, max_length=32)
    account_id: str = Field(foreign_key="account.id", max_length=32, index=True)
    name: str = Field(max_length=200)
    prefix: str = Field(max_length=16)
    last_four: str = Field(max_length=4)
    sha256: str = Field(max_length=64, unique=True)
    created_at: int = Field(sa_type=BigInteger)
    last_used_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    previous_sha256: str | None = Field(default=None, max_length=64)
    previous_until: int | None = Field(default=None, sa_type=BigInteger)
    plan: str = Field(max_length=16)
    rpm_limit: int | None = None
    tpm_limit: int | None = Field(default=None, sa_column=Column(_Count, nullable=True))
    allow: str
    max_parallel: int | None = None
    expires_at: int | None = Field(default=None, sa_type=BigInteger)
    budget_nano: int | None = Field(default=None, sa_type=BigInteger)
    budget_reset: str = Field(max_length=16)


class EntryKind(StrEnum):
    """Why money moved."""

    CREDIT = "credit"
    """Money was added."""
    ADJUSTMENT = "adjustment"
    """Money was corrected by hand, up or down."""
    HOLD = "hold"
    """Set aside for a request in flight; negative."""
    RELEASE = "release"
    """The hold, given back when the request ended."""
    SETTLEMENT = "settlement"
    """What the request cost; negative."""


BY_HAND = (EntryKind.CREDIT.value, EntryKind.ADJUSTMENT.value)
"""The kinds that people enter: few among those of requests."""
ENTERED_BY_HAND = text("kind IN ('credit', 'adjustment')")
"""The condition of the index that finds them, in the very words of it."""


class LedgerEntry(SQLModel, table=True):
    """One movement of money. An account's balance is the sum of its entries, always."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ix_ledger_entry_key_id_id", "key_id", "id"),
        Index(
            "ix_ledger_entry_by_hand",
            "id",
            sqlite_where=ENTERED_BY_HAND,
            postgresql_where=ENTERED_BY_HAND,
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(_RowId, primary_key=True))
    account_id: str = Field(foreign_key="account.id", max_length=32, index=True)
    key_id: str | None = Field(default=None, max_length=32)
    request_id: str | None = Field(default=None, max_length=64, index=True)
    kind: str = Field(max_length=16)
    amount_nano: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    note: str | None = Field(default=None, max_length=500)


class Usage(SQLModel, table=True):
    """One request: written before it leaves, completed when it ends."""

    __tablename__ = "usage"
    __table_args__ = (
        Index(
            "ix_usage_open",
            "state",
            sqlite_where=Column("state") == "open",
            postgresql_where=Column("state") == "open",
        ),
        # With the id behind it, a page of what is rare is found without looking at the rest.
        Index("ix_usage_key_id_id", "key_id", "id"),
        Index("ix_usage_slug_id", "slug", "id"),
        Index("ix_usage_provider_id", "provider", "id"),
        Index("ix_usage_uncompleted", "id", sqlite_where=UNCOMPLETED, postgresql_where=UNCOMPLETED),
    )

    id: int | None = Field(default=None, sa_column=Column(_RowId, primary_key=True))
    request_id: str = Field(max_length=64, unique=True)
    key_id: str = Field(foreign_key="api_key.id", max_length=32)
    slug: str = Field(max_length=200)
    """The model that was asked for."""
    answered_by: str | None = Field(default=None, max_length=200)
    """The fallback that answered in its place; null where there was none."""
    provider: str = Field(max_length=64)
    endpoint: str = Field(max_length=64)
    stream: bool
    state: str = Field(max_length=16)
    status: int | None = None
    error_code: str | None = Field(default=None, max_length=64)
    error_message: str | None = Field(default=None, max_length=300)
    """The words of the error, but for those that may quote the request."""
    finish_reason: str | None = Field(default=None, max_length=32)
    started_at: int = Field(sa_type=BigInteger, index=True)
    duration_us: int | None = Field(default=None, sa_type=BigInteger)
    first_token_us: int | None = Field(default=None, sa_type=BigInteger)
    uncached_input: int = Field(default=0, sa_column=Column(_Count, nullable=False, default=0))
    cache_read: int = Field(default=0, sa_column=Column(_Count, nullable=False, default=0))
    cache_write: int = Field(default=0, sa_column=Column(_Count, nullable=False, default=0))
    output: int = Field(default=0, sa_column=Column(_Count, nullable=False, default=0))
    reasoning: int = Field(default=0, sa_column=Column(_Count, nullable=False, default=0))
    audio_input: int = Field(default=0, sa_column=_measured())
    audio_output: int = Field(default=0, sa_column=_measured())
    characters: int = Field(default=0, sa_column=_measured())
    images: int = Field(default=0, sa_column=_measured())
    milliseconds: int = Field(default=0, sa_column=_measured())
    """Of video rendered, or of sound made or heard."""
    cost_nano: int | None = Field(default=None, sa_type=BigInteger)
    simulated: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default=false())
    )
    """Whether the sandbox answered in place of the provider."""
    attempts: str | None = None
    """The tries at its providers, in order, as JSON; null where there was none."""


class Credential(SQLModel, table=True):
    """A provider's credential without its secret, which the keyring keeps under the same id."""

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("provider", "label", name="uq_credential_provider_label"),)

    id: str = Field(primary_key=True, max_length=32)
    provider: str = Field(max_length=64)
    label: str = Field(max_length=64)
    masked: str = Field(max_length=8)
    base_url: str | None = Field(default=None, max_length=500)
    weight: int = 1
    disabled: bool = False
    created_at: int = Field(sa_type=BigInteger)
    sandbox: str | None = None
    """How the sandbox behaves that stands in for the provider, as JSON; null for a real one."""


class VideoTask(SQLModel, table=True):
    """A video that is being rendered, or was."""

    __tablename__ = "video_task"
    __table_args__ = (Index("ix_video_task_key_id_number", "key_id", "number"),)

    number: int | None = Field(default=None, sa_column=Column(_RowId, primary_key=True))
    id: str = Field(max_length=32, unique=True)
    request_id: str = Field(max_length=64, unique=True)
    """Of its row in the usage, which stays open while the task lives."""
    key_id: str = Field(foreign_key="api_key.id", max_length=32)
    slug: str = Field(max_length=200)
    provider: str = Field(max_length=64)
    status: str = Field(max_length=16)
    created_at: int = Field(sa_type=BigInteger)
    completed_at: int | None = Field(default=None, sa_type=BigInteger)
    plan: str
    """What is rendered, as JSON; an image that it begins with is a file in the media folder."""
    credential_id: str | None = Field(default=None, max_length=32)
    """The one credential that can ask for it."""
    reference: str | None = None
    """What its provider knows it by; null until that has taken it."""
    simulated: bool
    error: str | None = None
    """The body of the error that it ended with, as JSON."""
    file_token: str = Field(max_length=64)
    """Opens the file to whoever has it."""
    file_bytes: int | None = Field(default=None, sa_column=Column(_Count, nullable=True))
    file_ms: int | None = Field(default=None, sa_column=Column(_Count, nullable=True))
    file_width: int | None = None
    file_height: int | None = None
    file_type: str | None = Field(default=None, max_length=64)


# For statements without the ORM: typed, and a fraction of its cost.
account_table = SQLModel.metadata.tables["account"]
api_key_table = SQLModel.metadata.tables["api_key"]
credential_table = SQLModel.metadata.tables["credential"]
ledger_entry_table = SQLModel.metadata.tables["ledger_entry"]
usage_table = SQLModel.metadata.tables["usage"]
video_task_table = SQLModel.metadata.tables["video_task"]
