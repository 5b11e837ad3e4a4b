"""A key: what is known of it after its making, and what it may do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from miavo_gateway.flow.plans import PLAN_LIMITS, BudgetReset, Plan
from miavo_gateway.flow.windows import Limits

__all__ = ["RESTORED_WITHIN_US", "Key", "KeyTerms", "NewKey"]

RESTORED_WITHIN_US = 600_000_000
"""How long a revocation can be undone. The key is refused from the first moment on."""


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key may do; all of it can be changed later. None means no limit of its own."""

    plan: Plan = Plan.PAID
    rpm_limit: int | None = None
    """Requests in any 60 seconds, in place of the plan's."""
    tpm_limit: int | None = None
    """Tokens in any 60 seconds, in place of the plan's."""
    allow: tuple[str, ...] = ()
    """The allow-list; empty admits every model."""
    max_parallel: int | None = None
    """Requests at the same time."""
    expires_at: int | None = None
    """Unix microseconds."""
    budget_nano: int | None = None
    """Nano-dollars it may spend in each period."""
    budget_reset: BudgetReset = BudgetReset.NEVER
    """When that period begins anew."""

    @property
    def limits(self) -> Limits:
        """The limits in force."""
        of_plan = PLAN_LIMITS[self.plan]
        return Limits(
            requests=of_plan.requests if self.rpm_limit is None else self.rpm_limit,
            tokens=of_plan.tokens if self.tpm_limit is None else self.tpm_limit,
        )


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is known after its making. Times are Unix microseconds."""

    id: str
    account_id: str
    name: str
    prefix: str
    last_four: str
    sha256: str
    created_at: int
    terms: KeyTerms = KeyTerms()
    last_used_at: int | None = None
    revoked_at: int | None = None
    previous_sha256: str | None = None
    """The hash before the last rotation."""
    previous_until: int | None = None
    """Until when the key before the last rotation is still taken."""

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """The key of a row."""
        fields = dict(row)
        terms = {name: fields.pop(name) for name in KeyTerms.__dataclass_fields__}
        terms["allow"] = tuple(json.loads(terms["allow"]))
        terms["plan"] = Plan(terms["plan"])
        terms["budget_reset"] = BudgetReset(terms["budget_reset"])
        return cls(**fields, terms=KeyTerms(**terms))

    def row(self) -> dict[str, Any]:
        """The row of a key."""
        row: dict[str, Any] = asdict(self)
        terms: dict[str, Any] = row.pop("terms")
        terms["allow"] = json.dumps(terms["allow"])
        terms["plan"] = self.terms.plan.value
        terms["budget_reset"] = self.terms.budget_reset.value
        return row | terms

    @property
    def restorable_until(self) -> int | None:
        """Until when its revocation can be undone; None if it is not revoked."""
        return None if self.revoked_at is None else self.revoked_at + RESTORED_WITHIN_US

    @property
    def limits(self) -> Limits:
        """The windows' limits in force."""
        return self.terms.limits

    @property
    def max_parallel(self) -> int | None:
        """Requests at the same time; None is no limit."""
        return self.terms.max_parallel


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the one moment when it can be read."""

    key: Key
    secret: str

    def __repr__(self) -> str:
        """The repr without the secret: a traceback or a log line may show it."""
        return f"NewKey(key={self.key!r})"
