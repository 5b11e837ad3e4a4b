"""Opening the app on a terminal."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from miavo_tui.remote_start import RemoteStart
    from miavo_tui.start import GatewayStart

__all__ = ["NoTerminal", "open_app"]


class NoTerminal(Exception):
    """There is no terminal to draw on."""

    message = (
        "the app needs a terminal; 'miavo serve' runs the gateway alone, "
        "'miavo --help' lists the other commands"
    )


def open_app(start: GatewayStart | RemoteStart, *, read_only: bool = False) -> None:
    """Run the app until it is closed.

    Args:
        start: starts or finds the gateway.
        read_only: let it change nothing.

    Raises:
        NoTerminal: standard input or output is none.
    """
    # `textual serve` draws in a browser: it names its driver and talks through pipes.
    if not (sys.stdin.isatty() and sys.stdout.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        raise NoTerminal
    from miavo_tui.app import MiavoApp

    try:
        # A gateway elsewhere has been set up by somebody.
        app = MiavoApp(start, read_only=read_only, welcome=start.gateway_files == start.home)
        app.run()
    finally:
        start.close()
    if app.return_code:
        sys.exit(app.return_code)
