"""`miavo doctor`: what works here, what does not, and what would mend it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from miavo_tui.cli.columns import in_columns
from miavo_tui.cli.findings import Finding, of_gateway, of_machine
from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway

__all__ = ["doctor"]


@click.command()
@home_option
@json_option
def doctor(home: Path | None, *, as_json: bool) -> None:
    """Check the home, the database, the gateway and the engines.

    Exits with 1 when something fails that Miavo needs; what is only missing is marked ○.
    """
    findings = of_machine(home or click.get_current_context().find_root().obj)
    try:
        findings += with_gateway(home, of_gateway)
    except click.ClickException as error:
        findings.append(Finding("gateway", ok=False, detail=error.message))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        rows = [(f"{_mark(finding)} {finding.name}", finding.detail) for finding in findings]
        for line in in_columns(rows):
            click.echo(line)
    if any(finding.needed and not finding.ok for finding in findings):
        sys.exit(1)


def _mark(finding: Finding) -> str:
    if finding.ok:
        return "✓"
    return "✗" if finding.needed else "○"
