"""`GET /docs/api` shows all that `/openapi.json` describes."""

from __future__ import annotations

import httpx
import pytest

from miavo_gateway.api.docs.schema_words import bounds_of, type_of
from tests.conftest import RunningGateway
from tests.gateway.api.docs.test_documentation import Page


def test_every_operation_parameter_and_schema_is_shown(shared_gateway: RunningGateway) -> None:
    document = httpx.get(f"{shared_gateway.url}/openapi.json", timeout=30).json()
    html = httpx.get(f"{shared_gateway.url}/docs/api", timeout=30).text
    page = Page(html)
    assert not page.open
    assert len(set(page.ids)) == len(page.ids)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            article = html.partition(f'id="{operation["operationId"]}"')[2].partition("</art")[0]
            assert path in article
            for parameter in operation.get("parameters", ()):
                assert f"<code>{parameter['name']}</code>" in article
            for status in operation["responses"]:
                assert f"<b>{status}</b>" in article
    for name in document["components"]["schemas"]:
        assert f"schema/{name}" in page.ids
    for link in {each for each in page.links if each.startswith("#")}:
        assert link[1:] in page.ids, link


@pytest.mark.parametrize(
    ("schema", "words", "bounds"),
    [
        ({"type": "integer", "minimum": 1, "maximum": 500, "default": 50}, "whole number",
         "from 1 to 500, 50 if left out"),
        ({"anyOf": [{"type": "number", "maximum": 2}, {"type": "null"}], "default": None},
         "number or null", "up to 2"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Tool"}}, "list of Tool", ""),
        ({"enum": ["a", "b", "c"], "type": "string"}, '"a", "b" or "c"', ""),
        ({"type": "object", "additionalProperties": {"type": "string"}}, "object of text", ""),
        ({"type": ["string", "null"], "format": "date-time"}, "time or time", ""),
        ({}, "", ""),
    ],
)  # fmt: skip
def test_a_schema_in_words(schema: dict, words: str, bounds: str) -> None:
    assert "".join(part.text for part in type_of(schema)) == words
    assert bounds_of(schema) == bounds
