"""Tasks as jobs of another framework: an orchestrator enqueues them, and :func:`run_task` is the job."""

from __future__ import annotations

import dataclasses
import datetime
import logging
import threading
from typing import Protocol

from .database import Database, Row
from .errors import ConnectionLost, DatabaseError
from .execution import Outcome, execute, report_safely
from .handler import Handlers
from .heartbeats import Heartbeats
from .metrics import Metrics
from .steps import Claim
from .worker import default_name

logger = logging.getLogger("tasker_core.orchestrator")


@dataclasses.dataclass(frozen=True)
class Job:
    """A task that has something to do."""

    task_id: int
    namespace: str
    task_name: str
    #: ``ready_steps_available``, ``all_steps_complete`` or ``steps_in_error_state``.
    reason: str
    ready_steps: int
    #: Who holds the task: :func:`run_task` gives it back.
    scheduler: str


class Queue(Protocol):
    """The queue of a framework."""

    def enqueue(self, job: Job) -> None:
        """Arranges that :func:`run_task` runs with ``job.task_id`` and ``job.scheduler``.

        If it raises, the task is due again.
        """


class Orchestrator:
    """Enqueues a job for each task that has something to do (``tasker_due_tasks()``).

    ``lease``: for how many seconds no other orchestrator enqueues the task; then the task is due again if it still has
    something to do. So a lost job is repeated. Set it longer than a job waits in the queue and runs.
    """

    def __init__(
        self,
        database: Database,
        queue: Queue,
        *,
        name: str | None = None,
        max_rows: int = 100,
        lease: float = 60,
        wait: float = 5,
    ) -> None:
        self.name = name or default_name()
        self._database = database
        self._queue = queue
        self._max_rows = max_rows
        self._lease = datetime.timedelta(seconds=lease)
        self._wait = wait
        self._stopping = threading.Event()

    def enqueue_due(self, *, wait: float = 0) -> int:
        """One round: returns how many jobs were enqueued, after at most ``wait`` seconds.

        Raises what the queue raises.
        """
        rows = self._database.call(
            "tasker_due_tasks",
            self.name,
            max_rows=self._max_rows,
            lease=self._lease,
            wait=datetime.timedelta(seconds=wait) if wait else None,
        )
        for place, row in enumerate(rows):
            try:
                self._queue.enqueue(
                    Job(
                        row["task_id"], row["namespace"], row["task_name"], row["reason"], row["ready_steps"], self.name
                    )
                )
            except BaseException:
                self._give_back(rows[place:])
                raise
        return len(rows)

    def _give_back(self, rows: list[Row]) -> None:
        for row in rows:
            try:
                self._database.call("tasker_release_due_task", row["task_id"], self.name)
            except DatabaseError as error:
                logger.warning("task %s was not given back; its lease will expire: %s", row["task_id"], error)

    def run(self) -> None:
        """Enqueues until :meth:`stop`. It goes on after a lost connection and after errors of the queue."""
        while not self._stopping.is_set():
            try:
                self.enqueue_due(wait=self._wait)
            except ConnectionLost as error:
                logger.warning("the orchestrator has lost its connection: %s", error)
                self._stopping.wait(1)
            except DatabaseError:
                raise
            except Exception:
                logger.exception("a job could not be enqueued")
                self._stopping.wait(1)

    def stop(self) -> None:
        """Ends :meth:`run`, at the latest after its ``wait``."""
        self._stopping.set()


def run_task(
    database: Database,
    handlers: Handlers,
    task_id: int,
    *,
    scheduler: str | None = None,
    name: str | None = None,
    lease: float | None = None,
    metrics: Metrics | None = None,
) -> list[tuple[str, str]]:
    """The job: executes the steps of a task, one after another, until none is ready.

    Then it finalizes the task, if the configuration leaves that to schedulers, and gives it back to the ``scheduler``.
    Returns the name and the outcome of each step. Several jobs for one task do no harm. Raises
    :class:`~tasker_core.errors.DatabaseError`.
    """
    metrics = metrics or Metrics()
    done: list[tuple[str, str]] = []
    length = None if lease is None else datetime.timedelta(seconds=lease)
    with Heartbeats(database, metrics.lease_ended) as heartbeats:
        while True:
            rows = database.call("tasker_claim_steps", name or default_name(), lease=length, task_id=task_id)
            if not rows:
                break
            claim = Claim.from_row(rows[0])
            stop = heartbeats.add(claim)
            try:
                outcome: Outcome = execute(claim, database, handlers, stop, metrics)
                outcome = report_safely(claim, outcome, database, stop)
            finally:
                heartbeats.remove(claim)
            done.append((claim.step_name, outcome.kind))
    database.call("tasker_finalize_task", task_id)
    if scheduler is not None:
        database.call("tasker_release_due_task", task_id, scheduler)
    return done
