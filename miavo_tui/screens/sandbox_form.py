"""A form for a provider's sandbox: how fast it answers, and what goes wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Input, Static

from miavo_tui.client import GatewayRefused
from miavo_tui.credential_records import CredentialRow
from miavo_tui.operation_records import ProviderStanding
from miavo_tui.screens.credential_form import weight_in
from miavo_tui.screens.form import FieldProblem, FormModal
from miavo_tui.widgets.form_field import FormField

if TYPE_CHECKING:
    from miavo_tui.client import GatewayClient

__all__ = ["SandboxForm"]

_FAULTS = "400 401 403 404 429 500 529 cut silence malformed error-event"


class SandboxForm(FormModal[CredentialRow]):
    """Turns a provider's sandbox on, or changes its terms."""

    HEADING = "Sandbox"
    AUTO_FOCUS = "#latency"

    def __init__(
        self,
        client: GatewayClient,
        provider: ProviderStanding,
        row: CredentialRow | None,
        *,
        overruled: bool,
    ) -> None:
        """Prepares the form.

        Args:
            client: what makes or changes it.
            provider: which is simulated.
            row: the sandbox that there is; None to make one.
            overruled: whether a real credential is in use, which the sandbox never stands in for.
        """
        super().__init__()
        self._client = client
        self._provider = provider
        self._row = row
        self._overruled = overruled

    def compose_fields(self) -> ComposeResult:
        """Latency, rate, faults."""
        terms = self._row.sandbox if self._row else None
        words = f"{self._provider.name} is answered for on this machine, in its own wire format."
        if self._overruled:
            words = "▲ A real credential is in use: disable it, or the sandbox is not asked."
        yield Static(Content.styled(words, "$text-muted"), classes="form-field", markup=False)
        yield FormField(
            "latency",
            "Latency: milliseconds before an answer begins",
            Input(f"{terms.latency_ms:g}" if terms else "0", id="latency"),
        )
        yield FormField(
            "rate",
            "Rate: tokens a second",
            Input(
                f"{terms.rate:g}" if terms and terms.rate is not None else "",
                placeholder="as fast as can be",
                id="rate",
            ),
        )
        yield FormField(
            "faults",
            "Faults",
            Input(
                " ".join(map(str, terms.faults)) if terms else "",
                placeholder="none, or such as 429:0.2 cut:every5",
                id="faults",
            ),
            f"Kinds: {_FAULTS}. Always, with a chance (:0.2), or each n-th time (:every5)",
        )
        yield FormField(
            "weight",
            "Weight: its share of the load, 1 to 1000",
            Input(str(self._row.weight if self._row else 1), id="weight"),
        )

    async def submit(self) -> CredentialRow:
        """Makes the sandbox, or changes its terms."""
        terms: dict[str, object] = {
            "latency_ms": _number("latency", self.query_one("#latency", Input).value or "0"),
            "rate": None,
            "faults": self.query_one("#faults", Input).value.replace(",", " ").split(),
        }
        if typed := self.query_one("#rate", Input).value.strip():
            terms["rate"] = _number("rate", typed)
        weight = weight_in(self.query_one("#weight", Input).value)
        credentials = self._client.credentials
        try:
            if self._row is None:
                return await credentials.add(
                    self._provider.id,
                    None,
                    label=None,
                    base_url=None,
                    weight=weight,
                    sandbox=terms,
                )
            return await credentials.update(self._row.id, {"sandbox": terms, "weight": weight})
        except GatewayRefused as refused:
            raise self._at_its_field(refused) from refused

    @staticmethod
    def _at_its_field(refused: GatewayRefused) -> Exception:
        """A refusal told at the field it concerns."""
        where = refused.param or ""
        for name in ("latency", "rate", "faults"):
            if f"sandbox.{name}" in where:
                return FieldProblem(name, refused.message)
        return refused


def _number(field: str, typed: str) -> float:
    try:
        number = float(typed.strip())
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1_000_000:
        raise FieldProblem(field, "A number, not below 0.")
    return number
