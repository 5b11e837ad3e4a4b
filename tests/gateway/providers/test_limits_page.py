from __future__ import annotations

from miavo_gateway.providers.limits_page import PAGE, limits_by_provider, limits_page
from miavo_gateway.providers.registry import CHAT_PROVIDERS


def test_the_page_says_what_the_adapters_do() -> None:
    assert PAGE.read_text() == limits_page()


def test_every_provider_is_on_it() -> None:
    named = " ".join(limits_by_provider())
    assert all(provider in named for provider in CHAT_PROVIDERS)
