"""Migration tools beside an installation, with the models of this package: what README.md shows."""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap
import unittest

import psycopg

from .support import PYTHON_FOLDER, REPOSITORY, SCHEMA, installed
from .test_readme import blocks

ENV = """
from alembic import context
from shop_models import Base
from sqlalchemy import create_engine

engine = create_engine("postgresql+psycopg://app@/")
with engine.connect() as connection:
{}
    with context.begin_transaction():
        context.run_migrations()
"""

SCRIPT = """
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
from alembic import op
import sqlalchemy as sa

def upgrade():
    ${upgrades if upgrades else "pass"}

def downgrade():
    ${downgrades if downgrades else "pass"}
"""

#: Adds the table, finds no difference then, and uses it.
ALEMBIC = """
import sys
from alembic import command
from alembic.config import Config
from shop_models import Base, Order
from sqlalchemy import create_engine, inspect
from sqlalchemy.orm import Session

config = Config()
config.set_main_option("script_location", ".")
command.revision(config, "orders", autogenerate=True)
command.upgrade(config, "head")
command.check(config)
engine = create_engine("postgresql+psycopg://app@/")
with Session(engine) as session:
    session.add(Order(task_id=int(sys.argv[1])))
    session.commit()
    assert session.query(Order).one().task.state == "pending"
command.downgrade(config, "base")
assert inspect(engine).get_table_names("public") == ["alembic_version"]
"""

CREATE_ALL = """
from shop_models import Base
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import InvalidRequestError
from tasker_core.models.sqlalchemy import TaskerBase

engine = create_engine("postgresql+psycopg://app@/")
Base.metadata.create_all(engine)
assert inspect(engine).get_table_names("public") == ["orders"]
Base.metadata.drop_all(engine)
assert inspect(engine).get_table_names("public") == []
TaskerBase.metadata.create_all(engine)  # all of them are there
elsewhere = create_engine("postgresql+psycopg://app@/", connect_args={"options": "-c search_path=public"})
for wrong, bind in (TaskerBase.metadata.drop_all, engine), (TaskerBase.metadata.create_all, elsewhere):
    try:
        wrong(bind)
    except InvalidRequestError as error:
        print(error)
"""

SETTINGS = """
import os

SECRET_KEY = "test"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": os.environ["PGUSER"],
    "HOST": os.environ["PGHOST"], "PORT": os.environ["PGPORT"],
    "OPTIONS": {"options": "-c search_path=public,tasker"}, "TEST": {"TEMPLATE": os.environ.get("TEMPLATE")}}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
"""

DJANGO = """
import io, sys
import django
from django.core.management import call_command

django.setup()
from django.db import connection
from shop.models import Order
from tasker_core.models.django.models import Task

call_command("makemigrations", "shop", verbosity=0)
call_command("migrate", verbosity=0)
call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'tasker%'")
    assert cursor.fetchone() == (0,)
Order.objects.create(task_id=int(sys.argv[1]))
assert Order.objects.get().task.context == {"cart": 7}
listed = io.StringIO()
call_command("inspectdb", stdout=listed)
compile(listed.getvalue(), "models.py", "exec")
assert "db_table = 'tasker_tasks'" in listed.getvalue()
call_command("flush", interactive=False, verbosity=0)
assert (Order.objects.count(), Task.objects.count()) == (0, 1)
"""

TESTS = """
from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase
from shop.models import Order
from tasker_core import Client, Database, Handlers
from tasker_core.models.django.models import Task
from tasker_core.testing import drain


class Shop:
    def setUp(self):
        self.database = database = Database("dbname=" + connection.settings_dict["NAME"], schema="tasker")
        self.addCleanup(database.close)
        assert Task.objects.count() == 0
        Client(database).using(connection.connection).register_task(
            {{"name": "order", "namespace_name": "shop", "step_templates": [{{"name": "charge"}}]}})
{}


class RolledBack(Shop, TestCase):
    def test_one(self):
        assert Order.objects.get().task.context == {{"cart": 7}}

    def test_another(self):
        assert Task.objects.in_state("pending").count() == 1


class Committed(Shop, TransactionTestCase):
    def test_drain(self):
        handlers = Handlers()
        handlers.register("charge")(lambda *_: {{"paid": True}})
        assert len(drain(self.database, handlers)) == 1
        assert Task.objects.in_state("complete").get().workflow_steps.get().results == {{"paid": True}}
"""


def of(part: str) -> str:
    """The block of README.md that has this part."""
    [block] = [block for block in blocks("python") if part in block]
    return block


def superuser(statement: str) -> None:
    with psycopg.connect("", autocommit=True) as connection:
        connection.execute(statement)


class MigrationTest(unittest.TestCase):
    """In a database of its own, with the installation last in the search path of its owner."""

    def setUp(self) -> None:
        self.name = self.id().rpartition(".")[2]
        superuser(f"CREATE DATABASE {self.name} OWNER app")
        self.addCleanup(superuser, f"DROP DATABASE {self.name}")
        superuser(f"ALTER ROLE app IN DATABASE {self.name} SET search_path = public, {SCHEMA}")
        with psycopg.connect(f"dbname={self.name}") as connection:
            connection.execute("CREATE EXTENSION tasker_core")
        with psycopg.connect(f"dbname={self.name} user=app") as connection:
            connection.execute("SELECT FROM tasker_install(%s, create_schema => true)", [SCHEMA])
            template = '{"name": "order", "namespace_name": "shop", "step_templates": [{"name": "charge"}]}'
            connection.execute("SELECT FROM tasker_register_task(%s)", [template])
            created = connection.execute("SELECT task_id FROM tasker_create_task('order', '{\"cart\": 7}', 'shop')")
            self.task = str((created.fetchone() or [None])[0])
        self.before = self.installation()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def installation(self) -> list[tuple[str, ...]]:
        """The columns and the triggers of the installation."""
        with psycopg.connect(f"dbname={self.name}") as connection:
            return connection.execute(
                "SELECT attrelid::regclass::text, attname::text, format_type(atttypid, atttypmod), attnotnull::text"
                " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = %s::regnamespace"
                " UNION ALL SELECT tgrelid::regclass::text, tgname, tgenabled::text, ''"
                " FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace = %s::regnamespace"
                " AND NOT tgisinternal"
                " ORDER BY 1, 2, 3",
                [SCHEMA, SCHEMA],
            ).fetchall()

    def write(self, file: str, text: str) -> None:
        (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / file).write_text(text)

    def python(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PGDATABASE": self.name,
            "PYTHONPATH": f"{PYTHON_FOLDER}/src:{self.folder}",
            "DJANGO_SETTINGS_MODULE": "settings",
            **more,
        }
        return subprocess.run(
            [sys.executable, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )

    def succeeds(self, *arguments: str, **more: str) -> str:
        done = self.python(*arguments, **more)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def alembic(self, models: str, configure: str) -> None:
        """Adds the table of README.md: the migration has it, and nothing else."""
        self.write("shop_models.py", models)
        self.write("env.py", ENV.format(textwrap.indent(configure, "    ")))
        self.write("script.py.mako", SCRIPT)
        (self.folder / "versions").mkdir()
        self.succeeds("-c", ALEMBIC, self.task)
        [made] = (self.folder / "versions").glob("*.py")
        text = made.read_text()
        changes = re.findall(r"op\.(\w+)\('(\w+)'", text)
        self.assertEqual(changes, [("create_table", "orders"), ("drop_table", "orders")])
        self.assertIn("sa.Column('task_id', sa.BigInteger(), nullable=True)", text)
        self.assertIn("['tasker_tasks.task_id']", text)
        self.assertEqual(self.installation(), self.before)

    @unittest.skipUnless(installed("alembic"), "Alembic is not installed")
    def test_alembic(self) -> None:
        self.alembic(of("class Base"), of("context.configure"))

    @unittest.skipUnless(installed("alembic"), "Alembic is not installed")
    def test_alembic_with_the_metadata_of_the_models(self) -> None:
        configure = of("context.configure").replace("import include_object", "import TaskerBase, include_object")
        configure = configure.replace("=Base.metadata", "=[Base.metadata, TaskerBase.metadata], include_schemas=True")
        self.alembic(of("class Base"), configure)

    @unittest.skipUnless(installed("alembic"), "Alembic is not installed")
    def test_alembic_with_models_of_the_same_base(self) -> None:
        models = of("class Base").replace("import Task", "import Task, TaskerBase")
        models = models.replace("class Base(DeclarativeBase):", "class Base(TaskerBase):\n    __abstract__ = True")
        self.alembic(models, of("context.configure"))

    @unittest.skipUnless(installed("alembic"), "Alembic is not installed")
    def test_alembic_without_the_function(self) -> None:
        """What the function is for."""
        configure = of("context.configure").replace(", include_object=include_object", "")
        with self.assertRaisesRegex(AssertionError, r"op\.drop_table|drop table tasker_tasks"):
            self.alembic(of("class Base"), configure)

    @unittest.skipUnless(installed("sqlalchemy"), "SQLAlchemy is not installed")
    def test_create_all_and_drop_all(self) -> None:
        """Those of the application touch its tables; those of the models refuse."""
        self.write("shop_models.py", of("class Base"))
        said = self.succeeds("-c", CREATE_ALL)
        self.assertEqual(said.count("belongs to an installation of tasker_core: call tasker_install()"), 2)
        self.assertEqual(self.installation(), self.before)

    def prepare_django(self, migration: str | None = None) -> None:
        self.write("settings.py", SETTINGS + of("INSTALLED_APPS"))
        self.write("shop/models.py", "from django.db import models\n\n\n" + of("(models.Model)"))
        self.write("shop/tests.py", TESTS.format(textwrap.indent(of("transaction.atomic"), " " * 8)))
        for file in ("shop/__init__.py", "shop/migrations/__init__.py"):
            self.write(file, "")
        if migration is not None:
            self.write("shop/migrations/0001_install.py", migration)

    @unittest.skipUnless(installed("django"), "Django is not installed")
    def test_django_migrations(self) -> None:
        """Beside the migration that installs, of docs/orms.md."""
        page = (REPOSITORY / "docs" / "orms.md").read_text()
        [migration] = re.findall(r"^```python\n(from django.db import migrations\n.*?)^```", page, re.M | re.S)
        self.prepare_django(migration)
        self.succeeds("-c", DJANGO, self.task, PGUSER="app")
        self.assertEqual(self.installation(), self.before)

    @unittest.skipUnless(installed("pytest_django"), "pytest-django is not installed")
    def test_pytest(self) -> None:
        """The same with the fixture for pytest-django."""
        self.prepare_django()
        self.write("conftest.py", of("installing()"))
        self.write("pytest.ini", "[pytest]\npython_files = tests.py\n")
        self.succeeds("-m", "django", "makemigrations", "shop")
        said = self.succeeds("-m", "pytest", "-p", "no:cacheprovider", "shop/tests.py")
        self.assertIn("3 passed", said)

    @unittest.skipUnless(installed("django"), "Django is not installed")
    def test_django_runner(self) -> None:
        """Each test database has an installation: a superuser's, and that of a role that may create databases."""
        self.prepare_django()
        self.succeeds("-m", "django", "makemigrations", "shop")
        test = ["-m", "django", "test", "--verbosity", "0", "--noinput"]
        self.assertRegex(self.python(*test, "--parallel", "2").stderr, r"Ran 3 tests.*\n\nOK\n")
        superuser("CREATE ROLE developer LOGIN CREATEDB")
        self.addCleanup(superuser, "DROP ROLE developer")
        refused = self.python(*test, PGUSER="developer").stderr
        self.assertIn("copied from template1: as a superuser, run CREATE EXTENSION tasker_core", refused)
        superuser("CREATE DATABASE with_extension IS_TEMPLATE true")
        self.addCleanup(superuser, "DROP DATABASE with_extension")
        self.addCleanup(superuser, "ALTER DATABASE with_extension IS_TEMPLATE false")
        with psycopg.connect("dbname=with_extension") as connection:
            connection.execute("CREATE EXTENSION tasker_core")
        done = self.python(*test, PGUSER="developer", TEMPLATE="with_extension")
        self.assertRegex(done.stderr, r"Ran 3 tests.*\n\nOK\n")
