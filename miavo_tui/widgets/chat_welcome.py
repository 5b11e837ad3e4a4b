"""What an empty conversation shows."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

__all__ = ["EXAMPLES", "ChatWelcome"]

EXAMPLES = (
    "Why is the sky blue?",
    "Write a haiku about parrots",
    "Write a Python function that reverses a string",
)


class ChatWelcome(Vertical):
    """Says what this is, who answers, and offers three prompts to begin with."""

    examples = query_one(OptionList)

    @dataclass
    class Picked(Message):
        """The reader chose an example."""

        prompt: str

    def __init__(self) -> None:
        super().__init__()
        self._model_line = Static(classes="welcome--model", markup=False)

    def compose(self) -> ComposeResult:
        """A heading, the model, the examples, a hint."""
        yield Static("Talk with a model", classes="welcome--title", markup=False)
        yield self._model_line
        yield OptionList(*(Option(Content(text)) for text in EXAMPLES), compact=True)
        yield Static(
            Content.assemble(
                "Write below, or press ",
                ("↑", "bold $primary"),
                " and ",
                ("enter", "bold $primary"),
                " to send one of these",
            ),
            classes="welcome--hint",
        )

    def on_mount(self) -> None:
        """Highlights nothing until the examples are gone to."""
        self.examples.highlighted = None

    def set_model(self, text: str) -> None:
        """Names the model that will answer."""
        self._model_line.update(Content(text))

    def focus_examples(self) -> None:
        """Goes to the last example, the one nearest to the composer."""
        self.examples.highlighted = len(EXAMPLES) - 1
        self.examples.focus()

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Picked(EXAMPLES[event.option_index]))
