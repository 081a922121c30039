"""A queue in memory, for tests."""

from __future__ import annotations

from collections import deque

from ..database import Database
from ..handler import Handlers
from ..orchestrator import Job, run_task


class MemoryQueue:
    """Keeps jobs until :meth:`run` executes them, in the order in which they came."""

    def __init__(self, database: Database, handlers: Handlers) -> None:
        self._database = database
        self._handlers = handlers
        self.jobs: deque[Job] = deque()

    def enqueue(self, job: Job) -> None:
        """Keeps the job."""
        self.jobs.append(job)

    def run(self) -> list[tuple[str, str]]:
        """Executes all jobs, and returns the name and the outcome of each step."""
        done: list[tuple[str, str]] = []
        while self.jobs:
            job = self.jobs.popleft()
            done += run_task(self._database, self._handlers, job.task_id, scheduler=job.scheduler)
        return done
