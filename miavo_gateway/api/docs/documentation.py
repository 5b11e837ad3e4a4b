"""The documentation, from the catalogue and the templates of the guide."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_gateway import errors
from miavo_gateway.api.docs.cards import Card, card_of
from miavo_gateway.api.docs.environment import environment
from miavo_gateway.catalogue import Catalogue, Kind, Model
from miavo_gateway.catalogue.code_examples import CodeExample, all_examples
from miavo_gateway.flow.plans import PLAN_LIMITS

__all__ = ["CHAPTERS", "render_documentation"]

CHAPTERS = {
    "start": "Start",
    "authentication": "Authentication",
    "models": "Models",
    "chat": "Chat",
    "streaming": "Streaming",
    "tools": "Tools",
    "json": "JSON replies",
    "vision": "Images in chat",
    "video": "Video",
    "speech": "Speech",
    "transcription": "Transcription",
    "music": "Music",
    "realtime": "Realtime",
    "images": "Image generation",
    "errors": "Errors",
    "limits": "Rate limits",
    "money": "Prices and credit",
    "migration": "Moving from OpenAI",
    "sandbox": "The sandbox",
    "local": "The Local models",
}
"""The chapters of the guide in their order, by the name of their template, which is `#guide/name`
in the page's address: no slug has a slash, nor begins with an underscore, as the ids do that only
the look and the scripts use, so that none meets another."""

_LOCAL = "local"
_ERRORS: tuple[tuple[type[errors.MiavoError], str], ...] = (
    (errors.InvalidRequest, "The body does not fit, or no model has that slug."),
    (errors.AuthenticationError, "The key is missing, unknown, expired or revoked."),
    (errors.BudgetExhausted, "The account's credit or the key's budget does not cover it."),
    (errors.ModelNotAllowed, "The slug is not on the key's allow-list."),
    (errors.NotFound, "There is no such path, model or task."),
    (errors.MethodNotAllowed, "The path is there and takes another method."),
    (errors.BodyTooLarge, "The body is larger than this gateway takes."),
    (errors.RateLimitExceeded, "One of the key's windows is full."),
    (errors.InternalError, "A fault of the gateway; its log has the reason."),
    (errors.NotImplementedYet, "The slug is an image model, which cannot be called yet."),
    (errors.UpstreamError, "The provider failed after the request had reached it."),
    (errors.NoUpstream, "No credential or engine can answer for the model now."),
)


@dataclass(frozen=True, slots=True)
class _Group:
    """The models of one provider."""

    id: str
    name: str
    as_of: str
    cards: tuple[Card, ...]


def render_documentation(catalogue: Catalogue, address: str) -> str:
    """The page.

    Args:
        catalogue: what can be called.
        address: the gateway's, such as `http://127.0.0.1:6428`; the examples call it.
    """
    groups = [
        _Group(
            provider.id,
            provider.name,
            f"{provider.as_of.day} {provider.as_of:%B %Y}",
            tuple(
                card_of(model, catalogue, address)
                for model in catalogue.models
                if model.provider == provider.id
            ),
        )
        for provider in catalogue.providers
    ]
    slugs = {
        str(kind): [each.slug for each in catalogue.models if each.kind is kind] for kind in Kind
    }
    return (
        environment()
        .get_template("documentation.html")
        .render(
            address=address,
            chapters=CHAPTERS,
            groups=[group for group in groups if group.cards],
            total=len(catalogue.models),
            slugs=slugs,
            samples=_samples(catalogue, address),
            local=[each.slug for each in catalogue.models if each.provider == _LOCAL],
            errors=_ERRORS,
            plans=[
                (plan, limits.requests, f"{limits.tokens:,}")
                for plan, limits in PLAN_LIMITS.items()
            ],
        )
    )


def _samples(catalogue: Catalogue, address: str) -> dict[str, tuple[CodeExample, ...]]:
    """The code of one model of each kind, by preference of one that anybody can call."""
    found: dict[Kind, Model] = {}
    for model in sorted(catalogue.models, key=lambda each: each.provider != _LOCAL):
        found.setdefault(model.kind, model)
    return {
        str(kind): all_examples(found[kind], address)[:1] if kind in found else () for kind in Kind
    }
