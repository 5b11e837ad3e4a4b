"""One run of the model: a prompt continued under given conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from miavo_gateway.errors import InvalidRequest, MiavoError, UpstreamError
from miavo_gateway.local.smollm2.runtime import Runtime

__all__ = ["Completion", "Grown", "complete"]


@dataclass(frozen=True, slots=True)
class Grown:
    """What one chunk adds to the text."""

    text: str
    tokens: int
    """Tokens behind it: more than one where several make up a character."""
    logprobs: list[dict[str, Any]]
    """llama.cpp's entries, one a chunk; empty if none were asked for."""


@dataclass(frozen=True, slots=True)
class Completion:
    """How a run ended, with its counts."""

    end: Literal["stop", "length", "halted"]
    """`halted`: the reader had enough. Counts are then those of the last chunk."""
    prompt_tokens: int
    cached_tokens: int
    output_tokens: int


def complete(
    runtime: Runtime,
    body: Mapping[str, object],
    *,
    read: Callable[[Grown], bool],
    cancelled: Callable[[], bool],
) -> Completion:
    """Run the model until it ends, `read` returns True or `cancelled` does.

    Both are asked from this thread: `cancelled` also while the prompt is being read.

    llama.cpp reads one prompt to its end before it begins the next, which for a long one takes a
    minute. So a run that sees another one waiting breaks off after a batch and goes on from there,
    which lets the other one have a batch in between.

    Raises:
        InvalidRequest: the prompt does not fit into the window.
        UpstreamError: llama.cpp failed.
    """
    if cancelled():
        return Completion("halted", 0, 0, 0)
    reader = _Reader(read, cancelled, runtime.reading)
    sent: dict[str, object] = {
        **body,
        "stream": True,
        "stream_options": {"include_usage": True},
        "timings_per_token": True,
        "return_progress": True,
    }
    runtime.reading.add(reader)
    try:
        runtime.complete(sent, reader)
        while reader.gave_way:
            reader.gave_way = False
            sent["cache_prompt"] = True
            runtime.complete(sent, reader)
    except Exception as failure:
        # What llama.cpp says may carry paths of this machine.
        raise UpstreamError("local-smollm2-135m failed while generating.") from failure
    finally:
        runtime.reading.discard(reader)
    if reader.failure is not None:
        raise reader.failure
    return Completion(reader.end, reader.prompt, reader.cached, reader.output)


class _Reader:
    """Takes llama.cpp's chunks. An exception must not travel through its frames, so it is kept."""

    def __init__(
        self,
        read: Callable[[Grown], bool],
        cancelled: Callable[[], bool],
        reading: set[object],
    ) -> None:
        self._read = read
        self._cancelled = cancelled
        self._reading = reading
        self._begun = False
        self.gave_way = False
        self.failure: BaseException | None = None
        self.end: Literal["stop", "length", "halted"] = "halted"
        self.prompt = self.cached = self.output = 0

    def __call__(self, chunk: dict[str, Any]) -> bool:
        try:
            if self._cancelled():
                self.gave_way = False
                return True
            return self._take(chunk)
        except BaseException as failure:  # noqa: BLE001 - raised again by complete()
            self.failure = failure
            return True

    def _take(self, chunk: dict[str, Any]) -> bool:
        if "error" in chunk:
            raise _error(chunk["error"])
        if progress := chunk.get("prompt_progress"):
            self.prompt = progress["total"]
            if not self._begun:
                self._begun = True
                self.cached = progress["cache"]
            done, left = progress["processed"] - progress["cache"], progress["total"]
            self.gave_way = done > 0 and progress["processed"] < left and len(self._reading) > 1
            return self.gave_way
        self._reading.discard(self)
        if usage := chunk.get("usage"):
            self.prompt = usage["prompt_tokens"]
        before = self.output
        if timings := chunk.get("timings"):
            self.output = timings["predicted_n"]
        halt = False
        for choice in chunk.get("choices", ()):
            logprobs = (choice.get("logprobs") or {}).get("content") or []
            if choice["text"] or logprobs:
                halt = self._read(Grown(choice["text"], self.output - before, logprobs))
            if choice["finish_reason"] and not halt:
                self.end = "length" if choice["finish_reason"] == "length" else "stop"
        return halt


def _error(error: Mapping[str, Any]) -> MiavoError:
    if error.get("type") == "exceed_context_size_error":
        return InvalidRequest(
            f"The prompt has {error['n_prompt_tokens']} tokens, but local-smollm2-135m has a "
            f"window of {error['n_ctx']} for prompt and reply together.",
            param="messages",
        )
    return UpstreamError("local-smollm2-135m could not take the request.")
