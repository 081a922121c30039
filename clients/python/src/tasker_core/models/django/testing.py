"""Test databases of Django with an installation: set ``TEST_RUNNER`` to
``"tasker_core.models.django.testing.TaskerTestRunner"``.

The installation is in the schema that the setting ``TASKER_SCHEMA`` names, ``tasker`` by default.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db import connections, router
from django.db.models.signals import pre_migrate
from django.db.utils import ProgrammingError
from django.test.runner import DiscoverRunner

from ...database import Database


def _install(connection: Any) -> None:
    """Creates the extension and the installation, if they are not there."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS tasker_core")
    except ProgrammingError as error:
        raise ProgrammingError(
            f"{error}Test databases are copied from template1: as a superuser, run CREATE EXTENSION tasker_core there."
        ) from error
    schema = getattr(settings, "TASKER_SCHEMA", "tasker")
    with Database() as database:
        database.call("tasker_install", schema, connection=connection.connection, create_schema=True)


def _before_migrations(sender: AppConfig, using: str, **_: Any) -> None:
    connection = connections[using]
    if sender.label == "tasker" and connection.vendor == "postgresql" and router.allow_migrate(using, sender.label):
        _install(connection)


@contextlib.contextmanager
def installing() -> Iterator[None]:
    """Meanwhile, ``migrate`` installs before the first migration, in each database in which the app has its tables.

    For test runners that make databases without :class:`TaskerTestRunner`.
    """
    pre_migrate.connect(_before_migrations)
    try:
        yield
    finally:
        pre_migrate.disconnect(_before_migrations)


class TaskerTestRunner(DiscoverRunner):
    """Django's test runner, which installs tasker_core in each test database that it makes."""

    def setup_databases(self, **kwargs: Any) -> Any:
        """Makes the test databases."""
        with installing():
            return super().setup_databases(**kwargs)
