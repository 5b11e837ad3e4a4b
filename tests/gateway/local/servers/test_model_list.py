"""Which model of a server is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.local.servers.model_list import chat_model, read_models


@pytest.mark.parametrize(
    ("body", "all_loaded", "expected"),
    [
        (b'{"object":"list","data":[{"id":"a"},{"id":"b"}]}', False, "a"),
        (b'{"object":"list","data":[{"id":"nomic-embed-text"},{"id":"b"}]}', False, "b"),
        (b'{"models":[{"name":"qwen3:8b","model":"qwen3:8b"}]}', True, "qwen3:8b"),
        (
            b'{"data":[{"id":"a","type":"embeddings","state":"loaded"},'
            b'{"id":"b","type":"llm","state":"not-loaded"},'
            b'{"id":"c","type":"vlm","state":"loaded"}]}',
            False,
            "c",
        ),
        (b'{"data":[{"id":"b","type":"llm","state":"not-loaded"}]}', False, "b"),
        (b'{"object":"list","data":null}', False, None),
        (b'{"models":[]}', True, None),
    ],
)
def test_a_loaded_model_that_chats_goes_first(
    body: bytes, all_loaded: bool, expected: str | None
) -> None:
    models = read_models(body, all_loaded=all_loaded)
    assert models is not None
    assert chat_model(models) == expected


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"hello": 1}', b'{"data": 7}'])
def test_what_is_no_list_of_models_is_none(body: bytes) -> None:
    assert read_models(body) is None


@given(st.binary())
def test_no_bytes_raise(body: bytes) -> None:
    read_models(body)
