"""Kinds of file, and what writes each. All of it blocks: it runs in a thread."""

from __future__ import annotations

import csv
import importlib
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson

from miavo_tui.requests.export.columns import COLUMNS, Kind, cell

__all__ = ["FORMATS", "FileFormat", "RowWriter"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ROWS_A_GROUP = 20_000


class RowWriter(Protocol):
    """Takes rows page by page."""

    def write(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Writes some more rows."""
        ...

    def close(self) -> None:
        """Writes what is left, and closes the file."""
        ...


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One kind of file."""

    name: str
    """As it is chosen, such as `CSV`."""
    suffix: str
    """With its dot."""
    make: Callable[[Path], RowWriter]
    package: str = ""
    """The Python package that it needs beyond Miavo's own; empty for none."""

    @property
    def missing(self) -> str:
        """How to get what it needs; empty where it is there."""
        if not self.package or importlib.util.find_spec(self.package) is not None:
            return ""
        return (
            f"{self.name} needs the Python package {self.package}: `pip install {self.package}` "
            "in Miavo's environment, or install Miavo with its extra `parquet`."
        )


class _Csv:
    def __init__(self, path: Path) -> None:
        # As RFC 4180 has it; the mark lets spreadsheets read names beyond ASCII rightly.
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def write(self, rows: Sequence[Mapping[str, object]]) -> None:
        self._writer.writerows([[_shown(cell(row, name)) for name in COLUMNS] for row in rows])

    def close(self) -> None:
        self._file.close()


class _JsonLines:
    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, rows: Sequence[Mapping[str, object]]) -> None:
        self._file.write(b"".join(orjson.dumps(dict(row)) + b"\n" for row in rows))

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path) -> None:
        # It is optional, and takes a third of a second.
        self._arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
        kinds: Mapping[Kind, Any] = {
            "text": self._arrow.string(),
            "whole": self._arrow.int64(),
            "number": self._arrow.float64(),
            "truth": self._arrow.bool_(),
        }
        self._schema = self._arrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
        self._writer = parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[dict[str, object]] = []

    def write(self, rows: Sequence[Mapping[str, object]]) -> None:
        self._rows += [{name: cell(row, name) for name in COLUMNS} for row in rows]
        if len(self._rows) >= _ROWS_A_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            table = self._arrow.Table.from_pylist(self._rows, schema=self._schema)
            self._writer.write_table(table)
            self._rows = []


FORMATS = (
    FileFormat("CSV", ".csv", _Csv),
    FileFormat("JSON Lines", ".jsonl", _JsonLines),
    FileFormat("Parquet", ".parquet", _Parquet, package="pyarrow"),
)


def _shown(value: object) -> object:
    """A value of a CSV; text that a spreadsheet would run is marked as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
