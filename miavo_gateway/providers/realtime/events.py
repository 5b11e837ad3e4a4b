"""Writing OpenAI's server events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import ValidationError

from miavo_gateway.errors import InvalidRequest, MiavoError
from miavo_gateway.schema.realtime import ClientEvent, client_events
from miavo_gateway.schema.wording import fault_in_words

__all__ = ["EventWriter", "read_event"]


class EventWriter:
    """Makes the ids and the events of one session."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._made = 0

    @property
    def session_id(self) -> str:
        """The id of the session."""
        return f"sess_{self._session}"

    def new_id(self, kind: str) -> str:
        """An id such as `item_…`."""
        self._made += 1
        return f"{kind}_{self._session}{self._made:05x}"

    def event(self, name: str, /, **fields: Any) -> bytes:
        """An event with an id of its own."""
        return orjson.dumps({"type": name, "event_id": self.new_id("event"), **fields})

    def error(self, error: MiavoError, event_id: object = None) -> bytes:
        """An error; `event_id` is that of the client's event that led to it."""
        named = event_id if isinstance(event_id, str) else None
        return self.event("error", error={**error.body()["error"], "event_id": named})


def read_event(event: Mapping[str, Any]) -> ClientEvent:
    """An event of the client.

    Raises:
        InvalidRequest: it is none, or does not fit; the first fault is named.
    """
    try:
        return client_events.validate_python(event)
    except ValidationError as problem:
        faults = problem.errors(include_url=False, include_input=False)
    if faults[0]["type"] in ("union_tag_invalid", "union_tag_not_found"):
        raise InvalidRequest(
            f"There is no client event '{str(event.get('type'))[:60]}'.", param="type"
        )
    # A union reports the fault of each of its members; the one that got furthest was meant.
    fault = max(faults, key=lambda each: len(each["loc"]))
    steps = [each for each in fault["loc"][1:] if not _is_member(each)]
    param = ".".join(map(str, steps)) or "type"
    raise InvalidRequest(f"'{param}': {fault_in_words(fault)}.", param=param)


def _is_member(step: int | str) -> bool:
    """Whether it is pydantic's name of a union's member, and no field."""
    return isinstance(step, str) and (step[:1].isupper() or "[" in step or step in ("str", "int"))
