"""Adding the secret of a provider: typed masked, kept by the gateway, tried at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import getters
from textual.app import ComposeResult
from textual.widgets import Input, Select

from miavo_tui.credential_records import CredentialRow, CredentialTrial
from miavo_tui.gateway_errors import GatewayUnreachable
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.widgets.form_field import FormField

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["AddedKey", "ProviderKeyForm"]


@dataclass(frozen=True, slots=True)
class AddedKey:
    """A credential that was added, and what its first call gave."""

    row: CredentialRow
    trial: CredentialTrial


class ProviderKeyForm(FormModal[AddedKey]):
    """Which provider, and its secret."""

    HEADING = "A provider's key"
    SUBMIT = "Add and try it"
    AUTO_FOCUS = "Select"
    if TYPE_CHECKING:
        app = getters.app(MiavoApp)

    _provider = getters.query_one("#provider-name", Select)
    _secret = getters.query_one("#provider-secret", Input)

    def __init__(self, providers: Sequence[tuple[str, str]]) -> None:
        """Prepares the form.

        Args:
            providers: names for people, each with the provider's short name.
        """
        super().__init__()
        self._providers = providers

    def compose_fields(self) -> ComposeResult:
        """Provider and secret."""
        yield FormField(
            "provider",
            "Provider",
            Select(self._providers, allow_blank=False, compact=True, id="provider-name"),
        )
        yield FormField(
            "secret",
            "Secret",
            Input(password=True, placeholder="paste it here", id="provider-secret"),
            "It goes into the keyring of the gateway's machine, and is never shown again.",
        )

    async def submit(self) -> AddedKey:
        """Adds the credential, then calls its provider with it; one that fails is taken back."""
        client = self.app.client
        if client is None:
            raise GatewayUnreachable("The gateway is not there yet.")
        secret = self._secret.value.strip()
        if not secret:
            raise FieldProblem("secret", "Paste what the provider gave you.")
        row = await client.credentials.add(
            str(self._provider.value), secret, label=None, base_url=None, weight=1
        )
        trial = await client.credentials.test(row.id)
        if not trial.ok:
            await client.credentials.remove(row.id)
            raise FieldProblem("secret", f"{trial.detail} It was not kept.")
        return AddedKey(row, trial)
