"""asyncpg, with the codec for jsonb that its manual shows."""

import asyncio
import json

import asyncpg

from common import run

loop = asyncio.new_event_loop()
connection = loop.run_until_complete(asyncpg.connect())
loop.run_until_complete(
    connection.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads))


def execute(call, parameters):
    statement = loop.run_until_complete(connection.prepare(call["sql"]))
    rows = loop.run_until_complete(statement.fetch(*parameters))
    return [column.name for column in statement.get_attributes()], [tuple(row) for row in rows]


run(execute, lambda value: value, lambda error: getattr(error, "sqlstate", None))
