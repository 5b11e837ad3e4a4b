"""The wire models of the admin API."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
)

from miavo_gateway.flow.plans import BudgetReset, Plan

__all__ = [
    "AttemptView",
    "BalanceView",
    "Body",
    "CreditAdd",
    "EngineView",
    "EntryExtent",
    "EntryPage",
    "EntryView",
    "GatewayView",
    "KeyCreate",
    "KeyList",
    "KeyRotate",
    "KeyTermsBody",
    "KeyUpdate",
    "KeyView",
    "NewKeyView",
    "UsageExtent",
    "UsagePage",
    "UsageView",
    "WindowView",
]


Usd = Annotated[Decimal, Field(max_digits=18, decimal_places=9, allow_inf_nan=False)]
"""Dollars, exact to the nano-dollar; written as text in JSON, as `"2.50"`."""


def _one_line(name: str) -> str:
    # Control characters (NUL among them), half characters, and the line ends of Unicode.
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name):
        raise ValueError("must not contain line ends or control characters")
    return name


KeyName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_one_line)]
"""What a person knows a key by; listings and error messages repeat it."""


class Body(BaseModel):
    """What a caller sends: a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyTermsBody(Body):
    """What a key may do. A field that is left out stays as it is; null takes the limit away."""

    plan: Plan | None = None
    rpm_limit: int | None = Field(default=None, ge=0, le=1_000_000_000, strict=True)
    tpm_limit: int | None = Field(default=None, ge=0, le=1_000_000_000_000, strict=True)
    allow: list[str] | None = Field(default=None, max_length=500)
    max_parallel: int | None = Field(default=None, ge=1, le=1_000_000, strict=True)
    expires_at: AwareDatetime | None = None
    budget_usd: Usd | None = Field(default=None, ge=0)
    budget_reset: BudgetReset | None = None


class KeyCreate(KeyTermsBody):
    """The body of `POST /admin/v1/keys`. Without a plan, the key gets its account's."""

    account: str | None = Field(default=None, max_length=200)
    """The id or name of who pays; the default account if not said."""
    name: KeyName


class KeyUpdate(KeyTermsBody):
    """The body of `PATCH /admin/v1/keys/{id}`."""

    name: KeyName | None = None


class KeyRotate(Body):
    """The body of `POST /admin/v1/keys/{id}/rotate`."""

    grace_seconds: int = Field(default=86_400, ge=0, le=31_536_000, strict=True)


class CreditAdd(Body):
    """The body of `POST /admin/v1/credit`: credit if `kind` is not said."""

    account: str | None = Field(default=None, max_length=200)
    """The id or name of whose credit; the default account if not said."""
    amount_usd: Usd
    note: str | None = Field(default=None, max_length=500)
    kind: Literal["credit", "adjustment"] = "credit"


class BalanceView(BaseModel):
    """An account's money: `balance_usd` is the sum of its entries, and what can be spent now."""

    account_id: str
    balance_usd: str
    balance_nano: int
    held_usd: str
    held_nano: int


class EntryView(BaseModel):
    """One movement of money."""

    id: int
    account_id: str
    key_id: str | None
    key_name: str | None
    request_id: str | None
    kind: str
    amount_usd: str
    amount_nano: int
    created_at: str
    note: str | None


class EntryPage(BaseModel):
    """Entries, newest first, and where the pages beside this one begin."""

    data: list[EntryView]
    next_before: int | None
    """What to give as `before` for older entries; null where there are none."""
    next_after: int | None
    """What to give as `after` for newer entries; null on an empty page."""


class EntryExtent(BaseModel):
    """How many entries there are, what they come to, and the ids of the oldest and newest."""

    count: int
    amount_usd: str
    amount_nano: int
    oldest: int | None
    newest: int | None


class WindowView(BaseModel):
    """How full a key's rolling windows are now."""

    requests: int
    tokens: int
    in_flight: int
    empty_in_seconds: float
    """Until the window is empty again if nothing more is asked."""


class KeyView(BaseModel):
    """A key as it can be seen at any time. Times are ISO 8601 in UTC."""

    id: str
    account_id: str
    """Who pays for it."""
    name: str
    prefix: str
    last_four: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None
    restorable_until: str | None
    """Until when its revocation can be undone; null if it is not revoked."""
    previous_until: str | None
    """Until when the value before the last rotation is still taken; null if it is not."""
    plan: Plan
    rpm_limit: int
    """Requests in any 60 seconds: its own, or the plan's."""
    tpm_limit: int
    """Tokens in any 60 seconds: its own, or the plan's."""
    own_rpm_limit: int | None
    """Null where the plan's holds."""
    own_tpm_limit: int | None
    allow: list[str]
    max_parallel: int | None
    expires_at: str | None
    budget_usd: str | None
    budget_reset: BudgetReset
    budget_resets_at: str | None
    """When its period ends and what was spent counts no more; null if it never does."""
    spent_usd: str
    """In the budget's period; without a budget, since the gateway started."""
    held_usd: str
    """What its requests in flight hold."""
    window: WindowView


class KeyList(BaseModel):
    """Keys, oldest first, the revoked ones included."""

    data: list[KeyView]


class NewKeyView(KeyView):
    """A key just made: the one answer that carries it."""

    key: str


class AttemptView(BaseModel):
    """One try of a request at a provider, with one of its credentials."""

    credential_id: str
    label: str
    """The credential's, as it was then."""
    provider: str
    outcome: str
    """`ok`, `throttled`, `quota_exhausted`, `bad_credential`, `client_error`, `server_error`,
    `unreachable`, `timed_out`, `cut` or `unreadable`."""
    status: int | None
    """The HTTP status of a refusal."""
    ms: float


class UsageView(BaseModel):
    """One request. Durations are milliseconds; `cost_usd` null means unpriced."""

    id: int
    request_id: str
    key_id: str
    key_name: str
    account_id: str | None
    slug: str
    """The model that was asked for."""
    answered_by: str | None
    """The fallback that answered in its place; null where there was none."""
    provider: str
    """That of the model asked for."""
    endpoint: str
    stream: bool
    state: Literal["open", "completed", "truncated", "cancelled", "failed", "interrupted"]
    status: int | None
    error_code: str | None
    error_message: str | None
    """The error's words, but for those that may quote the request."""
    finish_reason: str | None
    started_at: str
    duration_ms: float | None
    first_token_ms: float | None
    prompt_tokens: int
    cached_tokens: int
    """The part of `prompt_tokens` that was read from a cache."""
    cache_write_tokens: int
    """The part of `prompt_tokens` that was written to a cache."""
    output_tokens: int
    reasoning_tokens: int
    audio_input_tokens: int
    """The part of `prompt_tokens` that was sound."""
    audio_output_tokens: int
    """The part of `output_tokens` that was sound."""
    characters: int
    """Of text that was spoken or set to music."""
    images: int
    seconds: float
    """Of video rendered, or of sound made or heard."""
    cost_usd: str | None
    cost_nano: int | None
    simulated: bool
    """Whether the sandbox answered in place of the provider."""
    attempts: list[AttemptView]
    """The tries at its providers, in order; none where an engine here answered."""


class UsagePage(BaseModel):
    """Rows, newest first, and where the pages beside this one begin."""

    data: list[UsageView]
    next_before: int | None
    """What to give as `before` for older rows; null where there is none."""
    next_after: int | None
    """What to give as `after` for newer rows; null on an empty page."""


class UsageExtent(BaseModel):
    """How many rows there are, and the `id` of the oldest and newest; null where there is none."""

    count: int
    oldest: int | None
    newest: int | None


class EngineView(BaseModel):
    """An engine of this machine."""

    slug: str
    state: Literal["unavailable", "cold", "loading", "ready"]


class GatewayView(BaseModel):
    """The running gateway."""

    version: str
    url: str
    pid: int
    home: str
    started_at: str
    requests_in_flight: int
    sandbox: bool
    """Whether any provider is simulated: for this run, by the settings or by a credential."""
    engines: list[EngineView]
