"""Signing requests for AWS and fetching access tokens for Google, before a request goes out."""

from __future__ import annotations

from miavo_gateway.upstream.authorization.authorizer import Authorizer

__all__ = ["Authorizer"]
