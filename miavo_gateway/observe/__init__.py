"""Seeing what a gateway does: counts, live events, one log line a request."""
