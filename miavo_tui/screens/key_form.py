"""The form of a key: made, and changed later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, TypeVar

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input

from miavo_tui.account_records import AccountRow
from miavo_tui.key_records import KeyRow, NewKey
from miavo_tui.money_text import read_usd
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.span_text import read_span
from miavo_tui.widgets.form_field import FormField, control_named
from miavo_tui.widgets.inline_choice import InlineChoice
from miavo_tui.widgets.picked_models import PickedModels

__all__ = ["KeyChange", "KeyCreation"]

Answer = TypeVar("Answer")

PLANS = {"free": (20, 40_000), "paid": (200, 400_000)}
"""Requests and tokens in 60 seconds that hold where a key has no limits of its own."""
_RESETS = tuple((reset, reset) for reset in ("never", "daily", "weekly", "monthly"))


class _KeyForm(FormModal[Answer], Generic[Answer]):
    """The fields of a key's terms; nothing in a field is no limit, or the plan's."""

    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        *FormModal.CSS_PATH,
        Path(__file__).with_name("key_form.tcss"),
        Path(__file__).parents[1] / "widgets" / "inline_choice.tcss",
        Path(__file__).parents[1] / "widgets" / "picked_models.tcss",
    ]

    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-tall")]  # noqa: RUF012 - as the base declares it

    def __init__(self, row: KeyRow | None, accounts: Sequence[AccountRow], account: str) -> None:
        super().__init__()
        self._row = row
        self._accounts = accounts
        self._account = account

    def compose_fields(self) -> ComposeResult:
        """Who, how fast, what, how much, how long."""
        row = self._row
        with Horizontal(classes="form-row"):
            yield self._input("name", "Name", row.name if row else "", "what you know it by")
            if row is None and len(self._accounts) > 1:
                options = [(account.id, account.name) for account in self._accounts]
                choice = InlineChoice(options, self._account)
                yield FormField("account", "Account that pays", choice)
        with Horizontal(classes="form-row"):
            yield FormField(
                "plan",
                "Plan",
                InlineChoice([(plan, plan) for plan in PLANS], row.plan if row else self._plan),
            )
            yield FormField("allow", "Models", PickedModels(row.allow if row else ()))
        with Horizontal(classes="form-row"):
            yield self._input("rpm_limit", "Requests in 60 s", row and row.own_rpm_limit)
            yield self._input("tpm_limit", "Tokens in 60 s", row and row.own_tpm_limit)
            yield self._input("max_parallel", "At once", row and row.max_parallel, "no limit")
        with Horizontal(classes="form-row -uneven"):
            budget = "" if row is None or row.budget_usd is None else _plain(row.budget_usd)
            yield self._input("budget_usd", "Budget in dollars", budget, "no budget")
            reset = row.budget_reset if row else "never"
            yield FormField("budget_reset", "Begins anew", InlineChoice(_RESETS, reset))
        expires = "" if row is None or row.expires_at is None else _moment(row.expires_at)
        hint = "How long it lives, such as 30d or 12h, or a day such as 2030-12-31"
        yield self._input("expires_at", "Expires", expires, "never", hint)

    def on_mount(self) -> None:
        """Shows the plan's limits where the key has none of its own."""
        self._show_plan(control_named(self, "plan", InlineChoice).value)

    @property
    def _plan(self) -> str:
        wanted = self._account or "default"
        return next((one.plan for one in self._accounts if one.id == wanted), "paid")

    def _input(
        self, field: str, label: str, value: object, placeholder: str = "", hint: str = ""
    ) -> FormField:
        text = "" if value is None else str(value)
        control = Input(text, placeholder=placeholder, select_on_focus=False)
        return FormField(field, label, control, hint)

    @on(InlineChoice.Changed)
    def _changed(self, event: InlineChoice.Changed) -> None:
        if event.choice is control_named(self, "plan", InlineChoice):
            self._show_plan(event.value)

    def _show_plan(self, plan: str) -> None:
        requests, tokens = PLANS.get(plan, (0, 0))
        control_named(self, "rpm_limit", Input).placeholder = f"the plan's: {requests:,}"
        control_named(self, "tpm_limit", Input).placeholder = f"the plan's: {tokens:,}"

    @on(PickedModels.Asked)
    @work
    async def _pick_models(self, event: PickedModels.Asked) -> None:
        from miavo_tui.screens.allow_list import AllowListPicker

        chosen = await self.app.push_screen_wait(AllowListPicker(event.picked.entries))
        if chosen is not None:
            event.picked.entries = chosen

    def read(self) -> dict[str, Any]:
        """What the fields say, in the admin API's terms: null where there is no limit.

        Raises:
            FieldProblem: a field cannot be read.
        """
        name = control_named(self, "name", Input).value.strip()
        if not name:
            raise FieldProblem("name", "A key needs a name, such as the program that will use it.")
        return {
            "name": name,
            "plan": control_named(self, "plan", InlineChoice).value,
            "rpm_limit": self._number("rpm_limit", least=0),
            "tpm_limit": self._number("tpm_limit", least=0),
            "max_parallel": self._number("max_parallel", least=1),
            "allow": list(control_named(self, "allow", PickedModels).entries) or None,
            "budget_usd": self._budget(),
            "budget_reset": control_named(self, "budget_reset", InlineChoice).value,
            "expires_at": self._expiry(),
        }

    def _number(self, name: str, *, least: int) -> int | None:
        text = control_named(self, name, Input).value.strip().replace(",", "").replace("_", "")
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 13) or int(text) < least:
            raise FieldProblem(name, f"A whole number from {least}, or nothing.")
        return int(text)

    def _budget(self) -> str | None:
        text = control_named(self, "budget_usd", Input).value.strip()
        if not text:
            return None
        try:
            amount = read_usd(text)
        except ValueError as error:
            raise FieldProblem("budget_usd", str(error)) from None
        if amount < 0:
            raise FieldProblem("budget_usd", "A budget is not below zero.")
        return f"{amount:f}"

    def _expiry(self) -> str | None:
        text = control_named(self, "expires_at", Input).value.strip()
        if not text or text.lower() == "never":
            return None
        row = self._row
        if row is not None and row.expires_at is not None and text == _moment(row.expires_at):
            return row.expires_at.isoformat()
        now = datetime.now(UTC)
        try:
            if (span := read_span(text)) is not None:
                return (now + span).isoformat()
            at = datetime.fromisoformat(text)
        except (ValueError, OverflowError):
            raise FieldProblem(
                "expires_at", "Say how long, such as 30d or 12h, or a day such as 2030-12-31."
            ) from None
        if len(text) == len("2030-12-31"):
            # Of a day, the whole of it.
            at = datetime.combine(at.date() + timedelta(days=1), time())
        at = at.astimezone()
        if at <= now:
            raise FieldProblem("expires_at", "That is past already.")
        return at.isoformat()


_Control = TypeVar("_Control", bound=Widget)


class KeyCreation(_KeyForm[NewKey]):
    """Makes a key; answers with it, the one time that it can be read."""

    HEADING = "A new key"
    SUBMIT = "Make the key"

    def __init__(self, accounts: Sequence[AccountRow], account: str = "") -> None:
        """Prepares an empty form.

        Args:
            accounts: who may pay.
            account: the id of who does to begin with.
        """
        super().__init__(None, accounts, account)

    async def submit(self) -> NewKey:
        """Makes it."""
        said = self.read()
        name = str(said.pop("name"))
        terms = {field: value for field, value in said.items() if value is not None}
        if len(self._accounts) > 1:
            terms["account"] = control_named(self, "account", InlineChoice).value
        return await self.gateway().keys.create(name, terms)


class KeyChange(_KeyForm[KeyRow]):
    """Changes a key; answers with it as it is then."""

    HEADING = "Change the key: it holds from the next request on"
    SUBMIT = "Save"

    def __init__(self, row: KeyRow) -> None:
        super().__init__(row, (), row.account_id)

    async def submit(self) -> KeyRow:
        """Sends what has changed, and nothing else."""
        row = self._row
        assert row is not None
        said = self.read()
        before = {
            "name": row.name,
            "plan": row.plan,
            "rpm_limit": row.own_rpm_limit,
            "tpm_limit": row.own_tpm_limit,
            "max_parallel": row.max_parallel,
            "allow": list(row.allow) or None,
            "budget_reset": row.budget_reset,
            "expires_at": None if row.expires_at is None else row.expires_at.isoformat(),
        }
        changes = {
            field: value
            for field, value in said.items()
            if field != "budget_usd" and value != before[field]
        }
        budget = None if said["budget_usd"] is None else Decimal(said["budget_usd"])
        if budget != row.budget_usd:
            changes["budget_usd"] = said["budget_usd"]
        if not changes:
            return row
        return await self.gateway().keys.update(row.id, changes)


def _plain(amount: Decimal) -> str:
    whole, _, fraction = f"{amount:f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
