"""One choice of a reply: text, or calls of functions, from one or several runs of the model.

A call is made in steps, each of which leaves the model only what is allowed: the name out of those
on offer, then the arguments under that function's schema. So a call is always one of an allowed
function, and its arguments fit, whatever the model would rather have said.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from miavo_gateway.chat_events import Piece
from miavo_gateway.local.smollm2.completion import Completion, Grown, complete
from miavo_gateway.local.smollm2.gbnf import literal
from miavo_gateway.local.smollm2.plan import Plan
from miavo_gateway.local.smollm2.prompt import CALL_END, CALL_START
from miavo_gateway.local.smollm2.runtime import Runtime
from miavo_gateway.schema.chat import JsonObject
from miavo_gateway.schema.chunk import (
    ChunkChoice,
    Delta,
    FinishReason,
    FunctionCallDelta,
    ToolCallDelta,
)

__all__ = ["Counts", "Reply"]

MOST_CALLS = 8
"""Calls in one reply. Left to itself the model would call for ever."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Tokens of one choice."""

    prompt: int
    """Of the conversation; what is appended between two runs is no one's to pay."""
    cached: int
    output: int


class Reply:
    """Generates one choice. Blocks: made for a thread."""

    def __init__(
        self,
        runtime: Runtime,
        plan: Plan,
        index: int,
        *,
        slot: int,
        emit: Callable[[Piece], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._runtime = runtime
        self._plan = plan
        self._index = index
        self._emit = emit
        self._cancelled = cancelled
        self._conditions: dict[str, object] = {**plan.sampling, "id_slot": slot}
        if (seed := plan.seed_of(index)) is not None:
            self._conditions["seed"] = seed
        self._first: Completion | None = None
        self._output = 0
        self._started = False
        self._unsent_tokens = 0
        self._unsent_logprobs: list[dict[str, Any]] = []

    def run(self) -> Counts:
        """Generate to the end, or until cancelled.

        Raises:
            InvalidRequest: the prompt is too long; before the first piece.
            UpstreamError: llama.cpp failed.
        """
        finish = self._call_after("") if self._plan.calling == "must" else self._say()
        if finish is not None and not self._cancelled():
            self._send(Delta(), finish=finish)
        first = self._first
        return Counts(
            prompt=first.prompt_tokens if first else 0,
            cached=first.cached_tokens if first else 0,
            output=self._output,
        )

    def _say(self) -> FinishReason | None:
        """Text; a call instead, or after it, where the model starts one by itself."""
        grammar = self._plan.reply
        calls = self._plan.calling == "may"
        if calls and grammar is not None and self._wants_call():
            return self._call_after("")
        held = _Held(CALL_START) if calls and grammar is None else None

        def read(grown: Grown) -> bool:
            text = grown.text if held is None else held.show(grown.text)
            if self._plan.top_logprobs is not None:
                self._unsent_logprobs += grown.logprobs
            if text:
                self._send(Delta(content=text))
            return held is not None and held.found

        done = self._run(self._plan.prompt, read, grammar=grammar, text=True)
        if held is not None:
            if held.found and not self._cancelled():
                return self._call_after(held.shown)
            if rest := held.rest():
                self._send(Delta(content=rest))
        return _finish(done)

    def _wants_call(self) -> bool:
        """Ask whether the model would rather call than give the JSON reply asked for."""
        said = ""

        def read(grown: Grown) -> bool:
            nonlocal said
            said += grown.text
            return bool(said.strip())

        grammar = f'root ::= "{CALL_START}" | [^<]'
        self._run(self._plan.prompt, read, grammar=grammar, most=1)
        return said.startswith("<")

    def _call_after(self, said: str) -> FinishReason | None:
        """Calls, one after another: the first is settled, any further one is the model's wish."""
        prompt = f'{self._plan.prompt}{said}{CALL_START}\n{{"name": "'
        made: list[tuple[str, str]] = []
        while len(made) < MOST_CALLS:
            name, done = self._choose(prompt, [f'{name}"' for name in self._plan.functions])
            if done.end == "stop":
                name = name.removesuffix('"')
                prompt += f'{name}", "arguments": '
                arguments, done = self._arguments(prompt, name, None if made else 0)
            if done.end != "stop":
                # A further call that was cut off has not been shown, so the reply is whole.
                return "tool_calls" if made else _finish(done)
            if (name, arguments) in made:
                break  # Going in circles.
            if made:
                self._send(_call(len(made), name, arguments))
            made.append((name, arguments))
            if not self._plan.several_calls:
                break
            prompt += f"{arguments}}}\n{CALL_END}"
            more, done = self._choose(prompt, [f"\n{CALL_START}", ""])
            if done.end != "stop" or not more:
                break
            prompt += f'\n{CALL_START}\n{{"name": "'
        return "tool_calls"

    def _arguments(self, prompt: str, name: str, shown_as: int | None) -> tuple[str, Completion]:
        """The arguments of one call, shown as they come if the call has an index already."""
        text = ""

        def read(grown: Grown) -> bool:
            nonlocal text
            text += grown.text
            if shown_as is not None:
                self._send(_more_arguments(shown_as, grown.text))
            return False

        if shown_as is not None:
            self._send(_call(shown_as, name, ""))
        done = self._run(prompt, read, grammar=self._plan.functions[name])
        return text, done

    def _choose(self, prompt: str, options: list[str]) -> tuple[str, Completion]:
        """Let the model pick one of some texts; the empty one means that it would rather end."""
        text = ""

        def read(grown: Grown) -> bool:
            nonlocal text
            text += grown.text
            return False

        grammar = "root ::= " + " | ".join(literal(option) for option in options)
        done = self._run(prompt, read, grammar=grammar)
        return text, done

    def _run(
        self,
        prompt: str,
        read: Callable[[Grown], bool],
        *,
        grammar: str | None,
        text: bool = False,
        most: int | None = None,
    ) -> Completion:
        left = self._plan.output_limit - self._output
        if left <= 0:
            return Completion("length", 0, 0, 0)
        body = {
            **self._conditions,
            "prompt": prompt,
            "max_tokens": left if most is None else min(most, left),
            # A prompt that is read from the cache is summed up in another order, which can tip a
            # close call. A seed asks for the same reply again, so it starts from nothing; what
            # the reply itself has put into the cache is the same each time.
            "cache_prompt": self._plan.seed is None or self._first is not None,
        }
        if grammar is not None:
            body["grammar"] = grammar
            body.pop("repeat_penalty", None)
        if text and self._plan.stop:
            body["stop"] = list(self._plan.stop)
        if text and self._plan.top_logprobs is not None:
            body["logprobs"] = max(1, self._plan.top_logprobs)

        def count(grown: Grown) -> bool:
            self._unsent_tokens += grown.tokens
            return read(grown)

        done = complete(self._runtime, body, read=count, cancelled=self._cancelled)
        self._first = self._first or done
        self._output += done.output_tokens
        return done

    def _send(self, delta: Delta, *, finish: FinishReason | None = None) -> None:
        if not self._started:
            self._started = True
            content = "" if finish is not None else delta.content
            delta = replace(delta, role="assistant", content=content)
        logprobs: JsonObject | None = None
        if self._plan.top_logprobs is not None and delta.content:
            wanted = self._plan.top_logprobs
            logprobs = {"content": [_logprob(entry, wanted) for entry in self._unsent_logprobs]}
            self._unsent_logprobs = []
        choice = ChunkChoice(
            index=self._index, delta=delta, logprobs=logprobs, finish_reason=finish
        )
        self._emit(Piece(choice, self._unsent_tokens))
        self._unsent_tokens = 0


class _Held:
    """Lets text through up to a marker, holding back what may yet become one."""

    def __init__(self, marker: str) -> None:
        self._marker = marker
        self._text = ""
        self.shown = ""
        self.found = False

    def show(self, text: str) -> str:
        """Add text; returns what is certain not to belong to the marker."""
        self._text += text
        before, marker, _ = self._text.partition(self._marker)
        self.found = bool(marker)
        held = 0
        if not self.found:
            longest = min(len(self._text), len(self._marker) - 1)
            held = next(
                (n for n in range(longest, 0, -1) if self._marker.startswith(self._text[-n:])), 0
            )
            before = self._text[: len(self._text) - held]
        self._text = self._text[len(before) :]
        self.shown += before
        return before

    def rest(self) -> str:
        """What was held back and has not become the marker."""
        return "" if self.found else self._text


def _call(index: int, name: str, arguments: str) -> Delta:
    call = ToolCallDelta(
        index=index,
        id=f"call_{secrets.token_hex(12)}",
        type="function",
        function=FunctionCallDelta(name=name, arguments=arguments),
    )
    return Delta(tool_calls=[call])


def _more_arguments(index: int, text: str) -> Delta:
    return Delta(
        tool_calls=[ToolCallDelta(index=index, function=FunctionCallDelta(arguments=text))]
    )


def _finish(done: Completion) -> FinishReason | None:
    return None if done.end == "halted" else done.end


def _logprob(entry: dict[str, Any], alternatives: int) -> JsonObject:
    """OpenAI's shape of one of llama.cpp's entries, which has the token's id besides."""
    return {
        **_token(entry),
        "top_logprobs": [_token(other) for other in entry["top_logprobs"][:alternatives]],
    }


def _token(entry: dict[str, Any]) -> JsonObject:
    return {key: entry[key] for key in ("token", "logprob", "bytes")}
