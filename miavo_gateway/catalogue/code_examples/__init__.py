"""Copy-paste examples for a model: curl, Python and TypeScript, against one gateway."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_gateway.catalogue.code_examples.curl import curl_example
from miavo_gateway.catalogue.code_examples.own_endpoints import (
    OWN_ENDPOINTS,
    own_endpoint_programs,
)
from miavo_gateway.catalogue.code_examples.python import python_example
from miavo_gateway.catalogue.code_examples.typescript import typescript_example
from miavo_gateway.catalogue.model import Model

__all__ = ["CodeExample", "all_examples", "examples"]


@dataclass(frozen=True, slots=True)
class CodeExample:
    """One way to call a model."""

    endpoint: str
    """The path that it goes to."""
    programs: dict[str, str]
    """Whole programs, by language."""


def examples(model: Model, base_url: str) -> dict[str, str]:
    """Whole programs that call a model, by language: `curl`, `python`, `typescript`.

    Each reads its key from the environment variable `MIAVO_API_KEY`. The Python and TypeScript
    ones use OpenAI's own packages.

    Args:
        model: what to call.
        base_url: the gateway's address without a path, such as `http://127.0.0.1:6428`.
    """
    base_url = base_url.rstrip("/")
    return {
        "curl": curl_example(model, base_url),
        "python": python_example(model, base_url),
        "typescript": typescript_example(model, base_url),
    }


def all_examples(model: Model, base_url: str) -> tuple[CodeExample, ...]:
    """Every way to call a model: at the endpoint of its kind, then as a chat completion.

    Args:
        model: what to call.
        base_url: as for `examples`.
    """
    base_url = base_url.rstrip("/")
    usual = CodeExample(model.endpoint, examples(model, base_url))
    own = own_endpoint_programs(model, base_url)
    return (CodeExample(OWN_ENDPOINTS[model.kind], own), usual) if own else (usual,)
