"""The options that say what a key may do, and how they read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from miavo_tui.cli.credit import USD
from miavo_tui.cli.lifting import LIFTED, OrWord
from miavo_tui.span_text import read_span

__all__ = ["Span", "terms_body", "terms_options"]

F = TypeVar("F", bound=Callable[..., Any])

# As the admin API has them.
_MOST_REQUESTS = 1_000_000_000
_MOST_TOKENS = 1_000_000_000_000
_MOST_PARALLEL = 1_000_000


class Span(click.ParamType[timedelta]):
    """A length of time such as `30d`, `12h` or `90m`."""

    name = "TIME"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read the length."""
        span = read_span(value)
        if span is None:
            self.fail(f"'{value}' is no length of time, such as 30d, 12h or 90m.", param, ctx)
        return span


def terms_options(command: F) -> F:
    """Adds the options of a key's terms to a command."""
    options = (
        click.option("--plan", type=click.Choice(["free", "paid"]), help="Whose limits hold."),
        click.option(
            "--rpm",
            type=OrWord(click.IntRange(0, _MOST_REQUESTS), "plan"),
            metavar="N",
            help="Requests in any 60 seconds; 'plan' goes back to the plan's.",
        ),
        click.option(
            "--tpm",
            type=OrWord(click.IntRange(0, _MOST_TOKENS), "plan"),
            metavar="N",
            help="Tokens in any 60 seconds; 'plan' goes back to the plan's.",
        ),
        click.option(
            "--allow",
            multiple=True,
            metavar="SLUG",
            help="A model it may call: a slug, a pattern, or provider:NAME. Repeat for more; "
            "'none' drops the list, and it may call every model.",
        ),
        click.option(
            "--parallel",
            type=OrWord(click.IntRange(1, _MOST_PARALLEL), "none"),
            metavar="N",
            help="Requests at the same time; 'none' lifts the limit.",
        ),
        click.option(
            "--budget",
            type=OrWord(USD, "none"),
            metavar="USD",
            help="Dollars it may spend; 'none' lifts the limit.",
        ),
        click.option(
            "--budget-reset",
            type=click.Choice(["never", "daily", "weekly", "monthly"]),
            metavar="WHEN",
            help="When its budget begins anew, in UTC: never, daily, weekly or monthly.",
        ),
        click.option(
            "--expires",
            type=OrWord(Span(), "never"),
            metavar="TIME",
            help="How long it lives, such as 30d; 'never' lets it live on.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def terms_body(said: dict[str, Any]) -> dict[str, object]:
    """What the options said, as the admin API takes it: null where a limit is lifted.

    What was not said is left out.
    """
    names = {"plan": "plan", "rpm": "rpm_limit", "tpm": "tpm_limit", "parallel": "max_parallel"}
    body: dict[str, object] = {
        field: None if said[option] is LIFTED else said[option]
        for option, field in names.items()
        if said[option] is not None
    }
    if said["allow"]:
        body["allow"] = _allow_list(said["allow"])
    if said["budget"] is not None:
        body["budget_usd"] = None if said["budget"] is LIFTED else str(said["budget"])
    if said["budget_reset"] is not None:
        body["budget_reset"] = said["budget_reset"]
    if said["expires"] is LIFTED:
        body["expires_at"] = None
    elif said["expires"] is not None:
        try:
            body["expires_at"] = (datetime.now(UTC) + said["expires"]).isoformat()
        except OverflowError:
            raise click.UsageError("--expires lies beyond the year 9999; say never.") from None
    return body


def _allow_list(entries: tuple[str, ...]) -> list[str] | None:
    if "none" not in entries:
        return list(entries)
    if len(entries) > 1:
        raise click.UsageError("Say either --allow none or the models it may call.")
    return None
