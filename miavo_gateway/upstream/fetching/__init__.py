"""Fetching what a request links to, for providers that take bytes only.

`fetcher` is imported where it is needed: it loads the HTTP client.
"""

from __future__ import annotations

from miavo_gateway.upstream.fetching.inlining import inlined

__all__ = ["inlined"]
