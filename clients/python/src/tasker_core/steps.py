"""What a handler gets: the task, its step, and the steps before it."""

from __future__ import annotations

import dataclasses
import datetime
import logging
import operator
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import documents
from .database import Database, JsonText, Row
from .documents import Json
from .errors import NotFound, StepStopped

logger = logging.getLogger("tasker_core.worker")

#: The type of the annotation that carries the trace context of a task.
TRACE_CONTEXT = "trace_context"


@dataclasses.dataclass
class Claim:
    """A step that this worker has claimed, as ``tasker_claim_steps()`` returns it. JSON columns are texts."""

    workflow_step_id: int
    task_id: int
    namespace: str
    task_name: str
    version: str
    step_name: str
    handler_class: str | None
    handler_config: str | None
    priority: int
    attempt: int
    retry_limit: int
    claim_token: uuid.UUID
    lease_until: datetime.datetime
    inputs: str | None
    context: str | None
    parent_results: str | None
    server_time: datetime.datetime

    @classmethod
    def from_row(cls, row: Row) -> Claim:
        """The claim in a row of ``tasker_claim_steps()`` or ``tasker_complete_and_claim()``."""
        return cls(*_claim_columns(row))

    @property
    def lease_seconds(self) -> float:
        """How long the lease is, by the server's clock."""
        return (self.lease_until - self.server_time).total_seconds()

    def describe(self) -> dict[str, Any]:
        """What logs and spans say about the step."""
        return {
            "workflow_step_id": self.workflow_step_id,
            "task_id": self.task_id,
            "namespace": self.namespace,
            "task_name": self.task_name,
            "step_name": self.step_name,
            "attempt": self.attempt,
        }


# A tuple of the values of a row, in the order of the fields.
_claim_columns = operator.itemgetter(*(field.name for field in dataclasses.fields(Claim)))


def _call(callback: Callable[[str], None], reason: str) -> None:
    try:
        callback(reason)
    except Exception:
        # The thread of the heartbeats calls it, and other leases depend on that.
        logger.exception("a callback of a step that was stopped has failed")


class Stop:
    """Tells a handler that its lease has ended. Threads may share it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[str], None]] = []
        #: ``cancelled``, ``timed_out`` or ``lost``; None while the lease is held.
        self.reason: str | None = None

    def set(self, reason: str) -> None:
        """Ends the execution. The first reason counts."""
        with self._lock:
            if self.reason is not None:
                return
            self.reason = reason
            callbacks = list(self._callbacks)
        self._event.set()
        for callback in callbacks:
            _call(callback, reason)

    def wait(self, seconds: float | None) -> bool:
        """Waits so long, or until the lease ends; returns whether it has ended."""
        return self._event.wait(seconds)

    def add_callback(self, callback: Callable[[str], None]) -> None:
        """Calls the function with the reason when the lease ends, in another thread; at once if it has ended."""
        with self._lock:
            if self.reason is None:
                self._callbacks.append(callback)
                return
        _call(callback, self.reason)


@dataclasses.dataclass(frozen=True)
class Task:
    """The task of a step."""

    task_id: int
    namespace: str
    name: str
    version: str
    context: Json
    priority: int
    _database: Database = dataclasses.field(repr=False, compare=False)

    @property
    def trace_context(self) -> dict[str, str]:
        """The W3C trace context that the task was created with:

        ``traceparent`` and perhaps ``tracestate``. Reads it from the database.
        """
        return trace_contexts(self._database, [self.task_id]).get(self.task_id, {})


def trace_contexts(database: Database, task_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The trace contexts of tasks, by the id of the task; tasks without one are missing."""
    ids = ",".join(str(int(task_id)) for task_id in task_ids)
    rows = database.execute(
        "SELECT task_id, annotation FROM tasker_task_annotations"
        " JOIN tasker_annotation_types USING (annotation_type_id)"
        f" WHERE name = '{TRACE_CONTEXT}' AND task_id = ANY ('{{{ids}}}'::bigint[])",
        repeat=True,
    )
    return {row["task_id"]: documents.loads(row["annotation"]) for row in rows}


@dataclasses.dataclass(frozen=True)
class SequenceStep:
    """Another step of the task. ``state`` is None for a parent that was not looked up."""

    name: str
    results: Json
    state: str | None = None


class StepSequence:
    """The steps of the task. The parents of the step come with the claim; others are read when they are asked for."""

    def __init__(self, database: Database, task_id: int, parent_results: Mapping[str, Json]) -> None:
        self._database = database
        self._task_id = task_id
        self._others: dict[str, SequenceStep] | None = None
        #: The results of each parent, by its name.
        self.parent_results: Mapping[str, Json] = parent_results

    def results_of(self, name: str) -> Json:
        """The results of a step. Raises :class:`NotFound` if the task has no step of that name."""
        return self.find_step_by_name(name).results

    def find_step_by_name(self, name: str) -> SequenceStep:
        """A step of the task. Raises :class:`NotFound` if the task has no step of that name."""
        if name in self.parent_results:
            return SequenceStep(name, self.parent_results[name])
        for step in self.steps:
            if step.name == name:
                return step
        raise NotFound(f'task {self._task_id} has no step "{name}"')

    @property
    def steps(self) -> list[SequenceStep]:
        """All steps of the task, in the order of their ids, with their results and states at the first look."""
        if self._others is None:
            rows = self._database.execute(
                "SELECT named.name, step.results, coalesce(transition.to_state, 'pending') AS state"
                " FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named USING (named_step_id)"
                " LEFT JOIN tasker_workflow_step_transitions AS transition"
                " ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent"
                f" WHERE step.task_id = {int(self._task_id)} ORDER BY step.workflow_step_id",
                repeat=True,
            )
            self._others = {
                row["name"]: SequenceStep(
                    row["name"], None if row["results"] is None else documents.loads(row["results"]), row["state"]
                )
                for row in rows
            }
        return list(self._others.values())


class Step:
    """The step that a handler executes."""

    def __init__(self, claim: Claim, database: Database, stop: Stop) -> None:
        self._claim = claim
        self._database = database
        self._stop = stop
        self._results: Json = None
        self._results_known = False
        #: How often the handler has set ``results``.
        self.assignments = 0
        self.inputs: Json = None if claim.inputs is None else documents.loads(claim.inputs)
        self.config: Json = None if claim.handler_config is None else documents.loads(claim.handler_config)
        self.workflow_step_id = claim.workflow_step_id
        self.task_id = claim.task_id
        self.name = claim.step_name
        self.attempt = claim.attempt
        self.retry_limit = claim.retry_limit
        self.claim_token = claim.claim_token
        #: The end of the lease, as the claim returned it; heartbeats extend it.
        self.lease_until = claim.lease_until

    @property
    def results(self) -> Json:
        """The stored results, for example of an earlier attempt; read from the database at the first use.

        If ``process`` sets them, the default ``process_results`` stores them instead of the output. If
        ``process_results`` sets them, they are stored, whatever it returns.
        """
        if not self._results_known:
            rows = self._database.execute(
                f"SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = {int(self.workflow_step_id)}",
                repeat=True,
            )
            text = rows[0]["results"] if rows else None
            self._results = None if text is None else documents.loads(text)
            self._results_known = True
        return self._results

    @results.setter
    def results(self, value: Json) -> None:
        self._results = value
        self._results_known = True
        self.assignments += 1

    @property
    def stop_reason(self) -> str | None:
        """Why the handler should stop: ``cancelled``, ``timed_out`` or ``lost``; None while the lease is held."""
        return self._stop.reason

    @property
    def is_stopped(self) -> bool:
        """Whether the lease has ended. A handler that takes long asks from time to time, and returns."""
        return self._stop.reason is not None

    def raise_if_stopped(self) -> None:
        """Raises :class:`StepStopped` if the lease has ended."""
        if self._stop.reason is not None:
            raise StepStopped(self._stop.reason)

    def on_stop(self, callback: Callable[[str], None]) -> None:
        """Calls the function with the reason when the lease ends, in another thread, for example to close a socket."""
        self._stop.add_callback(callback)

    def sleep(self, seconds: float) -> None:
        """Waits. Raises :class:`StepStopped` as soon as the lease ends."""
        if self._stop.wait(seconds):
            self.raise_if_stopped()

    def report_progress(self, progress: Json) -> None:
        """Stores progress with the lease, where ``tasker_explain_step()`` shows it, and extends the lease.

        Raises :class:`StepStopped` if the lease has ended.
        """
        self.raise_if_stopped()
        rows = self._database.call(
            "tasker_heartbeat", [self.claim_token], progress=JsonText(documents.dumps(progress)), repeat=True
        )
        if rows[0]["status"] != "held":
            self._stop.set(rows[0]["status"])
            self.raise_if_stopped()

    def add_steps(self, steps: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Adds steps to the task (see ``tasker_add_steps()``) and returns the id of each by its name.

        A step that exists stays as it is. Raises :class:`~tasker_core.errors.InvalidArgument` if a step is not valid.
        """
        rows = self._database.call(
            "tasker_add_steps", self.task_id, JsonText(documents.dumps(list(steps))), repeat=True
        )
        return {row["step_name"]: row["workflow_step_id"] for row in rows}
