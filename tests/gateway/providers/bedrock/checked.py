"""Translated requests that have passed every check there is of them."""

from __future__ import annotations

import json
from typing import Any

from miavo_gateway.providers.adapter import Asked
from miavo_gateway.providers.bedrock.request import converse_body
from miavo_gateway.sandbox.bedrock import BedrockSimulator
from miavo_gateway.sandbox.simulator import Received
from tests.gateway.providers.bedrock.service_model import sent_by_botocore, validation_report

__all__ = ["body_of", "simulated"]


def body_of(request: Asked) -> dict[str, Any]:
    """The body, which botocore's client would have sent just so."""
    body = converse_body(request)
    model_id = request.model.upstream
    assert validation_report(model_id, body) == ""
    path, theirs = sent_by_botocore(model_id, body)
    assert theirs == body
    assert path.startswith(f"/model/{model_id.replace(':', '%3A')}/")
    return body


def simulated(request: Asked) -> int:
    """The status with which the simulator answers; its own signatures apart, as strict as AWS."""
    body = json.dumps(converse_body(request)).encode()
    model_id = request.model.upstream.replace(":", "%3A")
    answer = BedrockSimulator().answer(
        Received("POST", f"/model/{model_id}/converse", {}, {"authorization": "Bearer x"}, body)
    )
    assert answer.status == 200, answer.parts[0].data
    return answer.status
