"""Workers that are processes of their own, and what happens when they die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

from .support import PYTHON_FOLDER, ServerTest, becomes, superuser


class ProcessTest(ServerTest):
    """Kills workers."""

    @classmethod
    def setUpClass(cls) -> None:
        superuser(
            "CREATE TABLE IF NOT EXISTS tasker.process_notes (number bigint GENERATED ALWAYS AS IDENTITY,"
            " task_id bigint, attempt integer, pid integer, what text)"
        )
        superuser("ALTER TABLE tasker.process_notes OWNER TO app")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tasker_core", "work", "tests.process_handlers", "--database", "user=app"]
        process = subprocess.Popen(
            [*command, "--schema", "tasker", "--namespace", self.namespace, *arguments],
            cwd=PYTHON_FOLDER,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": "src", **environment},
        )

        def end() -> None:
            if process.poll() is None:
                process.kill()
            if process.stderr is not None and not process.stderr.closed:
                process.communicate()

        self.addCleanup(end)
        return process

    def notes(self, task_id: int, what: str) -> list[dict[str, Any]]:
        rows = superuser(
            "SELECT attempt, pid FROM process_notes WHERE task_id = %s AND what = %s ORDER BY number", [task_id, what]
        )
        return [{"attempt": attempt, "pid": pid} for attempt, pid in rows]

    def go(self, task_id: int) -> None:
        superuser("INSERT INTO process_notes (task_id, what) VALUES (%s, 'go')", [task_id])

    def test_killed_in_the_middle(self) -> None:
        self.register("gated")
        task = self.create()
        first = self.start("--lease", "1", "--name", "first")
        becomes("the first worker has begun", lambda: self.notes(task, "begun"))
        first.send_signal(signal.SIGKILL)
        first.wait()
        second = self.start("--lease", "60", "--name", "second")
        becomes("the second worker has begun", lambda: len(self.notes(task, "begun")) == 2)
        self.go(task)
        becomes("the task is complete", lambda: self.state(task) == "complete")
        self.assertEqual(self.notes(task, "done"), [{"attempt": 2, "pid": second.pid}])
        self.assertEqual(self.client.step_results(task), {"gated": {"pid": second.pid}})
        step = self.step_id(task, "gated")
        self.assertEqual(self.history(step), ["in_progress", "error", "pending", "in_progress", "complete"])
        causes = [entry.cause for entry in self.client.task_timeline(task) if entry.to_state == "error"]
        self.assertEqual(causes, ["lease_expired"])

    def test_terminated(self) -> None:
        """What has begun is finished, and what has not is released without using an attempt."""
        self.register("gated")
        tasks = [self.create() for _ in range(3)]
        worker = self.start("--batch-size", "3", "--lease", "60")
        becomes("the first has begun", lambda: self.notes(tasks[0], "begun"))
        worker.send_signal(signal.SIGTERM)
        becomes(
            "the others are released",
            lambda: all(
                "shuts down" in str(self.database.call("tasker_step_history", self.step_id(task, "gated")))
                for task in tasks[1:]
            ),
        )
        self.assertIsNone(worker.poll())
        self.go(tasks[0])
        self.assertEqual(worker.wait(60), 0)
        self.assertEqual(self.state(tasks[0]), "complete")
        rest = [self.client.find_steps(task_id=task)[0] for task in tasks[1:]]
        self.assertEqual([(step.current_state, step.attempts, step.ready) for step in rest], [("pending", 0, True)] * 2)
        self.assertEqual([self.notes(task, "begun") for task in tasks[1:]], [[], []])

    def test_terminated_while_it_waits(self) -> None:
        """A claim that waits in the database is cancelled."""
        worker = self.start("--name", f"waits {self.namespace}", "--wait", "3600")
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app' AND query LIKE %s AND state = 'active'"
        becomes("it waits", lambda: superuser(waiting, [f"%waits {self.namespace}%"]) == [(1,)])
        worker.send_signal(signal.SIGINT)
        _, log = worker.communicate(timeout=120)
        self.assertEqual(worker.returncode, 0)
        self.assertIn("has stopped", log)
        self.assertNotIn("has not ended in time", log)

    def test_a_handler_that_never_returns(self) -> None:
        """It is timed out, and another worker executes the step."""
        self.register({"name": "hangs", "timeout_seconds": 1})
        task = self.create()
        first = self.start("--lease", "60", "--name", "first")
        becomes("the first worker has begun", lambda: self.notes(task, "begun"))
        second = self.start("--lease", "60", "--name", "second")
        becomes("the task is complete", lambda: self.state(task) == "complete")
        self.assertEqual([one["attempt"] for one in self.notes(task, "begun")], [1, 2])
        self.assertEqual(self.notes(task, "begun")[0]["pid"], first.pid)
        self.assertEqual(self.client.step_results(task), {"hangs": {"pid": second.pid}})
        causes = [entry.cause for entry in self.client.task_timeline(task) if entry.to_state == "error"]
        self.assertEqual(causes, ["timeout"])

    def test_handlers_that_are_none(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "tasker_core", "work", "json:dumps"],
            cwd=PYTHON_FOLDER,
            env={**os.environ, "PYTHONPATH": "src"},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual((done.returncode, "no object of the class" in done.stderr), (1, True))
