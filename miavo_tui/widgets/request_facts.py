"""Everything known of one request, for a narrow pane or a dialog."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from miavo_tui.amount_text import milliseconds_text
from miavo_tui.generation_speed import tokens_per_second
from miavo_tui.money_text import usd
from miavo_tui.plain_text import printable_line
from miavo_tui.requests.states import look_of, outcome_words, state_words
from miavo_tui.usage_records import Attempt, UsageRow

__all__ = ["RequestFacts", "request_facts"]

_LABEL = 12
_BAR = 16
_ADVICE = {
    "upstream_error": "The provider failed. Pool shows how its credentials do.",
    "no_upstream": "Nothing could answer. Add or mend a credential in Pool.",
    "budget_exhausted": "The credit ran out on the way. Add some in Credit.",
    "invalid_request": "The request was refused for what it is; the caller was told why. "
    "Its words are not kept, as they may quote it.",
    "internal_error": "A fault of the gateway: its log has the reason, in Gateway.",
    "rate_limit_exceeded": "A window of the key was full. Keys shows and changes its limits.",
}


class RequestFacts(VerticalScroll, can_focus=False):
    """Shows one request; says so where there is none."""

    row: reactive[UsageRow | None] = reactive(None)

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="request-facts", markup=False)

    def watch_row(self, row: UsageRow | None) -> None:
        """Shows the request."""
        if self.is_mounted:
            nothing = Content.styled("No request under the cursor.", "$text-muted")
            facts = self.query_one("#request-facts", Static)
            facts.update(nothing if row is None else request_facts(row))

    def on_mount(self) -> None:
        """Shows what was set before."""
        self.watch_row(self.row)


def request_facts(row: UsageRow) -> Content:
    """The facts, in groups."""
    look = look_of(row)
    groups = [
        Content("\n").join(
            [
                Content.assemble(
                    (f"{look.symbol} {state_words(row)}", f"bold ${look.colour}"),
                    ("  ◍ simulated" if row.simulated else "", "$text-warning"),
                ),
                Content.styled(row.slug, "bold $foreground"),
            ]
        ),
        _error(row),
        _request(row),
        _tokens(row),
        _timing(row),
        _attempts(row.attempts),
    ]
    return Content("\n\n").join([group for group in groups if group is not None])


def _request(row: UsageRow) -> Content:
    lines = [
        _fact("began", f"{row.started_at.astimezone():%Y-%m-%d %H:%M:%S.%f}"[:-3]),
        _fact("key", printable_line(row.key_name or "—")),
        _fact("provider", row.provider),
    ]
    if row.answered_by:
        lines.append(_fact("answered by", row.answered_by))
    lines += [
        _fact("endpoint", f"{row.endpoint}{', streamed' if row.stream else ''}"),
        _fact("finish", row.finish_reason or "—"),
        _fact("request id", row.request_id),
    ]
    return Content("\n").join(lines)


def _error(row: UsageRow) -> Content | None:
    if row.error_code is None:
        if row.state == "interrupted":
            words = "The gateway was killed while it ran; it was closed at the next start."
            return Content.styled(words, "$text-warning")
        return None
    lines = [Content.assemble((row.error_code, "bold $text-error"), f"  HTTP {row.status}")]
    if row.error_message:
        lines.append(Content.styled(printable_line(row.error_message), "$foreground"))
    if advice := _ADVICE.get(row.error_code):
        lines.append(Content.styled(advice, "$text-muted"))
    return Content("\n").join(lines)


def _tokens(row: UsageRow) -> Content:
    fresh = row.prompt_tokens - row.cached_tokens - row.cache_write_tokens - row.audio_input_tokens
    counts = (
        ("input", fresh),
        ("cache read", row.cached_tokens),
        ("cache write", row.cache_write_tokens),
        ("audio in", row.audio_input_tokens),
        ("output", row.output_tokens - row.reasoning_tokens - row.audio_output_tokens),
        ("reasoning", row.reasoning_tokens),
        ("audio out", row.audio_output_tokens),
    )
    others = (
        ("characters", f"{row.characters:,}" if row.characters else ""),
        ("images", f"{row.images:,}" if row.images else ""),
        ("seconds", f"{row.seconds:,.2f}" if row.seconds else ""),
    )
    total = row.prompt_tokens + row.output_tokens
    counted = total > 0 or not any(text for _, text in others)
    most = max((count for _, count in counts), default=0)
    lines = [_title("Tokens", f"{total:,}") if counted else _title("Used", "")]
    for name, count in counts:
        if count or (counted and name in ("input", "output")):
            filled = round(count / most * _BAR) if most else 0
            lines.append(
                Content.assemble(
                    (name.ljust(_LABEL), "$text-muted"),
                    (f"{count:>12,}  ", "$foreground"),
                    ("▇" * max(filled, 1 if count else 0), "$primary"),
                )
            )
    lines += [_fact(name, f"{text:>12}") for name, text in others if text]
    cost = "unpriced" if row.cost_usd is None else usd(row.cost_usd)
    if row.state == "open":
        cost = "when it ends"
    lines.append(
        Content.assemble(("cost".ljust(_LABEL), "$text-muted"), (f"{cost:>12}", "bold $accent"))
    )
    return Content("\n").join(lines)


def _timing(row: UsageRow) -> Content:
    lines = [_title("Timing", "")]
    lines.append(_fact("first token", f"{milliseconds_text(row.first_token_ms):>12}"))
    lines.append(_fact("duration", f"{milliseconds_text(row.duration_ms):>12}"))
    rate = tokens_per_second(row.output_tokens, row.first_token_ms, row.duration_ms)
    if rate is not None:
        lines.append(_fact("speed", f"{rate:>12.0f} tokens/s"))
    return Content("\n").join(lines)


def _attempts(attempts: tuple[Attempt, ...]) -> Content | None:
    if not attempts:
        return None
    lines = [_title("Attempts", "")]
    for number, one in enumerate(attempts, start=1):
        well = one.outcome == "ok"
        status = f" {one.status}" if one.status else ""
        lines.append(
            Content.assemble(
                (f"{number} ", "$text-muted"),
                ("● " if well else "✖ ", "$text-success" if well else "$text-error"),
                (f"{one.provider}/{printable_line(one.label)}", "$foreground"),
                (f"  {outcome_words(one.outcome)}{status}", "$text-muted"),
                (f"  {milliseconds_text(one.ms)}", "$foreground"),
            )
        )
    return Content("\n").join(lines)


def _title(title: str, more: str) -> Content:
    return Content.assemble(
        (title.ljust(_LABEL), "bold $foreground"), (f"{more:>12}" if more else "", "$foreground")
    )


def _fact(name: str, value: str) -> Content:
    return Content.assemble((name.ljust(_LABEL), "$text-muted"), (value, "$foreground"))
