"""What the calls of :class:`~tasker_core.Client` return. The fields are the columns of the SQL functions."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any, ClassVar, TypeVar

from . import documents
from .database import Row
from .documents import Json

_Result = TypeVar("_Result", bound="Result")


@dataclasses.dataclass(frozen=True)
class Result:
    """A row that a function returns."""

    # The columns with JSON.
    _json: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def from_row(cls: type[_Result], row: Row) -> _Result:
        """The result in a row; columns of later versions are left out."""
        values: dict[str, Any] = {field.name: row[field.name] for field in dataclasses.fields(cls)}
        for name in cls._json:
            values[name] = None if values[name] is None else documents.loads(values[name])
        return cls(**values)


@dataclasses.dataclass(frozen=True)
class RegisteredTask(Result):
    """A template that was registered."""

    named_task_id: int
    namespace: str
    task_name: str
    version: str
    created: bool
    changed: bool


@dataclasses.dataclass(frozen=True)
class TemplateProblem(Result):
    """A problem of a template, and where it is."""

    path: str
    problem: str


@dataclasses.dataclass(frozen=True)
class CreatedTask(Result):
    """A task that was created, or that an equal request had created before (``created`` is false)."""

    task_id: int
    created: bool
    named_task_id: int
    identity_hash: str


@dataclasses.dataclass(frozen=True)
class SentSignal(Result):
    """What a signal did."""

    is_new: bool
    completed_step_ids: list[int]


@dataclasses.dataclass(frozen=True)
class FoundTask(Result):
    """A task that a search has found."""

    _json = ("tags",)
    task_id: int
    namespace: str
    task_name: str
    version: str
    current_state: str
    state_since: datetime.datetime
    complete: bool
    initiator: str | None
    source_system: str | None
    reason: str | None
    tags: Json
    requested_at: datetime.datetime
    created_at: datetime.datetime


@dataclasses.dataclass(frozen=True)
class FoundStep(Result):
    """A step that a search has found."""

    workflow_step_id: int
    task_id: int
    namespace: str
    task_name: str
    version: str
    step_name: str
    current_state: str
    state_since: datetime.datetime
    attempts: int
    retry_limit: int
    blocking_reason: str | None
    blocked_by_step_id: int | None
    next_eligible_at: datetime.datetime | None
    ready: bool
    created_at: datetime.datetime
    processed_at: datetime.datetime | None


@dataclasses.dataclass(frozen=True)
class DeadLetter(Result):
    """A step that has failed for good."""

    workflow_step_id: int
    task_id: int
    namespace: str
    task_name: str
    version: str
    step_name: str
    failed_at: datetime.datetime
    attempts: int
    blocking_reason: str | None
    error_class: str | None
    error: str | None


@dataclasses.dataclass(frozen=True)
class TimelineEntry(Result):
    """Something that happened to a task."""

    _json = ("details",)
    at: datetime.datetime
    event: str
    workflow_step_id: int | None
    step_name: str | None
    from_state: str | None
    to_state: str | None
    attempt: int | None
    cause: str | None
    actor: str | None
    lasted: datetime.timedelta | None
    details: Json


@dataclasses.dataclass(frozen=True)
class StepChange(Result):
    """A step whose state an operator has changed."""

    workflow_step_id: int
    from_state: str
    state: str


@dataclasses.dataclass(frozen=True)
class ManyTasks(Result):
    """A task that an action on many matched. ``refusal`` says why it was left as it is."""

    task_id: int
    namespace: str
    task_name: str
    version: str
    current_state: str
    action: str
    done: bool
    refusal: str | None


@dataclasses.dataclass(frozen=True)
class ManySteps(Result):
    """A step that an action on many matched. ``refusal`` says why it was left as it is."""

    workflow_step_id: int
    task_id: int
    task_name: str
    step_name: str
    error_class: str | None
    error: str | None
    action: str
    done: bool
    refusal: str | None
