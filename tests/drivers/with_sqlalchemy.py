"""SQLAlchemy 2 with text(); the second argument is the driver below it: psycopg or asyncpg."""

import asyncio
import json
import sys

from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine

from common import by_name, renamed, run

driver = sys.argv[2]
url = f"postgresql+{driver}://"


def ask(connection, call, parameters):
    statement = text(renamed(call["sql"], ":p%s")).columns(**{column: JSONB for column in call["json_columns"]})
    result = connection.execute(statement, by_name(parameters))
    return list(result.keys()), [tuple(row) for row in result]


if driver == "asyncpg":
    loop = asyncio.new_event_loop()
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    connection = loop.run_until_complete(engine.connect())

    def execute(call, parameters):
        return loop.run_until_complete(connection.run_sync(ask, call, parameters))
else:
    connection = create_engine(url, isolation_level="AUTOCOMMIT").connect()

    def execute(call, parameters):
        return ask(connection, call, parameters)


run(execute, json.dumps, lambda error: getattr(getattr(error, "orig", None), "sqlstate", None))
