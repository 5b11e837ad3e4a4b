"""Plans and budgets: what bounds a key that sets nothing of its own, and what renews."""

from __future__ import annotations

from enum import StrEnum

from miavo_gateway.flow.windows import Limits

__all__ = ["PLAN_LIMITS", "BudgetReset", "Plan"]


class Plan(StrEnum):
    """An account's plan, or a key's own."""

    FREE = "free"
    PAID = "paid"


class BudgetReset(StrEnum):
    """When a key's budget begins anew; days, weeks and months are those of UTC."""

    NEVER = "never"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


PLAN_LIMITS = {
    Plan.FREE: Limits(requests=20, tokens=40_000),
    Plan.PAID: Limits(requests=200, tokens=400_000),
}
"""Requests and tokens in any 60 seconds (the public page, "Rate limits")."""
