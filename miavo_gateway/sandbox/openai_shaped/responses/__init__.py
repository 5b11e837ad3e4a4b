"""OpenAI's Responses: `POST /v1/responses`, without what it stores."""

from __future__ import annotations

from miavo_gateway.sandbox.openai_shaped.responses.reading import read_request
from miavo_gateway.sandbox.openai_shaped.responses.writing import write_response
from miavo_gateway.sandbox.openai_shaped.simulator import json_body, understood
from miavo_gateway.sandbox.simulator import Received, Simulated

__all__ = ["answer_responses"]


def answer_responses(received: Received) -> Simulated:
    """The answer to a request.

    Raises:
        ProviderRefusal: OpenAI would not take it.
    """
    body = json_body(received)
    return write_response(understood(body, read_request(body), "openai"))
