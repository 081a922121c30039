"""SQLAlchemy reads a view as a table, and functions as tables: the code of docs/finding.md, over psycopg and asyncpg, which see the types
that SQLAlchemy writes into its statements."""

import asyncio
import pathlib
import sys

from sqlalchemy import MetaData, Table, bindparam, cast, create_engine, func, null, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Session

code = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").replace("session.execute(", "answer(")
template = {"name": "order", "step_templates": [{"name": "charge"}, {"name": "mail"}]}


def table(function, *columns):
    return select(function.table_valued(*columns))


def ask(connection, driver):
    with Session(connection) as session:
        answers = []
        session.execute(table(func.tasker_register_task(bindparam("template", template, type_=JSONB)), "created")).one()
        task = session.scalar(table(func.tasker_create_task("order", cast({"cart": 7}, JSONB)), "task_id"))
        shown = {"Table": Table, "metadata": MetaData(), "engine": connection, "select": select,
                 "func": func, "text": text, "answer": lambda statement: answers.append(session.execute(statement).all())}
        # 14 has no views.
        has_views = connection.dialect.server_version_info[0] >= 15
        exec(code if has_views else "\n".join(line for line in code.splitlines() if "steps" not in line), shown)
        if not has_views:
            print(f"skipped SQLAlchemy over {driver}: 14 has no views")
            answers.insert(0, [])
        claimed = session.execute(table(func.tasker_claim_steps("worker", 2, null(), task), "workflow_step_id", "claim_token")).all()
        steps, tokens = zip(*claimed)
        held = session.execute(table(func.tasker_heartbeat(list(tokens)), "status")).scalars().all()
        ended = session.execute(table(func.tasker_complete_steps(list(steps), list(tokens)), "state")).scalars().all()
        found = session.execute(table(func.tasker_find_tasks(null(), ["complete"]), "task_id")).scalars().all()
        right = answers[0] == [] and (task, "pending") in answers[1] and held == ["held"] * 2 and ended == ["complete"] * 2 and task in found
        if not right:
            raise SystemExit(f"not ok SQLAlchemy over {driver}: {answers} {held} {ended} {found}")
        print(f"ok SQLAlchemy over {driver} reads {'views and ' if has_views else ''}functions as tables")
        session.commit()


with create_engine("postgresql+psycopg://").connect() as connection:
    ask(connection, "psycopg")


async def main():
    async with create_async_engine("postgresql+asyncpg://").connect() as connection:
        await connection.run_sync(ask, "asyncpg")


asyncio.run(main())
