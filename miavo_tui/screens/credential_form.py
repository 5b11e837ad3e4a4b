"""Forms for credentials: a new one, and the terms of one that is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.widgets import Input, Select

from miavo_tui.client import GatewayRefused, GatewayUnreachable
from miavo_tui.credential_records import CredentialRow, CredentialTrial
from miavo_tui.operation_records import ProviderStanding
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.typed_paths import typed_path
from miavo_tui.widgets.form_field import FormField

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["AddedCredential", "CredentialForm", "EditCredentialForm", "weight_in"]

_SECRET_HINTS = {
    "bedrock": "A Bedrock API key, AKIA…:SECRET[:TOKEN], or JSON; @FILE reads a file",
    "vertex": "An API key, or a service account's JSON; @FILE reads a file",
}
_SECRET_HINT = "The API key, as the provider gave it; @FILE reads it from a file"
_LARGEST_FILE = 20_000


@dataclass(frozen=True, slots=True)
class AddedCredential:
    """A new credential, and what its first test gave."""

    row: CredentialRow
    trial: CredentialTrial


class SecretInput(Input):
    """One masked line; a paste of several lines, such as JSON, is joined to one."""

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(" ".join(event.text.split("\n")).strip())


class CredentialForm(FormModal[AddedCredential]):
    """Adds a credential and tests it at once."""

    HEADING = "Add a credential"
    SUBMIT = "Add and test"

    def __init__(
        self, client: GatewayClient, providers: Sequence[ProviderStanding], chosen: str
    ) -> None:
        """Prepares the form.

        Args:
            client: what adds it.
            providers: those to choose from.
            chosen: the provider that is chosen at first.
        """
        super().__init__()
        self._client = client
        self._providers = providers
        self._chosen = chosen

    def compose_fields(self) -> ComposeResult:
        """Provider, secret, and what is seldom needed."""
        yield FormField(
            "provider",
            "Provider",
            Select(
                [(one.name, one.id) for one in self._providers],
                value=self._chosen,
                allow_blank=False,
                compact=True,
                id="provider",
            ),
        )
        hint = _SECRET_HINTS.get(self._chosen, _SECRET_HINT)
        yield FormField("secret", "Secret", SecretInput(password=True, id="secret"), hint)
        yield FormField(
            "label", "Label: what you know it by", Input(placeholder="default", id="label")
        )
        yield FormField(
            "weight", "Weight: its share of the load, 1 to 1000", Input("1", id="weight")
        )
        yield FormField(
            "base_url",
            "Base URL: where to send requests instead",
            Input(placeholder="the provider's own", id="base-url"),
        )

    async def submit(self) -> AddedCredential:
        """Adds it; the test's result is part of the answer, good or bad."""
        secret = await asyncio.to_thread(_secret_in, self.query_one("#secret", Input).value)
        row = await self._client.credentials.add(
            str(self.query_one("#provider", Select).value),
            secret,
            label=self.query_one("#label", Input).value.strip() or None,
            base_url=self.query_one("#base-url", Input).value.strip() or None,
            weight=weight_in(self.query_one("#weight", Input).value),
        )
        try:
            trial = await self._client.credentials.test(row.id)
        except (GatewayRefused, GatewayUnreachable) as problem:
            trial = CredentialTrial(ok=False, detail=str(problem), ms=0.0)
        return AddedCredential(row, trial)


class EditCredentialForm(FormModal[CredentialRow]):
    """Changes what may change of a credential; for another secret, add another one."""

    HEADING = "Change a credential"
    CSS_PATH: ClassVar = [*FormModal.CSS_PATH]

    def __init__(self, client: GatewayClient, row: CredentialRow) -> None:
        super().__init__()
        self._client = client
        self._row = row

    def compose_fields(self) -> ComposeResult:
        """Label, weight, address."""
        row = self._row
        yield FormField("label", "Label", Input(row.label, id="label"))
        yield FormField(
            "weight",
            "Weight",
            Input(str(row.weight), id="weight"),
            "Its share of the load, from 1 to 1000",
        )
        yield FormField(
            "base_url",
            "Base URL",
            Input(row.base_url or "", placeholder="the provider's own", id="base-url"),
            "Empty: the provider's own address",
        )

    async def submit(self) -> CredentialRow:
        """Sends what was changed."""
        row = self._row
        said: dict[str, object] = {
            "label": self.query_one("#label", Input).value.strip(),
            "weight": weight_in(self.query_one("#weight", Input).value),
            "base_url": self.query_one("#base-url", Input).value.strip() or None,
        }
        before = {"label": row.label, "weight": row.weight, "base_url": row.base_url}
        changes = {name: value for name, value in said.items() if value != before[name]}
        if not changes:
            return row
        return await self._client.credentials.update(row.id, changes)


def weight_in(typed: str) -> int:
    """The weight that was typed.

    Raises:
        FieldProblem: it is none.
    """
    text = typed.strip() or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1_000):
        raise FieldProblem("weight", "A whole number from 1 to 1000.")
    return int(text)


def _secret_in(typed: str) -> str:
    """The secret that was typed, or stands in the file that was named. Blocks."""
    text = typed.strip()
    if not text:
        raise FieldProblem("secret", "Type or paste the secret.")
    if not text.startswith("@"):
        return text
    try:
        path = typed_path(text[1:])
        if path.stat().st_size > _LARGEST_FILE:
            raise FieldProblem("secret", "That file is too large to be a secret.")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise FieldProblem("secret", f"The file {text[1:]} cannot be read.") from None
