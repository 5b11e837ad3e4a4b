"""What is typed into the filter means what a person would expect, or says what to type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from miavo_tui.requests.filter_text import (
    TIME_FIELDS,
    FilterFault,
    FilterText,
    query_from,
    read_filter,
    times_from,
    with_values,
)
from miavo_tui.usage_query import UsageQuery

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
KEYS = {"my editor": ["key_1"], "job": ["key_2", "key_3"]}
MODELS = [("gpt-5.4", "openai"), ("gpt-5.4-mini", "openai"), ("glm-5", "zhipu")]


def query(typed: str) -> UsageQuery:
    return query_from(read_filter(typed), keys=KEYS, models=MODELS, now=NOW)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", UsageQuery()),
        ("model:gpt-5.4", UsageQuery(slugs=("gpt-5.4",))),
        ("model:mini model:GLM", UsageQuery(slugs=("gpt-5.4-mini", "glm-5"))),
        ('key:"my editor"', UsageQuery(key_ids=("key_1",))),
        ("key:JOB provider:open", UsageQuery(key_ids=("key_2", "key_3"), providers=("openai",))),
        ("state:errors status:429 status:503", UsageQuery(states=("errors",), statuses=(429, 503))),
        ("since:2h", UsageQuery(since=NOW - timedelta(hours=2))),
        ("since:09:30", UsageQuery(since=NOW.replace(hour=9, minute=30))),
        ("until:2026-11-01", UsageQuery(until=datetime(2026, 11, 1, tzinfo=UTC))),
        ("req_abc  timed out", UsageQuery(text="req_abc timed out")),
        ("http://here model:", UsageQuery(text="http://here")),  # a field still being typed
        ('key:"my edi', UsageQuery(key_ids=("key_1",))),  # a quote still open
    ],
)
def test_what_is_typed_is_understood(typed: str, meant: UsageQuery) -> None:
    assert query(typed) == meant


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("model:nope", "no model matches “nope”"),
        ("key:nobody", "no key matches"),
        ("state:gone", "no state matches"),
        ("status:4xx", "429"),
        ("since:yesterday", "2h"),
        ("since:999999d", "2h"),
        ("since:1h until:2h", "before"),
    ],
)
def test_what_is_wrong_is_told(typed: str, words: str) -> None:
    with pytest.raises(FilterFault, match=words):
        query(typed)


def test_where_there_are_times_alone_other_fields_are_words() -> None:
    given = read_filter("since:2h model:gpt", TIME_FIELDS)
    assert given == FilterText({"since": ("2h",)}, "model:gpt")
    assert times_from(given, NOW) == (NOW - timedelta(hours=2), None)


def test_a_time_that_was_chosen_holds_where_none_is_typed() -> None:
    day = NOW - timedelta(days=1)
    for typed, since in (("", day), ("until:1h", day), ("since:2h", NOW - timedelta(hours=2))):
        assert times_from(read_filter(typed), NOW, day)[0] == since
    with pytest.raises(FilterFault, match="before the time that is chosen"):
        times_from(read_filter("until:2d"), NOW, day)


@pytest.mark.parametrize("name", ["plain", "two words", "it's", 'a "b" c', "back\\slash", "' \""])
def test_any_name_is_typed_so_that_it_is_read_again(name: str) -> None:
    given = with_values(FilterText(text="words"), "key", [name])
    assert read_filter(str(given)) == given


def test_a_field_is_replaced_and_the_rest_stays_as_typed() -> None:
    given = read_filter('key:"my editor" state:failed words')
    assert str(with_values(given, "state", ("completed", "open"))) == (
        'key:"my editor" state:completed state:open words'
    )
    assert with_values(given, "state", ()) == FilterText({"key": ("my editor",)}, "words")
