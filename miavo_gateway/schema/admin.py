"""The wire models of the admin API."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from miavo_gateway.flow.plans import BudgetReset, Plan

__all__ = [
    "BalanceView",
    "CredentialCreate",
    "CredentialTest",
    "CredentialView",
    "CreditAdd",
    "EngineView",
    "EntryPage",
    "EntryView",
    "GatewayView",
    "KeyCreate",
    "KeyRotate",
    "KeyTermsBody",
    "KeyUpdate",
    "KeyView",
    "NewKeyView",
    "UsagePage",
    "UsageView",
    "WindowView",
]


Usd = Annotated[Decimal, Field(max_digits=18, decimal_places=9, allow_inf_nan=False)]
"""Dollars, exact to the nano-dollar; written as text in JSON, as `"2.50"`."""


class _Body(BaseModel):
    """What a caller sends: a field that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyTermsBody(_Body):
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
    """The body of `POST /admin/v1/keys`."""

    name: str = Field(min_length=1, max_length=200)


class KeyUpdate(KeyTermsBody):
    """The body of `PATCH /admin/v1/keys/{id}`."""

    name: str | None = Field(default=None, min_length=1, max_length=200)


class KeyRotate(_Body):
    """The body of `POST /admin/v1/keys/{id}/rotate`."""

    grace_seconds: int = Field(default=86_400, ge=0, le=31_536_000, strict=True)


class CreditAdd(_Body):
    """The body of `POST /admin/v1/credit`: credit if `kind` is not said."""

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
    request_id: str | None
    kind: str
    amount_usd: str
    amount_nano: int
    created_at: str
    note: str | None


class EntryPage(BaseModel):
    """Entries, newest first, and where the next page begins."""

    data: list[EntryView]
    next_before: int | None


class WindowView(BaseModel):
    """How full a key's rolling windows are now."""

    requests: int
    tokens: int
    in_flight: int


class KeyView(BaseModel):
    """A key as it can be seen at any time. Times are ISO 8601 in UTC."""

    id: str
    name: str
    prefix: str
    last_four: str
    created_at: str
    last_used_at: str | None
    revoked_at: str | None
    plan: Plan
    rpm_limit: int
    tpm_limit: int
    allow: list[str]
    max_parallel: int | None
    expires_at: str | None
    budget_usd: str | None
    budget_reset: BudgetReset
    spent_usd: str
    window: WindowView


class NewKeyView(KeyView):
    """A key just made: the one answer that carries it."""

    key: str


class UsageView(BaseModel):
    """One request. Durations are milliseconds; `cost_usd` null means unpriced."""

    id: int
    request_id: str
    key_id: str
    key_name: str
    slug: str
    endpoint: str
    stream: bool
    state: Literal["open", "completed", "truncated", "cancelled", "failed", "interrupted"]
    status: int | None
    error_code: str | None
    finish_reason: str | None
    started_at: str
    duration_ms: float | None
    first_token_ms: float | None
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: str | None
    cost_nano: int | None


class UsagePage(BaseModel):
    """Rows, newest first, and where the next page begins."""

    data: list[UsageView]
    next_before: int | None


class CredentialCreate(_Body):
    """The body of `POST /admin/v1/credentials`."""

    provider: str = Field(min_length=1, max_length=64)
    secret: str = Field(min_length=1, max_length=20_000, repr=False)
    label: str = Field(default="default", min_length=1, max_length=64)
    base_url: str | None = Field(default=None, max_length=500)
    weight: int = Field(default=1, ge=1, le=1_000, strict=True)


class CredentialView(BaseModel):
    """A credential of the pool, without its secret, and how it does."""

    id: str
    provider: str
    label: str
    masked: str
    base_url: str | None
    weight: int
    from_environment: bool
    created_at: str | None
    state: str
    reason: str
    back_in_seconds: float | None
    in_flight: int
    counts: dict[str, int]


class CredentialTest(BaseModel):
    """What the cheapest call with a credential gave."""

    ok: bool
    detail: str
    ms: float


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
    engines: list[EngineView]
