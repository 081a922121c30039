"""The handlers of the processes that test_processes.py starts and kills."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import psycopg

from tasker_core import Handlers, Step, StepSequence, Task

handlers = Handlers()


def note(task: Task, step: Step, what: str) -> None:
    with psycopg.connect("user=app", autocommit=True) as connection:
        connection.execute(
            "INSERT INTO tasker.process_notes (task_id, attempt, pid, what) VALUES (%s, %s, %s, %s)",
            [task.task_id, step.attempt, os.getpid(), what],
        )


def may_go(task: Task) -> bool:
    with psycopg.connect("user=app", autocommit=True) as connection:
        query = "SELECT count(*) FROM tasker.process_notes WHERE task_id = %s AND what = 'go'"
        row = connection.execute(query, [task.task_id]).fetchone()
        return row is not None and row[0] > 0


@handlers.register("gated")
def gated(task: Task, sequence: StepSequence, step: Step) -> Any:
    """Says that it has begun, and waits until the test lets it go."""
    note(task, step, "begun")
    while not may_go(task):
        time.sleep(0.05)
    note(task, step, "done")
    return {"pid": os.getpid()}


@handlers.register("hangs")
def hangs(task: Task, sequence: StepSequence, step: Step) -> Any:
    """The first attempt never returns, and does not look whether it should stop."""
    note(task, step, "begun")
    if step.attempt == 1:
        threading.Event().wait()
    return {"pid": os.getpid()}
