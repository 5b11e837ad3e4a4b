"""A tenth provider is one catalogue file and one row."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from miavo_gateway.catalogue import load_catalogue
from miavo_gateway.providers.adapter import Access, Asked
from miavo_gateway.providers.openai_shaped import ROWS, OpenAIShaped
from miavo_gateway.schema.chat import ChatCompletionRequest
from tests.gateway.providers.openai_shaped.asking import USER, chunk, folded, read, sse

ENTRY = """
[provider]
id = "tenth"
name = "Tenth"
position = 1
as_of = 2026-11-23
needs_credential = true

[[models]]
slug = "tenth-1"
name = "Tenth 1"
kind = "chat"
upstream = "one"
"""


def test_a_provider_is_added_by_a_file_and_a_row(tmp_path: Path) -> None:
    (tmp_path / "tenth.toml").write_text(ENTRY)
    model = load_catalogue(tmp_path).get("tenth-1")
    assert model is not None
    row = OpenAIShaped(
        provider="tenth", base_url="https://api.tenth.example/v1", output_limit_field="max_tokens"
    )

    body = {"model": "tenth-1", "messages": [USER], "max_completion_tokens": 3}
    asked = Asked(ChatCompletionRequest.model_validate(body), model)
    wire = row.chat_request(asked, Access("sk-10"))
    assert wire.url == "https://api.tenth.example/v1/chat/completions"
    assert wire.headers["authorization"] == "Bearer sk-10"
    sent = orjson.loads(wire.body)
    assert (sent["model"], sent["max_tokens"], sent["stream"]) == ("one", 3, True)

    stream = sse(chunk({"role": "assistant", "content": "Hi"}), chunk({}, "stop"))
    events = read(row.reader(asked), [stream])
    assert isinstance(events, list)
    assert folded(events).choices[0].message.content == "Hi"


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_says_what_becomes_of_each_field_once(row: OpenAIShaped) -> None:
    fields = [limit.field for limit in row.limits]
    assert len(set(fields)) == len(fields)


def test_a_base_url_of_a_credential_goes_before_the_usual_one() -> None:
    access = Access("sk", "http://127.0.0.1:1/x")
    assert ROWS["deepseek"].trial_request(access).url == "http://127.0.0.1:1/x/models"
