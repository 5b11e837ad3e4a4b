"""Requests to Vertex AI: their addresses and what authorizes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from miavo_gateway.errors import NoUpstream
from miavo_gateway.providers.adapter import Access
from miavo_gateway.providers.authorization import GoogleToken, ServiceAccount
from miavo_gateway.providers.exchange import ErrorClass, WireRequest
from miavo_gateway.providers.vertex import VertexAdapter
from miavo_gateway.sandbox.gemini import GoogleSimulator
from miavo_gateway.sandbox.simulator import Received
from tests.gateway.providers.gemini.asking import asked, checked

ACCOUNT = {
    "type": "service_account",
    "project_id": "a-project",
    "private_key": "-----BEGIN PRIVATE KEY-----\nmade up\n-----END PRIVATE KEY-----\n",
    "client_email": "robot@a-project.iam.gserviceaccount.com",
}
USER = {
    "type": "authorized_user",
    "client_id": "c",
    "client_secret": "s",
    "refresh_token": "r",
    "quota_project_id": "paying",
}
MODEL = "publishers/google/models/gemini-3.1-pro-preview:streamGenerateContent?alt=sse"


def wire(secret: str | dict[str, Any], base_url: str | None = None, **traits: Any) -> WireRequest:
    text = secret if isinstance(secret, str) else orjson.dumps(secret).decode()
    request = asked("vertex-gemini-3.1-pro")
    model = replace(request.model, traits={**request.model.traits, **traits})
    return VertexAdapter().chat_request(replace(request, model=model), Access(text, base_url))


def test_a_service_account_asks_in_its_project_with_a_token() -> None:
    made = wire(ACCOUNT)
    assert made.url == (
        f"https://aiplatform.googleapis.com/v1beta1/projects/a-project/locations/global/{MODEL}"
    )
    assert isinstance(made.authorization, GoogleToken)
    assert isinstance(made.authorization.access.source, ServiceAccount)
    assert made.headers == {"content-type": "application/json"}
    checked(orjson.loads(made.body))


def test_the_credentials_location_goes_before_the_models() -> None:
    there = wire({**ACCOUNT, "location": "europe-west4"}, location="us-central1")
    assert there.url.startswith("https://europe-west4-aiplatform.googleapis.com/v1beta1/projects/")
    assert "/locations/europe-west4/" in there.url
    assert "//us-central1-aiplatform" in wire(ACCOUNT, location="us-central1").url


def test_a_key_of_express_mode_asks_without_a_project() -> None:
    made = wire("an-express-key")
    assert made.url == f"https://aiplatform.googleapis.com/v1beta1/{MODEL}"
    assert made.headers["x-goog-api-key"] == "an-express-key"
    assert made.authorization is None


def test_a_key_may_have_a_project() -> None:
    made = wire({"api_key": "a-key", "project": "a-project", "location": "us"})
    assert made.url.startswith(
        "https://aiplatform.us.rep.googleapis.com/v1beta1/projects/a-project/locations/us/"
    )


def test_a_persons_login_names_the_project_that_pays() -> None:
    assert wire(USER).headers["x-goog-user-project"] == "paying"


def test_an_address_of_ones_own_takes_the_hosts_place() -> None:
    assert wire("a-key", "http://proxy/vertex").url == f"http://proxy/vertex/v1beta1/{MODEL}"


@pytest.mark.parametrize("secret", ['{"type": "service_account"}', "{", ""])
def test_a_secret_of_no_use_is_told_without_repeating_it(secret: str) -> None:
    with pytest.raises(NoUpstream, match="credential for Vertex"):
        wire(secret)


def test_a_trial_counts_tokens_with_the_credentials_rights() -> None:
    trial = VertexAdapter().trial_request(Access("a-key", "http://x"))
    path = trial.url.removeprefix("http://x")
    received = Received(trial.method, path, {}, dict(trial.headers), trial.body)
    assert GoogleSimulator("vertex").answer(received).status == 200


def test_an_error_has_the_gemini_apis_shape() -> None:
    answer = GoogleSimulator("vertex").failure(401, "Bad token")
    error = VertexAdapter().error(answer.status, answer.headers, answer.parts[0].data)
    assert (error.message, error.error_class) == ("Bad token", ErrorClass.BAD_CREDENTIAL)
