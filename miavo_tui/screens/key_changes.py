"""What the Keys screen does to keys: makes, changes, rotates, revokes, and takes that back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable
from typing import ClassVar

from textual import work

from miavo_tui.account_records import AccountRow
from miavo_tui.gateway_errors import GatewayRefused, GatewayUnreachable
from miavo_tui.key_records import KeyRow, NewKey
from miavo_tui.plain_text import printable_line
from miavo_tui.screens.following import FollowingScreen

__all__ = ["KeyChanges"]


class KeyChanges(FollowingScreen):
    """The actions of a screen that has a key under its cursor."""

    CHANGES: ClassVar[frozenset[str]] = frozenset(
        {"create", "edit", "models", "rotate", "revoke", "restore"}
    )

    accounts: tuple[AccountRow, ...] = ()

    @property
    @abstractmethod
    def key_under_cursor(self) -> KeyRow | None:
        """The key that is meant."""

    @property
    @abstractmethod
    def account_in_view(self) -> str:
        """The id of the account whose keys are listed; empty for all."""

    @abstractmethod
    def take(self, changed: KeyRow) -> None:
        """Shows what the gateway said of a key, at once and under the cursor."""

    @abstractmethod
    def tell(self, trouble: str) -> None:
        """Shows what went wrong, until it is read and Esc is pressed, or a change succeeds."""

    @work
    async def action_create(self) -> None:
        """Makes a key and shows it, this once."""
        from miavo_tui.screens.key_form import KeyCreation

        made = await self.app.push_screen_wait(KeyCreation(self.accounts, self.account_in_view))
        if made is not None:
            self.take(made.row)
            await self._show_secret(made)

    @work
    async def action_edit(self) -> None:
        """Changes its terms."""
        from miavo_tui.screens.key_form import KeyChange

        row = self.key_under_cursor
        if row is not None:
            changed = await self.app.push_screen_wait(KeyChange(row))
            if changed is not None:
                self.take(changed)

    @work
    async def action_models(self) -> None:
        """Changes the models it may call."""
        from miavo_tui.screens.allow_list import AllowListPicker

        row = self.key_under_cursor
        if row is None:
            return
        chosen = await self.app.push_screen_wait(AllowListPicker(row.allow))
        if chosen is not None and chosen != row.allow and self.app.client is not None:
            changes = {"allow": list(chosen) or None}
            await self._change(self.app.client.keys.update(row.id, changes), "Models changed.")

    @work
    async def action_rotate(self) -> None:
        """Gives it a new value and shows that, this once."""
        row = self.key_under_cursor
        if row is not None:
            await self._rotate(row)

    async def _rotate(self, row: KeyRow) -> None:
        from miavo_tui.screens.key_rotation import KeyRotation

        made = await self.app.push_screen_wait(KeyRotation(row))
        if made is not None:
            self.take(made.row)
            await self._show_secret(made)

    async def _show_secret(self, made: NewKey) -> None:
        from miavo_tui.screens.key_environment import KeyEnvironment

        note, until = "", made.row.previous_until
        if until is not None:
            note = f"The value before is taken until {until.astimezone():%Y-%m-%d %H:%M}."
        client = self.app.client
        url = client.url if client is not None else self.app.link.url
        await self.app.push_screen_wait(KeyEnvironment(made.row, url, made.secret, note=note))

    @work
    async def action_environment(self) -> None:
        """Shows the lines for another program's environment."""
        from miavo_tui.screens.key_environment import KeyEnvironment

        row = self.key_under_cursor
        if row is None:
            return
        client = self.app.client
        url = client.url if client is not None else self.app.link.url
        wanted = await self.app.push_screen_wait(KeyEnvironment(row, url))
        if wanted == "rotate":
            await self._rotate(row)

    @work
    async def action_revoke(self) -> None:
        """Has it refused from now on, once that is confirmed."""
        from miavo_tui.screens.confirm import ConfirmDialog

        row = self.key_under_cursor
        if row is None or self.app.client is None:
            return
        sure = await self.app.push_screen_wait(
            ConfirmDialog(
                f"Revoke the key “{printable_line(row.name)}”?",
                self.app.with_keys(
                    "The gateway refuses it from this moment on. For ten minutes <keys.restore> "
                    "undoes it, also after Miavo was closed and opened again; then it is for good.",
                    self,
                ),
                verb="Revoke",
            )
        )
        if sure:
            told = self.app.with_keys("Revoked. <keys.restore> undoes it.", self)
            await self._change(self.app.client.keys.revoke(row.id), told)

    @work
    async def action_restore(self) -> None:
        """Undoes a revocation."""
        row = self.key_under_cursor
        if row is not None and self.app.client is not None:
            await self._change(self.app.client.keys.restore(row.id), "It works again.")

    async def _change(self, call: Awaitable[KeyRow], done: str) -> None:
        """Awaits a change; tells what became of it."""
        try:
            changed = await call
        except GatewayUnreachable as error:
            self.tell(f"{error} Nothing was changed; try again when it is back.")
            self.app.look_at_link()
        except GatewayRefused as refused:
            self.tell(refused.message)
        else:
            self.take(changed)
            self.notify(f"{printable_line(changed.name)}: {done}", timeout=4, markup=False)
