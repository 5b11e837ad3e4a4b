"""Chat completions as OpenAI's own Node package calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import RunningGateway
from tests.node import needs_node, run_script

SCRIPT = Path(__file__).with_name("chat_with_openai.mjs")

pytestmark = needs_node


@pytest.mark.parametrize("model", ["local-echo", "local-smollm2-135m"])
def test_the_node_package_chats_streams_calls_tools_and_keeps_schemas(
    shared_gateway: RunningGateway, node_folder: Path, model: str
) -> None:
    surroundings = {
        "MIAVO_URL": shared_gateway.url,
        "MIAVO_API_KEY": shared_gateway.key(),
        "MIAVO_MODEL": model,
    }
    seen = run_script(node_folder, SCRIPT, surroundings)
    assert len(seen["models"]) == 93
    assert seen["plain"]
    assert seen["streamed"]
    assert seen["usage"]["completion_tokens"] > 0
    assert isinstance(seen["toolArguments"]["city"], str)
    assert isinstance(seen["json"], dict)
    assert isinstance(seen["strict"]["city"], str)
    assert seen["error"] == {"status": 503, "code": "no_upstream"}
