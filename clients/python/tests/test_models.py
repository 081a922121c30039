"""The models describe the tables as they are."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
import unittest
from typing import Any

from .support import SCHEMA, ServerTest, installed, superuser

#: Runs in a process of its own, because Django is configured once for a process.
DJANGO = """
import datetime, os, re, sys
import django
from django.conf import settings
from django.core.management import call_command

settings.configure(
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": "app",
        "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
        "OPTIONS": {"options": "-c search_path=public,tasker"}}},
    INSTALLED_APPS=["tasker_core.models.django"], USE_TZ=True, TIME_ZONE="Asia/Kolkata",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()
from django.apps import apps
from django.db import connection
from django.db.models.functions import TruncDate
from tasker_core.models.django.models import Task, WorkflowStep

task_id = int(sys.argv[1])
call_command("check", verbosity=0, stdout=sys.stderr)
call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
call_command("migrate", run_syncdb=True, verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'tasker%%'")
    assert cursor.fetchone() == (0,), "a migration has created tables"
for model in apps.get_app_config("tasker").get_models():
    list(model.objects.all()[:1])
    described = {(field.column, field.db_type(connection), field.null) for field in model._meta.local_concrete_fields}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped", [model._meta.db_table])
        # timestamp(6) is timestamp.
        names = {"character varying": "varchar", "(6)": ""}
        columns = {
            (name, re.sub("|".join(map(re.escape, names)), lambda found: names[found[0]], kind), is_null)
            for name, kind, is_null in cursor.fetchall()}
    assert described == columns, (model, described ^ columns)

task = Task.objects.with_state().get(pk=task_id)
assert task.state == "in_progress", task.state
assert task.context == {"cart": 7}
age = datetime.datetime.now(datetime.timezone.utc) - task.created_at
assert abs(age) < datetime.timedelta(hours=1), task.created_at
hour, now = datetime.timedelta(hours=1), datetime.datetime.now(datetime.timezone.utc)
assert Task.objects.filter(pk=task_id, created_at__gt=now - hour).exists()
assert not Task.objects.filter(pk=task_id, created_at__gt=now + hour).exists()
with connection.cursor() as cursor:
    cursor.execute("UPDATE tasker_tasks SET created_at = '2025-12-31 20:00' WHERE task_id = %s", [task_id])
# It is half past one in India.
here = {"created_at__date": datetime.date(2026, 1, 1), "created_at__year": 2026, "created_at__hour": 1}
for lookup, value in here.items():
    assert Task.objects.filter(**{"pk": task_id, lookup: value}).exists(), lookup
assert not Task.objects.filter(pk=task_id, created_at__date=datetime.date(2025, 12, 31)).exists()
day = TruncDate("created_at", tzinfo=datetime.timezone.utc)
assert Task.objects.annotate(day=day).get(pk=task_id).day == datetime.date(2025, 12, 31)
step = WorkflowStep.objects.in_state("pending").get(task_id=task_id)
assert step.named_step.name == "ship"
assert [parent.named_step.name for parent in step.parents.all()] == ["charge"]
assert [child.pk for child in step.parents.get().children.all()] == [step.pk]
assert step.parents.get().results == {"paid": True}
assert task.named_task.task_namespace.name == sys.argv[2]
print("ok")
"""


class ModelTest(ServerTest):
    """Models."""

    def prepare(self) -> int:
        self.register("charge", {"name": "ship", "depends_on_step": "charge"})
        task = self.create({"cart": 7})
        row = self.database.call("tasker_claim_steps", "w", task_id=task)[0]
        self.database.call(
            "tasker_complete_step", row["workflow_step_id"], {"paid": True}, claim_token=row["claim_token"]
        )
        return task

    @unittest.skipUnless(installed("django"), "Django is not installed")
    def test_django(self) -> None:
        task = self.prepare()
        done = subprocess.run(
            [sys.executable, "-c", DJANGO, str(task), self.namespace], capture_output=True, text=True, check=False
        )
        self.assertEqual((done.stdout, done.returncode), ("ok\n", 0), done.stderr)

    @unittest.skipUnless(installed("sqlalchemy"), "SQLAlchemy is not installed")
    def test_sqlalchemy(self) -> None:
        from sqlalchemy import create_engine, inspect, select
        from sqlalchemy.orm import Session

        from tasker_core.models.sqlalchemy import Task, TaskerBase, WorkflowStep

        def kind(of_column: Any) -> str:
            """The type as PostgreSQL names it; the models leave the length of a text to the database."""
            return re.sub(r"\(\d+\)", "", of_column.compile(dialect=engine.dialect))

        task_id = self.prepare()
        engine = create_engine("postgresql+psycopg://app@/", execution_options={"schema_translate_map": {None: SCHEMA}})
        tables = [row[0] for row in superuser("SELECT DISTINCT table_name FROM _tasker_expected_columns()")]
        self.assertEqual(sorted(tables), sorted(TaskerBase.metadata.tables))
        for name, table in TaskerBase.metadata.tables.items():
            found = inspect(engine).get_columns(name, schema=SCHEMA)
            columns = {column["name"]: (column["nullable"], kind(column["type"])) for column in found}
            described = {column.name: (bool(column.nullable), kind(column.type)) for column in table.columns}
            self.assertEqual(described, columns, name)
        with Session(engine) as session:
            for mapper in TaskerBase.registry.mappers:
                session.execute(select(mapper.class_).limit(1)).all()
            task = session.get(Task, task_id)
            assert task is not None
            self.assertEqual((task.state, task.name, task.context), ("in_progress", "order", {"cart": 7}))
            self.assertEqual([step.name for step in task.workflow_steps], ["charge", "ship"])
            age = datetime.datetime.now(datetime.timezone.utc) - task.created_at
            self.assertLess(abs(age), datetime.timedelta(hours=1))
            pending = select(WorkflowStep).where(WorkflowStep.task_id == task_id, WorkflowStep.state == "pending")
            step = session.execute(pending).scalar_one()
            self.assertEqual([parent.results for parent in step.parents], [{"paid": True}])
            self.assertEqual([child.name for child in step.parents[0].children], ["ship"])
            self.assertEqual([one.to_state for one in step.parents[0].transitions], ["in_progress", "complete"])
            hour = datetime.timedelta(hours=1)
            for limit, number in ((-hour, 1), (hour, 0)):
                when = datetime.datetime.now(datetime.timezone.utc) + limit
                recent = select(Task).where(Task.task_id == task_id, Task.created_at > when)
                self.assertEqual(len(session.execute(recent).all()), number)
            with self.assertRaises(Exception):  # noqa: B017
                session.execute(select(Task).where(Task.created_at > datetime.datetime.now())).all()
        engine.dispose()
