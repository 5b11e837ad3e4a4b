"""What `/v1/models` tells of a model."""

from __future__ import annotations

import json

import pytest

from miavo_gateway.catalogue import Kind, as_wire, load_catalogue

CATALOGUE = load_catalogue()


def wire(slug: str) -> dict[str, object]:
    model = CATALOGUE.get(slug)
    assert model is not None
    return as_wire(model, CATALOGUE.provider_of(model))


def test_a_chat_model_carries_every_field() -> None:
    told = wire("o4-mini")
    assert told.pop("summary")
    assert told == {
        "id": "o4-mini",
        "object": "model",
        "created": 1795392000,
        "owned_by": "openai",
        "name": "o4-mini",
        "provider": "OpenAI",
        "kind": "chat",
        "context_window": 200_000,
        "features": ["streaming", "tools"],
        "prices": {
            "priced": True,
            "free": False,
            "input_per_mtok": "0.55",
            "output_per_mtok": "2.20",
        },
        "lifecycle": {
            "status": "retired",
            "retires_on": "2026-10-23",
            "successor": "gpt-5.4-mini",
            "note": "OpenAI itself points to gpt-5.6-terra.",
        },
        "endpoint": "/v1/chat/completions",
    }


@pytest.mark.parametrize(
    ("slug", "prices"),
    [
        ("tts-1", {"priced": False, "free": False}),
        ("cogvideox-flash", {"priced": True, "free": True, "per_second": "0.000"}),
        (
            "nano-banana-pro",
            {
                "priced": True,
                "free": False,
                "per_image": "0.134",
                "per_image_by_size": {"1K-2K": "0.134", "4K": "0.24"},
            },
        ),
        (
            "gpt-realtime",
            {
                "priced": False,
                "free": False,
                "text_input_per_mtok": "5",
                "text_output_per_mtok": "20",
            },
        ),
    ],
)
def test_prices_are_told_only_as_far_as_stated(slug: str, prices: dict[str, object]) -> None:
    assert wire(slug)["prices"] == prices


def test_video_has_its_own_endpoint_and_every_entry_is_json() -> None:
    for model in CATALOGUE.models:
        told = json.loads(json.dumps(wire(model.slug)))
        video = model.kind is Kind.VIDEO
        assert told["endpoint"] == ("/v1/videos/generations" if video else "/v1/chat/completions")
