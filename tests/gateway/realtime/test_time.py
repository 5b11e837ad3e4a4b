"""A session in which nothing happens, or that goes on for too long, is ended with a word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from miavo_gateway.flow.caller import SessionLimits
from tests.conftest import RunningGateway
from tests.gateway.realtime.talking import SLUGS, Talk, simulate, talking, usage_row


@pytest.fixture
def gateway(
    tmp_path: Path,
    start_gateway: Callable[[Path], RunningGateway],
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> RunningGateway:
    """A gateway whose sessions last no longer than the test says."""
    limits = SessionLimits(**{"total": 60.0, "idle": 60.0, "silence": 60.0, **request.param})
    seconds = (limits.total, limits.idle, limits.silence)
    monkeypatch.setattr(SessionLimits.__init__, "__defaults__", seconds)
    return start_gateway(tmp_path / "home")


async def ended(talk: Talk) -> tuple[dict[str, Any], int]:
    error = (await talk.until("error"))["error"]
    with pytest.raises(ConnectionClosed) as closed:
        await talk.until("nothing")
    assert closed.value.rcvd is not None
    return error, closed.value.rcvd.code


@pytest.mark.parametrize(
    ("gateway", "words"),
    [({"idle": 0.2}, "Nothing happened"), ({"total": 0.3}, "A session lasts")],
    indirect=["gateway"],
)
async def test_time_that_is_up_ends_a_session_cleanly(gateway: RunningGateway, words: str) -> None:
    simulate(gateway, "openai")
    async with talking(gateway, "gpt-realtime") as talk:
        error, code = await ended(talk)
        assert error["code"] == "session_expired"
        assert error["message"].startswith(words)
        assert code == 1000
    row = await usage_row(gateway)
    assert (row["state"], row["status"]) == ("completed", 200)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("gateway", [{"silence": 0.3}], indirect=True)
async def test_a_provider_that_falls_silent_in_a_reply_ends_it(
    gateway: RunningGateway, slug: str
) -> None:
    simulate(gateway, SLUGS[slug], faults=[{"kind": "silence", "after": 12}])
    async with talking(gateway, slug) as talk:
        await talk.update(output_modalities=["text"])
        await talk.say("Tell me all [[long 50]]")
        await talk.connection.response.create()
        error, code = await ended(talk)
        assert (error["code"], code) == ("upstream_error", 1011)
        assert "silent" in error["message"]
    row = await usage_row(gateway)
    assert row["error_code"] == "upstream_error"
