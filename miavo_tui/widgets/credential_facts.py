"""Everything known of a credential, or of a provider that has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import getters
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from miavo_tui.credential_records import CredentialRow, CredentialTrial
from miavo_tui.plain_text import printable_line
from miavo_tui.pool.looks import HELP, look_of, refusal_to_change
from miavo_tui.pool.rows import PoolRow
from miavo_tui.requests.states import outcome_words

if TYPE_CHECKING:
    from miavo_tui.app import MiavoApp

__all__ = ["CredentialFacts", "Shown"]

_LABEL = 12
_AFTER_A_FAILURE = (
    "It stays in the pool: <pool.test> tests it again, <pool.edit> changes it, <pool.remove> "
    "removes it."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pane shows."""

    row: PoolRow | None = None
    age: float = 0.0
    """Seconds since the gateway told of it."""
    trial: CredentialTrial | None = None
    """What the last test gave."""
    testing: bool = False


class CredentialFacts(VerticalScroll, can_focus=False):
    """One credential, its health in words, and what its last test gave."""

    if TYPE_CHECKING:
        app = getters.app(MiavoApp)
    shown: reactive[Shown] = reactive(Shown())

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="credential-facts", markup=False)

    def watch_shown(self, shown: Shown) -> None:
        """Shows another one, or how it does by now."""
        if self.is_mounted:
            facts = _facts(shown, partial(self.app.with_keys, node=self))
            self.query_one("#credential-facts", Static).update(facts)


def _facts(shown: Shown, with_keys: Callable[[str], str]) -> Content:
    row = shown.row
    if row is None:
        return Content()
    if row.credential is None:
        return _provider_facts(row, with_keys)
    one = row.credential
    groups = [
        _state(one, shown.age, with_keys),
        _trial(shown, with_keys),
        _terms(row, one, with_keys),
        _counts(one),
    ]
    return Content("\n\n").join([group for group in groups if group is not None])


def _provider_facts(row: PoolRow, with_keys: Callable[[str], str]) -> Content:
    provider = row.provider
    return Content.assemble(
        (provider.name, "bold $foreground"),
        (f"\n{provider.models} models, none can be called.\n\n", "$text-muted"),
        (with_keys("<pool.add>"), "bold $primary"),
        ("  adds a credential: its API key\n", "$text-muted"),
        (with_keys("<pool.sandbox>"), "bold $primary"),
        ("  simulates it, to try things out for nothing", "$text-muted"),
    )


def _state(one: CredentialRow, age: float, with_keys: Callable[[str], str]) -> Content:
    look = look_of(one, age=age)
    lines = [
        Content.assemble(
            (f"{one.provider}/{printable_line(one.label)}", "bold $foreground"),
            (f"   {look.symbol} {look.words}", f"bold ${look.colour}"),
        )
    ]
    if one.reason:
        lines.append(Content.styled(printable_line(one.reason), "$foreground"))
    if words := HELP.get(one.state):
        lines.append(Content.styled(with_keys(words), "$text-muted"))
    return Content("\n").join(lines)


def _trial(shown: Shown, with_keys: Callable[[str], str]) -> Content | None:
    if shown.testing:
        return Content.styled("◌ Testing with the cheapest call…", "$text-muted")
    trial = shown.trial
    if trial is None:
        return None
    mark = ("● Test passed. ", "$text-success") if trial.ok else ("✖ Test failed. ", "$text-error")
    advice = "" if trial.ok else f"\n{with_keys(_AFTER_A_FAILURE)}"
    return Content.assemble(
        mark,
        (printable_line(trial.detail), "$foreground"),
        (f"  {trial.ms:.0f} ms", "$text-muted"),
        (advice, "$text-muted"),
    )


def _terms(row: PoolRow, one: CredentialRow, with_keys: Callable[[str], str]) -> Content:
    facts = [
        ("models", f"{row.provider.models_reachable} of {row.provider.models} can be called"),
        ("weight", f"{one.weight}, its share of the provider's load"),
        ("in flight", f"{one.in_flight}"),
    ]
    if one.sandbox is not None:
        rate = "as fast as can be" if one.sandbox.rate is None else f"{one.sandbox.rate:g} tokens/s"
        facts += [
            ("sandbox", "answers in its place, marked so"),
            ("latency", f"{one.sandbox.latency_ms:g} ms before an answer begins"),
            ("rate", rate),
            ("faults", "  ".join(map(str, one.sandbox.faults)) or "none"),
        ]
    else:
        facts += [
            ("secret", f"{one.masked}, in the gateway's store" if one.masked else "—"),
            ("base URL", printable_line(one.base_url or "the provider's own")),
        ]
    lines = [
        Content.assemble((name.ljust(_LABEL), "$text-muted"), (value, "$foreground"))
        for name, value in facts
    ]
    if refusal := refusal_to_change(one):
        lines.append(Content.styled(f"‖ {with_keys(refusal)}", "$text-warning"))
    return Content("\n").join(lines)


def _counts(one: CredentialRow) -> Content | None:
    if not one.counts:
        return None
    lines = [Content.styled("Requests since the start", "bold $foreground")]
    for name, count in sorted(one.counts, key=lambda each: -each[1]):
        well = name == "ok"
        words = "failed" if name == "failed" else outcome_words(name)
        lines.append(
            Content.assemble(
                ("● " if well else "✖ ", "$text-success" if well else "$text-error"),
                (words.ljust(20), "$text-muted"),
                (f"{count:>9,}", "$foreground"),
            )
        )
    return Content("\n").join(lines)
