"""Code with a key in it still runs, and says nothing of the variable it no longer reads."""

from __future__ import annotations

import pytest

from miavo_tui.keyed_code import VARIABLE, with_key
from tests.conftest import RunningGateway

_SECRET = "sk-maas-" + "a" * 32


@pytest.mark.parametrize("language", ["curl", "python", "typescript"])
@pytest.mark.parametrize("slug", ["local-echo", "local-espeak", "local-storyboard", "gpt-realtime"])
def test_every_example_takes_the_key(
    shared_gateway: RunningGateway, slug: str, language: str
) -> None:
    slugs = {
        model["id"]: model["kind"] for model in shared_gateway.admin("GET", "catalogue")["data"]
    }
    if slug not in slugs:
        slug = next(name for name, kind in slugs.items() if kind == "realtime")
    code = shared_gateway.admin("GET", f"catalogue/{slug}/examples")[language]
    if VARIABLE not in code:
        pytest.skip("no program for this model in this language")
    keyed = with_key(code, language, _SECRET)
    assert _SECRET in keyed
    assert VARIABLE not in keyed
    if language == "python":
        compile(keyed, slug, "exec")
        assert ("import os" in keyed) == ("os." in keyed)
