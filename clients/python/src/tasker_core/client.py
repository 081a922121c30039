"""The API of programs that create, find, explain and operate tasks."""

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, TypeVar

from . import documents
from .database import Connection, Database, JsonText
from .documents import Json
from .results import (
    CreatedTask,
    DeadLetter,
    FoundStep,
    FoundTask,
    ManySteps,
    ManyTasks,
    RegisteredTask,
    Result,
    SentSignal,
    StepChange,
    TemplateProblem,
    TimelineEntry,
)
from .steps import TRACE_CONTEXT
from .templates import load_template
from .tracing import current_trace_context

_Result = TypeVar("_Result", bound=Result)


class TaskOptions(TypedDict, total=False):
    """The options of a task (docs/templates.md)."""

    initiator: str
    source_system: str
    reason: str
    tags: Sequence[str]
    bypass_steps: Sequence[str]
    priority: int
    parent_task_id: int
    start_at: datetime.datetime | str
    requested_at: datetime.datetime | str
    deadline_seconds: int
    on_deadline: str
    identity: str
    identity_key: str


class TaskRequest(TypedDict, total=False):
    """A request of :meth:`Client.create_tasks`; ``task_name`` is required."""

    task_name: str
    context: Json
    namespace: str
    version: str | None
    options: TaskOptions


def _json(value: Json) -> JsonText:
    return JsonText(documents.dumps(value))


class Client:
    """Creates, finds, explains and operates tasks.

    Each call is a transaction of its own, unless ``connection`` is given: then the calls run in the transaction of that
    connection, beside your own statements. Methods raise :class:`~tasker_core.errors.DatabaseError`: :class:`NotFound`
    for an unknown id or name, :class:`InvalidArgument` for bad input, :class:`Refused` if the state does not permit an
    action, :class:`AccessDenied`. Searches return at most ``max_rows`` results, 100 by default; pass the last id as
    ``after_id`` to get the next page.
    """

    def __init__(self, database: Database, *, connection: Connection | None = None) -> None:
        self._database = database
        self._connection = connection

    def using(self, connection: Connection) -> Client:
        """A client whose calls run in the transaction of a connection."""
        return Client(self._database, connection=connection)

    def _rows(self, kind: type[_Result], function: str, *arguments: object, **named: Any) -> list[_Result]:
        rows = self._database.call(function, *arguments, connection=self._connection, **named)
        return [kind.from_row(row) for row in rows]

    def _value(self, function: str, *arguments: object, **named: Any) -> Any:
        return self._database.value(function, *arguments, connection=self._connection, **named)

    # Create

    def register_task(
        self, template: Mapping[str, Any] | str | os.PathLike[str], environment: str | None = None
    ) -> RegisteredTask:
        """Registers a template, or the file that has it (see :func:`load_template`). Registering it again changes
        nothing.

        ``environment``: the key of ``environments`` that is laid over the steps. Raises :class:`InvalidArgument` with a
        line for each problem.
        """
        document = template if isinstance(template, Mapping) else load_template(template)
        return self._rows(RegisteredTask, "tasker_register_task", _json(document), environment=environment)[0]

    def validate_template(self, template: Mapping[str, Any]) -> list[TemplateProblem]:
        """The problems of a template; registers nothing."""
        return self._rows(TemplateProblem, "tasker_validate_template", _json(template))

    def create_task(
        self,
        task_name: str,
        context: Json = None,
        *,
        namespace: str = "default",
        version: str | None = None,
        options: TaskOptions | None = None,
        trace_context: Mapping[str, str] | None = None,
    ) -> CreatedTask:
        """Creates a task of the latest version, or of the ``version``.

        ``trace_context``: ``traceparent`` and perhaps ``tracestate``, which reach the handlers; by default those of the
        current span of OpenTelemetry. If the connection breaks, :class:`ConnectionLost` is raised, and the task may
        exist: pass an ``identity_key`` and repeat the call.
        """
        request: TaskRequest = {
            "task_name": task_name,
            "context": {} if context is None else context,
            "namespace": namespace,
            "version": version,
            "options": options or {},
        }
        return self.create_tasks([request], trace_context=trace_context)[0]

    def create_tasks(
        self, requests: Sequence[TaskRequest], *, trace_context: Mapping[str, str] | None = None
    ) -> list[CreatedTask]:
        """Creates many tasks, all of them or none; returns them in the order of the requests."""
        trace = current_trace_context() if trace_context is None else dict(trace_context)
        if not trace:
            return self._create(requests)
        if self._connection is not None:
            return self._create_traced(requests, trace)
        with self._database.connection() as connection, connection.transaction():
            return self.using(connection)._create_traced(requests, trace)

    def _create(self, requests: Sequence[TaskRequest]) -> list[CreatedTask]:
        return self._rows(CreatedTask, "tasker_create_tasks", _json(list(requests)))

    def _create_traced(self, requests: Sequence[TaskRequest], trace: Mapping[str, str]) -> list[CreatedTask]:
        found = self._create(requests)
        for task_id in {task.task_id for task in found if task.created}:
            self.annotate_task(task_id, TRACE_CONTEXT, trace)
        return found

    def add_steps(self, task_id: int, steps: Sequence[Mapping[str, Any]]) -> dict[str, int]:
        """Adds steps to a task and returns the id of each by its name. A step that exists stays as it is."""
        rows = self._database.call("tasker_add_steps", task_id, _json(list(steps)), connection=self._connection)
        return {row["step_name"]: row["workflow_step_id"] for row in rows}

    def annotate_task(self, task_id: int, annotation_type: str, annotation: Json) -> int:
        """Adds an annotation and returns its id."""
        return int(self._value("tasker_annotate_task", task_id, annotation_type, _json(annotation)))

    def signal(self, task_id: int, name: str, payload: Json = None) -> SentSignal:
        """Sends a signal to a task. Only the first signal of a name counts, so you can repeat the call."""
        content = None if payload is None else _json(payload)
        return self._rows(SentSignal, "tasker_signal", task_id, name, payload=content)[0]

    # Find and explain

    def find_tasks(self, **filters: Any) -> list[FoundTask]:
        """Searches tasks by the arguments of ``tasker_find_tasks()``, for example ``namespace`` and
        ``states=["error"]``.
        """
        return self._rows(FoundTask, "tasker_find_tasks", **filters)

    def task(self, task_id: int) -> FoundTask | None:
        """One task; None if there is none that you may see."""
        found = self.find_tasks(task_id=task_id)
        return found[0] if found else None

    def find_steps(self, condition: str | None = None, **filters: Any) -> list[FoundStep]:
        """Searches steps by a condition (``ready``, ``running``, ``exhausted``, …) and the arguments of
        ``tasker_find_steps()``.
        """
        return self._rows(FoundStep, "tasker_find_steps", condition=condition, **filters)

    def step_results(self, task_id: int) -> dict[str, Json]:
        """The stored results of each step of a task that has some, by its name."""
        exported = documents.loads(self._value("tasker_export_task", task_id))
        return {step["name"]: step["results"] for step in exported["steps"] if step.get("results") is not None}

    def dead_letters(self, **filters: Any) -> list[DeadLetter]:
        """Steps that have failed for good, by the arguments of ``tasker_dead_letters()``."""
        return self._rows(DeadLetter, "tasker_dead_letters", **filters)

    def explain_task(self, task_id: int) -> dict[str, Any]:
        """Why a task does not move; ``summary`` is one sentence."""
        return dict(documents.loads(self._value("tasker_explain_task", task_id)))

    def explain_step(self, workflow_step_id: int) -> dict[str, Any]:
        """Why a step is ready or not; ``summary`` is one sentence."""
        return dict(documents.loads(self._value("tasker_explain_step", workflow_step_id)))

    def task_timeline(self, task_id: int) -> list[TimelineEntry]:
        """All that happened to a task and its steps, in the order of time."""
        return self._rows(TimelineEntry, "tasker_task_timeline", task_id)

    # Operate

    def retry_step(self, workflow_step_id: int, reason: str | None = None) -> StepChange:
        """Lets a failed step run again now. Used attempts still count."""
        return self._rows(StepChange, "tasker_retry_step", workflow_step_id, reason=reason)[0]

    def reset_step(self, workflow_step_id: int, reason: str | None = None) -> StepChange:
        """Lets a failed step run again with all its attempts."""
        return self._rows(StepChange, "tasker_reset_step", workflow_step_id, reason=reason)[0]

    def resolve_step(
        self, workflow_step_id: int, results: Json = None, *, resolved_by: str | None = None, reason: str | None = None
    ) -> StepChange:
        """Marks a step as done without its handler."""
        return self._rows(
            StepChange,
            "tasker_resolve_step",
            workflow_step_id,
            results=None if results is None else _json(results),
            resolved_by=resolved_by,
            reason=reason,
        )[0]

    def skip_step(self, workflow_step_id: int, reason: str | None = None, *, force: bool = False) -> StepChange:
        """Leaves a step out. ``force``: also if it is not skippable."""
        return self._rows(StepChange, "tasker_skip_step", workflow_step_id, reason=reason, force=force)[0]

    def cancel_step(
        self, workflow_step_id: int, reason: str | None = None, *, descendants: bool = True
    ) -> list[StepChange]:
        """Cancels a step and, unless ``descendants`` is false, the steps after it."""
        return self._rows(StepChange, "tasker_cancel_step", workflow_step_id, reason=reason, descendants=descendants)

    def cancel_task(self, task_id: int, reason: str | None = None) -> list[StepChange]:
        """Cancels a task; returns the steps that were cancelled with it."""
        return self._rows(StepChange, "tasker_cancel_task", task_id, reason=reason)

    def pause_task(self, task_id: int, reason: str | None = None) -> None:
        """Lets no further step of the task begin."""
        self._value("tasker_pause_task", task_id, reason=reason)

    def resume_task(self, task_id: int) -> None:
        """Ends a pause."""
        self._value("tasker_resume_task", task_id)

    def set_task_priority(self, task_id: int, priority: int) -> None:
        """Sets the priority, from -100 to 100."""
        self._value("tasker_set_task_priority", task_id, priority)

    def set_retry_limit(self, workflow_step_id: int, retry_limit: int) -> None:
        """Sets how many attempts a step has."""
        self._value("tasker_set_retry_limit", workflow_step_id, retry_limit)

    def delete_task(self, task_id: int, *, force: bool = False) -> None:
        """Deletes a task with all that belongs to it. ``force``: also if it has not ended."""
        self._database.call("tasker_delete_task", task_id, force=force, connection=self._connection)

    def retry_many(self, *, dry_run: bool = True, **filters: Any) -> list[ManySteps]:
        """Lets many failed steps run again, by the arguments of ``tasker_retry_many()``.

        Shows them only, unless ``dry_run`` is false.
        """
        return self._rows(ManySteps, "tasker_retry_many", dry_run=dry_run, **filters)

    def resolve_many(self, *, dry_run: bool = True, **filters: Any) -> list[ManySteps]:
        """Resolves many failed steps, as :meth:`retry_many`."""
        return self._rows(ManySteps, "tasker_resolve_many", dry_run=dry_run, **filters)

    def cancel_many(self, *, dry_run: bool = True, **filters: Any) -> list[ManyTasks]:
        """Cancels many tasks, by the arguments of ``tasker_cancel_many()``.

        Shows them only, unless ``dry_run`` is false.
        """
        return self._rows(ManyTasks, "tasker_cancel_many", dry_run=dry_run, **filters)

    def pause_many(self, *, dry_run: bool = True, **filters: Any) -> list[ManyTasks]:
        """Pauses many tasks, as :meth:`cancel_many`."""
        return self._rows(ManyTasks, "tasker_pause_many", dry_run=dry_run, **filters)

    def resume_many(self, *, dry_run: bool = True, **filters: Any) -> list[ManyTasks]:
        """Resumes many tasks, as :meth:`cancel_many`."""
        return self._rows(ManyTasks, "tasker_resume_many", dry_run=dry_run, **filters)
