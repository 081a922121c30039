"""The Python worker of together.sh: handlers for "reserve" and "ship", and one that never returns."""

from __future__ import annotations

import itertools
import os
import threading
from typing import Any, NoReturn

import psycopg

from tasker_core import Handlers, Step, StepSequence, Task

handlers = Handlers()
executions = itertools.count()
# After so many executions, this process keeps two: one before its effect and one after it. Then the test kills it.
KEEP_AFTER = int(os.environ.get("KEEP_AFTER", -2))


def insert(statement: str, step: Step, *values: object) -> None:
    """A transaction of its own."""
    with psycopg.connect("user=app", autocommit=True) as connection:
        values = (os.environ["WORKER"], step.workflow_step_id, step.attempt, step.claim_token, *values)
        connection.execute(statement, values)


def keep(step: Step, after_effect: bool) -> NoReturn:
    insert("INSERT INTO together.kept VALUES (%s, %s, %s, %s, %s)", step, after_effect)
    while True:
        threading.Event().wait()


@handlers.register("reserve")
@handlers.register("ship")
def process(task: Task, sequence: StepSequence, step: Step) -> Any:
    """Has an effect, and passes on the document of its parents."""
    number = next(executions)
    if number == KEEP_AFTER:
        keep(step, after_effect=False)
    insert("INSERT INTO together.effects VALUES (%s, %s, %s, %s)", step)
    if number == KEEP_AFTER + 1:
        keep(step, after_effect=True)
    documents = {name: results["document"] for name, results in sequence.parent_results.items()}
    document = next(iter(documents.values()), task.context["document"])
    return {"by": "python", "from": documents, "document": document}


@handlers.register("hangs")
def hangs(task: Task, sequence: StepSequence, step: Step) -> Any:
    """The first execution of this process never returns, and does not look whether it should stop."""
    if "HANGS" in os.environ and next(executions) == 0:
        keep(step, after_effect=False)
    return {"by": "python"}
