"""A statement as its driver takes it, worked out once and run with many rows.

SQLAlchemy works out the parameters anew for each row, which costs more than SQLite's own work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from miavo_gateway.store.sqlite import driver_connection

__all__ = ["Prepared"]


class Prepared:
    """A statement for one dialect and one set of parameters.

    Values go to the driver as they are, and columns that the rows leave out get no default of
    Python's: the rows name every column that needs a value.
    """

    def __init__(self, statement: ClauseElement, dialect: Dialect, names: Sequence[str]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(names))
        assert isinstance(compiled, SQLCompiler), "a statement on rows"
        self._sql = str(compiled)
        self._on_file = dialect.name == "sqlite"
        self._names = tuple(compiled.positiontup or ())
        self._constants = {
            name: value for name, value in compiled.params.items() if name not in names
        }
        """What the statement itself compares with."""

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Run it for each row; how many rows of the database that met, -1 if it is not known.

        Raises:
            DBAPIError: the database refused one; with SQLite it is the driver's own error.
        """
        names, constants = self._names, self._constants
        values = [
            tuple([row[name] if name in row else constants[name] for name in names]) for row in rows
        ]
        if self._on_file:
            return driver_connection(connection).executemany(self._sql, values).rowcount
        return connection.exec_driver_sql(self._sql, values).rowcount
