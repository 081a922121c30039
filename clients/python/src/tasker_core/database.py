"""Calls of the extension's functions: one statement, one transaction, no state of the session."""

from __future__ import annotations

import contextlib
import datetime
import logging
import random
import select
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.string import TextLoader

from . import documents
from .errors import ConnectionLost, Refused, is_connection_loss, passes, translate

logger = logging.getLogger("tasker_core.database")

# Seconds, and a number of messages.
_KEEPALIVES: dict[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

Row = dict[str, Any]
Connection = psycopg.Connection[Any]


class JsonText:
    """JSON that is written already."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonText) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)


# A part of a statement: its text, or what psycopg makes a text of, which takes ten times as long.
_Part = str | sql.Composable


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    # Read alike whatever standard_conforming_strings is.
    return " E'" + doubled.replace("\\", "\\\\") + "'" if "\\" in doubled else f"'{doubled}'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _scalar(value: object) -> _Part:
    kind = type(value)
    # psycopg refuses U+0000 with its own error; PostgreSQL would see the end of the statement.
    if isinstance(value, str) and kind is str and "\0" not in value:
        return _quoted(value)
    if kind is int:
        return f" {value}"
    if kind is bool:
        return "true" if value else "false"
    if kind is uuid.UUID:
        return f"'{value}'::uuid"
    return "NULL" if value is None else sql.Literal(value)


def _listed(elements: Iterable[Sequence[_Part]]) -> list[_Part]:
    """Elements with commas between them."""
    parts: list[_Part] = []
    for element in elements:
        if parts:
            parts.append(", ")
        parts += element
    return parts


def _joined(parts: Sequence[_Part]) -> sql.SQL | sql.Composed:
    """Parts as one statement."""
    texts = [part for part in parts if isinstance(part, str)]
    if len(texts) == len(parts):
        return sql.SQL("".join(texts))
    return sql.Composed([sql.SQL(part) if isinstance(part, str) else part for part in parts])


def _literal(value: object) -> list[_Part]:
    """A value as an argument of a function.

    Dicts become ``jsonb``; lists of texts, numbers, UUIDs and :class:`JsonText` become arrays. Wrap JSON that is no
    object in :class:`JsonText`.
    """
    if isinstance(value, Mapping):
        value = JsonText(documents.dumps(value))
    if isinstance(value, JsonText):
        return [_scalar(value.text), "::jsonb"]
    if isinstance(value, (list, tuple)):
        kinds = {bool: "boolean", int: "bigint", str: "text", uuid.UUID: "uuid", JsonText: "jsonb"}
        kind = kinds[next((type(element) for element in value if element is not None), str)]
        elements = [[_scalar(element.text if isinstance(element, JsonText) else element)] for element in value]
        return ["ARRAY[", *_listed(elements), f"]::{kind}[]"]
    if isinstance(value, datetime.timedelta):
        # An interval of the PostgreSQL style is read alike with every IntervalStyle.
        return [f"'{value.total_seconds():f} seconds'::interval"]
    return [_scalar(value)]


class Database:
    """A database with an installation of tasker_core, and the connections to it.

    ``conninfo`` is a connection string of libpq, or a function that returns a new connection. ``schema`` names the
    installation; without it, the search path of the role decides. ``reconnect_for`` is for how many seconds a call that
    can be repeated tries again after its connection broke.

    Threads may share a Database: each call takes a connection of its own, and gives it back. Each call is one
    transaction, and depends on nothing that an earlier call left in the session. So PgBouncer in transaction mode
    works.

    The calls raise subclasses of :class:`~tasker_core.errors.DatabaseError`.
    """

    def __init__(
        self,
        conninfo: str | Callable[[], Connection] = "",
        *,
        schema: str | None = None,
        application_name: str = "tasker_core",
        reconnect_for: float = 300,
    ) -> None:
        self._conninfo = conninfo
        self._application_name = application_name
        self.schema = schema
        self.reconnect_for = reconnect_for
        #: Settings of PostgreSQL that hold during each call, for example of a test's clock.
        self.settings: dict[str, str] = {}
        self._extension_schema: str | None = None
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    def _connect(self) -> Connection:
        if callable(self._conninfo):
            connection = self._conninfo()
            connection.autocommit = True
        else:
            connection = psycopg.connect(
                self._conninfo,
                autocommit=True,
                prepare_threshold=None,
                fallback_application_name=self._application_name,
            )
        connection.prepare_threshold = None
        return connection

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection that no other thread uses meanwhile, in autocommit mode. Raises :class:`ConnectionLost`."""
        with self._lock:
            if self._closed:
                raise ConnectionLost("the Database is closed")
            connection = self._idle.pop() if self._idle else None
        if connection is not None and not _is_alive(connection):
            connection.close()
            self._forget_idle()
            connection = None
        if connection is None:
            try:
                connection = self._connect()
            except psycopg.Error as error:
                raise translate(error) from error
        try:
            yield connection
        finally:
            idle = connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
            with self._lock:
                keep = idle and not connection.closed and not self._closed
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    def close(self) -> None:
        """Closes all connections. Later calls raise :class:`ConnectionLost`."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(
        self, connection: Connection, statement: sql.SQL | sql.Composed, more_settings: Mapping[str, str] | None = None
    ) -> list[Row]:
        """Sends the settings and the statement as one message, which is one transaction."""
        settings: list[list[_Part]] = [
            ["pg_catalog.set_config(", _scalar(name), ", ", _scalar(value), ", true)"]
            for name, value in {**self.settings, **(more_settings or {})}.items()
        ]
        if self.schema is not None:
            path = _scalar(_identifier(self.schema) + ", ")
            current = "pg_catalog.current_setting('search_path')"
            settings.append(["pg_catalog.set_config('search_path', ", path, f" || {current}, true)"])
        if settings:
            statement = sql.Composed([_joined(["SELECT ", *_listed(settings), "; "]), statement])
        # Parameters stand in the text: nothing is prepared on the server, and several statements can be one message.
        cursor: psycopg.ClientCursor[Row] = psycopg.ClientCursor(connection, row_factory=dict_row)
        with cursor:
            cursor.adapters.register_loader("jsonb", TextLoader)
            cursor.execute(statement)
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.pgresult is not None and cursor.pgresult.nfields else []

    def execute(
        self,
        statement: str | sql.SQL | sql.Composed,
        *,
        connection: Connection | None = None,
        repeat: bool = False,
        give_up: threading.Event | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> list[Row]:
        """Runs one statement and returns its rows; ``jsonb`` columns are texts.

        ``settings`` hold during the statement, as those of the Database do.

        With ``repeat``, the statement is repeated after its connection broke, or after a failure that passes, such as a
        deadlock: for ``reconnect_for`` seconds or until ``give_up`` is set.
        """
        if isinstance(statement, str):
            statement = sql.SQL(statement)
        until = time.monotonic() + self.reconnect_for
        pause = 0.05
        while True:
            used: Connection | None = connection
            try:
                if connection is not None:
                    return self._run(connection, statement, settings)
                with self.connection() as used:
                    return self._run(used, statement, settings)
            except psycopg.Error as error:
                failure, lost = translate(error), is_connection_loss(error, used)
                if connection is None and lost:
                    self._forget_idle()
                if not (repeat and connection is None and (lost or passes(failure))):
                    raise failure from error
                cause: Exception = error
            except ConnectionLost as error:
                if not repeat or self._closed:
                    raise
                failure, cause = error, error
            if time.monotonic() >= until or (give_up is not None and give_up.is_set()):
                raise failure from cause
            logger.warning("a call is repeated: %s", failure.message)
            time.sleep(pause * random.uniform(0.5, 1))
            pause = min(pause * 2, 5)

    def _forget_idle(self) -> None:
        """Closes the idle connections: a server that ended one has mostly ended all."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def extension_schema(self, connection: Connection | None = None) -> str:
        """The schema of the extension. Raises :class:`Refused` if the database has none."""
        if self._extension_schema is None:
            rows = self.execute(
                "SELECT nspname FROM pg_catalog.pg_extension"
                " JOIN pg_catalog.pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'tasker_core'",
                connection=connection,
                repeat=connection is None,
            )
            if not rows:
                raise Refused("the database has no extension tasker_core", hint="Run CREATE EXTENSION tasker_core.")
            self._extension_schema = str(rows[0]["nspname"])
        return self._extension_schema

    def statement(
        self,
        function: str,
        arguments: Sequence[object],
        named: Mapping[str, object],
        connection: Connection | None = None,
    ) -> sql.SQL | sql.Composed:
        """The call of a function of the extension; named arguments that are None are left out."""
        places = [_literal(value) for value in arguments]
        places += [[f"{_identifier(name)} => ", *_literal(value)] for name, value in named.items() if value is not None]
        name = f"{_identifier(self.extension_schema(connection))}.{_identifier(function)}"
        call = [f"{name}(", *_listed(places), ") AS called"]
        return _joined(["SELECT called.*, pg_catalog.clock_timestamp() AS server_time FROM ", *call])

    def call(
        self,
        function: str,
        *arguments: object,
        connection: Connection | None = None,
        repeat: bool = False,
        give_up: threading.Event | None = None,
        **named: Any,
    ) -> list[Row]:
        """Calls a function of the extension and returns its rows.

        ``connection``: runs in the transaction of this connection. The search path of the transaction is as before
        afterwards. ``repeat`` and ``give_up`` are those of :meth:`execute`.
        """
        statement = self.statement(function, arguments, named, connection)
        if connection is None:
            return self.execute(statement, repeat=repeat, give_up=give_up)
        with _settings_restored(connection, self.settings, self.schema):
            return self.execute(statement, connection=connection)

    def value(self, function: str, *arguments: object, connection: Connection | None = None, **named: Any) -> Any:
        """The first column of the first row of :meth:`call`."""
        return next(iter(self.call(function, *arguments, connection=connection, **named)[0].values()))


def _is_alive(connection: Connection) -> bool:
    """Whether an idle connection can be used.

    If the server has something to say although nothing was asked, it has mostly ended the session. A new connection
    costs less than a call that is lost.
    """
    if connection.closed:
        return False
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return not poll.poll(0)


@contextlib.contextmanager
def _settings_restored(connection: Connection, settings: Mapping[str, str], schema: str | None) -> Iterator[None]:
    """Restores the settings that a call changes, if the caller's transaction goes on."""
    names = [*settings, *(["search_path"] if schema is not None else [])]
    before: dict[str, str | None] = {}
    if names:
        with psycopg.ClientCursor(connection) as cursor:
            for name in names:
                row = cursor.execute("SELECT pg_catalog.current_setting(%s, true)", [name]).fetchone()
                before[name] = row[0] if row else None
    yield
    for name, value in before.items():
        with psycopg.ClientCursor(connection) as cursor:
            cursor.execute("SELECT pg_catalog.set_config(%s, %s, true)", [name, value or ""])
