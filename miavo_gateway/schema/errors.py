"""The wire model of every error; `MiavoError.body` writes it."""

from __future__ import annotations

from pydantic import BaseModel

__all__ = ["ErrorDetail", "ErrorView"]


class ErrorDetail(BaseModel):
    """What is wrong. Programs match on `code`."""

    message: str
    """For a person."""
    type: str
    """OpenAI's coarser family of the code."""
    code: str
    param: str | None
    """The field at fault, as a path such as `messages[0].content`."""


class ErrorView(BaseModel):
    """An answer other than success."""

    error: ErrorDetail
