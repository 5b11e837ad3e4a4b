"""Markdown from a model, which may say anything: shown, never obeyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from textual import on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.widgets import Markdown
from textual.widgets.markdown import MarkdownFence

__all__ = ["CodeBlock", "ModelMarkdown"]


def _show_targets(state: StateCore) -> None:
    """Puts each link's address behind its text, unless the text is the address.

    A link's text can promise one place and lead to another.
    """
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _with_targets(block.children)


def _with_targets(tokens: list[Token]) -> list[Token]:
    shown: list[Token] = []
    href: str | None = None
    text = ""
    for token in tokens:
        shown.append(token)
        if token.type == "link_open":
            # An address that stands in the text as itself needs no repeating.
            href, text = (None if token.info == "auto" else str(token.attrs["href"])), ""
        elif token.type == "link_close" and href is not None:
            if text != href:
                shown.append(Token("text", "", 0, content=f" ({href})"))
            href = None
        elif token.type == "image":
            shown.append(Token("text", "", 0, content=f" ({token.attrs.get('src', '')})"))
        else:
            text += token.content
    return shown


def _parser() -> MarkdownIt:
    # HTML is kept as the text it is: the widget has no block for it and would drop what it holds.
    parser = MarkdownIt("gfm-like", {"html": False})
    parser.core.ruler.push("show_targets", _show_targets)
    return parser


class CodeBlock(MarkdownFence, can_focus=True):
    """A block of code, coloured as the theme has it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "copy_code", "copy code", id="chat.copy-code", tooltip="Copy this code block"),
    ]

    @dataclass
    class CopyRequested(Message):
        """The reader wants this code in the clipboard."""

        code: str

    @classmethod
    def highlight(cls, code: str, language: str, ansi: bool = False, dark: bool = False) -> Content:
        """As the base class, but code that names no language is not guessed at.

        Guessing tries every lexer there is, again for each piece that arrives.
        """
        # The info string may go on after the language: ```python title="x"
        words = language.split(maxsplit=1)
        return super().highlight(code, words[0] if words else "text", ansi, dark)

    def action_copy_code(self) -> None:
        """Asks for the code to be copied."""
        self.post_message(self.CopyRequested(self.code))


class ModelMarkdown(Markdown):
    """Markdown that opens nothing by itself and hides nothing."""

    BLOCKS = {  # noqa: RUF012 - as Textual declares it
        **Markdown.BLOCKS,
        "fence": CodeBlock,
        "code_block": CodeBlock,
    }
    BULLETS = ["• ", "◦ ", "▪ ", "▫ ", "· "]  # noqa: RUF012

    @dataclass
    class AddressChosen(Message):
        """The reader clicked a link."""

        href: str

    def __init__(self, text: str = "") -> None:
        super().__init__(text, parser_factory=_parser, open_links=False)

    @on(Markdown.LinkClicked)
    def _choose(self, event: Markdown.LinkClicked) -> None:
        event.stop()
        self.post_message(self.AddressChosen(event.href))
