"""arq. Needs ``pip install tasker-core[arq]``."""

from __future__ import annotations

import asyncio
from typing import Any

from arq.connections import ArqRedis, RedisSettings, create_pool

from ..database import Database
from ..handler import Handlers
from ..orchestrator import Job, run_task

JOB = "run_tasker_task"


def arq_function(handlers: Handlers, conninfo: str = "", *, schema: str | None = None) -> Any:
    """The function for ``WorkerSettings.functions`` of arq. Handlers run in threads, so they may block.

    arq cancels a job after ``job_timeout``, 300 seconds by default; its thread goes on to the end of its steps.
    """

    def run(task_id: int, scheduler: str) -> None:
        with Database(conninfo, schema=schema) as database:
            run_task(database, handlers, task_id, scheduler=scheduler)

    async def run_tasker_task(ctx: dict[Any, Any], task_id: int, scheduler: str) -> None:
        await asyncio.to_thread(run, task_id, scheduler)

    # By this name, arq finds the function.
    run_tasker_task.__qualname__ = JOB
    return run_tasker_task


class ArqQueue:
    """Enqueues jobs for :func:`arq_function`. It has an event loop of its own; use it from one thread."""

    def __init__(self, settings: RedisSettings | None = None, *, pool: ArqRedis | None = None) -> None:
        self._settings = settings or RedisSettings()
        self._loop = asyncio.new_event_loop()
        self._pool = pool

    def enqueue(self, job: Job) -> None:
        """Sends the job to Redis. Raises the errors of redis."""
        self._loop.run_until_complete(self._send(job))

    async def _send(self, job: Job) -> None:
        if self._pool is None:
            self._pool = await create_pool(self._settings)
        await self._pool.enqueue_job(JOB, job.task_id, job.scheduler)

    def close(self) -> None:
        """Closes the connection and the loop."""
        if self._pool is not None:
            self._loop.run_until_complete(self._pool.aclose())
        self._loop.close()
