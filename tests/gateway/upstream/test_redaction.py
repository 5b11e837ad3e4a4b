"""No part of a secret survives in a provider's words, and honest words do."""

from __future__ import annotations

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miavo_gateway.upstream.redaction import redact
from miavo_gateway.upstream.secrets import Secret

words = st.text(max_size=40)
key_text = st.text(
    st.characters(min_codepoint=33, max_codepoint=126), min_size=12, max_size=60
).filter(lambda text: not text.startswith("{"))


@given(before=words, after=words, key=key_text, form=st.sampled_from(["plain", "url", "json"]))
def test_a_known_secret_never_survives(before: str, after: str, key: str, form: str) -> None:
    shape = {"plain": str, "url": lambda text: quote(text, safe=""), "json": json.dumps}[form]
    shown = redact(f"{before}{shape(key)}{after}", [Secret(key)], longest=10_000)
    pieces = {key[start : start + 10] for start in range(len(key) - 9)}
    assert not any(piece in shown for piece in pieces)


@pytest.mark.parametrize("keep", [slice(0, 14), slice(-14, None), slice(5, 19)])
def test_a_piece_of_a_known_secret_is_taken_out_too(keep: slice) -> None:
    key = "Zq8wPm3vTn6xRb1yLc4dKf7g"
    shown = redact(f"the key {key[keep]}... is wrong", [Secret(key)])
    assert shown == "the key [redacted]... is wrong"


def test_the_secret_parts_of_a_json_secret_are_taken_out_and_its_open_fields_are_not() -> None:
    lines = [base64.b64encode(bytes([n] * 45)).decode() for n in range(3)]
    pem = "-----BEGIN PRIVATE KEY-----\n" + "\n".join(lines) + "\n-----END PRIVATE KEY-----\n"
    document = {
        "type": "service_account",
        "private_key": pem,
        "token_uri": "https://oauth2.googleapis.com/token",
        "nested": {"aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCY"},
    }
    secret = Secret(json.dumps(document))
    told = f"oauth2.googleapis.com refused {lines[1]} and wJalrXUtnFEMI/K7MDENG/bPxRfiCY"
    assert redact(told, [secret]) == "oauth2.googleapis.com refused [redacted] and [redacted]"
    assert lines[0] not in redact(json.dumps(document), [secret])


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-proj-abc***********wxyz.",
        "header 'Authorization: Bearer abc.def-ghi' is invalid",
        "GET /v1beta/models?alt=sse&key=SECRETSECRET failed",
        '{"api_key": "SECRETSECRET"}',
        "x-api-key: 'SECRETSECRET'",
        "AIzaSyA1234567890abcdefg is not valid",
        "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl expired",
        "AKIAIOSFODNN7EXAMPLE is unknown",
        "0123456789abcdef0123456789abcdef.AbCdEfGhIj is unknown",
    ],
)
def test_what_looks_like_a_key_is_taken_out_without_knowing_it(text: str) -> None:
    shown = redact(text)
    assert "[redacted]" in shown
    for piece in ("abc", "SECRET", "AIza", "eyJ", "AKIA", "0123456789abcdef"):
        assert piece not in shown


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens: 8192 is more than the 4096 output tokens of this model",
        "This model's maximum context length is 128000 tokens.",
        "The key frame must be a JPEG or PNG image.",
        "Your account's spending limit was reached; see https://example.com/billing",
        "Rate limit reached for gpt-4o-mini in organization org-abc on tokens per min (TPM)",
    ],
)
def test_honest_words_are_left_alone(text: str) -> None:
    assert redact(text, [Secret("Zq8wPm3vTn6xRb1yLc4dKf7g")]) == text


def test_the_result_is_one_bounded_line_without_control_characters() -> None:
    shown = redact("a\r\n\x1b[2Jb\u202ec\x00 " + "word " * 5_000, longest=80)
    assert shown.startswith("a [2Jb c word")
    assert len(shown) == 80
    assert shown.isprintable()


def test_a_secret_that_straddles_the_part_that_is_read_leaves_no_piece() -> None:
    key = "Zq8wPm3vTn6xRb1yLc4dKf7g"
    for shift in range(len(key) + 1):
        text = "sk-" + "x" * (8_192 - 3 - 1 - shift) + " " + key
        assert "Zq8w" not in redact(text, [Secret(key)])


def test_hostile_text_takes_no_long_time() -> None:
    secrets = [Secret(f"key{n}" * 12) for n in range(20)]
    began = time.process_time()
    for hostile in ("a-" * 20_000, "bearer " * 5_000, "-----BEGIN PRIVATE KEY-----" * 500):
        redact(hostile, secrets)
    assert time.process_time() - began < 2
