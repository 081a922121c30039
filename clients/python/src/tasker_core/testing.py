"""For tests: run workflows without workers, move the clock, and make tasks in any state.

The clock and the test kit need a superuser, or the right to set ``tasker_core.fake_now`` and ``tasker_core.testkit``.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from .database import Database, JsonText
from .documents import Json, dumps
from .execution import execute, report_safely
from .handler import HandlerMissing, Handlers
from .metrics import Metrics
from .steps import Claim, Stop, trace_contexts


@dataclasses.dataclass(frozen=True)
class Drained:
    """A step that :func:`drain` has executed."""

    task_id: int
    step_name: str
    attempt: int
    #: ``completed``, ``failed``, ``released`` or ``abandoned``.
    outcome: str


class FakeClock:
    """Replaces the clock of the extension in all calls of a Database, until it is closed.

    ``with FakeClock(database, "2026-01-31T12:00:00Z") as clock: … clock.advance(60)``
    """

    SETTING = "tasker_core.fake_now"

    def __init__(self, database: Database, now: datetime.datetime | str) -> None:
        self._database = database
        self.set(now)

    def set(self, now: datetime.datetime | str) -> None:
        """Sets the time; a text is ISO 8601, with a zone. Raises ValueError without one."""
        if isinstance(now, str):
            now = datetime.datetime.fromisoformat(now.replace("Z", "+00:00"))
        if now.tzinfo is None:
            raise ValueError("the time needs a zone")
        self.now = now
        self._database.settings[self.SETTING] = now.isoformat()

    def advance(self, duration: float | datetime.timedelta) -> None:
        """Moves the clock forward, by seconds or a timedelta."""
        self.set(
            self.now + (duration if isinstance(duration, datetime.timedelta) else datetime.timedelta(seconds=duration))
        )

    def close(self) -> None:
        """Goes back to the real time."""
        self._database.settings.pop(self.SETTING, None)

    def __enter__(self) -> FakeClock:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def drain(
    database: Database,
    handlers: Handlers,
    *,
    task_id: int | None = None,
    clock: FakeClock | None = None,
    most: int = 10_000,
) -> list[Drained]:
    """Executes ready steps, one after another in this thread, until none is ready; returns them in their order.

    ``task_id``: only the steps of this task. With a ``clock``, which needs a ``task_id``, it also moves the clock to
    the next time for which the task waits, for example the end of a backoff. Raises :class:`HandlerMissing` if a step
    has no handler, RuntimeError after ``most`` steps, and :class:`~tasker_core.errors.DatabaseError`.
    """
    if clock is not None and task_id is None:
        raise ValueError("a clock needs a task_id")
    done: list[Drained] = []
    while True:
        rows = database.call("tasker_claim_steps", "drain", task_id=task_id)
        if not rows:
            # A claim without rows has perhaps done due work, which the next one finds.
            database.call("tasker_maintain")
            rows = database.call("tasker_claim_steps", "drain", task_id=task_id)
        if not rows:
            if clock is None or not _advance(database, clock, task_id):
                return done
            continue
        if len(done) >= most:
            raise RuntimeError(f"more than {most} steps were executed")
        claim = Claim.from_row(rows[0])
        try:
            handlers.find(claim)
        except HandlerMissing:
            database.call("tasker_release_step", claim.workflow_step_id, claim.claim_token)
            raise
        stop = Stop()
        trace = trace_contexts(database, [claim.task_id]).get(claim.task_id)
        outcome = execute(claim, database, handlers, stop, Metrics(), trace)
        outcome = report_safely(claim, outcome, database, stop)
        done.append(Drained(claim.task_id, claim.step_name, claim.attempt, outcome.kind))


def _advance(database: Database, clock: FakeClock, task_id: int | None) -> bool:
    """Moves the clock to the next time that counts for the task; returns whether there is one."""
    plan = database.call("tasker_plan_task", task_id)[0]
    steps = database.call("tasker_find_steps", task_id=task_id)
    times = [row["next_eligible_at"] for row in steps if row["next_eligible_at"] is not None]
    later = [time for time in times if time > clock.now]
    if later:
        clock.set(min(later))
        return True
    if plan["action"] == "reenqueue" and plan["reason"] == "awaiting_dependencies" and plan["delay"]:
        waits = [row for row in steps if row["blocking_reason"] == "waiting_for_time"]
        if waits:
            clock.advance(plan["delay"])
            return True
    return False


class TestKit:
    """Makes tasks of known shapes, in any state (docs/testkit.md)."""

    # It is no test, whatever pytest makes of its name.
    __test__ = False

    def __init__(self, database: Database) -> None:
        self._database = database

    def _value(self, function: str, *arguments: object, **named: object) -> Any:
        # Only these calls have the setting, not those that are under test.
        statement = self._database.statement(function, arguments, named)
        with self._database.connection() as connection, connection.transaction():
            connection.execute("SELECT pg_catalog.set_config('tasker_core.testkit', 'on', true)")
            rows = self._database.execute(statement, connection=connection)
        return next(iter(rows[0].values()))

    def task(self, pattern: str, context: Json = None, namespace: str = "testkit") -> int:
        """Creates a task of a pattern, for example ``diamond``, and returns its id."""
        return int(self._value("tasker_testkit_task", pattern, JsonText(dumps(context or {})), namespace))

    def set_step(
        self,
        workflow_step_id: int,
        state: str,
        *,
        attempts: int | None = None,
        age: float = 0,
        results: Json = None,
        backoff_request_seconds: int | None = None,
    ) -> None:
        """Gives a step a state and the history that leads to it, ``age`` seconds ago."""
        self._value(
            "tasker_testkit_set_step",
            workflow_step_id,
            state,
            attempts=attempts,
            age=datetime.timedelta(seconds=age),
            results=None if results is None else JsonText(dumps(results)),
            backoff_request_seconds=backoff_request_seconds,
        )

    def set_task(self, task_id: int, state: str, *, age: float = 0) -> None:
        """Gives a task a state and the history that leads to it, ``age`` seconds ago."""
        self._value("tasker_testkit_set_task", task_id, state, age=datetime.timedelta(seconds=age))
