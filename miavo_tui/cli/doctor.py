"""`miavo doctor`: what works here, what does not, and what would mend it."""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from miavo_tui.cli.session import home_option, json_option, print_json, with_gateway
from miavo_tui.client import GatewayClient
from miavo_tui.start import StartFailed, home_path, running_gateway

__all__ = ["doctor"]


@dataclass(frozen=True, slots=True)
class _Finding:
    name: str
    ok: bool
    detail: str


@click.command()
@home_option
@json_option
def doctor(home: Path | None, *, as_json: bool) -> None:
    """Check the home, the gateway, the keyring and the models of this machine."""
    chosen = home or click.get_current_context().find_root().obj
    findings = [_python(), _home(chosen), _keyring(), _running(chosen)]
    try:
        findings += with_gateway(home, _ask_gateway)
    except click.ClickException as error:
        findings.append(_Finding("gateway", ok=False, detail=error.message))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        widest = max(len(finding.name) for finding in findings)
        for finding in findings:
            click.echo(f"{'✓' if finding.ok else '✗'} {finding.name:<{widest}}  {finding.detail}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


def _python() -> _Finding:
    return _Finding("python", ok=True, detail=f"{platform.python_version()} on {sys.platform}")


def _home(chosen: Path | None) -> _Finding:
    return _Finding("home", ok=True, detail=str(home_path(chosen)))


def _keyring() -> _Finding:
    import keyring
    from keyring.backends import fail

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring):
        return _Finding(
            "keyring",
            ok=True,
            detail="none on this machine: the app keeps its own key in the home, readable by you",
        )
    return _Finding("keyring", ok=True, detail=str(backend.name))


def _running(chosen: Path | None) -> _Finding:
    try:
        url = running_gateway(chosen)
    except StartFailed as error:
        return _Finding("running", ok=False, detail=error.message)
    return _Finding("running", ok=True, detail=url or "no gateway runs on this home now")


async def _ask_gateway(client: GatewayClient, _: Path) -> list[_Finding]:
    status = await client.gateway()
    cards = await client.catalogue()
    reachable = sum(card.reachable for card in cards)
    findings = [
        _Finding("gateway", ok=True, detail=f"version {status.version} answers"),
        _Finding("catalogue", ok=True, detail=f"{len(cards)} models, {reachable} reachable now"),
    ]
    by_slug = {card.slug: card for card in cards}
    for engine in status.engines:
        card = by_slug.get(engine.slug)
        reason = card.unreachable_reason if card else None
        findings.append(_Finding(engine.slug, ok=reason is None, detail=reason or engine.state))
    return findings
