"""What `miavo doctor` looks at."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from miavo_tui.client import GatewayClient
from miavo_tui.start import StartFailed, check_database, home_path, running_gateway

__all__ = ["Finding", "of_gateway", "of_machine"]

_LEAST_FREE = 100 * 1024 * 1024
"""Bytes: the log alone may take some tens of megabytes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    needed: bool = True
    """Whether Miavo fails without it; a model's engine, for one, is a choice."""


def of_machine(chosen: Path | None) -> list[Finding]:
    """What can be seen without a gateway: Python, the home, the database, the keyring."""
    home = _home(chosen)
    database = check_database(chosen)
    return [
        Finding("python", ok=True, detail=f"{platform.python_version()} on {sys.platform}"),
        home,
        Finding("database", ok=database.sound, detail=database.detail),
        _keyring(),
        _running(chosen),
    ]


async def of_gateway(client: GatewayClient, _: Path) -> list[Finding]:
    """What a gateway on the home says of itself, its models and its engines."""
    status = await client.gateway()
    # The first answer that needs the database: it opens here, if it can.
    await client.credit.balance()
    cards = await client.catalogue.cards()
    reachable = sum(card.reachable for card in cards)
    findings = [
        Finding("gateway", ok=True, detail=f"version {status.version} answers"),
        Finding("catalogue", ok=True, detail=f"{len(cards)} models, {reachable} reachable now"),
    ]
    by_slug = {card.slug: card for card in cards}
    for engine in status.engines:
        card = by_slug.get(engine.slug)
        reason = card.unreachable_reason if card else None
        findings.append(
            Finding(engine.slug, ok=reason is None, detail=reason or engine.state, needed=False)
        )
    return findings


def _home(chosen: Path | None) -> Finding:
    path = home_path(chosen)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"written")
        free = shutil.disk_usage(path).free
    except OSError as error:
        return Finding("home", ok=False, detail=f"{path} cannot be written: {error.strerror}")
    detail = f"{path}, writable, {free / 1024**3:,.1f} GiB free"
    if free < _LEAST_FREE:
        return Finding("home", ok=False, detail=f"{detail}: too little to go on with")
    return Finding("home", ok=True, detail=detail)


def _keyring() -> Finding:
    if os.environ.get("MIAVO_SECRETS") == "file":
        detail = "not used: MIAVO_SECRETS=file keeps secrets in the home, readable by you alone"
        return Finding("keyring", ok=True, detail=detail, needed=False)
    import keyring
    from keyring.backends import fail

    backend = keyring.get_keyring()
    if isinstance(backend, fail.Keyring):
        detail = "none on this machine: MIAVO_SECRETS=file keeps secrets in the home instead"
        return Finding("keyring", ok=False, detail=detail, needed=False)
    return Finding("keyring", ok=True, detail=str(backend.name), needed=False)


def _running(chosen: Path | None) -> Finding:
    try:
        url = running_gateway(chosen)
    except StartFailed as error:
        return Finding("running", ok=False, detail=error.message)
    detail = url or "no gateway runs on this home now"
    return Finding("running", ok=True, detail=detail, needed=False)
