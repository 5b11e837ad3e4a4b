"""One choice of a reply that is written anew: its text, thoughts and calls, told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from miavo_gateway.providers.exchange import Kept
from miavo_gateway.providers.openai_shaped.calls import Calls
from miavo_gateway.providers.openai_shaped.finish import finish_reason
from miavo_gateway.providers.openai_shaped.loose import LooseChoice, LooseDelta
from miavo_gateway.providers.openai_shaped.text_filters import (
    FenceFilter,
    Growing,
    MarkerFilter,
    Split,
    ThoughtFilter,
)
from miavo_gateway.schema.chunk import ChunkChoice, Delta, FinishReason, ToolCallDelta

__all__ = ["ChoiceReader", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reply may hold that the caller must not see, and what has to be kept of it."""

    think_tags: bool = False
    """Thoughts may stand in the text, between tags."""
    markers: tuple[str, ...] = ()
    """What is taken out of the text."""
    may_grow: bool = False
    """Each piece may be all of the text so far."""
    keeps_reasoning: bool = False
    """The reasoning has to come back with the results of the calls that it led to."""
    bare_json: bool = False
    """The text is to be JSON, and the provider has no such mode."""
    first_call_only: bool = False
    """The caller wants no parallel calls, and the provider cannot be told."""
    forced_call: bool = False
    """The caller named the function: OpenAI ends such a reply with "stop", others may too."""


class ChoiceReader:
    """Reads the parts of one choice in order."""

    def __init__(self, index: int, wanted: Wanted) -> None:
        self._index = index
        self._wanted = wanted
        self._calls = Calls(first_only=wanted.first_call_only)
        self._thoughts = ThoughtFilter() if wanted.think_tags else None
        self._markers = MarkerFilter(wanted.markers) if wanted.markers else None
        self._fence = FenceFilter() if wanted.bare_json else None
        self._text, self._thinking = Growing(), Growing()
        self._reasoning: list[str] = []
        self._told = False
        self._begun = False
        self._ended = False

    def feed(
        self, part: LooseChoice, *, whole: bool, filtered: bool
    ) -> Sequence[ChunkChoice | Kept]:
        """What a part adds.

        Args:
            part: the choice's part of a chunk, or the whole choice.
            whole: nothing follows.
            filtered: the provider took offence at what was generated.
        """
        if self._ended:
            return ()
        # A last chunk of MiniMax' may repeat the whole message.
        delta = part.delta or (part.message if not self._begun else None) or LooseDelta()
        content, reasoning = self._told_apart(delta)
        reason = finish_reason(part.finish_reason) or ("stop" if whole else None)
        calls = [
            piece
            for call in delta.tool_calls or ()
            if (piece := self._calls.feed(call)) is not None
        ]
        if reason is not None:
            rest = self._rest()
            content += rest.text
            reasoning += rest.thought
            reason = self._reason(reason, filtered=filtered)
            self._ended = True
        if reasoning and self._wanted.keeps_reasoning:
            self._reasoning.append(reasoning)
        refusal = delta.refusal if isinstance(delta.refusal, str) else ""
        if not (content or reasoning or refusal or calls or reason):
            return ()
        made = self._made(part, content, reasoning, refusal, calls, reason)
        if reason is not None and self._calls and self._reasoning:
            kept = Kept(self._calls.first_id, {"reasoning": "".join(self._reasoning)})
            return made, kept
        return (made,)

    def _made(
        self,
        part: LooseChoice,
        content: str,
        reasoning: str,
        refusal: str,
        calls: list[ToolCallDelta],
        reason: FinishReason | None,
    ) -> ChunkChoice:
        first, self._begun = not self._begun, True
        return ChunkChoice(
            index=self._index,
            delta=Delta(
                role="assistant" if first else None,
                content=content or None,
                reasoning_content=reasoning or None,
                refusal=refusal or None,
                tool_calls=calls or None,
            ),
            logprobs=part.logprobs if isinstance(part.logprobs, dict) else None,
            finish_reason=reason,
        )

    def _told_apart(self, delta: LooseDelta) -> tuple[str, str]:
        """The text and the reasoning of a part."""
        content = delta.content if isinstance(delta.content, str) else ""
        reasoning = delta.thought or ""
        if self._wanted.may_grow:
            content = self._text.feed(content) if content else ""
            reasoning = self._thinking.feed(reasoning) if reasoning else ""
        self._told = self._told or bool(reasoning)
        if not content:
            return "", reasoning
        if self._thoughts is not None:
            content, thought = self._thoughts.feed(content)
            reasoning += self._untold(thought)
        return self._readable(content), reasoning

    def _readable(self, text: str) -> str:
        if self._markers is not None:
            text = self._markers.feed(text)
        return self._fence.feed(text) if self._fence is not None else text

    def _rest(self) -> Split:
        """What the filters still hold."""
        text, thought = self._text.finish(), self._thinking.finish()
        if thought:
            self._told = True
        if self._thoughts is not None:
            first, rest = self._thoughts.feed(text), self._thoughts.finish()
            text = first.text + rest.text
            thought += self._untold(first.thought + rest.thought)
        if self._markers is not None:
            text = self._markers.feed(text) + self._markers.finish()
        if self._fence is not None:
            text = self._fence.feed(text) + self._fence.finish()
        return Split(text, thought)

    def _untold(self, thought: str) -> str:
        """A thought between tags, unless thoughts come by another way as well."""
        return "" if self._told else thought

    def _reason(self, reason: FinishReason, *, filtered: bool) -> FinishReason:
        if filtered:
            return "content_filter"
        if reason == "stop" and self._calls and not self._wanted.forced_call:
            return "tool_calls"
        return reason
