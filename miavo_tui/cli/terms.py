"""The options that say what a key may do, and how they read."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from miavo_tui.cli.credit import USD

__all__ = ["Span", "terms_body", "terms_options"]

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


class Span(click.ParamType[timedelta]):
    """A length of time such as `30d`, `12h` or `90m`."""

    name = "TIME"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Read the length."""
        found = re.fullmatch(r"(\d{1,6})([smhdw])", value.strip())
        if found is None:
            self.fail(f"'{value}' is no length of time, such as 30d, 12h or 90m.", param, ctx)
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def terms_options(command: F) -> F:
    """Adds the options of a key's terms to a command."""
    options = (
        click.option("--plan", type=click.Choice(["free", "paid"]), help="Whose limits hold."),
        click.option("--rpm", type=click.IntRange(min=0), help="Requests in any 60 seconds."),
        click.option("--tpm", type=click.IntRange(min=0), help="Tokens in any 60 seconds."),
        click.option(
            "--allow",
            multiple=True,
            metavar="SLUG",
            help="A model it may call: a slug, a pattern, or provider:NAME. Repeat for more.",
        ),
        click.option("--parallel", type=click.IntRange(min=1), help="Requests at the same time."),
        click.option("--budget", type=USD, help="Dollars it may spend."),
        click.option(
            "--budget-reset",
            type=click.Choice(["never", "daily", "weekly", "monthly"]),
            help="When its budget begins anew, in UTC.",
        ),
        click.option("--expires", type=Span(), help="How long it lives, such as 30d."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def terms_body(said: dict[str, Any]) -> dict[str, object]:
    """What the options said, as the admin API takes it; what was not said is left out."""
    names = {"plan": "plan", "rpm": "rpm_limit", "tpm": "tpm_limit", "parallel": "max_parallel"}
    body: dict[str, object] = {
        field: said[option] for option, field in names.items() if said[option] is not None
    }
    if said["allow"]:
        body["allow"] = list(said["allow"])
    if said["budget"] is not None:
        body["budget_usd"] = str(said["budget"])
    if said["budget_reset"] is not None:
        body["budget_reset"] = said["budget_reset"]
    if said["expires"] is not None:
        body["expires_at"] = (datetime.now(UTC) + said["expires"]).isoformat()
    return body
