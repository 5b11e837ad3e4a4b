"""The command `miavo`."""

from __future__ import annotations

import sys

from miavo_tui.cli.opening import NoTerminal, open_app
from miavo_tui.start import GatewayStart

__all__ = ["main"]


def main() -> None:
    """Open the app, or do what the command line says.

    Plain `miavo` goes straight to the app: reading options takes click, whose import the first
    frame need not wait for.
    """
    if sys.argv[1:]:
        from miavo_tui.cli.command_line import command_line

        command_line(prog_name="miavo")
    try:
        open_app(GatewayStart())
    except NoTerminal as error:
        sys.exit(f"Error: {error.message}")
