"""The first frame waits for nothing heavy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from miavo_tui.screens.registry import SCREENS

_HEAVY = (
    *("httpx", "aiohttp", "quart", "hypercorn", "sqlmodel", "sqlalchemy", "alembic", "pydantic"),
    *("xllamacpp", "keyring", "aiosqlite", "pygments.lexers", "markdown_it"),
    *("textual.widgets._markdown", "textual_image", "PIL", "yaml", "tomllib"),
    # The records of the whole API, and the screens that are not in view.
    *("miavo_tui.client", *(row.module for row in SCREENS[1:])),
)

_SCRIPT = """
import asyncio, json, sys
from pathlib import Path
from miavo_tui.app import MiavoApp
from miavo_tui.start import GatewayStart

class Start(GatewayStart):
    def connect(self):
        # Called only once the first frame is on the terminal.
        loaded.extend(sys.modules)
        raise RuntimeError("not in this test")

loaded = []

async def main():
    app = MiavoApp(Start(sys.argv[1]))
    async with app.run_test(size=(160, 48)) as pilot:
        while not loaded:
            await pilot.pause(0.01)
        rows = len(app.screen.models.models)
    print(json.dumps({"rows": rows, "loaded": loaded}))

asyncio.run(main())
"""


def _models(count: int) -> str:
    model = {
        "id": "m",
        "object": "model",
        "owned_by": "local",
        "name": "M",
        "provider": "Local",
        "kind": "chat",
        "summary": "",
        "context_window": 8192,
        "features": ["streaming"],
        "prices": {"priced": True, "free": True},
        "lifecycle": {"status": "active"},
        "endpoint": "/v1/chat/completions",
        "reachable": True,
        "unreachable_reason": None,
    }
    return json.dumps({"data": [{**model, "id": f"model-{n}"} for n in range(count)]})


def test_the_first_frame_has_the_kept_catalogue_and_imports_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "models-cache.json").write_text(_models(93))
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen["rows"] == 93
    assert sorted(set(_HEAVY) & set(seen["loaded"])) == []
