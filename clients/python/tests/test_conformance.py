"""Runs the cases of clients/conformance/cases.json, which clients in all languages must pass."""

from __future__ import annotations

import datetime
import json
import re
import threading
import unittest
from typing import Any

import psycopg

from tasker_core import (
    Claim,
    Client,
    Database,
    Filters,
    Handlers,
    PermanentError,
    PostponeStep,
    Response,
    RetryableError,
    Step,
    StepHandler,
    StepSequence,
    Task,
    Worker,
    check_response,
)
from tasker_core.api_handler import ApiHandler

from .support import CONFORMANCE, SCHEMA, app_database, becomes, running

with CONFORMANCE.open(encoding="utf-8") as file:
    TABLE = json.load(file)


def slug(name: str) -> str:
    return re.sub(r"\W+", "_", name)


class Run:
    """A case that runs."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.namespace = slug(case["name"])
        self.task_id = 0
        self.executions: dict[str, int] = {}
        self.lock = threading.Lock()

    def fill(self, text: str, **more: object) -> str:
        """Puts the values of this run into a text."""
        values = {"case": self.case["name"], "namespace": self.namespace, "task_id": self.task_id, **more}
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def actions(self, step_name: str) -> list[dict[str, Any]]:
        """The actions of the next execution of a step of this name; the last ones are repeated."""
        with self.lock:
            number = self.executions.get(step_name, 0)
            self.executions[step_name] = number + 1
        executions: list[list[dict[str, Any]]] = self.case["steps"][step_name]
        return executions[min(number, len(executions) - 1)]


def query(statement: str) -> str | None:
    """The first value of a statement, as PostgreSQL writes it."""
    options = f"-c search_path={SCHEMA},public"
    with psycopg.connect("user=app", autocommit=True, options=options, cursor_factory=psycopg.RawCursor) as connection:
        connection.adapters.register_loader("jsonb", psycopg.types.string.TextLoader)
        connection.adapters.register_loader("bool", psycopg.types.string.TextLoader)
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    return None if row is None or row[0] is None else str(row[0])


class Handler(ApiHandler):
    """Does what the table says."""

    run: Run
    claimed: dict[int, Claim]

    def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
        self.initial_member: str | None = None
        self.later: Any = None
        output: Any = None
        for action in self.run.actions(step.name):
            [(verb, argument)] = action.items()
            output = getattr(self, f"do_{verb}")(argument, task, sequence, step)
        return output

    def process_results(self, step: Step, output: Any, initial: Any) -> Any:
        if self.initial_member is not None:
            return initial[self.initial_member]
        if self.later is not None:
            step.results = self.later
            return "not stored"
        return super().process_results(step, output, initial)

    def fill(self, text: str, task: Task, step: Step) -> str:
        return self.run.fill(
            text,
            step_id=step.workflow_step_id,
            task_id=task.task_id,
            claim_token=step.claim_token,
            stop_reason=step.stop_reason,
        )

    def do_return(self, value: Any, *_: Any) -> Any:
        return value

    def do_return_from(self, what: str, task: Task, sequence: StepSequence, step: Step) -> Any:
        if what == "trace_context":
            return task.trace_context
        return {
            "config": step.config,
            "context": task.context,
            "inputs": step.inputs,
            "parent_results": dict(sequence.parent_results),
            "attempt": step.attempt,
            "lease_until": step.lease_until.astimezone(datetime.timezone.utc),
        }[what]

    def do_return_results_of(self, name: str, task: Task, sequence: StepSequence, step: Step) -> Any:
        return sequence.results_of(name)

    def do_return_text(self, text: dict[str, Any], *_: Any) -> Any:
        return text["letter"] * text["times"]

    def do_return_initial(self, member: str, *_: Any) -> None:
        self.initial_member = member

    def do_set_results(self, results: Any, task: Task, sequence: StepSequence, step: Step) -> None:
        step.results = results

    def do_set_results_later(self, results: Any, *_: Any) -> None:
        self.later = results

    def do_return_sql(self, statement: str, task: Task, sequence: StepSequence, step: Step) -> Any:
        return json.loads(query(self.fill(statement, task, step)) or "null")

    def do_fail(self, error: dict[str, Any], *_: Any) -> None:
        if error["kind"] == "permanent":
            raise PermanentError(error["message"], error_code=error.get("error_code"))
        if error["kind"] == "retryable":
            raise RetryableError(error["message"], retry_after=error.get("retry_after"))
        raise ValueError(error["message"])

    def do_http(self, answer: dict[str, Any], *_: Any) -> Response:
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        return check_response(Response(answer["status"], headers, answer["body"].encode()))

    def do_postpone(self, wait: dict[str, Any], *_: Any) -> None:
        raise PostponeStep(wait["reason"], run_after=wait["seconds"])

    def do_sql(self, statement: str, task: Task, sequence: StepSequence, step: Step) -> None:
        query(self.fill(statement, task, step))

    def do_wait_for(self, statement: str, task: Task, sequence: StepSequence, step: Step) -> None:
        becomes(statement, lambda: query(self.fill(statement, task, step)) == "t")

    def do_wait_until_stopped(self, _: Any, task: Task, sequence: StepSequence, step: Step) -> None:
        becomes("the step is stopped", lambda: step.is_stopped)

    def do_note(self, note: str, task: Task, sequence: StepSequence, step: Step) -> None:
        with psycopg.connect("user=app", autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
            connection.execute(
                "INSERT INTO conformance_notes (case_name, note) VALUES (%s, %s)",
                [self.run.case["name"], self.fill(note, task, step)],
            )

    def do_progress(self, progress: Any, task: Task, sequence: StepSequence, step: Step) -> None:
        step.report_progress(progress)

    def do_add_steps(self, steps: list[dict[str, Any]], task: Task, sequence: StepSequence, step: Step) -> None:
        step.add_steps(steps)


class ConformanceTest(unittest.TestCase):
    """The cases."""

    database: Database

    @classmethod
    def setUpClass(cls) -> None:
        for statement in TABLE["setup"]:
            query(statement)

    def run_case(self, case: dict[str, Any]) -> None:
        run = Run(case)
        database = app_database()
        self.addCleanup(database.close)
        database.settings.update(case.get("session", {}))
        client = Client(database)
        client.register_task({"name": run.namespace, "namespace_name": run.namespace, **case["template"]})
        ids = []
        for task in case["tasks"]:
            context = json.loads(task["context_text"]) if "context_text" in task else task.get("context", {})
            trace = task.get("trace_context")
            ids.append(client.create_task(run.namespace, context, namespace=run.namespace, trace_context=trace).task_id)
        run.task_id = ids[0]
        first = client.find_steps(task_id=run.task_id)[0].workflow_step_id
        handlers = Handlers()
        handler: type[StepHandler] = type("CaseHandler", (Handler,), {"run": run})
        for name in case["steps"]:
            handlers.register(name)(handler)
        ended = "SELECT count(*) = 0 FROM tasker_find_tasks(namespace => '{namespace}', active => true)"
        until = run.fill(case.get("until", ended), step_id=first)
        worker = Worker(
            database, handlers, filters=Filters(namespaces=[run.namespace]), **{"lease": 60, **case.get("worker", {})}
        )
        with running(worker):
            becomes(until, lambda: query(until) == "t")
        for expected in case["expect"]:
            statement = run.fill(expected["sql"], step_id=first)
            self.assertEqual(query(statement), expected["is"], statement)


def _test(case: dict[str, Any]) -> Any:
    def test(self: ConformanceTest) -> None:
        self.run_case(case)

    test.__doc__ = case["about"]
    return test


for _case in TABLE["cases"]:
    setattr(ConformanceTest, "test_" + slug(_case["name"]), _test(_case))
