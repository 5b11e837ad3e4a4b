"""The items of a session, as far as the client can ask for them."""

from __future__ import annotations

from typing import Any

from miavo_gateway.errors import InvalidRequest
from miavo_gateway.providers.realtime.events import EventWriter
from miavo_gateway.schema.realtime import Item

__all__ = ["Items", "text_of"]

_MOST = 2_000
"""Of a session's items the oldest are forgotten; the provider has its own account."""
_FIELDS = {
    "function_call": ("name", "arguments"),
    "function_call_output": ("call_id", "output"),
}


class Items:
    """What was said, without the audio of it."""

    def __init__(self, write: EventWriter) -> None:
        self._write = write
        self._items: dict[str, dict[str, Any]] = {}

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._items

    @property
    def last(self) -> str | None:
        """The id of the latest item."""
        return next(reversed(self._items), None)

    def checked(self, item: Item) -> str:
        """The id that an item of the client gets.

        Raises:
            InvalidRequest: the item lacks something, or its id is taken.
        """
        if item.id in self._items:
            raise InvalidRequest(f"There is an item '{item.id}' already.", param="item.id")
        if item.type == "message":
            if item.role is None:
                raise InvalidRequest("'item.role': this field is required.", param="item.role")
            if not item.content:
                raise InvalidRequest("'item.content': must not be empty.", param="item.content")
        for name in _FIELDS.get(item.type, ()):
            if getattr(item, name) is None:
                raise InvalidRequest(
                    f"'item.{name}': this field is required.", param=f"item.{name}"
                )
        return item.id or self._write.new_id("item")

    def add(self, item: Item, item_id: str) -> list[bytes]:
        """Keep an item of the client; the events that tell of it."""
        view: dict[str, Any] = {
            "id": item_id,
            "object": "realtime.item",
            "type": item.type,
            "status": "completed",
        }
        if item.type == "message":
            view["role"] = item.role
            view["content"] = [
                part.model_dump(exclude_none=True, exclude={"audio"}) for part in item.content
            ]
        else:
            view |= item.model_dump(
                include={"name", "arguments", "call_id", "output"}, exclude_none=True
            )
        return self.told(view)

    def told(self, view: dict[str, Any]) -> list[bytes]:
        """Keep an item; the events that tell of it."""
        before = self.last
        self.keep(view)
        return [
            self._write.event(name, previous_item_id=before, item=view)
            for name in ("conversation.item.added", "conversation.item.done")
        ]

    def keep(self, view: dict[str, Any]) -> None:
        """Keep an item that has been told already."""
        self._items[view["id"]] = view
        if len(self._items) > _MOST:
            del self._items[next(iter(self._items))]

    def get(self, item_id: str) -> dict[str, Any]:
        """An item.

        Raises:
            InvalidRequest: there is none of this id.
        """
        found = self._items.get(item_id)
        if found is None:
            raise InvalidRequest(f"There is no item '{item_id[:64]}'.", param="item_id")
        return found

    def forget(self, item_id: str) -> None:
        """Take an item out."""
        del self._items[item_id]

    def transcribed(self, item_id: str, transcript: str) -> None:
        """Put what was said into the item of its audio."""
        view = self._items.get(item_id)
        if view is not None:
            content = [{**part, "transcript": transcript} for part in view["content"][:1]]
            self._items[item_id] = {**view, "content": content + view["content"][1:]}


def text_of(item: Item) -> str:
    """The text of a message, its parts on lines of their own."""
    return "\n".join(part.text or part.transcript or "" for part in item.content).strip()
