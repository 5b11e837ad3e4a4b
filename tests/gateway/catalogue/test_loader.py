"""The loader takes what is right, and says exactly what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from miavo_gateway.catalogue import Kind, Status, load_catalogue
from miavo_gateway.errors import ConfigurationError

ACME = """\
[provider]
id = "acme"
name = "Acme"
position = 1
as_of = 2026-11-23
needs_credential = true

[[models]]
slug = "acme-1"
name = "Acme 1"
kind = "chat"
upstream = "one"
summary = "The first."
context = 8_192
features = ["streaming", "tools"]
prices = { input = "2.50", output = "15.00" }
lifecycle = { status = "retired", retires_on = 2026-05-25, successor = "acme-2" }

[[models]]
slug = "acme-2"
name = "Acme 2"
kind = "video"
upstream = "two"
prices = { per_second = "0.10", per_second_by_resolution = { "720p" = "0.10" } }
"""

ZED = """\
[provider]
id = "zed"
name = "Zed"
position = 2
as_of = 2026-11-23
needs_credential = false

[[models]]
slug = "zed-1"
name = "Zed 1"
kind = "speech"
upstream = "z"
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    catalog = tmp_path / "catalog"
    catalog.mkdir()
    (catalog / "acme.toml").write_text(ACME, encoding="utf-8")
    # Sorts before acme.toml, so that it is the position that orders.
    (catalog / "a-zed.toml").write_text(ZED, encoding="utf-8")
    return catalog


def test_files_are_read_whole_and_ordered_by_position(directory: Path) -> None:
    catalogue = load_catalogue(directory)
    assert [model.slug for model in catalogue.models] == ["acme-1", "acme-2", "zed-1"]
    first = catalogue.get("acme-1")
    assert first is not None
    assert (first.kind, first.upstream, first.context) == (Kind.CHAT, "one", 8192)
    assert (first.prices.input_nano, first.prices.output_nano) == (2_500, 15_000)
    assert first.lifecycle.status is Status.RETIRED
    assert catalogue.provider_of(first).name == "Acme"
    speech = catalogue.get("zed-1")
    assert speech is not None
    assert not speech.prices.priced
    assert catalogue.get("nobody") is None


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"2.50"', '"2,50"', 'model acme-1: prices.input: "2,50" is not a decimal number'),
        ('"2.50"', '"-2"', 'model acme-1: prices.input: "-2" is negative'),
        (
            '"2.50"',
            "2.50",
            'model acme-1: prices.input: 2.5 must be in quotes, as "2.5", to stay exact',
        ),
        (
            '"2.50"',
            '"0.0001"',
            'model acme-1: prices.input: "0.0001" is not a whole number of nano-dollars a token',
        ),
        (
            ', output = "15.00"',
            "",
            "model acme-1: prices.output: is missing: it goes with input",
        ),
        ("output =", "outptu =", "model acme-1: prices.outptu: is not a known field; did you "),
        (
            '"720p" = "0.10"',
            '"720p" = true',
            "model acme-2: prices.per_second_by_resolution.720p: true is not a string",
        ),
        (
            'per_second = "0.10", ',
            "",
            "model acme-2: prices.per_second: is missing: a resolution that the table lacks",
        ),
        (
            'per_second = "0.10"',
            'per_second = "0.10", per_image = "1"',
            "model acme-2: prices.per_image: is no price of a video model",
        ),
        ('kind = "chat"', 'kind = "chatt"', 'model acme-1: kind: "chatt" is not one of chat, im'),
        ('kind = "chat"', "", "model acme-1: kind: is missing"),
        ('name = "Acme 1"', "", "model acme-1: name: is missing"),
        ('name = "Acme 1"', 'name = ""', 'model acme-1: name: "" is not a line of text'),
        ('upstream = "one"', "upstream = 1", "model acme-1: upstream: 1 is not a string"),
        ("8_192", "true", "model acme-1: context: true is not a whole number above zero"),
        ("8_192", "0", "model acme-1: context: 0 is not a whole number above zero"),
        ("8_192", '"8k"', 'model acme-1: context: "8k" is not a whole number above zero'),
        ('"tools"', '"tool"', 'model acme-1: features: "tool" is not one of streaming, tools, v'),
        ('"tools"', '"streaming"', "model acme-1: features: names the same value twice"),
        ('["streaming", "tools"]', '"tools"', 'model acme-1: features: "tools" is not a list'),
        ("2026-05-25", '"2026-05-25"', 'model acme-1: lifecycle.retires_on: "2026-05-25" is no'),
        ("2026-05-25", "2026-05-25T00:00:00", "model acme-1: lifecycle.retires_on: 2026-05-25 00"),
        ('"retired"', '"gone"', 'model acme-1: lifecycle.status: "gone" is not one of active'),
        (
            'successor = "acme-2"',
            'successor = "acme-3"',
            'model acme-1: lifecycle.successor: "acme-3" is no other model of the catalogue',
        ),
        (
            'successor = "acme-2"',
            'successor = "acme-1"',
            'model acme-1: lifecycle.successor: "acme-1" is no other model of the catalogue',
        ),
        ('slug = "acme-2"', "", "entry 2 of models: slug: is missing"),
        ('slug = "acme-2"', 'slug = "a/2"', 'entry 2 of models: slug: "a/2" is not a slug'),
        ('slug = "acme-2"', 'slug = "acme-1"', "model acme-1: slug: is already taken in catalog/"),
        ('summary = "The first."', 'sumary = "x"', "model acme-1: sumary: is not a known field; "),
        ("[provider]", "[providr]", "provider.id: is missing"),
        ("position = 1", "position = 2", "provider.position: 2 is already taken by catalog/a-"),
        ("= true", '= "yes"', 'provider.needs_credential: "yes" is not true or false'),
        ("2026-11-23", "1", "provider.as_of: 1 is not a date"),
        ("position = 1", "", "provider.position: is missing"),
        ("as_of = 2026-11-23", "", "provider.as_of: is missing"),
        ("[[models]]", "[[modles]]", "models: is missing"),
        ("[provider]", "[provider", "is not valid TOML: "),
    ],
)
def test_a_fault_is_told_with_its_file_model_and_field(
    before: str, after: str, message: str, directory: Path
) -> None:
    broken = ACME.replace(before, after)
    assert broken != ACME
    (directory / "acme.toml").write_text(broken, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(directory)
    assert caught.value.message.startswith(f"catalog/acme.toml: {message}")


def test_a_slug_may_be_in_one_file_only(directory: Path) -> None:
    (directory / "a-zed.toml").write_text(ZED.replace("zed-1", "acme-2"), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(directory)
    assert caught.value.message == (
        "catalog/a-zed.toml: model acme-2: slug: is already taken in catalog/acme.toml"
    )


def test_a_file_that_lists_no_models_is_refused(directory: Path) -> None:
    head = ACME[: ACME.index("[[models]]")]
    (directory / "acme.toml").write_text("models = []\n" + head, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_catalogue(directory)
    assert (
        caught.value.message
        == "catalog/acme.toml: models: [] is not a list of tables, one at least"
    )


def test_bytes_that_are_not_utf_8_are_a_fault_of_the_file(directory: Path) -> None:
    (directory / "acme.toml").write_bytes(ACME.encode() + b"# \xff\n")
    with pytest.raises(ConfigurationError, match=r"^catalog/acme\.toml: is not valid TOML: "):
        load_catalogue(directory)


def test_a_directory_without_files_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"holds no catalogue file"):
        load_catalogue(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("slug", "near"),
    [
        ("gpt-5.4-minni", "gpt-5.4-mini"),
        ("Claude-Opus-4-7", "claude-opus-4-7"),
        ("local-smollm2", "local-smollm2-135m"),
        ("x" * 10_000, None),
        ("", None),
    ],
)
def test_an_unknown_slug_suggests_the_closest(slug: str, near: str | None) -> None:
    assert load_catalogue().suggest(slug) == near


def test_importing_the_catalogue_loads_the_standard_library_only() -> None:
    probe = (
        "import sys; before = set(sys.modules); import miavo_gateway.catalogue;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(*sorted(new - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["miavo_gateway"]
