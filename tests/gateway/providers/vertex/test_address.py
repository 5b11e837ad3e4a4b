"""Where models are at Vertex AI."""

from __future__ import annotations

import pytest

from miavo_gateway.providers.vertex.address import host, model_path


@pytest.mark.parametrize(
    ("location", "base"),
    [
        ("global", "https://aiplatform.googleapis.com"),
        ("us-central1", "https://us-central1-aiplatform.googleapis.com"),
        ("eu", "https://aiplatform.eu.rep.googleapis.com"),
    ],
)
def test_a_location_has_its_host(location: str, base: str) -> None:
    assert host(location) == base


@pytest.mark.parametrize("location", ["", "evil.example/", "a@b", "US", "a" * 80, "x\n", "a#"])
def test_what_is_no_location_names_no_host(location: str) -> None:
    with pytest.raises(ValueError, match="location"):
        host(location)


@pytest.mark.parametrize(
    ("model", "project", "path"),
    [
        ("gemini-x", "p", "projects/p/locations/eu/publishers/google/models/gemini-x"),
        ("gemini-x@1", None, "publishers/google/models/gemini-x@1"),
        ("123", "p", "projects/p/locations/eu/endpoints/123"),
        (
            "../x?y#z",
            "a.b:p",
            "projects/a.b:p/locations/eu/publishers/google/models/..%2Fx%3Fy%23z",
        ),
    ],
)
def test_a_model_has_its_path(model: str, project: str | None, path: str) -> None:
    assert model_path(model, project=project, location="eu") == path
