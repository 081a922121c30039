"""What the tests share.

The server is that of PGHOST, PGPORT and PGDATABASE, with an installation in the schema "tasker".

PGUSER is a superuser; the role "app" owns the installation, and its search path does not find it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pathlib
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from typing import Any

import psycopg

from tasker_core import Client, Connection, Database, Handlers, Worker
from tasker_core.testing import FakeClock

SCHEMA = "tasker"
REPOSITORY = pathlib.Path(__file__).parents[3]
CONFORMANCE = REPOSITORY / "clients" / "conformance" / "cases.json"
TEMPLATES = REPOSITORY / "tests" / "fixtures" / "templates"


def installed(module: str) -> bool:
    """Whether an optional package is there."""
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def app_database(**options: Any) -> Database:
    """As the role of an application."""
    return Database("user=app", schema=SCHEMA, **options)


def superuser_database() -> Database:
    return Database("", schema=SCHEMA)


class LosingDatabase(Database):
    """Runs calls, and loses some of the answers with the connection."""

    answers_to_lose = 0

    def _run(self, connection: Connection, *rest: Any) -> list[dict[str, Any]]:
        rows = super()._run(connection, *rest)
        if self.answers_to_lose:
            self.answers_to_lose -= 1
            connection.close()
            raise psycopg.OperationalError("the connection was lost")
        return rows


def becomes(what: str, is_true: Callable[[], Any], seconds: float = 60) -> None:
    """Waits until something is true; fails after a minute."""
    until = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > until:
            raise AssertionError(f"{what} has not become true")
        time.sleep(0.02)


class ServerTest(unittest.TestCase):
    """A test with a database, a client, and a namespace of its own."""

    def setUp(self) -> None:
        self.database = app_database()
        self.addCleanup(self.database.close)
        self.client = Client(self.database)
        self.namespace = self.id().rpartition(".")[2]
        self.handlers = Handlers()

    def register(self, *steps: str | dict[str, Any], name: str = "order", **more: Any) -> None:
        """Registers a template; a text is a step without parents."""
        self.client.register_task(
            {
                "name": name,
                "namespace_name": self.namespace,
                "step_templates": [{"name": step} if isinstance(step, str) else step for step in steps],
                **more,
            }
        )

    def create(self, context: Any = None, name: str = "order", **more: Any) -> int:
        return self.client.create_task(name, context, namespace=self.namespace, **more).task_id

    def create_alone(self) -> int:
        """No other task is due: those that other tests have left are cancelled."""
        for task in self.client.find_tasks(active=True, max_rows=10_000):
            self.client.cancel_task(task.task_id)
        return self.create()

    def state(self, task_id: int) -> str:
        task = self.client.task(task_id)
        assert task is not None
        return task.current_state

    def step_states(self, task_id: int) -> dict[str, str]:
        return {step.step_name: step.current_state for step in self.client.find_steps(task_id=task_id)}

    def step_id(self, task_id: int, name: str) -> int:
        return self.client.find_steps(task_id=task_id, step_name=name)[0].workflow_step_id

    def history(self, step_id: int) -> list[str]:
        """The states of a step, in their order."""
        return [row["to_state"] for row in self.database.call("tasker_step_history", step_id)]

    @contextlib.contextmanager
    def clock(self, now: str = "2030-01-31T12:00:00Z") -> Iterator[tuple[Database, FakeClock]]:
        with superuser_database() as database, FakeClock(database, now) as clock:
            yield database, clock


@contextlib.contextmanager
def running(worker: Worker) -> Iterator[Worker]:
    """Runs a worker in a thread, and stops it."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            worker.run()
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join(60)
    if thread.is_alive():
        raise AssertionError("the worker does not stop")
    if errors:
        raise errors[0]


def superuser(statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    """Runs a statement as a superuser, with the installation in the search path."""
    with psycopg.connect("", autocommit=True, options=f"-c search_path={SCHEMA},public") as connection:
        cursor = connection.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


PYTHON_FOLDER = os.fspath(pathlib.Path(__file__).parents[1])
