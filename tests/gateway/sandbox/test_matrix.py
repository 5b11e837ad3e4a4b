"""Every provider, simulated, through a whole gateway and OpenAI's own client."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openai
import pytest

from miavo_gateway.catalogue import Kind, load_catalogue
from miavo_gateway.home import Home
from miavo_gateway.providers.registry import CHAT_PROVIDERS
from miavo_gateway.sandbox.registry import SANDBOX_PROVIDERS
from miavo_gateway.server import EmbeddedGateway
from tests.conftest import RunningGateway
from tests.gateway.sandbox.conversations import CASES, Assembly, Case, Said
from tests.node import needs_node, run_script

SPOKEN = CHAT_PROVIDERS & SANDBOX_PROVIDERS
VARIANTS = {
    "openai": ["gpt-5.4-mini", "gpt-5.5", "gpt-5.5-pro", "o4-mini"],
    "anthropic": ["claude-opus-4-7", "claude-haiku-4-5"],
    "bedrock": ["bedrock-claude-opus-4-7", "bedrock-claude-haiku-4-5", "bedrock-claude-sonnet-4"],
    "google": ["gemini-3.1-pro", "gemini-3-flash"],
    "vertex": ["vertex-gemini-3.1-pro"],
    "minimax": ["minimax-m2.1", "minimax-m2.7"],
    "moonshot": ["kimi-k2.6", "kimi-k2-thinking", "kimi-k2-0905-preview"],
    "deepseek": ["deepseek-v4-pro", "deepseek-chat", "deepseek-reasoner"],
    "zhipu": ["glm-4.7", "glm-4.6v", "glm-4-airx"],
}
SLUGS = [slug for provider in sorted(SPOKEN) for slug in VARIANTS[provider]]
CATALOGUE = load_catalogue()
EVERY_SLUG = [
    model.slug for model in CATALOGUE.models if model.kind is Kind.CHAT and model.provider in SPOKEN
]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    home = tmp_path_factory.mktemp("matrix") / "home"
    embedded = EmbeddedGateway(Home(home), port=0, sandbox=True)
    running = RunningGateway(home, embedded, embedded.start())
    running.admin("POST", "credit", {"amount_usd": "1000"})
    yield running
    embedded.stop()


@pytest.fixture(scope="module")
def client(gateway: RunningGateway) -> Iterator[openai.OpenAI]:
    limits = {"name": "matrix", "rpm_limit": 1_000_000, "tpm_limit": 1_000_000_000}
    key = gateway.admin("POST", "keys", limits)["key"]
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key=key, max_retries=0) as client:
        yield client


def counted(said: Said, usage: Any) -> Said:
    details = usage.completion_tokens_details
    return replace(
        said,
        prompt_tokens=usage.prompt_tokens,
        output_tokens=usage.completion_tokens,
        cached_tokens=usage.prompt_tokens_details.cached_tokens,
        reasoning_tokens=details.reasoning_tokens if details else 0,
    )


def plain(client: openai.OpenAI, slug: str, fields: dict[str, Any]) -> tuple[Said, str]:
    """The reply, and the id of its request."""
    answer = client.chat.completions.with_raw_response.create(model=slug, **fields)
    assert answer.headers["x-miavo-simulated"] == "true"
    reply = answer.parse()
    [choice] = reply.choices
    message = choice.message
    said = Said(
        text=message.content or "",
        reasoning=(message.model_extra or {}).get("reasoning_content") or "",
        refusal=message.refusal or "",
        calls=tuple(
            (call.id, call.function.name, call.function.arguments)
            for call in message.tool_calls or ()
        ),
        finish=choice.finish_reason,
    )
    return counted(said, reply.usage), answer.headers["x-request-id"]


def streamed(client: openai.OpenAI, slug: str, fields: dict[str, Any]) -> Said:
    answer = client.chat.completions.with_raw_response.create(
        model=slug, **fields, stream=True, stream_options={"include_usage": True}
    )
    assert answer.headers["x-miavo-simulated"] == "true"
    chunks = list(answer.parse())
    assembly = Assembly()
    for chunk in chunks[:-1]:
        assert chunk.usage is None
        for choice in chunk.choices:
            assembly.add(choice)
    assert chunks[-1].choices == []
    said = Said(
        text=assembly.text,
        reasoning=assembly.reasoning,
        refusal=assembly.refusal,
        calls=tuple(tuple(call) for _, call in sorted(assembly.calls.items())),  # type: ignore[misc]
        finish=assembly.finish,
    )
    return counted(said, chunks[-1].usage)


def without_ids(said: Said) -> Said:
    """The reply without the calls' ids, which the gateway makes up where a provider gives none."""
    return replace(said, calls=tuple(("", name, arguments) for _, name, arguments in said.calls))


def check_refusal(case: Case, slug: str, error: openai.APIStatusError) -> None:
    assert isinstance(error, openai.BadRequestError), f"{slug}: {error}"
    assert error.code == "invalid_request"
    check_words(case, slug, f"{error.param} {error.message}")


def check_words(case: Case, slug: str, named: str) -> None:
    if not case.or_blocked:
        assert any(word in named.lower() for word in case.refusable), f"{slug} refused: {named}"


def check_bill(gateway: RunningGateway, slug: str, said: Said, request_id: str) -> None:
    model = CATALOGUE.get(slug)
    assert model is not None
    row = gateway.admin("GET", f"usage/{request_id}")
    told = (row["prompt_tokens"], row["cached_tokens"], row["output_tokens"])
    assert told == (said.prompt_tokens, said.cached_tokens, said.output_tokens)
    assert (row["state"], row["simulated"]) == ("completed", True)
    if model.prices.input is None or model.prices.output is None:
        assert row["cost_nano"] is None
        return
    # $1 per million tokens is 1,000 nano-dollars a token.
    per_million = said.prompt_tokens * Decimal(model.prices.input.usd)
    per_million += said.output_tokens * Decimal(model.prices.output.usd)
    assert row["cost_nano"] == 1_000 * per_million


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("slug", SLUGS)
def test_a_conversation_goes_through_whole_and_streamed_alike(
    gateway: RunningGateway, client: openai.OpenAI, slug: str, name: str
) -> None:
    case = CASES[name]
    # Without a limit the gateway would set one for the plain request, to what the credit affords.
    fields = {"max_tokens": 2_000, **case.fields}
    try:
        said, request_id = plain(client, slug, fields)
    except openai.APIStatusError as error:
        check_refusal(case, slug, error)
        with pytest.raises(openai.BadRequestError):
            streamed(client, slug, fields)
        return
    assert case.holds(said), said
    assert without_ids(streamed(client, slug, fields)) == without_ids(said)
    check_bill(gateway, slug, said, request_id)


@pytest.mark.parametrize("slug", EVERY_SLUG)
def test_every_chat_slug_answers_whole_and_streamed(client: openai.OpenAI, slug: str) -> None:
    fields = {"messages": [{"role": "user", "content": "Hello"}]}
    said, _ = plain(client, slug, fields)
    assert said.text.endswith("Hello")
    assert streamed(client, slug, fields) == said


@pytest.mark.parametrize("slug", SLUGS)
def test_a_tool_turn_goes_on_with_what_the_reply_gave(client: openai.OpenAI, slug: str) -> None:
    asked = CASES["one-tool"].fields
    [choice] = client.chat.completions.create(model=slug, **asked).choices
    turn = choice.message.model_dump(exclude_none=True, include={"role", "content", "tool_calls"})
    result = {"role": "tool", "tool_call_id": turn["tool_calls"][0]["id"], "content": "Sunny"}
    messages = [*asked["messages"], turn, result]
    said, _ = plain(client, slug, {**asked, "messages": messages})
    assert "weather returned: Sunny" in said.text


@needs_node
def test_the_node_package_holds_every_conversation_with_every_chat_slug(
    gateway: RunningGateway, client: openai.OpenAI, node_folder: Path
) -> None:
    asked = [
        {"slug": slug, "name": name, "fields": {"max_tokens": 2_000, **case.fields}}
        for slug in EVERY_SLUG
        for name, case in CASES.items()
    ]
    surroundings = {"MIAVO_URL": gateway.url, "MIAVO_API_KEY": client.api_key}
    script = Path(__file__).with_name("matrix.mjs")
    answers = run_script(node_folder, script, surroundings, given=asked, seconds=300)
    assert len(answers) == len(asked)
    for question, answer in zip(asked, answers, strict=True):
        case, slug = CASES[question["name"]], question["slug"]
        whole, parts = answer["plain"], answer["streamed"]
        if (error := whole.get("error")) is not None:
            assert (error["status"], error["code"]) == (400, "invalid_request"), error
            check_words(case, slug, f"{error['param']} {error['message']}")
            assert parts["error"]["status"] == 400
            continue
        said, together = (read_said(each["said"]) for each in (whole, parts))
        assert case.holds(said), (slug, question["name"], said)
        assert without_ids(together) == without_ids(said), (slug, question["name"])


def read_said(told: dict[str, Any]) -> Said:
    return Said(**{**told, "calls": tuple(tuple(call) for call in told["calls"])})
