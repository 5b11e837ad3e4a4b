"""Chat completions as OpenAI's own Node package calls them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import RunningGateway

SCRIPT = Path(__file__).with_name("chat_with_openai.mjs")
PACKAGE = "openai@7.57.0"

pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and shutil.which("npm")), reason="Node.js and npm are not installed"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, and the script beside it, where Node finds it."""
    folder = tmp_path_factory.mktemp("node")
    npm = shutil.which("npm")
    assert npm
    subprocess.run(
        [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent", PACKAGE],
        cwd=folder,
        check=True,
        timeout=300,
    )
    shutil.copy(SCRIPT, folder)
    return folder


@pytest.mark.parametrize("model", ["local-echo", "local-smollm2-135m"])
def test_the_node_package_chats_streams_calls_tools_and_keeps_schemas(
    shared_gateway: RunningGateway, folder: Path, model: str
) -> None:
    surroundings = {
        **os.environ,
        "MIAVO_URL": shared_gateway.url,
        "MIAVO_API_KEY": shared_gateway.key(),
        "MIAVO_MODEL": model,
    }
    ran = subprocess.run(
        ["node", SCRIPT.name],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    seen = json.loads(ran.stdout)
    assert len(seen["models"]) == 93
    assert seen["plain"]
    assert seen["streamed"]
    assert seen["usage"]["completion_tokens"] > 0
    assert isinstance(seen["toolArguments"]["city"], str)
    assert isinstance(seen["json"], dict)
    assert isinstance(seen["strict"]["city"], str)
    assert seen["error"] == {"status": 503, "code": "no_upstream"}
