"""The colours of code: few, and those of the theme in force."""

from __future__ import annotations

from pygments.token import Token
from textual.highlight import HighlightTheme, TokenType

__all__ = ["CodeColours"]


class CodeColours(HighlightTheme):
    """Strings stand out, then keywords and numbers; the rest stays text."""

    STYLES: dict[TokenType, str] = {  # noqa: RUF012 - as the base class declares it
        Token.Comment: "$text-muted italic",
        Token.Error: "$text-error",
        Token.Keyword: "$text-secondary",
        Token.Keyword.Constant: "$text-warning",
        Token.Name.Builtin: "$text-secondary",
        Token.Name.Function: "$text-primary",
        Token.Name.Function.Magic: "$text-primary",
        Token.Name.Class: "$text-primary",
        Token.Name.Decorator: "$text-primary",
        Token.Name.Tag: "$text-primary",
        Token.Name.Variable: "$text-warning",
        Token.Literal.Number: "$text-warning",
        Token.Number: "$text-warning",
        Token.Literal.String: "$text-success",
        Token.String: "$text-success",
        Token.Generic.Strong: "bold",
        Token.Generic.Emph: "italic",
        Token.Generic.Heading: "bold $text-primary",
        Token.Generic.Subheading: "$text-primary",
    }
