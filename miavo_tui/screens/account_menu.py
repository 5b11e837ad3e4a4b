"""Choosing an account, each with its money; and making one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import getters, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from miavo_tui.account_records import AccountRow
from miavo_tui.amount_text import counted
from miavo_tui.money_columns import aligned_usd, decimals_of
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.screens.modal import Popup
from miavo_tui.widgets.cell_text import fitted_text
from miavo_tui.widgets.form_field import FormField
from miavo_tui.widgets.inline_choice import InlineChoice

__all__ = ["AccountChange", "AccountCreation", "AccountMenu"]

_NAME_CELLS = 28


class AccountMenu(Popup[str | None]):
    """Answers with an account's id, or an empty text for all; None leaves all as it was."""

    CSS_PATH = Path(__file__).with_name("account_menu.tcss")
    CHANGES: ClassVar[frozenset[str]] = frozenset({"create", "edit"})
    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pick", "pick", key_display="enter", id="accounts.pick", tooltip="Pick"),
        Binding("n", "create", "new account", id="accounts.create", tooltip="Make an account"),
        Binding("e", "edit", "change", id="accounts.edit", tooltip="Change its name or plan"),
        Binding("escape,q,a", "close", "back", id="accounts.leave", tooltip="Change nothing"),
    ]

    _list = getters.query_one(OptionList)

    def __init__(
        self, accounts: Sequence[AccountRow], chosen: str, *, all_too: bool = False
    ) -> None:
        """Prepares the choice.

        Args:
            accounts: all of them.
            chosen: the id of the one in view.
            all_too: whether all can be chosen together.
        """
        super().__init__()
        self._accounts = list(accounts)
        self._chosen = chosen
        self._all_too = all_too

    def compose_body(self) -> ComposeResult:
        """A title over the accounts."""
        with Vertical(id="accounts"):
            yield Static(
                Content.styled("Accounts: who pays", "bold $primary"),
                id="accounts-heading",
                markup=False,
            )
            yield OptionList(*self._options(), compact=True, markup=False)

    def on_mount(self) -> None:
        """Starts at the one in view."""
        self._list.highlighted = self._ids.index(self._chosen) if self._chosen in self._ids else 0

    @property
    def _ids(self) -> list[str]:
        return [*([""] if self._all_too else []), *(one.id for one in self._accounts)]

    def _options(self) -> list[Option]:
        decimals = decimals_of(one.balance_usd for one in self._accounts)
        balances = [aligned_usd(one.balance_usd, decimals) for one in self._accounts]
        width = max((len(text) for text in balances), default=0)
        options = [Option(self._row("", "all accounts", "", ""))] if self._all_too else []
        for one, balance in zip(self._accounts, balances, strict=True):
            keys = counted(one.keys, "key")
            name = printable_line(one.name)
            options.append(Option(self._row(one.id, name, balance.rjust(width), keys)))
        return options

    def _row(self, account: str, name: str, balance: str, keys: str) -> Content:
        mark = "◆" if account == self._chosen else " "
        return Content.assemble(
            (f" {mark} ", "$accent"),
            fitted_text(name, _NAME_CELLS),
            (f"  {balance}", "bold"),
            (f"  {keys:>8}", "$text-muted"),
        )

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._ids[event.option_index])

    def action_pick(self) -> None:
        """As Enter."""
        self._list.action_select()

    @work
    async def action_create(self) -> None:
        """Makes an account and answers with it."""
        made = await self.app.push_screen_wait(AccountCreation())
        if made is not None:
            self.dismiss(made.id)

    @work
    async def action_edit(self) -> None:
        """Changes an account and answers with it."""
        at = self._list.highlighted
        one = None if at is None else self._by_id.get(self._ids[at])
        if one is not None:
            changed = await self.app.push_screen_wait(AccountChange(one))
            if changed is not None:
                self.dismiss(changed.id)

    @property
    def _by_id(self) -> dict[str, AccountRow]:
        return {one.id: one for one in self._accounts}


class AccountCreation(FormModal[AccountRow]):
    """Answers with the account."""

    HEADING = "A new account"
    SUBMIT = "Make the account"
    PLAN_HINT: ClassVar[str] = "Free: 20 requests and 40,000 tokens in 60 s; paid: 200 and 400,000"
    CSS_PATH = [  # noqa: RUF012 - as the base class declares it
        *FormModal.CSS_PATH,
        Path(__file__).parents[1] / "widgets" / "inline_choice.tcss",
    ]

    def __init__(self, before: AccountRow | None = None) -> None:
        super().__init__()
        self._before = before

    def compose_fields(self) -> ComposeResult:
        """Its name, and the plan of keys made for it."""
        before = self._before
        yield FormField(
            "name",
            "Name",
            Input(before.name if before else "", max_length=200, select_on_focus=False),
            "A team, a person, a purpose; keys and credit belong to it",
        )
        plans = [("paid", "paid"), ("free", "free")]
        choice = InlineChoice(plans, before.plan if before else "")
        yield FormField("plan", "Plan of its keys", choice, self.PLAN_HINT)

    async def submit(self) -> AccountRow:
        """Makes it, or changes it."""
        name = self.query_one(Input).value.strip()
        if not name:
            raise FieldProblem("name", "An account needs a name.")
        plan = self.query_one(InlineChoice).value
        before = self._before
        if before is None:
            return await self.gateway().accounts.create(name, plan)
        said = {"name": name, "plan": plan}
        changes = {field: said[field] for field in said if said[field] != getattr(before, field)}
        if not changes:
            return before
        return await self.gateway().accounts.update(before.id, changes)


class AccountChange(AccountCreation):
    """Answers with the account as it is then."""

    HEADING = "Change the account"
    SUBMIT = "Save"
    PLAN_HINT = "Its keys that are on its plan now go to the new one"
