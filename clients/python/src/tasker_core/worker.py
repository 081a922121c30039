"""A worker: claims steps, runs their handlers, and reports how they ended."""

from __future__ import annotations

import dataclasses
import datetime
import logging
import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import sql

from . import tracing
from .completions import Completions
from .database import Connection, Database, JsonText
from .documents import dumps
from .errors import ConnectionLost, DatabaseError, is_connection_loss, passes
from .execution import SHUTDOWN, Outcome, execute, report_safely
from .handler import Handlers
from .heartbeats import Heartbeats
from .metrics import Metrics
from .steps import Claim, Stop, trace_contexts

logger = logging.getLogger("tasker_core.worker")


@dataclasses.dataclass(frozen=True)
class Filters:
    """Which steps a worker claims: those that match every filter that is not None."""

    namespaces: Sequence[str] | None = None
    task_names: Sequence[str] | None = None
    version: str | None = None
    step_names: Sequence[str] | None = None
    dependent_systems: Sequence[str] | None = None
    #: What is left out: lists of ``namespaces``, ``task_names``, ``step_names`` or ``dependent_systems``.
    exclude: dict[str, Sequence[str]] | None = None

    def arguments(self) -> dict[str, object]:
        """The arguments of ``tasker_claim_steps()``."""
        found: dict[str, object] = {
            field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "exclude"
        }
        found = {name: list(value) if isinstance(value, (list, tuple, set)) else value for name, value in found.items()}
        if self.exclude is not None:
            found["exclude"] = JsonText(dumps(self.exclude))
        return found


def default_name() -> str:
    """A name that tells the machine and the process."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Worker:
    """Executes steps until it is stopped.

    - ``name``: what the database stores as the worker of a lease; the machine and the process by default.
    - ``concurrency``: how many handlers run at once, each in a thread.
    - ``batch_size``: how many steps a claim returns when a thread is free. Above 1, finished steps are completed
      together, at the latest ``batch_delay`` seconds after the first of them has ended.
    - ``filters``: which steps to claim. Without filters, and if all handlers are registered by the names of steps, the
      steps of these names.
    - ``lease``: seconds; the setting of the database by default. ``wait``: how many seconds a claim waits for work.
    - ``shutdown_timeout``: how many seconds running handlers have to end after :meth:`stop`.
    - ``grace``: how many seconds a handler has to return after its lease has ended. Then the worker starts another
      thread in its place; after ``most_stuck`` such handlers, it stops.
    - ``metrics``: hooks for figures.
    - ``tracing``: whether to read the trace context of each task; by default, whether the program has set up
      OpenTelemetry.
    """

    def __init__(
        self,
        database: Database,
        handlers: Handlers,
        *,
        name: str | None = None,
        concurrency: int = 1,
        batch_size: int = 1,
        batch_delay: float = 0.2,
        filters: Filters | None = None,
        lease: float | None = None,
        wait: float = 30,
        shutdown_timeout: float = 60,
        grace: float = 10,
        most_stuck: int = 10,
        metrics: Metrics | None = None,
        tracing: bool | None = None,
    ) -> None:
        if concurrency < 1 or batch_size < 1:
            raise ValueError("concurrency and batch_size must be at least 1")
        self.name = name or default_name()
        self._database = database
        self._handlers = handlers
        self._concurrency = concurrency
        self._batch_size = batch_size
        self._batch_delay = batch_delay
        self._filters = filters
        self._lease = None if lease is None else datetime.timedelta(seconds=lease)
        self._wait = wait
        self._shutdown_timeout = shutdown_timeout
        self._grace = grace
        self._most_stuck = most_stuck
        self._metrics = metrics or Metrics()
        self._tracing = tracing
        #: Handlers whose lease has ended and that have not returned.
        self.stuck = 0
        # Claimed steps that wait for a thread; None ends a thread.
        self._waiting: queue.SimpleQueue[tuple[Claim, Stop, dict[str, str] | None] | None] = queue.SimpleQueue()
        # What the main thread is to do. put() may be called in a signal handler.
        self._wakeups: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._changed = threading.Condition()
        # Steps that are claimed and not finished: they wait for a thread or run.
        self._unfinished = 0
        self._running: dict[int, Claim] = {}
        self._replaced: set[int] = set()
        self._has_run = False
        self._stopping = False
        self._claiming: Connection | None = None
        self._last_claim: tuple[int, dict[str, object], sql.SQL | sql.Composed] | None = None
        self._give_up = threading.Event()
        self._error: BaseException | None = None

    def stop(self) -> None:
        """Begins the shutdown, from any thread or signal handler.

        The worker claims nothing more, releases the steps that it has not begun, and finishes those that it has.
        """
        self._wakeups.put("stop")

    def run(self, *, handle_signals: bool = True) -> None:
        """Works until :meth:`stop` or, in the main thread, SIGTERM or SIGINT; then returns after the shutdown.

        A lost connection is made again. Raises :class:`~tasker_core.errors.DatabaseError` if a claim is refused, for
        example without privileges, and RuntimeError after ``most_stuck`` handlers that did not return.
        """
        if self._has_run:
            raise RuntimeError("a Worker runs once: make another one")
        self._has_run = True
        before: dict[signal.Signals, Any] = {}
        if handle_signals and threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                before[number] = signal.signal(number, lambda *_: self._wakeups.put("stop"))
        use_tracing = tracing.enabled() if self._tracing is None else self._tracing
        self._heartbeats = Heartbeats(self._database, self._lease_ended)
        self._completions = Completions(
            self._database,
            self._heartbeats,
            self._metrics,
            most=self._batch_size,
            delay=self._batch_delay,
            is_idle=self._waiting.empty,
            give_up=self._give_up,
        )
        for _ in range(self._concurrency):
            self._start_thread()
        claimer = threading.Thread(
            target=self._claim_until_stopped, args=[use_tracing], name="tasker claims", daemon=True
        )
        claimer.start()
        logger.info("worker %s has started", self.name, extra={"tasker": {"worker": self.name}})
        try:
            while self._wakeups.get() not in ("stop", "ended"):
                pass
        finally:
            if signal.SIGINT in before:
                # A second Ctrl-C ends the process at once.
                signal.signal(signal.SIGINT, before[signal.SIGINT])
            self._shut_down(claimer)
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._error is not None:
            raise self._error

    def _shut_down(self, claimer: threading.Thread) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        deadline = time.monotonic() + self._shutdown_timeout
        logger.info("worker %s stops", self.name, extra={"tasker": {"worker": self.name}})
        while claimer.is_alive():
            # The claim waits in the database. A cancellation may come before the statement begins, so it is repeated.
            # _claim() closes the connection, so that a late cancellation cannot hit another statement.
            with self._changed:
                if self._claiming is not None and not self._claiming.closed:
                    try:
                        self._claiming.cancel_safe(timeout=5)
                    except psycopg.Error:
                        logger.debug("the claim could not be cancelled", exc_info=True)
            claimer.join(0.2)
            if time.monotonic() > deadline:
                logger.error("the claim has not ended in time; the leases of its steps will expire")
                break
        self._release_waiting()
        with self._changed:
            while self._unfinished and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
            late = list(self._running.values())
        for claim in late:
            logger.error("a handler has not ended in time; its lease will expire", extra={"tasker": claim.describe()})
        if late:
            self._give_up.set()
        for _ in range(self._concurrency):
            self._waiting.put(None)
        self._completions.close()
        self._heartbeats.close()
        logger.info("worker %s has stopped", self.name, extra={"tasker": {"worker": self.name}})

    def _release_waiting(self) -> None:
        """Gives back the steps that no thread has begun."""
        while True:
            try:
                waiting = self._waiting.get_nowait()
            except queue.Empty:
                return
            if waiting is not None:
                self._completions.add(waiting[0], SHUTDOWN, waiting[1])
                with self._changed:
                    self._unfinished -= 1

    # Claims

    def _claim_until_stopped(self, use_tracing: bool) -> None:
        pause = 0.05
        try:
            while not self._stopping:
                with self._changed:
                    while (free := self._concurrency - self._unfinished) < 1 and not self._stopping:
                        self._changed.wait()
                if self._stopping:
                    return
                try:
                    self._claim(max(free, self._batch_size), use_tracing)
                    pause = 0.05
                except DatabaseError as error:
                    if not isinstance(error, ConnectionLost) and not passes(error):
                        raise
                    logger.warning("worker %s claims again: %s", self.name, error)
                    if isinstance(error, ConnectionLost):
                        self._metrics.reconnected()
                    with self._changed:
                        if not self._stopping:
                            self._changed.wait(pause)
                    pause = min(pause * 2, 5)
        except BaseException as error:
            self._error = error
        finally:
            self._wakeups.put("ended")

    def _claim(self, most: int, use_tracing: bool) -> None:
        began = time.monotonic()
        statement = self._claim_statement(most)
        with self._database.connection() as connection:
            with self._changed:
                if self._stopping:
                    return
                self._claiming = connection
            try:
                # The role may have a shorter limit for its statements.
                limit = {"statement_timeout": str(int((self._wait + 30) * 1000))}
                rows = self._database.execute(statement, connection=connection, settings=limit)
            except DatabaseError as error:
                cause = error.__cause__
                if isinstance(cause, psycopg.errors.QueryCanceled) and self._stopping:
                    return
                if isinstance(cause, psycopg.Error) and is_connection_loss(cause, connection):
                    raise ConnectionLost(error.message, sqlstate=error.sqlstate) from cause
                raise
            finally:
                with self._changed:
                    self._claiming = None
                    if self._stopping:
                        connection.close()
        claims = [Claim.from_row(row) for row in rows]
        self._metrics.claimed(len(claims), time.monotonic() - began)
        if not claims:
            return
        with self._changed:
            self._unfinished += len(claims)
        stops = [self._heartbeats.add(claim) for claim in claims]
        contexts: dict[int, dict[str, str]] = {}
        if use_tracing:
            try:
                contexts = trace_contexts(self._database, sorted({claim.task_id for claim in claims}))
            except DatabaseError as error:
                logger.warning("trace contexts could not be read: %s", error)
        for claim, stop in zip(claims, stops, strict=True):
            self._waiting.put((claim, stop, contexts.get(claim.task_id)))

    def _claim_statement(self, most: int) -> sql.SQL | sql.Composed:
        filters = self._filters or Filters(step_names=self._handlers.step_names())
        named = {"lease": self._lease, "wait": datetime.timedelta(seconds=self._wait), **filters.arguments()}
        # Nearly every claim is like the one before.
        if self._last_claim is None or self._last_claim[:2] != (most, named):
            statement = self._database.statement("tasker_claim_steps", [self.name, most], named)
            self._last_claim = most, named, statement
        return self._last_claim[2]

    # Threads

    def _start_thread(self) -> None:
        # A handler that never returns must not keep the process from ending.
        threading.Thread(target=self._work, name="tasker handler", daemon=True).start()

    def _work(self) -> None:
        me = threading.get_ident()
        while (waiting := self._waiting.get()) is not None:
            claim, stop, context = waiting
            with self._changed:
                begins = not self._stopping
                self._running[me] = claim
            if stop.reason is not None:
                outcome = Outcome("abandoned", reason=stop.reason)
            elif begins:
                outcome = execute(claim, self._database, self._handlers, stop, self._metrics, context)
            else:
                outcome = SHUTDOWN
            with self._changed:
                replaced = me in self._replaced
                if replaced:
                    self._replaced.discard(me)
                    self.stuck -= 1
            if replaced:
                # Its lease has ended long ago, and another thread has its place.
                self._heartbeats.remove(claim)
                return
            self._report(claim, outcome, stop)
            with self._changed:
                self._running.pop(me, None)
                self._unfinished -= 1
                self._changed.notify_all()

    def _report(self, claim: Claim, outcome: Outcome, stop: Stop) -> None:
        if self._batch_size > 1:
            self._completions.add(claim, outcome, stop)
            return
        # Without batches, each thread reports its own steps, so that threads do not wait for each other.
        began = time.monotonic()
        try:
            report_safely(claim, outcome, self._database, stop, give_up=self._give_up)
        except Exception as error:
            about = {"tasker": claim.describe()}
            logger.error("a step could not be reported; its lease will expire: %s", error, extra=about)
        self._metrics.reported(1, time.monotonic() - began)
        self._heartbeats.remove(claim)

    def _lease_ended(self, claim: Claim, reason: str) -> None:
        self._metrics.lease_ended(claim, reason)
        timer = threading.Timer(self._grace, self._replace, [claim])
        timer.daemon = True
        timer.start()

    def _replace(self, claim: Claim) -> None:
        """Starts a thread in the place of one whose handler does not return."""
        with self._changed:
            me = next((thread for thread, running in self._running.items() if running is claim), None)
            if me is None or self._stopping:
                return
            del self._running[me]
            self._replaced.add(me)
            self._unfinished -= 1
            self.stuck += 1
            self._changed.notify_all()
            if self.stuck >= self._most_stuck:
                self._error = RuntimeError(f"{self.stuck} handlers have not returned after their leases had ended")
                self._wakeups.put("stop")
        logger.error(
            "a handler has not returned after its lease ended; another thread takes its place",
            extra={"tasker": claim.describe()},
        )
        self._start_thread()
