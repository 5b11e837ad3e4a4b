"""Events are read whole, with their names, however the network cuts them."""

from __future__ import annotations

import pytest

from miavo_tui.sse import Comment, Event, EventParser

STREAM = b": listening\n\nevent: request.ended\r\ndata: 1\ndata:2\n\nid: 7\ndata: 3\n\nevent: x\n\n"


@pytest.mark.parametrize("size", [1, 2, 5, 1_000])
def test_names_and_ids_belong_to_their_event_alone(size: int) -> None:
    parser = EventParser()
    seen = [
        item for at in range(0, len(STREAM), size) for item in parser.feed(STREAM[at : at + size])
    ]
    assert seen == [Comment("listening"), Event("1\n2", "request.ended"), Event("3", "", "7")]
