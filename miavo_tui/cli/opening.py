"""Opening the app on a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

from miavo_tui.start import GatewayStart

__all__ = ["NoTerminal", "open_app"]


class NoTerminal(Exception):
    """There is no terminal to draw on."""

    message = (
        "the app needs a terminal; 'miavo serve' runs the gateway alone, "
        "'miavo --help' lists the other commands"
    )


def open_app(home: Path | None, port: int | None, *, sandbox: bool = False) -> None:
    """Run the app until it is closed, with the gateway in this process or attached to one.

    Raises:
        NoTerminal: standard input or output is none.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise NoTerminal
    from miavo_tui.app import MiavoApp

    start = GatewayStart(home, port=port, sandbox=sandbox)
    try:
        app = MiavoApp(start)
        app.run()
    finally:
        start.close()
    if app.return_code:
        sys.exit(app.return_code)
