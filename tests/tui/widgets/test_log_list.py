"""Lines of the gateway's log in words."""

from __future__ import annotations

from miavo_tui.operation_records import LogLine
from miavo_tui.widgets.log_list import line_words


def words(**fields: object) -> list[str]:
    data = {"time": "2026-01-01T00:00:00Z", "level": "info", "message": "request"}
    fields = {"method": "POST", "path": "/v1/chat/completions", "duration_ms": 25.0, **fields}
    return line_words(LogLine.from_json({**data, "fields": fields, "exception": None})).split()


def test_a_caller_that_hung_up_before_an_answer_is_no_status() -> None:
    gone = ["—", "25ms", "POST", "hung", "up", "/v1/chat/completions"]
    assert words(status=None) == gone
    assert words(status=None, state="cancelled")[3] == "cancelled"
    assert words(status=200, state="completed") == ["200", "25ms", "POST", "/v1/chat/completions"]
    assert words(status=400, error_code="invalid_request")[3] == "invalid_request"
