"""Adding credit, and correcting a balance by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from miavo_tui.money_records import Balance
from miavo_tui.money_text import read_usd, usd
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.widgets.form_field import FormField

__all__ = ["CreditAddition", "CreditAdjustment"]


class CreditAddition(FormModal[Balance]):
    """Answers with the balance after it."""

    HEADING = "Add credit"
    SUBMIT = "Add"
    KIND: ClassVar[str] = "credit"
    AMOUNT: ClassVar[str] = "Amount in dollars"
    HINT: ClassVar[str] = "Such as 20 or 2.50, exact to a nano-dollar"

    def __init__(self, balance: Balance, account: str) -> None:
        """Prepares the form.

        Args:
            balance: as it is now.
            account: the name of the account it belongs to.
        """
        super().__init__()
        self._balance = balance
        self._account = account

    def compose_fields(self) -> ComposeResult:
        """How much, and why."""
        yield Static(self._outlook(None), id="credit-outlook", classes="form-field", markup=False)
        yield FormField(
            "amount_usd", self.AMOUNT, Input(id="amount", select_on_focus=False), self.HINT
        )
        yield FormField(
            "note",
            "Note",
            Input(id="note", max_length=500, select_on_focus=False),
            "What for; the ledger shows it",
        )

    def _outlook(self, amount: Decimal | None) -> Content:
        name = printable_line(self._account)
        now = Content.assemble(
            (f"{name} has ", "$text-muted"), (usd(self._balance.balance_usd), "bold $foreground")
        )
        if amount is None:
            return now
        after = self._balance.balance_usd + amount
        return Content.assemble(
            now,
            (", then ", "$text-muted"),
            (usd(after), "bold $text-error" if after < 0 else "bold $text-success"),
        )

    @on(Input.Changed, "#amount")
    def _amount_changed(self, event: Input.Changed) -> None:
        try:
            amount: Decimal | None = read_usd(event.value)
        except ValueError:
            amount = None
        self.query_one("#credit-outlook", Static).update(self._outlook(amount))

    def read_amount(self) -> Decimal:
        """The amount, as this form takes it.

        Raises:
            FieldProblem: it is none, or none that can be added.
        """
        text = self.query_one("#amount", Input).value
        if not text.strip():
            raise FieldProblem("amount_usd", "Say how much, such as 20 or 2.50.")
        try:
            amount = read_usd(text)
        except ValueError as error:
            raise FieldProblem("amount_usd", str(error)) from None
        if amount == 0:
            raise FieldProblem("amount_usd", "Nothing would change: say an amount other than 0.")
        return amount

    async def submit(self) -> Balance:
        """Adds it."""
        amount = self.read_amount()
        if amount < 0 and self.KIND == "credit":
            raise FieldProblem(
                "amount_usd", "Credit is added. An adjustment (- in the list) takes it away."
            )
        note = self.query_one("#note", Input).value.strip()
        if self.KIND == "adjustment" and not note:
            raise FieldProblem("note", "Say why: the ledger keeps it.")
        return await self.gateway().credit.add(
            amount, note or None, self._balance.account_id, self.KIND
        )


class CreditAdjustment(CreditAddition):
    """The same, up or down, with a reason."""

    HEADING = "Adjust the balance"
    SUBMIT = "Adjust"
    KIND = "adjustment"
    AMOUNT = "Amount in dollars, with a minus to take away"
    HINT = "Such as -2.50 or 0.01, exact to a nano-dollar"
