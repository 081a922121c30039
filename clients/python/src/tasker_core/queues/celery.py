"""Celery. Needs ``pip install tasker-core[celery]``."""

from __future__ import annotations

from typing import Any

from celery import Celery

from ..database import Database
from ..handler import Handlers
from ..orchestrator import Job, run_task


class CeleryQueue:
    """Makes a Celery task that executes steps, and enqueues it.

    Create it in the module that Celery's workers load, and pass it to an :class:`~tasker_core.Orchestrator`.
    ``options`` are those of ``apply_async``, for example ``queue``. ``conninfo`` and ``schema`` are those of
    :class:`~tasker_core.Database`; each process that runs jobs makes a Database of its own, because connections do not
    survive a fork.
    """

    def __init__(
        self,
        app: Celery,
        handlers: Handlers,
        conninfo: str = "",
        *,
        schema: str | None = None,
        task_name: str = "tasker_core.run_task",
        options: dict[str, Any] | None = None,
    ) -> None:
        self._options = options or {}

        # With acks_late, a job whose process dies is delivered again.
        @app.task(name=task_name, acks_late=True, ignore_result=True)  # type: ignore[untyped-decorator]
        def run(task_id: int, scheduler: str) -> None:
            with Database(conninfo, schema=schema) as database:
                run_task(database, handlers, task_id, scheduler=scheduler)

        self._task = run

    def enqueue(self, job: Job) -> None:
        """Sends the job to the broker. Raises the errors of kombu."""
        self._task.apply_async(args=[job.task_id, job.scheduler], **self._options)
