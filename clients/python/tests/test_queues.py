"""Jobs of Celery and arq: without Redis, and with the programs that their users run."""

from __future__ import annotations

import asyncio
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

from tasker_core import Orchestrator

from .support import PYTHON_FOLDER, SCHEMA, ServerTest, becomes, installed

#: The socket of a Redis.
REDIS = os.environ.get("REDIS_SOCKET")

#: What an application has. The handlers note in which process they run.
JOBS = """
import os
from tasker_core import Handlers

redis = os.environ["REDIS_SOCKET"]
handlers = Handlers()
handlers.register("a")(lambda *_: os.getpid())
handlers.register("b")(lambda task, sequence, step: [sequence.results_of("a"), os.getpid()])
"""

CELERY = """
from celery import Celery
from tasker_core.queues.celery import CeleryQueue

app = Celery("jobs", broker=f"redis+socket://{redis}")
queue = CeleryQueue(app, handlers, "user=app", schema="tasker")
"""

ENQUEUE = """
from jobs import queue
from tasker_core import Database, Orchestrator

with Database("user=app", schema="tasker") as database:
    assert Orchestrator(database, queue).enqueue_due() == 1
"""

ARQ = """
from arq.connections import RedisSettings
from tasker_core.queues.arq import arq_function


class WorkerSettings:
    functions = [arq_function(handlers, "user=app", schema="tasker")]
    redis_settings = RedisSettings(unix_socket_path=redis)
"""


class QueueTest(ServerTest):
    """A task of two steps."""

    def prepare(self) -> int:
        self.register("a", {"name": "b", "depends_on_step": "a"})
        self.handlers.register("a")(lambda *_: 1)
        self.handlers.register("b")(lambda *_: 2)
        return self.create_alone()

    def start(self, jobs: str, *command: str) -> subprocess.Popen[str]:
        """A program of the application, as its users start it."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        (pathlib.Path(folder.name) / "jobs.py").write_text(JOBS + jobs)
        # Celery needs a redis that arq refuses: it is in a folder of its own.
        path = [f"{PYTHON_FOLDER}/src", *([f"{sys.prefix}/celery"] if jobs == CELERY else [])]
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=folder.name,
            env={**os.environ, "PYTHONPATH": ":".join(path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def ends(self, process: subprocess.Popen[str]) -> None:
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, said)

    def was_executed(self, task: int) -> None:
        """By one job, in another process."""
        becomes("complete", lambda: self.state(task) == "complete")
        results = self.client.step_results(task)
        self.assertEqual(results["b"], [results["a"], results["a"]])
        self.assertNotEqual(results["a"], os.getpid())

    @unittest.skipUnless(installed("celery"), "Celery is not installed")
    def test_celery(self) -> None:
        """With a worker of Celery, and its broker in memory."""
        from celery import Celery
        from celery.contrib.testing.worker import start_worker

        from tasker_core.queues.celery import CeleryQueue

        task = self.prepare()
        app = Celery("test", broker="memory://", backend="cache+memory://")
        queue = CeleryQueue(app, self.handlers, "user=app", schema=SCHEMA)
        with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=60):
            self.assertEqual(Orchestrator(self.database, queue).enqueue_due(), 1)
            becomes("complete", lambda: self.state(task) == "complete")

    @unittest.skipUnless(installed("arq"), "arq is not installed")
    def test_arq(self) -> None:
        """With what arq sends to Redis and calls, but without Redis."""
        from arq.worker import func

        from tasker_core.queues.arq import JOB, ArqQueue, arq_function

        task = self.prepare()
        pool = mock.AsyncMock()
        queue = ArqQueue(pool=pool)
        self.assertEqual(Orchestrator(self.database, queue, name="o").enqueue_due(), 1)
        queue.close()
        pool.enqueue_job.assert_awaited_once_with(JOB, task, "o")
        function = arq_function(self.handlers, "user=app", schema=SCHEMA)
        self.assertEqual(func(function).name, JOB)
        asyncio.run(function({}, task, "o"))
        self.assertEqual(self.state(task), "complete")

    @unittest.skipUnless(installed("celery"), "Celery is not installed")
    @unittest.skipUnless(REDIS, "there is no Redis")
    def test_celery_with_redis(self) -> None:
        """With processes that Celery forks."""
        task = self.prepare()
        self.ends(self.start(CELERY, "-c", ENQUEUE))
        command = ["celery", "--app", "jobs", "worker", "--concurrency", "1", "--without-gossip", "--without-mingle"]
        worker = self.start(CELERY, "-m", *command)
        self.was_executed(task)
        worker.terminate()
        self.ends(worker)

    @unittest.skipUnless(installed("arq"), "arq is not installed")
    @unittest.skipUnless(REDIS, "there is no Redis")
    def test_arq_with_redis(self) -> None:
        from arq.connections import RedisSettings

        from tasker_core.queues.arq import ArqQueue

        task = self.prepare()
        queue = ArqQueue(RedisSettings(unix_socket_path=REDIS))
        self.addCleanup(queue.close)
        self.assertEqual(Orchestrator(self.database, queue).enqueue_due(), 1)
        self.ends(self.start(ARQ, "-m", "arq", "jobs.WorkerSettings", "--burst"))
        self.was_executed(task)
