"""Changing `config.toml` as a person would: what is not changed stays as it was written.

tomlkit keeps comments, order and spacing; it takes long to import beside what a start needs, so
it waits inside the function.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from miavo_gateway.errors import ConfigurationError
from miavo_gateway.home import write_private

__all__ = ["change_config", "read_config"]


def read_config(path: Path) -> dict[str, Any]:
    """What a file says; nothing if there is none.

    Raises:
        ConfigurationError: it cannot be read, or is not TOML.
    """
    return _parse(path, _text(path))


def change_config(path: Path, changes: Mapping[str, object]) -> None:
    """Set top-level settings in a file; None takes one out. The file changes whole or not at all.

    Of a table, only the entries that differ are written anew.

    Raises:
        ConfigurationError: the file is not TOML, or cannot be read or written.
    """
    import tomlkit

    text = _text(path)
    expected = _parse(path, text)
    document = tomlkit.parse(text)
    for name, value in changes.items():
        expected.pop(name, None)
        if value is None:
            document.pop(name, None)
            continue
        expected[name] = value
        present = document.get(name)
        if isinstance(value, Mapping) and isinstance(present, MutableMapping):
            _update(present, value)
        else:
            document[name] = value
    written = tomlkit.dumps(document)
    if written and not written.endswith("\n"):
        written += "\n"
    if _parse(path, written) != expected:
        raise ConfigurationError(
            f"{path}: {', '.join(changes)} cannot be changed in it as it is laid out: edit it by "
            "hand"
        )
    _replace(path, written)


def _update(table: MutableMapping[str, Any], wanted: Mapping[str, object]) -> None:
    for name in [each for each in table if each not in wanted]:
        del table[name]
    for name, value in wanted.items():
        if name not in table or table[name] != value:
            table[name] = value


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _replace(path: Path, text: str) -> None:
    # Behind a link is where a person keeps it, perhaps with their other settings.
    target = path.resolve()
    draft = target.with_name(f".{target.name}.new")
    try:
        write_private(draft, text)
        if target.exists():
            draft.chmod(target.stat().st_mode)
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}") from None
