"""What OpenAI's models take: reasoning and sampling exclude each other."""

from __future__ import annotations

from dataclasses import dataclass

from miavo_gateway.sandbox.openai_shaped.refusal import ProviderRefusal

__all__ = ["OpenAIModel", "openai_model"]

_MODERN = ("none", "low", "medium", "high", "xhigh")


@dataclass(frozen=True, slots=True)
class OpenAIModel:
    """The rules of a family."""

    efforts: tuple[str, ...] = ()
    """The values of `reasoning_effort`; empty if the model does not reason."""
    default_effort: str = "none"
    chat: bool = True
    """Whether it can be called at `/v1/chat/completions`."""
    tools_while_reasoning: bool = True
    """Whether chat completions take tools while it reasons."""
    audio: bool = False

    def effort(self, asked: str | None, param: str) -> str:
        """The effort that is in force.

        Raises:
            ProviderRefusal: the model does not know what is asked.
        """
        if asked is None:
            return self.default_effort
        if asked not in self.efforts:
            supported = ", ".join(f"'{each}'" for each in self.efforts) or "none of them"
            raise ProviderRefusal(
                f"Unsupported value: '{param}' does not support '{asked}' with this model. "
                f"Supported values are: {supported}.",
                code="unsupported_value",
                param=param,
            )
        return asked


_FAMILIES: tuple[tuple[str, OpenAIModel], ...] = (
    ("gpt-5.5-pro", OpenAIModel(("medium", "high", "xhigh"), "medium", chat=False)),
    ("gpt-5.5", OpenAIModel(_MODERN, "medium", tools_while_reasoning=False)),
    ("gpt-5.4", OpenAIModel(_MODERN, "none", tools_while_reasoning=False)),
    ("gpt-5", OpenAIModel(("minimal", "low", "medium", "high"), "medium")),
    ("o1", OpenAIModel(("low", "medium", "high"), "medium")),
    ("o3", OpenAIModel(("low", "medium", "high"), "medium")),
    ("o4", OpenAIModel(("low", "medium", "high"), "medium")),
    ("gpt-4o-audio", OpenAIModel(audio=True)),
    ("gpt-audio", OpenAIModel(audio=True)),
)
_PLAIN = OpenAIModel()


def openai_model(name: str) -> OpenAIModel:
    """The rules of a model, by how its id begins."""
    return next((model for prefix, model in _FAMILIES if name.startswith(prefix)), _PLAIN)
