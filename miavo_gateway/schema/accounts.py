"""The wire models of accounts."""

from __future__ import annotations

from pydantic import BaseModel, Field

from miavo_gateway.flow.plans import Plan
from miavo_gateway.schema.admin import Body

__all__ = ["AccountCreate", "AccountList", "AccountUpdate", "AccountView"]


class AccountCreate(Body):
    """The body of `POST /admin/v1/accounts`."""

    name: str = Field(min_length=1, max_length=200)
    plan: Plan = Plan.PAID


class AccountUpdate(Body):
    """The body of `PATCH /admin/v1/accounts/{account}`; what is left out stays as it is."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    plan: Plan | None = None


class AccountView(BaseModel):
    """An account: its money is the sum of its ledger's entries."""

    id: str
    name: str
    plan: Plan
    created_at: str
    keys: int
    """Keys that have not been revoked."""
    balance_usd: str
    balance_nano: int
    held_usd: str
    """What requests in flight hold."""
    held_nano: int


class AccountList(BaseModel):
    """Every account, oldest first."""

    data: list[AccountView]
