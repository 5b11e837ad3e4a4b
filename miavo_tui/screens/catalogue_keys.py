"""The keys of the Catalogue screen, the most useful first: that is how the hints show them."""

from __future__ import annotations

from textual.binding import Binding, BindingType

__all__ = ["BINDINGS"]

BINDINGS: list[BindingType] = [
    Binding(
        "escape",
        "back",
        "back",
        id="catalogue.back",
        tooltip="From the details to the list, from a search to all",
    ),
    # Enter goes one step deeper: to the details where they are not in sight, then to Chat.
    Binding(
        "enter",
        "show_detail",
        "details",
        id="catalogue.enter",
        tooltip="In a narrow terminal: the model's details",
    ),
    Binding(
        "enter,t",
        "try",
        "try it",
        id="catalogue.try",
        tooltip="Talk with the model, or have it make something, on the screen for its kind",
    ),
    Binding(
        "m",
        "compare",
        "compare",
        id="catalogue.compare",
        tooltip="Compare the marked models side by side",
    ),
    Binding(
        "slash",
        "search",
        "search",
        key_display="/",
        id="catalogue.search",
        priority=True,  # before the next key is looked at
        tooltip="Search as you type",
    ),
    Binding(
        "left,h",
        "step_kind(-1)",
        "kind before",
        id="catalogue.kind-before",
        tooltip="The kind before: chat, image, video …",
        show=False,
    ),
    Binding(
        "right,l",
        "step_kind(1)",
        "kind",
        key_display="←→",
        id="catalogue.kind",
        tooltip="The next kind: chat, image, video …",
    ),
    Binding(
        "c",
        "copy_code",
        "copy code",
        id="catalogue.copy-code",
        tooltip="Copy the code that calls the model",
    ),
    Binding(
        "space",
        "mark",
        "mark",
        id="catalogue.mark",
        tooltip="Mark the model, to compare it with others; again takes the mark off",
    ),
    Binding(
        "C",
        "copy_with_key",
        "copy with a key",
        id="catalogue.copy-with-key",
        tooltip="Copy the code with a new key in it, or for a key there is",
        show=False,
    ),
    Binding(
        "M",
        "unmark",
        "unmark all",
        id="catalogue.unmark",
        tooltip="Take off all marks",
        show=False,
    ),
    Binding(
        "y", "copy_slug", "copy slug", id="catalogue.copy-slug", tooltip="Copy the model's slug"
    ),
    Binding(
        "s", "sort", "sort", id="catalogue.sort", tooltip="The next order: name, prices, context"
    ),
    Binding(
        "S",
        "reverse",
        "reverse",
        id="catalogue.reverse",
        tooltip="Turn the order round",
        show=False,
    ),
    Binding(
        "e",
        "next_language",
        "language",
        id="catalogue.language",
        tooltip="Show the code in the next language",
    ),
    Binding(
        "u",
        "successor",
        "successor",
        id="catalogue.successor",
        tooltip="Go to the model that replaced this one",
    ),
    Binding(
        "p",
        "providers",
        "provider",
        id="catalogue.provider",
        tooltip="Show the models of one provider",
        show=False,
    ),
    Binding(
        "f",
        "features",
        "features",
        id="catalogue.features",
        tooltip="Show only models that can do something",
        show=False,
    ),
    Binding(
        "a",
        "toggle_reachable",
        "reachable",
        id="catalogue.reachable",
        tooltip="Show only models that this gateway reaches now",
        show=False,
    ),
    Binding(
        "0",
        "toggle_free",
        "free",
        id="catalogue.free",
        tooltip="Show only models at no cost",
        show=False,
    ),
    Binding(
        "x", "clear", "show all", id="catalogue.clear", tooltip="Drop the search and all filters"
    ),
    Binding(
        "v",
        "toggle_detail",
        "details",
        id="catalogue.detail",
        tooltip="In a narrow terminal: the details and back",
        show=False,
    ),
]
