"""The engine behind `local-smollm2-135m`: loading on first use, slots, cancelling."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, TypeAlias

from miavo_gateway.chat_events import ChatEvents, Counted, Loading, Piece
from miavo_gateway.errors import MiavoError, NoUpstream, UpstreamError
from miavo_gateway.local.smollm2.plan import Plan, plan
from miavo_gateway.local.smollm2.reply import Counts, Reply
from miavo_gateway.local.smollm2.runtime import SLOTS, Runtime, missing
from miavo_gateway.schema.chat import ChatCompletionRequest
from miavo_gateway.usage import UsageBuckets

__all__ = ["SLUG", "EngineState", "SmolLM2Engine"]

SLUG = "local-smollm2-135m"

EngineState: TypeAlias = Literal["unavailable", "cold", "loading", "ready"]

_CLOSING_TIME = 1.5
_TIME_TO_TELL = 0.1
"""Seconds given to replies to notice that they are stopped. One notices at its next token, or
when 64 more tokens of its prompt have been read."""


@dataclass(frozen=True, slots=True)
class _Ended:
    """A choice is through; the error if it failed."""

    result: Counts | MiavoError


class SmolLM2Engine:
    """SmolLM2-135M in this process. Used from one event loop, which need not be the main thread's.

    Each reply in the making has a thread of its own. The threads are no daemons: llama.cpp does
    not survive an interpreter that ends under it. They stop by themselves when the main thread
    has ended.
    """

    def __init__(self, load: Callable[[], Runtime] = Runtime) -> None:
        self._load = load
        self._installed = False
        self._loading: asyncio.Task[Runtime] | None = None
        self._runtime: Runtime | None = None
        self._slots = _Slots()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closed = threading.Event()

    @property
    def unavailable(self) -> str | None:
        """Which package is missing, with the command that installs it; None if none is."""
        if self._installed:
            return None
        reason = missing()
        self._installed = reason is None
        return reason

    @property
    def state(self) -> EngineState:
        """How far the model is from answering."""
        if self._runtime is not None:
            return "ready"
        if self._loading is not None:
            return "loading"
        return "cold" if self.unavailable is None else "unavailable"

    @property
    def running(self) -> int:
        """Choices being generated now."""
        return SLOTS - self._slots.free

    async def stream(self, request: ChatCompletionRequest) -> AsyncGenerator[ChatEvents, None]:
        """Generate the reply; see `ChatEngine.stream`.

        Raises:
            InvalidRequest: the model cannot do what is asked.
            NoUpstream: a package is missing, or the engine is closed.
            UpstreamError: the model could not be loaded, or failed.
        """
        if (reason := self.unavailable) is not None:
            raise NoUpstream(reason)
        todo = plan(request)
        if self._runtime is None:
            yield (Loading(SLUG),)
            # Loading holds up every thread of the process: whoever waits is to read why first.
            await asyncio.sleep(_TIME_TO_TELL)
        runtime = await self._ready()
        events: asyncio.Queue[Piece | _Ended] = asyncio.Queue()
        hung_up = threading.Event()
        waiting = [
            asyncio.create_task(self._start(runtime, todo, index, events, hung_up))
            for index in range(todo.choices)
        ]
        ended: list[Counts] = []
        try:
            while len(ended) < todo.choices:
                event = await events.get()
                if isinstance(event, Piece):
                    yield (event,)
                elif isinstance(event.result, MiavoError):
                    raise event.result
                else:
                    ended.append(event.result)
            if self._closed.is_set():
                raise UpstreamError(f"{SLUG} was shut down.")
            yield (Counted(_usage(ended)),)
        finally:
            hung_up.set()
            for task in waiting:
                task.cancel()

    async def close(self) -> None:
        """Stop all replies and free the model."""
        self._closed.set()
        if self._loading is not None:
            await asyncio.wait([self._loading], timeout=_CLOSING_TIME)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), _CLOSING_TIME)
        # A reply that is still busy frees the model when it ends.
        await self._free_if_closed()

    async def _ready(self) -> Runtime:
        if self._closed.is_set():
            raise NoUpstream(f"{SLUG} was shut down.")
        if self._runtime is not None:
            return self._runtime
        if self._loading is None:
            self._loading = asyncio.create_task(self._load_once())
            # Everyone who waited may be gone when it fails; that is no warning's business.
            self._loading.add_done_callback(lambda task: task.cancelled() or task.exception())
        return await asyncio.shield(self._loading)

    async def _load_once(self) -> Runtime:
        try:
            runtime = await asyncio.to_thread(self._load)
        except Exception as failure:
            raise UpstreamError(f"{SLUG} could not be loaded.") from failure
        finally:
            self._loading = None
        self._runtime = runtime
        if self._closed.is_set():
            await self._free_if_closed()
            raise NoUpstream(f"{SLUG} was shut down.")
        return runtime

    async def _free_if_closed(self) -> None:
        if self._closed.is_set() and self._idle.is_set() and self._runtime is not None:
            runtime, self._runtime = self._runtime, None
            await asyncio.to_thread(runtime.close)

    async def _start(
        self,
        runtime: Runtime,
        todo: Plan,
        index: int,
        events: asyncio.Queue[Piece | _Ended],
        hung_up: threading.Event,
    ) -> None:
        """Wait for a slot, then generate one choice in a thread that gives the slot back."""
        slot = await self._slots.take(todo.prompt)
        self._idle.clear()
        loop = asyncio.get_running_loop()

        def to_loop(callback: Callable[..., object], *args: object) -> None:
            # The loop is closed when the program ends first; nobody is left to tell then.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(callback, *args)

        def cancelled() -> bool:
            return (
                hung_up.is_set() or self._closed.is_set() or not threading.main_thread().is_alive()
            )

        def generate() -> None:
            reply = Reply(
                runtime,
                todo,
                index,
                slot=slot,
                emit=lambda piece: to_loop(events.put_nowait, piece),
                cancelled=cancelled,
            )
            result: Counts | MiavoError
            try:
                result = reply.run()
            except MiavoError as error:
                result = error
            except Exception as failure:  # noqa: BLE001 - told to the reader of the stream
                result = UpstreamError(f"{SLUG} failed while generating.")
                result.__cause__ = failure
            to_loop(self._end, slot, todo.prompt, events, _Ended(result))

        # Said outright, as a thread that a daemon starts is one too.
        threading.Thread(target=generate, name=f"smollm2-{slot}", daemon=False).start()

    def _end(
        self, slot: int, prompt: str, events: asyncio.Queue[Piece | _Ended], ended: _Ended
    ) -> None:
        self._slots.give_back(slot, prompt)
        events.put_nowait(ended)
        if self.running == 0:
            self._idle.set()
            if self._closed.is_set():
                self._last_act = asyncio.ensure_future(self._free_if_closed())


class _Slots:
    """Which of llama.cpp's slots are free, and what each has read last."""

    def __init__(self) -> None:
        self._free = dict.fromkeys(range(SLOTS), "")
        self._permits = asyncio.Semaphore(SLOTS)

    @property
    def free(self) -> int:
        return len(self._free)

    async def take(self, prompt: str) -> int:
        """The free slot that has read most of the prompt already; waits for its turn if none is."""
        await self._permits.acquire()
        slot = max(self._free, key=lambda slot: _shared(self._free[slot], prompt))
        del self._free[slot]
        return slot

    def give_back(self, slot: int, prompt: str) -> None:
        self._free[slot] = prompt
        self._permits.release()


def _shared(read: str, prompt: str) -> int:
    """How many characters two prompts begin with in common."""
    pairs = enumerate(zip(read, prompt, strict=False))
    return next((at for at, (old, new) in pairs if old != new), min(len(read), len(prompt)))


def _usage(choices: list[Counts]) -> UsageBuckets:
    """The prompt is counted once, as OpenAI does; what came from the cache is the first's."""
    prompt = choices[0].prompt
    cached = min(choices[0].cached, prompt)
    return UsageBuckets(
        uncached_input=prompt - cached,
        cache_read=cached,
        output=sum(choice.output for choice in choices),
    )
