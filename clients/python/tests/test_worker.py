"""The worker in this process: threads, leases, lost connections, pools."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import json
import logging
import os
import random
import threading
import time
import unittest
import uuid
from typing import Any

import psycopg

from tasker_core import (
    AccessDenied,
    Claim,
    ConnectionLost,
    Database,
    Filters,
    LeaseLost,
    Metrics,
    PermanentError,
    PostponeStep,
    RetryableError,
    Step,
    StepSequence,
    StepStopped,
    Task,
    Worker,
)
from tasker_core.execution import Outcome, report
from tasker_core.heartbeats import Heartbeats
from tasker_core.logs import JsonFormatter

from .support import SCHEMA, LosingDatabase, ServerTest, app_database, becomes, running, superuser

TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'"


class Counts(Metrics):
    """Counts calls."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, str]] = []
        self.reported_steps = 0
        self.claims: list[int] = []
        self.lost: list[str] = []
        self.reconnections = 0

    def claimed(self, steps: int, seconds: float) -> None:
        self.claims.append(steps)

    def step_ended(self, claim: Claim, outcome: str, seconds: float) -> None:
        self.ended.append((claim.step_name, outcome))

    def reported(self, steps: int, seconds: float) -> None:
        self.reported_steps += steps

    def lease_ended(self, claim: Claim, reason: str) -> None:
        self.lost.append(reason)

    def reconnected(self) -> None:
        self.reconnections += 1


class WorkerTest(ServerTest):
    """A worker in a thread."""

    def worker(self, **options: Any) -> Worker:
        return Worker(
            options.pop("database", self.database),
            self.handlers,
            filters=Filters(namespaces=[self.namespace]),
            **{"lease": 60, **options},
        )

    def test_threads_run_at_once(self) -> None:
        """Each of three handlers waits for the other two."""
        barrier = threading.Barrier(3, timeout=60)
        self.register("a", "b", "c")
        for name in "abc":
            self.handlers.register(name)(lambda *_: barrier.wait() >= 0)
        task = self.create()
        with running(self.worker(concurrency=3)):
            becomes("complete", lambda: self.state(task) == "complete")

    def test_filters(self) -> None:
        """Without filters, a worker claims the steps that its handlers can execute."""
        name = f"known_{self.namespace}"
        self.register(name, "unknown")
        self.handlers.register(name)(lambda *_: 1)
        task = self.create()
        with running(Worker(self.database, self.handlers)):
            becomes("complete", lambda: self.step_states(task)[name] == "complete")
        self.assertEqual(self.step_states(task)["unknown"], "pending")
        self.assertEqual(self.history(self.step_id(task, "unknown")), [])

    def test_a_stuck_handler_gives_up_its_thread(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)

        def process(task: Task, sequence: StepSequence, step: Step) -> Any:
            if step.attempt == 1:
                release.wait()
            return step.attempt

        for batch_size in (1, 5):
            with self.subTest(batch_size=batch_size):
                self.register({"name": "stuck", "timeout_seconds": 1}, name=f"order_{batch_size}")
                self.handlers = type(self.handlers)()
                self.handlers.register("stuck")(process)
                task = self.create(name=f"order_{batch_size}")
                worker = self.worker(grace=0.1, shutdown_timeout=1, batch_size=batch_size)
                with running(worker):
                    becomes("complete", functools.partial(self.all_complete, [task]))
                    self.assertEqual(worker.stuck, 1)
                self.assertEqual(self.client.step_results(task), {"stuck": 2})

    def test_too_many_stuck_handlers_end_the_worker(self) -> None:
        release = threading.Event()
        self.addCleanup(release.set)
        self.register({"name": "stuck", "timeout_seconds": 1, "default_retry_limit": 1})
        self.handlers.register("stuck")(lambda *_: release.wait())
        self.create()
        with self.assertRaisesRegex(RuntimeError, "have not returned"):
            self.worker(grace=0.1, shutdown_timeout=1, most_stuck=1).run(handle_signals=False)

    def test_sleep_and_callbacks_end_with_the_lease(self) -> None:
        reasons: list[str] = []

        def process(task: Task, sequence: StepSequence, step: Step) -> None:
            step.on_stop(reasons.append)
            self.client.cancel_task(task.task_id)
            try:
                step.sleep(600)
            except StepStopped as error:
                step.on_stop(reasons.append)
                reasons.append(f"raised {error.reason}")
                raise

        self.register("long")
        self.handlers.register("long")(process)
        task = self.create()
        counts = Counts()
        with running(self.worker(lease=1, metrics=counts)):
            becomes("stopped", lambda: counts.ended)
        self.assertEqual(sorted(reasons), ["cancelled", "cancelled", "raised cancelled"])
        self.assertEqual(counts.ended, [("long", "abandoned")])
        self.assertEqual(counts.lost, ["cancelled"])
        self.assertEqual(self.step_states(task), {"long": "cancelled"})

    def test_lost_connections(self) -> None:
        """All connections end while a handler runs: the worker reports on another one."""

        def process(task: Task, sequence: StepSequence, step: Step) -> int:
            superuser(TERMINATE)
            return step.attempt

        self.register("first", {"name": "second", "depends_on_step": "first"})
        self.handlers.register("first")(process)
        self.handlers.register("second")(process)
        for batch_size in (1, 4):
            with running(self.worker(concurrency=2, batch_size=batch_size)):
                tasks = [self.create() for _ in range(2)]
                becomes("complete", functools.partial(self.all_complete, tasks))
            for task in tasks:
                self.assertEqual(self.client.step_results(task), {"first": 1, "second": 1})

    def test_a_lost_claim(self) -> None:
        """The connection of a claim that waits ends: the worker claims on another one."""
        self.register("first")
        self.handlers.register("first")(lambda *_: 1)
        counts, name = Counts(), f"claims {self.namespace}"
        waiting = "SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND query LIKE %s AND state = 'active'"
        with running(self.worker(metrics=counts, name=name, wait=3600)):
            becomes("it waits", lambda: superuser(waiting, [f"%{name}%"]))
            superuser(TERMINATE)
            becomes("it has noticed", lambda: counts.reconnections)
            task = self.create()
            becomes("complete", functools.partial(self.all_complete, [task]))

    def all_complete(self, tasks: list[int]) -> bool:
        try:
            return all(self.state(task) == "complete" for task in tasks)
        except ConnectionLost:
            return False

    def has_failed(self, task: int) -> bool:
        return self.state(task) == "error"

    def test_an_answer_that_is_lost(self) -> None:
        """The database completes the step, and the answer does not arrive: the repeated call changes nothing."""
        self.register("one", "two", "three")
        task = self.create()
        claims = [
            Claim.from_row(row)
            for row in self.database.call("tasker_claim_steps", "w", max_rows=3, namespaces=[self.namespace])
        ]
        losing = LosingDatabase("user=app", schema=SCHEMA)
        self.addCleanup(losing.close)
        losing.extension_schema()
        outcomes = {
            "one": Outcome("completed", results='{"paid": true}'),
            "two": Outcome("failed", error='{"message": "no"}'),
            "three": Outcome("released", reason="later"),
        }
        for claim in claims:
            losing.answers_to_lose = 1
            repeated = report(claim, outcomes[claim.step_name], losing)
            self.assertEqual(losing.answers_to_lose, 0)
            self.assertEqual(repeated, claim.step_name != "three")
        self.assertEqual(self.step_states(task), {"one": "complete", "two": "error", "three": "pending"})
        self.assertEqual(len(self.history(self.step_id(task, "one"))), 2)
        self.assertEqual(self.client.step_results(task)["one"], {"paid": True})

    def test_no_endless_repetition(self) -> None:
        nowhere = Database("host=/nonexistent", reconnect_for=0.2)
        with self.assertRaises(ConnectionLost):
            nowhere.call("tasker_maintain", repeat=True)

    def test_a_deadlock_passes(self) -> None:
        """A completion that PostgreSQL ends with 40P01 or 55P03 is repeated, and does not become a failure."""
        self.register("one")
        task = self.create()
        claim = Claim.from_row(self.database.call("tasker_claim_steps", "w", namespaces=[self.namespace])[0])
        with psycopg.connect("user=app", options=f"-c search_path={SCHEMA}") as connection:
            connection.execute("SELECT FROM tasker_workflow_steps WHERE task_id = %s FOR UPDATE", [task])
            impatient = app_database(reconnect_for=60)
            self.addCleanup(impatient.close)
            impatient.settings["lock_timeout"] = "10ms"
            thread = threading.Thread(target=report, args=[claim, Outcome("completed", results="1"), impatient])
            thread.start()
            thread.join(0.5)
            self.assertTrue(thread.is_alive())
        thread.join(60)
        self.assertEqual(self.step_states(task), {"one": "complete"})

    def test_a_limit_for_statements(self) -> None:
        """A claim waits longer than the limit that its role has for statements."""
        limited = Database("user=app options='-c statement_timeout=300'", schema=SCHEMA)
        self.addCleanup(limited.close)
        name = f"limited {self.namespace}"
        waits = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE %s AND state = 'active' AND usename = 'app'"
            " AND clock_timestamp() - query_start > '1 s'"
        )
        with running(self.worker(database=limited, name=name)):
            becomes("it waits", lambda: superuser(waits, [f"%{name}%"]) == [(1,)])

    def test_errors_that_cannot_be_described(self) -> None:
        """Hooks, errors and callbacks that fail end neither the threads nor the heartbeats."""

        class Odd(Exception):
            def __str__(self) -> str:
                raise ValueError("no text")

        class Wrong(Metrics):
            def step_ended(self, claim: Claim, outcome: str, seconds: float) -> None:
                raise ValueError("no metrics")

            def lease_ended(self, claim: Claim, reason: str) -> None:
                raise ValueError("no metrics")

        def process(task: Task, sequence: StepSequence, step: Step) -> Any:
            if step.name == "odd":
                raise Odd
            if step.name == "infinite":
                raise RetryableError("never", retry_after=float("inf"))
            if step.name == "cancelled":
                step.on_stop(lambda reason: step.report_progress(reason))
                self.client.cancel_step(step.workflow_step_id)
                becomes("stopped", lambda: step.is_stopped)
            if step.name == "long":
                becomes("heartbeats go on", lambda: self.lease(step.workflow_step_id).get("heartbeat_at"))
            return step.name

        names = ["odd", "infinite", "cancelled", "long"]
        self.register(*[{"name": name, "default_retry_limit": 1} for name in names])
        for name in names:
            self.handlers.register(name)(process)
        task = self.create()
        with running(self.worker(lease=1, metrics=Wrong())):
            becomes("all have ended", lambda: self.step_states(task).get("long") == "complete")
        states = {"odd": "error", "infinite": "error", "cancelled": "cancelled", "long": "complete"}
        self.assertEqual(self.step_states(task), states)

    def test_a_short_lease_after_a_long_one(self) -> None:
        """Heartbeats come in time, whichever lease the thread sleeps for, and if that one is gone by then."""
        beats: list[uuid.UUID] = []

        class Remembers(Database):
            def call(self, function: str, *arguments: Any, **named: Any) -> list[dict[str, Any]]:
                now = datetime.datetime.now(datetime.timezone.utc)
                until = now + datetime.timedelta(hours=1)
                beats.extend(arguments[0])
                return [
                    {"claim_token": token, "status": "held", "lease_until": until, "server_time": now}
                    for token in arguments[0]
                ]

        self.register("a")
        self.create()
        row = self.database.call("tasker_claim_steps", "w", namespaces=[self.namespace])[0]

        def lease(seconds: float) -> Claim:
            until = row["server_time"] + datetime.timedelta(seconds=seconds)
            return dataclasses.replace(Claim.from_row(row), claim_token=uuid.uuid4(), lease_until=until)

        with Heartbeats(Remembers()) as heartbeats:
            first, short, gone, later = lease(3600), lease(0.2), lease(0.4), lease(1)
            heartbeats.add(first)
            time.sleep(0.2)
            heartbeats.add(short)
            becomes("the short one", lambda: short.claim_token in beats)
            time.sleep(0.2)
            heartbeats.add(gone)
            heartbeats.remove(gone)
            heartbeats.add(later)
            becomes("the later one", lambda: later.claim_token in beats)
        self.assertEqual(beats, [short.claim_token, later.claim_token])

    def lease(self, step_id: int) -> dict[str, Any]:
        return dict(self.client.explain_step(step_id)["lease"])

    def test_a_wait_that_is_not_valid(self) -> None:
        """The database refuses the release: the step has failed, and is not silent until its lease expires."""
        self.register({"name": "early", "default_retry_limit": 1})

        @self.handlers.register("early")
        def early(*_: Any) -> None:
            raise PostponeStep(run_after=-1)

        task = self.create()
        with running(self.worker()):
            becomes("the task ends", lambda: self.state(task) == "error")
        self.assertEqual(self.client.step_results(task)["early"]["error_class"], "InvalidArgument")

    def test_many_shutdowns(self) -> None:
        """Workers that stop at any moment leave no step behind: each runs once, and no lease has to expire."""
        self.register("first", {"name": "second", "depends_on_step": "first"})
        runs: list[int] = []
        for name in ("first", "second"):
            self.handlers.register(name)(lambda task, sequence, step: runs.append(step.workflow_step_id))
        tasks = [self.create() for _ in range(60)]
        number = 0
        while not self.all_complete(tasks):
            batch_size, concurrency = (1, 2, 10)[number % 3], (1, 4)[number % 2]
            worker = self.worker(batch_size=batch_size, concurrency=concurrency, lease=3600, name=str(number))
            number += 1
            with running(worker):
                threading.Event().wait(random.uniform(0, 0.2))
        self.assertEqual((len(runs), len(set(runs))), (120, 120))
        steps = self.client.find_steps(namespace=self.namespace, max_rows=1000)
        self.assertEqual([(step.current_state, step.attempts) for step in steps], [("complete", 1)] * 120)

    def test_a_worker_runs_once(self) -> None:
        worker = self.worker()
        worker.stop()
        worker.run(handle_signals=False)
        with self.assertRaises(RuntimeError):
            worker.run(handle_signals=False)

    def test_a_late_worker_changes_nothing(self) -> None:
        self.register("long")
        task = self.create()
        row = self.database.call("tasker_claim_steps", "w", namespaces=[self.namespace])[0]
        late = Claim.from_row(row)
        self.database.call("tasker_release_step", late.workflow_step_id, late.claim_token)
        self.database.call("tasker_claim_steps", "other", namespaces=[self.namespace])
        with self.assertRaises(LeaseLost):
            report(late, Outcome("completed", results="1"), self.database)
        self.assertEqual(self.step_states(task), {"long": "in_progress"})

    def test_results_that_cannot_be_written(self) -> None:
        self.register({"name": "odd", "default_retry_limit": 1}, {"name": "nan", "default_retry_limit": 1})
        self.handlers.register("odd")(lambda *_: object())
        self.handlers.register("nan")(lambda *_: float("nan"))
        task = self.create()
        with running(self.worker()):
            becomes("the task ends", lambda: self.state(task) == "error")
        results = self.client.step_results(task)
        self.assertEqual((results["odd"]["error_class"], results["nan"]["error_class"]), ("TypeError", "ValueError"))

    def test_results_that_the_database_refuses(self) -> None:
        """A check of the application refuses the results: the step fails, and the worker goes on."""
        superuser(
            "ALTER TABLE tasker_workflow_steps ADD CONSTRAINT no_secrets CHECK (NOT results @> '{\"secret\": true}')"
        )
        self.addCleanup(superuser, "ALTER TABLE tasker.tasker_workflow_steps DROP CONSTRAINT no_secrets")
        self.register({"name": "bad", "default_retry_limit": 1}, {"name": "good", "depends_on_step": "first"}, "first")
        self.handlers.register("bad")(lambda *_: {"secret": True})
        self.handlers.register("first")(lambda *_: 1)
        self.handlers.register("good")(lambda *_: 2)
        for batch_size in (1, 10):
            with self.subTest(batch_size=batch_size):
                task = self.create()
                with running(self.worker(batch_size=batch_size)):
                    becomes("the task ends", functools.partial(self.has_failed, task))
                self.assertEqual(self.step_states(task), {"bad": "error", "good": "complete", "first": "complete"})
                self.assertEqual(self.client.dead_letters(namespace=self.namespace)[-1].error_class, "DatabaseError")

    def test_exits_of_handlers(self) -> None:
        """SystemExit in a handler fails the step, and not the worker."""

        def process(task: Task, sequence: StepSequence, step: Step) -> None:
            raise SystemExit(3)

        self.register({"name": "exits", "default_retry_limit": 1})
        self.handlers.register("exits")(process)
        task = self.create()
        with running(self.worker()):
            becomes("the task ends", lambda: self.state(task) == "error")
        self.assertEqual(self.client.step_results(task)["exits"]["error_class"], "SystemExit")

    def test_a_role_without_rights(self) -> None:
        superuser("DROP ROLE IF EXISTS guest")
        superuser("CREATE ROLE guest LOGIN")
        with Database("user=guest", schema="public") as database, self.assertRaises(Exception) as caught:
            self.worker(database=database).run(handle_signals=False)
        self.assertEqual(getattr(caught.exception, "sqlstate", None), "42P01")
        superuser("GRANT USAGE ON SCHEMA tasker TO guest")
        self.addCleanup(superuser, "DROP OWNED BY guest")
        with Database("user=guest", schema=SCHEMA) as database, self.assertRaises(AccessDenied):
            self.worker(database=database).run(handle_signals=False)

    def test_metrics_and_logs(self) -> None:
        self.register("good", {"name": "bad", "default_retry_limit": 1})
        self.handlers.register("good")(lambda *_: 1)

        @self.handlers.register("bad")
        def bad(*_: Any) -> None:
            raise PermanentError("no")

        task = self.create()
        counts = Counts()
        logger = logging.getLogger("tasker_core.worker")
        lines: list[dict[str, Any]] = []
        handler = logging.Handler()
        formatter = JsonFormatter()
        handler.emit = lambda record: lines.append(json.loads(formatter.format(record)))  # type: ignore[method-assign]
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        self.addCleanup(logger.removeHandler, handler)
        self.addCleanup(logger.setLevel, logging.NOTSET)
        self.addCleanup(setattr, logger, "propagate", True)
        with running(self.worker(metrics=counts)):
            becomes("the task ends", lambda: self.state(task) == "error")
        self.assertEqual(sorted(counts.ended), [("bad", "failed"), ("good", "completed")])
        self.assertEqual((counts.reported_steps, sum(counts.claims)), (2, 2))
        ended = [line for line in lines if line.get("outcome") == "completed"]
        self.assertEqual((ended[0]["task_id"], ended[0]["step_name"], ended[0]["attempt"]), (task, "good", 1))
        self.assertIn("PermanentError", next(line["exception"] for line in lines if "exception" in line))

    def test_transactions_hold_no_state(self) -> None:
        """Neither the search path nor a setting of a call stays in the session."""
        before = superuser("SHOW search_path")
        with app_database() as database:
            database.settings["tasker_core.default_lease"] = "7s"
            row = database.call("tasker_claim_steps", "w", namespaces=["nowhere"])
            self.assertEqual(row, [])
            with database.connection() as connection:
                path = connection.execute("SHOW search_path").fetchone()
                lease = connection.execute("SHOW tasker_core.default_lease").fetchone()
                prepared = connection.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
        self.assertEqual((path, lease, prepared), (('"$user", public',), ("5min",), (0,)))
        self.assertEqual(before, [("tasker,public",)])

    @unittest.skipUnless("BOUNCER_PORT" in os.environ, "PgBouncer is not installed")
    def test_behind_pgbouncer(self) -> None:
        """In transaction mode: long poll, heartbeats, batches, and a shutdown that cancels a waiting claim."""
        self.register("first", {"name": "second", "depends_on_step": "first"})
        held = threading.Event()

        def process(task: Task, sequence: StepSequence, step: Step) -> int:
            if step.name == "first":
                held.wait(2)
            return step.attempt

        self.handlers.register("first")(process)
        self.handlers.register("second")(process)
        pooled = Database(f"port={os.environ['BOUNCER_PORT']} user=app", schema=SCHEMA)
        self.addCleanup(pooled.close)
        with (
            running(self.worker(database=pooled, lease=1, concurrency=2)),
            running(self.worker(database=pooled, lease=1, batch_size=4)),
        ):
            tasks = [self.create() for _ in range(6)]
            becomes("complete", lambda: all(self.state(task) == "complete" for task in tasks))
        for task in tasks:
            self.assertEqual(self.client.step_results(task), {"first": 1, "second": 1})
