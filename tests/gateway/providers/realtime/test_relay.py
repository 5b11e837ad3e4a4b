"""OpenAI's own language is relayed, but for what is the gateway's business."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.exchange import ErrorClass
from miavo_gateway.providers.realtime.adapter import Step
from miavo_gateway.providers.realtime.openai import OpenAIRealtime, Relay
from miavo_gateway.providers.realtime.usage import read_usage, usage_view
from miavo_gateway.usage import UsageBuckets

MODEL = load_catalogue().get("gpt-realtime")


@pytest.fixture
def relay() -> Relay:
    assert MODEL is not None
    return OpenAIRealtime().translator(MODEL, "t")


def heard(relay: Relay, **event: Any) -> Step:
    return relay.from_provider(orjson.dumps(event).decode())


def test_the_beta_is_not_asked_for_and_the_secret_is_not_in_the_address() -> None:
    assert MODEL is not None
    dial = OpenAIRealtime().dial(MODEL, Access("sk-secret", "https://eu.example/v1"))
    assert dial.url == "wss://eu.example/v1/realtime?model=gpt-realtime"
    assert dial.headers == {"authorization": "Bearer sk-secret"}
    assert "sk-secret" not in repr(dial)


def test_what_it_does_not_know_passes_as_it_came(relay: Relay) -> None:
    raw = b'{"type":"mcp_list_tools.completed","item_id":"x", "event_id":"e"}'
    assert relay.from_provider(raw).down == [raw]
    event = {"type": "something.new", "value": 1}
    assert [orjson.loads(frame) for frame in relay.from_client(event).up] == [event]


def test_a_session_keeps_its_model(relay: Relay) -> None:
    own = {"type": "realtime", "model": "gpt-realtime", "instructions": "x"}
    [frame] = relay.from_client({"type": "session.update", "session": own}).up
    assert orjson.loads(frame)["session"] == {"type": "realtime", "instructions": "x"}
    other = {"type": "realtime", "model": "gpt-realtime-2.1"}
    step = relay.from_client({"type": "session.update", "session": other, "event_id": "mine"})
    assert step.up == []
    error = orjson.loads(step.down[0])["error"]
    assert (error["param"], error["event_id"]) == ("session.model", "mine")


def test_the_accounts_limits_are_not_told(relay: Relay) -> None:
    assert heard(relay, type="rate_limits.updated", rate_limits=[]).down == []


def test_an_error_before_the_session_is_the_credentials_and_later_the_clients(
    relay: Relay,
) -> None:
    error = {"type": "invalid_request_error", "code": "invalid_api_key", "message": "Wrong."}
    step = heard(relay, type="error", error=error)
    assert step.refusal is not None
    assert step.refusal.error_class is ErrorClass.BAD_CREDENTIAL
    busy = {"code": "rate_limit_exceeded", "message": "Please try again in 7s."}
    step = heard(relay, type="error", error=busy)
    assert step.refusal is not None
    assert (step.refusal.error_class, step.refusal.retry_after) == (ErrorClass.THROTTLE, 7)
    heard(relay, type="session.created", session={"model": "gpt-realtime"})
    wrong = {"type": "invalid_request_error", "code": "invalid_value", "message": "No."}
    step = heard(relay, type="error", error={**wrong, "event_id": "mine", "param": "item"})
    assert step.refusal is None
    [trouble] = step.troubles
    assert trouble.error.error_class is ErrorClass.CLIENT
    assert (trouble.event_id, trouble.param) == ("mine", "item")


def test_usage_is_counted_in_buckets_that_do_not_overlap(relay: Relay) -> None:
    usage = {
        "total_tokens": 253,
        "input_tokens": 132,
        "output_tokens": 121,
        "input_token_details": {
            "text_tokens": 119,
            "audio_tokens": 13,
            "cached_tokens": 64,
            "cached_tokens_details": {"text_tokens": 60, "audio_tokens": 4},
        },
        "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
    }
    heard(relay, type="response.created", response={})
    assert relay.busy
    step = heard(relay, type="response.done", response={"usage": usage})
    assert not relay.busy
    assert step.spent == UsageBuckets(
        uncached_input=59, cache_read=64, audio_input=9, output=30, audio_output=91
    )
    assert step.spent.total == 253


def test_a_reply_that_is_cut_off_is_guessed_by_what_came(relay: Relay) -> None:
    heard(relay, type="response.created", response={})
    heard(relay, type="response.output_audio_transcript.delta", delta="four")
    step = heard(relay, type="response.output_audio.delta", delta="A" * 6_400)
    assert step.delivered
    assert relay.unfinished == UsageBuckets(output=1, audio_output=2)
    content = [{"type": "input_text", "text": "eight!!!"}, {"type": "input_audio", "audio": "A"}]
    relay.from_client({"type": "conversation.item.create", "item": {"content": content}})
    assert relay.unfinished == UsageBuckets(
        uncached_input=2, audio_input=1, output=1, audio_output=2
    )


def test_a_view_of_usage_reads_back_as_it_was() -> None:
    usage = UsageBuckets(uncached_input=5, cache_read=3, audio_input=2, output=7, audio_output=11)
    assert read_usage(usage_view(usage)) == usage
