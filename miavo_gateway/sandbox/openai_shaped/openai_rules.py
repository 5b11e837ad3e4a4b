"""What OpenAI's chat completions refuse, model by model."""

from __future__ import annotations

from miavo_gateway.sandbox.openai_shaped.history import parts_of
from miavo_gateway.sandbox.openai_shaped.openai_models import OpenAIModel, openai_model
from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal
from miavo_gateway.sandbox.openai_shaped.spoken import check_spoken, speaks
from miavo_gateway.sandbox.openai_shaped.strict_schema import check_strict_schemas
from miavo_gateway.sandbox.openai_shaped.writing import Body

__all__ = ["check_rules"]


def check_rules(body: Body) -> None:
    """Check what a model takes.

    Raises:
        ProviderRefusal: something it does not take.
    """
    model = openai_model(body["model"])
    if not model.chat:
        raise ProviderRefusal(
            "This is not a chat model and thus not supported in the v1/chat/completions endpoint. "
            "Did you mean to use v1/responses?",
            status=404,
            param="model",
        )
    if body.get("stream_options") is not None and not body.get("stream"):
        raise ProviderRefusal(
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            param="stream_options",
        )
    effort = model.effort(body.get("reasoning_effort"), "reasoning_effort")
    if model.efforts:
        _check_reasoning_model(body, model, effort)
    _check_audio(body, model)
    wanted = (body.get("response_format") or {}).get("type")
    if wanted == "json_object" and not _mentions_json(body):
        raise ProviderRefusal(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of "
            "type 'json_object'.",
            param="messages",
        )
    check_strict_schemas(body)


def _mentions_json(body: Body) -> bool:
    return any("json" in str(message.get("content")).lower() for message in body["messages"])


def _check_reasoning_model(body: Body, model: OpenAIModel, effort: str) -> None:
    if body.get("max_tokens") is not None:
        raise ProviderRefusal(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            code="unsupported_parameter",
            param="max_tokens",
        )
    if body.get("stop"):
        raise _unsupported("stop")
    if effort == "none":
        return
    for name, usual in (("temperature", 1), ("top_p", 1)):
        if body.get(name) not in (None, usual):
            raise ProviderRefusal(
                f"Unsupported value: '{name}' does not support {body[name]} with this model. Only "
                f"the default ({usual}) value is supported.",
                code="unsupported_value",
                param=name,
            )
    for name in (
        "logprobs",
        "top_logprobs",
        "presence_penalty",
        "frequency_penalty",
        "logit_bias",
    ):
        if body.get(name):
            raise _unsupported(name)
    if body.get("tools") and not model.tools_while_reasoning:
        raise ProviderRefusal(
            f"Function tools with reasoning_effort are not supported for {body['model']} in "
            "/v1/chat/completions. Please use /v1/responses or set reasoning_effort to 'none'.",
            param="reasoning_effort",
        )


def _check_audio(body: Body, model: OpenAIModel) -> None:
    if speaks(body):
        if not model.audio:
            raise ProviderRefusal(
                "This model has no audio.", code="invalid_value", param="modalities"
            )
        check_spoken(body)
    for i, message in enumerate(body["messages"]):
        for j, part in enumerate(parts_of(message)):
            if part["type"] == "input_audio" and not model.audio:
                raise ProviderRefusal(
                    f"Invalid content type. {body['model']} does not support 'input_audio'.",
                    code="invalid_value",
                    param=f"messages[{i}].content[{j}].type",
                )


def _unsupported(name: str) -> ProviderRefusal:
    return ProviderRefusal(
        f"Unsupported parameter: '{name}' is not supported with this model.",
        code="unsupported_parameter",
        param=name,
    )
