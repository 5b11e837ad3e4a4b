"""How much memory Chat takes once 10,000 messages have been said.

    python -m tests.benchmarks.chat_memory [--messages 10000] [--live 60] [--pages 40]

The gateway is a process of its own, the app runs here without a terminal. The conversation is in
the store but for the last `--live` messages, which are had with `local-echo`; then it is read from
its end back into the past, page by page, and searched.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from miavo_gateway.home import Home
from miavo_tui.app import MiavoApp
from miavo_tui.conversations.store_file import StoreFile
from miavo_tui.link import Phase
from miavo_tui.screens.chat import ChatScreen
from miavo_tui.widgets.chat_pane import ChatPane
from miavo_tui.widgets.transcript import PAGE
from tests.benchmarks.processes import Server, miavo_on
from tests.benchmarks.watched import Attached

_TEXT = "Parrots *can* say quite a lot, `for birds`.\n\n- they hear\n- they repeat\n\n" * 3


async def _until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the app has no event for it
            # Pilot's own pause looks at every widget, which would be measured too.
            await asyncio.sleep(0.01)


async def _fill(folder: Path, turns: int) -> None:
    """A conversation left behind by an app that has ended."""
    file = await StoreFile.open(folder)
    at = "2026-01-01T00:00:00.000+00:00"
    async with file.transaction() as connection:
        await connection.execute(
            "INSERT INTO conversations (id, title, model, created_at, updated_at, leaf_id)"
            " VALUES ('c', 'A long talk', 'local-echo', ?, ?, ?)",
            (at, at, turns or None),
        )
        await connection.executemany(
            "INSERT INTO turns (id, conversation_id, prompt, created_at, parent_id, depth)"
            " VALUES (?, 'c', ?, ?, ?, ?)",
            [(n, f"prompt {n}", at, n - 1 or None, n - 1) for n in range(1, turns + 1)],
        )
        await connection.executemany(
            "INSERT INTO replies (turn_id, model, state, text, created_at)"
            " VALUES (?, 'local-echo', 'completed', ?, ?)",
            [(n, f"reply {n}\n\n{_TEXT}", at) for n in range(1, turns + 1)],
        )
        await connection.execute(
            "INSERT INTO desks (writer, conversation_id, updated_at) VALUES ('gone', 'c', ?)", (at,)
        )
    await file.close()


def _tell(what: str, pane: ChatPane, began: float) -> None:
    gc.collect()
    status = Path("/proc/self/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    megabytes = int(resident.split()[1]) / 1024
    widgets = sum(1 for _ in pane.walk_children())
    took = time.perf_counter() - began
    print(f"{what:<44} {megabytes:7.1f} MB {widgets:6} widgets {took:8.2f} s")  # noqa: T201


async def _measure(server: Server, token: str, turns: int, live: int, pages: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        await _fill(folder, turns)
        app = MiavoApp(Attached(server, token, folder))
        async with app.run_test(size=(120, 40)):
            began = time.perf_counter()
            app.show_screen("chat")
            await _until(lambda: isinstance(app.screen, ChatScreen))
            screen = app.screen
            assert isinstance(screen, ChatScreen)
            pane = screen.pane
            await _until(lambda: pane.opened and app.link.phase is Phase.READY)
            await _until(lambda: app.client is not None and app.client.api_key)
            _tell(f"opened on {turns * 2:,} messages", pane, began)

            began = time.perf_counter()
            for number in range(live):
                pane.composer.put(f"live {number}")
                app.simulate_key("enter")
                await _until(
                    lambda number=number: (  # type: ignore[misc]
                        pane.transcript.turn_views[-1].turn.prompt == f"live {number}"
                        and not pane.busy
                    ),
                )
            _tell(f"{live * 2:,} more said", pane, began)

            began = time.perf_counter()
            for _ in range(pages):
                before = pane.transcript.turn_views[0].turn.id
                if not pane.transcript.earlier.count:
                    break
                pane.transcript.earlier.action_choose()
                await _until(
                    lambda before=before: pane.transcript.turn_views[0].turn.id != before,  # type: ignore[misc]
                )
            _tell(f"{pages} pages read back", pane, began)

            began = time.perf_counter()
            app.simulate_key("ctrl+end")
            await _until(lambda: len(pane.transcript.turn_views) <= PAGE)
            _tell("at the end again", pane, began)

            began = time.perf_counter()
            talk = await pane.talk()
            await talk.do(lambda store: store.shelf.search("parrots repeat"))
            _tell("searched", pane, began)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--live", type=int, default=60)
    parser.add_argument("--pages", type=int, default=40)
    asked = parser.parse_args()
    os.environ["MIAVO_SECRETS"] = "file"
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with miavo_on(home) as server:
            token = Home(home).admin_token()
            live = asked.live // 2
            for turns in (5, asked.messages // 2 - live):
                asyncio.run(_measure(server, token, turns, live if turns > 5 else 0, asked.pages))


if __name__ == "__main__":
    main()
