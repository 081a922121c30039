"""psycopg 3. The second argument chooses how: "text" (the default), "binary" results, or "client": parameters in the text."""

import sys

import psycopg
from psycopg.types.json import Jsonb

from common import by_name, renamed, run

mode = sys.argv[2] if len(sys.argv) > 2 else "text"
connection = psycopg.connect(autocommit=True, cursor_factory=psycopg.ClientCursor if mode == "client" else psycopg.Cursor)


def execute(call, parameters):
    cursor = connection.cursor(binary=mode == "binary")
    cursor.execute(renamed(call["sql"], "%%(p%s)s"), by_name(parameters))
    return [column.name for column in cursor.description], cursor.fetchall()


run(execute, Jsonb, lambda error: getattr(error, "sqlstate", None))
