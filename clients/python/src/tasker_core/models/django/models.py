"""The models, in the engine's names."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce


class UtcDateTimeField(models.DateTimeField):
    """A ``timestamp`` that the engine keeps in UTC, as a time with a zone.

    Lookups such as ``created_at__date`` use the current time zone, as for other fields. To ``Trunc()`` and
    ``Extract()``, pass ``tzinfo=datetime.timezone.utc``: otherwise they take the column for local time.
    """

    def get_transform(self, lookup_name: str) -> Any:
        """What computes a part of the time, such as its date."""
        transform = super().get_transform(lookup_name)
        return transform and (lambda time: transform(_Utc(time)))

    def db_type(self, connection: Any) -> str:
        """The type of the column."""
        return "timestamp without time zone"

    def from_db_value(self, value: datetime.datetime | None, *_: Any) -> datetime.datetime | None:
        """The time with the zone UTC."""
        return None if value is None else value.replace(tzinfo=datetime.timezone.utc)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """The time in UTC, without its zone."""
        value = super().get_db_prep_value(value, connection, prepared)
        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            return value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return value


class _Utc(models.Func):
    """A ``timestamp`` in UTC as a ``timestamptz``."""

    template = "(%(expressions)s AT TIME ZONE 'UTC')"
    output_field = models.DateTimeField()


class PlainJsonField(models.JSONField):
    """A ``json`` column, which psycopg has read already; ``jsonb`` is left to Django."""

    def db_type(self, connection: Any) -> str:
        """The type of the column."""
        return "json"

    def from_db_value(self, value: Any, *_: Any) -> Any:
        """The value as it was read."""
        return value


class BigForeignKey(models.ForeignKey):
    """A ``bigint`` that refers to an ``integer``."""

    def db_type(self, connection: Any) -> str:
        """The type of the column."""
        return "bigint"


class _Timed(models.Model):
    created_at = UtcDateTimeField()
    updated_at = UtcDateTimeField()

    class Meta:
        abstract = True


class TaskNamespace(_Timed):
    """A namespace of templates."""

    task_namespace_id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=64)
    description = models.CharField(max_length=255, null=True)

    class Meta:
        managed = False
        db_table = "tasker_task_namespaces"


class NamedTask(_Timed):
    """A template, in one version."""

    named_task_id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=64)
    description = models.CharField(max_length=255, null=True)
    task_namespace = BigForeignKey(TaskNamespace, models.DO_NOTHING, related_name="named_tasks")
    version = models.CharField(max_length=16)
    configuration = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "tasker_named_tasks"


class DependentSystem(_Timed):
    """A system that steps depend on."""

    dependent_system_id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=64)
    description = models.CharField(max_length=255, null=True)

    class Meta:
        managed = False
        db_table = "tasker_dependent_systems"


class NamedStep(_Timed):
    """The name of a step."""

    named_step_id = models.AutoField(primary_key=True)
    dependent_system = models.ForeignKey(DependentSystem, models.DO_NOTHING, related_name="named_steps")
    name = models.CharField(max_length=128)
    description = models.CharField(max_length=255, null=True)

    class Meta:
        managed = False
        db_table = "tasker_named_steps"


class NamedTasksNamedStep(_Timed):
    """A step of a template."""

    id = models.AutoField(primary_key=True)
    named_task = models.ForeignKey(NamedTask, models.DO_NOTHING)
    named_step = models.ForeignKey(NamedStep, models.DO_NOTHING)
    skippable = models.BooleanField()
    default_retryable = models.BooleanField()
    default_retry_limit = models.IntegerField()

    class Meta:
        managed = False
        db_table = "tasker_named_tasks_named_steps"


class _Stateful(models.QuerySet):
    """Rows that have a state, in the transition that is current."""

    def _transitions(self) -> Any:
        raise NotImplementedError

    def with_state(self) -> Any:
        """Adds ``state`` to each row; without a transition, it is ``pending``."""
        current = self._transitions().filter(most_recent=True).values("to_state")[:1]
        return self.annotate(state=Coalesce(Subquery(current), Value("pending")))

    def in_state(self, *states: str) -> Any:
        """The rows in one of the states."""
        return self.with_state().filter(state__in=states)


class TaskQuerySet(_Stateful):
    """Queries of tasks."""

    def _transitions(self) -> Any:
        return TaskTransition.objects.filter(task_id=OuterRef("pk"))


class WorkflowStepQuerySet(_Stateful):
    """Queries of steps."""

    def _transitions(self) -> Any:
        return WorkflowStepTransition.objects.filter(workflow_step_id=OuterRef("pk"))


class Task(_Timed):
    """A task. ``Task.objects.with_state()`` adds its state, ``Task.objects.in_state("error")`` searches by it."""

    task_id = models.BigAutoField(primary_key=True)
    named_task = models.ForeignKey(NamedTask, models.DO_NOTHING, related_name="tasks")
    complete = models.BooleanField()
    requested_at = UtcDateTimeField()
    initiator = models.CharField(max_length=128, null=True)
    source_system = models.CharField(max_length=128, null=True)
    reason = models.CharField(max_length=128, null=True)
    bypass_steps = PlainJsonField(null=True)
    tags = models.JSONField(null=True)
    context = models.JSONField(null=True)
    identity_hash = models.CharField(max_length=128)

    objects = TaskQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "tasker_tasks"


class WorkflowStep(_Timed):
    """A step of a task; with ``with_state()`` and ``in_state()``."""

    workflow_step_id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, models.DO_NOTHING, related_name="workflow_steps")
    named_step = models.ForeignKey(NamedStep, models.DO_NOTHING, related_name="workflow_steps")
    retryable = models.BooleanField()
    retry_limit = models.IntegerField(null=True)
    in_process = models.BooleanField()
    processed = models.BooleanField()
    processed_at = UtcDateTimeField(null=True)
    attempts = models.IntegerField(null=True)
    last_attempted_at = UtcDateTimeField(null=True)
    backoff_request_seconds = models.IntegerField(null=True)
    inputs = models.JSONField(null=True)
    results = models.JSONField(null=True)
    skippable = models.BooleanField()
    parents = models.ManyToManyField(
        "self",
        through="WorkflowStepEdge",
        through_fields=("to_step", "from_step"),
        symmetrical=False,
        related_name="children",
    )

    objects = WorkflowStepQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "tasker_workflow_steps"


class WorkflowStepEdge(_Timed):
    """A dependency: ``to_step`` waits for ``from_step``."""

    id = models.BigAutoField(primary_key=True)
    from_step = models.ForeignKey(WorkflowStep, models.DO_NOTHING, related_name="edges_to_children")
    to_step = models.ForeignKey(WorkflowStep, models.DO_NOTHING, related_name="edges_to_parents")
    name = models.CharField()

    class Meta:
        managed = False
        # Of the database of these models, whatever the default one is.
        required_db_features = frozenset({"supports_unlimited_charfield"})
        db_table = "tasker_workflow_step_edges"


class TaskTransition(_Timed):
    """A change of the state of a task."""

    id = models.BigAutoField(primary_key=True)
    to_state = models.CharField()
    from_state = models.CharField(null=True)
    metadata = models.JSONField(null=True)
    sort_key = models.IntegerField()
    most_recent = models.BooleanField()
    task = models.ForeignKey(Task, models.DO_NOTHING, related_name="transitions")

    class Meta:
        managed = False
        # Of the database of these models, whatever the default one is.
        required_db_features = frozenset({"supports_unlimited_charfield"})
        db_table = "tasker_task_transitions"


class WorkflowStepTransition(_Timed):
    """A change of the state of a step."""

    id = models.BigAutoField(primary_key=True)
    to_state = models.CharField()
    from_state = models.CharField(null=True)
    metadata = models.JSONField(null=True)
    sort_key = models.IntegerField()
    most_recent = models.BooleanField()
    workflow_step = models.ForeignKey(WorkflowStep, models.DO_NOTHING, related_name="transitions")

    class Meta:
        managed = False
        # Of the database of these models, whatever the default one is.
        required_db_features = frozenset({"supports_unlimited_charfield"})
        db_table = "tasker_workflow_step_transitions"


class AnnotationType(_Timed):
    """A type of annotations."""

    annotation_type_id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=64)
    description = models.CharField(max_length=255, null=True)

    class Meta:
        managed = False
        db_table = "tasker_annotation_types"


class TaskAnnotation(_Timed):
    """An annotation of a task."""

    task_annotation_id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, models.DO_NOTHING, related_name="annotations")
    annotation_type = models.ForeignKey(AnnotationType, models.DO_NOTHING)
    annotation = models.JSONField(null=True)

    class Meta:
        managed = False
        db_table = "tasker_task_annotations"


class DependentSystemObjectMap(_Timed):
    """Two remote objects that are the same."""

    dependent_system_object_map_id = models.BigAutoField(primary_key=True)
    dependent_system_one = models.ForeignKey(DependentSystem, models.DO_NOTHING, related_name="maps_one")
    dependent_system_two = models.ForeignKey(DependentSystem, models.DO_NOTHING, related_name="maps_two")
    remote_id_one = models.CharField(max_length=128)
    remote_id_two = models.CharField(max_length=128)

    class Meta:
        managed = False
        db_table = "tasker_dependent_system_object_maps"
