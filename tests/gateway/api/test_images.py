"""Image slugs are previews: every image endpoint says so, after the checks of any request."""

from __future__ import annotations

from uuid import uuid4

import openai
import pytest

from miavo_gateway.catalogue import Kind, load_catalogue
from tests.conftest import RunningGateway

IMAGE_SLUGS = [each.slug for each in load_catalogue().models if each.kind is Kind.IMAGE]
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # OpenAI's own variations
PICTURE = ("picture.png", b"\x89PNG\r\n\x1a\n")


def client(gateway: RunningGateway, **terms: object) -> openai.OpenAI:
    made = gateway.admin("POST", "keys", {"name": f"images {uuid4()}", "rpm_limit": 1000, **terms})
    return openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=made["key"], max_retries=3)


def test_all_eight_answer_not_implemented_which_no_client_tries_again(
    shared_gateway: RunningGateway,
) -> None:
    assert len(IMAGE_SLUGS) == 8
    with client(shared_gateway) as sdk:
        for slug in IMAGE_SLUGS:
            for call in (
                lambda slug=slug: sdk.images.generate(model=slug, prompt="a boat"),
                lambda slug=slug: sdk.images.edit(model=slug, image=PICTURE, prompt="a boat"),
                lambda slug=slug: sdk.images.create_variation(model=slug, image=PICTURE),
            ):
                with pytest.raises(openai.InternalServerError) as refused:
                    call()
                assert refused.value.status_code == 501
                assert refused.value.code == "not_implemented"
                assert refused.value.response.headers["x-should-retry"] == "false"
        listed = {each.id: each.model_dump() for each in sdk.models.list()}
    states = {listed[slug]["lifecycle"]["status"] for slug in IMAGE_SLUGS}
    assert states <= {"preview", "retired"}
    row = shared_gateway.admin("GET", f"usage?slug={IMAGE_SLUGS[0]}&limit=1")["data"][0]
    assert row["state"] == "failed"


def test_a_model_of_another_kind_and_an_unknown_one_are_invalid(
    shared_gateway: RunningGateway,
) -> None:
    with client(shared_gateway) as sdk:
        for slug, says in (("local-echo", "makes no images"), ("gpt-image-9", "gpt-image-2")):
            with pytest.raises(openai.BadRequestError, match=says) as refused:
                sdk.images.generate(model=slug, prompt="a boat")
            assert refused.value.param == "model"
            with pytest.raises(openai.BadRequestError, match=says):
                sdk.images.edit(model=slug, image=PICTURE, prompt="a boat")


def test_key_and_allow_list_are_looked_at_first(shared_gateway: RunningGateway) -> None:
    with (
        openai.OpenAI(base_url=f"{shared_gateway.url}/v1", api_key="sk-maas-no") as stranger,
        pytest.raises(openai.AuthenticationError),
    ):
        stranger.images.generate(model="gpt-image-2", prompt="a boat")
    with (
        client(shared_gateway, allow=["local-*"]) as narrow,
        pytest.raises(openai.PermissionDeniedError),
    ):
        narrow.images.generate(model="gpt-image-2", prompt="a boat")
