"""SQLAlchemy 2: the Tasker tables, in the engine's names. Needs ``pip install tasker-core[sqlalchemy]``.

If the tables are in a schema that the search path does not have, name it for the engine or the session:
``engine.execution_options(schema_translate_map={None: "tasker"})``.

The models have a ``MetaData`` of their own. It refuses to create or drop a table: that is what ``tasker_install()`` and
``tasker_uninstall()`` do. A model of yours refers to a task with ``ForeignKey(Task.task_id)``. For Alembic, pass
:func:`include_object` to ``context.configure()``: otherwise, autogenerate proposes to drop the tables that it finds in
the database.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, String, Table, TypeDecorator, event, func, select
from sqlalchemy.dialects.postgresql import JSON, JSONB
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import DeclarativeBase, Mapped, column_property, mapped_column, relationship

from . import TABLE_PREFIX


class UtcDateTime(TypeDecorator[datetime.datetime]):
    """A ``timestamp`` that the engine keeps in UTC, as a time with a zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Any) -> datetime.datetime | None:
        """The time in UTC, without its zone. Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs a zone")
        return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: datetime.datetime | None, dialect: Any) -> datetime.datetime | None:
        """The time with the zone UTC."""
        return None if value is None else value.replace(tzinfo=datetime.timezone.utc)


class TaskerBase(DeclarativeBase):
    """The base of the models, with a ``MetaData`` of their own."""

    type_annotation_map = {
        datetime.datetime: UtcDateTime,
        dict[str, Any]: JSONB(none_as_null=True),
        list[str]: JSONB(none_as_null=True),
        str: String,
    }


class _Times:
    created_at: Mapped[datetime.datetime]
    updated_at: Mapped[datetime.datetime]


class TaskNamespace(_Times, TaskerBase):
    """A namespace of templates."""

    __tablename__ = "tasker_task_namespaces"
    task_namespace_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]


class NamedTask(_Times, TaskerBase):
    """A template, in one version."""

    __tablename__ = "tasker_named_tasks"
    named_task_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    task_namespace_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(TaskNamespace.task_namespace_id))
    version: Mapped[str]
    configuration: Mapped[dict[str, Any] | None]
    task_namespace: Mapped[TaskNamespace] = relationship(viewonly=True)


class DependentSystem(_Times, TaskerBase):
    """A system that steps depend on."""

    __tablename__ = "tasker_dependent_systems"
    dependent_system_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]


class NamedStep(_Times, TaskerBase):
    """The name of a step."""

    __tablename__ = "tasker_named_steps"
    named_step_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    dependent_system_id: Mapped[int] = mapped_column(ForeignKey(DependentSystem.dependent_system_id))
    name: Mapped[str]
    description: Mapped[str | None]
    dependent_system: Mapped[DependentSystem] = relationship(viewonly=True)


class NamedTasksNamedStep(_Times, TaskerBase):
    """A step of a template."""

    __tablename__ = "tasker_named_tasks_named_steps"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    named_task_id: Mapped[int] = mapped_column(ForeignKey(NamedTask.named_task_id))
    named_step_id: Mapped[int] = mapped_column(ForeignKey(NamedStep.named_step_id))
    skippable: Mapped[bool]
    default_retryable: Mapped[bool]
    default_retry_limit: Mapped[int]


class TaskTransition(_Times, TaskerBase):
    """A change of the state of a task."""

    __tablename__ = "tasker_task_transitions"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    to_state: Mapped[str]
    from_state: Mapped[str | None]
    # "metadata" is a name of SQLAlchemy.
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    sort_key: Mapped[int]
    most_recent: Mapped[bool]
    task_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tasker_tasks.task_id"))


class WorkflowStepTransition(_Times, TaskerBase):
    """A change of the state of a step."""

    __tablename__ = "tasker_workflow_step_transitions"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    to_state: Mapped[str]
    from_state: Mapped[str | None]
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata")
    sort_key: Mapped[int]
    most_recent: Mapped[bool]
    workflow_step_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tasker_workflow_steps.workflow_step_id"))


class WorkflowStepEdge(_Times, TaskerBase):
    """A dependency: ``to_step`` waits for ``from_step``."""

    __tablename__ = "tasker_workflow_step_edges"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    from_step_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tasker_workflow_steps.workflow_step_id"))
    to_step_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tasker_workflow_steps.workflow_step_id"))
    name: Mapped[str]


class AnnotationType(_Times, TaskerBase):
    """A type of annotations."""

    __tablename__ = "tasker_annotation_types"
    annotation_type_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]


class TaskAnnotation(_Times, TaskerBase):
    """An annotation of a task."""

    __tablename__ = "tasker_task_annotations"
    task_annotation_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    task_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tasker_tasks.task_id"))
    annotation_type_id: Mapped[int] = mapped_column(ForeignKey(AnnotationType.annotation_type_id))
    annotation: Mapped[dict[str, Any] | None]
    annotation_type: Mapped[AnnotationType] = relationship(viewonly=True)


class DependentSystemObjectMap(_Times, TaskerBase):
    """Two remote objects that are the same."""

    __tablename__ = "tasker_dependent_system_object_maps"
    dependent_system_object_map_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    dependent_system_one_id: Mapped[int] = mapped_column(ForeignKey(DependentSystem.dependent_system_id))
    dependent_system_two_id: Mapped[int] = mapped_column(ForeignKey(DependentSystem.dependent_system_id))
    remote_id_one: Mapped[str]
    remote_id_two: Mapped[str]


class WorkflowStep(_Times, TaskerBase):
    """A step of a task. ``state`` can be used in queries:

    ``select(WorkflowStep).where(WorkflowStep.state == "error")``.
    """

    __tablename__ = "tasker_workflow_steps"
    workflow_step_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    task_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("tasker_tasks.task_id"))
    named_step_id: Mapped[int] = mapped_column(ForeignKey(NamedStep.named_step_id))
    retryable: Mapped[bool]
    retry_limit: Mapped[int | None]
    in_process: Mapped[bool]
    processed: Mapped[bool]
    processed_at: Mapped[datetime.datetime | None]
    attempts: Mapped[int | None]
    last_attempted_at: Mapped[datetime.datetime | None]
    backoff_request_seconds: Mapped[int | None]
    inputs: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    results: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    skippable: Mapped[bool]
    #: The state; a step without a transition is ``pending``.
    state: Mapped[str] = column_property(
        func.coalesce(
            select(WorkflowStepTransition.to_state)
            .where(WorkflowStepTransition.workflow_step_id == workflow_step_id, WorkflowStepTransition.most_recent)
            .correlate_except(WorkflowStepTransition)
            .scalar_subquery(),
            "pending",
        )
    )
    task: Mapped[Task] = relationship(back_populates="workflow_steps", viewonly=True)
    named_step: Mapped[NamedStep] = relationship(viewonly=True, lazy="joined")
    transitions: Mapped[list[WorkflowStepTransition]] = relationship(
        viewonly=True, order_by=WorkflowStepTransition.sort_key
    )
    parents: Mapped[list[WorkflowStep]] = relationship(
        secondary=WorkflowStepEdge.__table__,
        primaryjoin=lambda: WorkflowStep.workflow_step_id == WorkflowStepEdge.to_step_id,
        secondaryjoin=lambda: WorkflowStep.workflow_step_id == WorkflowStepEdge.from_step_id,
        viewonly=True,
        order_by=workflow_step_id,
    )
    children: Mapped[list[WorkflowStep]] = relationship(
        secondary=WorkflowStepEdge.__table__,
        primaryjoin=lambda: WorkflowStep.workflow_step_id == WorkflowStepEdge.from_step_id,
        secondaryjoin=lambda: WorkflowStep.workflow_step_id == WorkflowStepEdge.to_step_id,
        viewonly=True,
        order_by=workflow_step_id,
    )

    @property
    def name(self) -> str:
        """The name of the step."""
        return self.named_step.name


class Task(_Times, TaskerBase):
    """A task. ``state`` can be used in queries: ``select(Task).where(Task.state == "error")``."""

    __tablename__ = "tasker_tasks"
    task_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    named_task_id: Mapped[int] = mapped_column(ForeignKey(NamedTask.named_task_id))
    complete: Mapped[bool]
    requested_at: Mapped[datetime.datetime]
    initiator: Mapped[str | None]
    source_system: Mapped[str | None]
    reason: Mapped[str | None]
    bypass_steps: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    tags: Mapped[list[str] | None]
    context: Mapped[Any] = mapped_column(JSONB(none_as_null=True), nullable=True)
    identity_hash: Mapped[str]
    #: The state; a task without a transition is ``pending``.
    state: Mapped[str] = column_property(
        func.coalesce(
            select(TaskTransition.to_state)
            .where(TaskTransition.task_id == task_id, TaskTransition.most_recent)
            .correlate_except(TaskTransition)
            .scalar_subquery(),
            "pending",
        )
    )
    named_task: Mapped[NamedTask] = relationship(viewonly=True, lazy="joined")
    workflow_steps: Mapped[list[WorkflowStep]] = relationship(
        back_populates="task", viewonly=True, order_by=WorkflowStep.workflow_step_id
    )
    transitions: Mapped[list[TaskTransition]] = relationship(viewonly=True, order_by=TaskTransition.sort_key)
    annotations: Mapped[list[TaskAnnotation]] = relationship(viewonly=True)

    @property
    def name(self) -> str:
        """The name of the task."""
        return self.named_task.name


def _refuse(table: Table, connection: Any, **_: Any) -> None:
    raise InvalidRequestError(
        f'the table "{table.name}" belongs to an installation of tasker_core: call tasker_install() or'
        " tasker_uninstall(), and see whether the search path has the schema of the installation"
    )


# create_all() would make tables without triggers, and drop_all() would drop all tasks.
for _table in TaskerBase.metadata.tables.values():
    event.listen(_table, "before_create", _refuse)
    event.listen(_table, "before_drop", _refuse)


def include_object(item: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
    """For ``context.configure(include_object=…)`` of Alembic: leaves the tables of an installation alone."""
    return not (type_ == "table" and name is not None and name.startswith(TABLE_PREFIX))
