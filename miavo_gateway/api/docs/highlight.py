"""Code as HTML, its words marked by what they are."""

from __future__ import annotations

from functools import cache

from markupsafe import Markup, escape
from pygments import lex
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, String, _TokenType

__all__ = ["highlighted"]

_LEXERS = {
    "python": "python",
    "typescript": "typescript",
    "curl": "bash",
    "shell": "bash",
    "json": "json",
    "toml": "toml",
    "http": "http",
}
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (String.Interpol, "v"),
    (Name.Tag, "v"),
    (String, "s"),
    (Keyword.Constant, "n"),
    (Keyword, "k"),
    (Name.Variable, "v"),
    (Name.Builtin, "k"),
    (Number, "n"),
)


def highlighted(code: str, language: str) -> Markup:
    """The code, escaped, with spans around what deserves a colour.

    Neighbours of one class share a span, which halves a page of 300 programs.
    """
    parts: list[str] = []
    run, run_class = "", ""
    for kind, text in lex(code, _lexer(_LEXERS[language])):
        found = _class_of(kind)
        if found != run_class and not (text.isspace() and run_class):
            parts.append(_written(run, run_class))
            run, run_class = "", found
        run += text
    parts.append(_written(run, run_class))
    return Markup("".join(parts))


@cache
def _lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, ensurenl=False, stripnl=False)


@cache
def _class_of(kind: _TokenType) -> str:
    return next((found for of, found in _CLASSES if kind in of), "")


def _written(text: str, found: str) -> str:
    if not text:
        return ""
    return f'<span class="{found}">{escape(text)}</span>' if found else str(escape(text))
