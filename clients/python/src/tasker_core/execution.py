"""One execution of a claimed step: the handler is found and run, and how it ended becomes an outcome."""

from __future__ import annotations

import dataclasses
import datetime
import email.utils
import logging
import math
import time
import traceback
from typing import Any, Literal

from . import documents, tracing
from .database import Database, JsonText
from .errors import (
    ConnectionLost,
    DatabaseError,
    LeaseLost,
    PermanentError,
    PostponeStep,
    RetryableError,
    StepError,
    StepStopped,
)
from .handler import HandlerMissing, Handlers
from .metrics import Metrics
from .steps import Claim, Step, StepSequence, Stop, Task

logger = logging.getLogger("tasker_core.worker")

#: A step without a handler is released for so long, so that another worker can have it.
MISSING_HANDLER_PAUSE = datetime.timedelta(seconds=60)
_MOST_BACKTRACE_LINES = 20

Kind = Literal["completed", "failed", "released", "abandoned"]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How an execution ended, and what the database is to be told."""

    kind: Kind
    #: completed: the results, as JSON.
    results: str | None = None
    #: failed: the error, as JSON; released: the reason.
    error: str | None = None
    retryable: bool = True
    retry_after: str | None = None
    reason: str | None = None
    run_after: datetime.timedelta | None = None


#: The outcome of a step that the worker has not begun.
SHUTDOWN = Outcome("released", reason="the worker shuts down")


def error_class(error: BaseException) -> str:
    """The name by which errors are searched: without a module for Python's errors and those of this package."""
    kind = type(error)
    if kind.__module__ in ("builtins", "__main__") or kind.__module__.split(".")[0] == "tasker_core":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"


def retry_after_text(value: object) -> str | None:
    """The wait of a :class:`RetryableError` as the value of a header ``Retry-After``."""
    if value is None or isinstance(value, str):
        return None if value is None else documents.storable(value)
    if isinstance(value, datetime.datetime):
        return email.utils.format_datetime(value.astimezone(datetime.timezone.utc), usegmt=True)
    if isinstance(value, datetime.timedelta):
        value = value.total_seconds()
    try:
        return str(max(0, math.ceil(float(value))))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        # The database keeps it as unreadable, and fails the step all the same.
        return documents.storable(str(value))


def failure(error: BaseException) -> Outcome:
    """The outcome of a handler that raised."""
    document: dict[str, Any] = {
        "message": documents.storable(str(error)) or error_class(error),
        "class": error_class(error),
        "backtrace": [
            documents.storable(f"{frame.filename}:{frame.lineno}:in {frame.name}")
            for frame in reversed(traceback.extract_tb(error.__traceback__))
        ][:_MOST_BACKTRACE_LINES],
    }
    if isinstance(error, StepError):
        if error.error_code is not None:
            document["error_code"] = error.error_code
        if error.context is not None:
            document["error_context"] = error.context
    try:
        text = documents.dumps(document)
    except (TypeError, ValueError):
        document["error_context"] = documents.storable(repr(document.get("error_context")))
        text = documents.dumps(document)
    return Outcome(
        "failed",
        error=text,
        retryable=not isinstance(error, PermanentError),
        retry_after=retry_after_text(error.retry_after) if isinstance(error, RetryableError) else None,
    )


def execute(
    claim: Claim,
    database: Database,
    handlers: Handlers,
    stop: Stop,
    metrics: Metrics,
    trace_context: dict[str, str] | None = None,
) -> Outcome:
    """Runs the handler of a step and returns the outcome. Raises nothing."""
    began = time.monotonic()
    about = claim.describe()
    outcome: Outcome | None = None
    try:
        metrics.step_started(claim)
        logger.info("step %s of task %s begins", claim.step_name, claim.task_id, extra={"tasker": about})
        with tracing.span(claim, trace_context) as span:
            outcome = _run(claim, database, handlers, stop, span)
        seconds = time.monotonic() - began
        metrics.step_ended(claim, outcome.kind, seconds)
        logger.info(
            "step %s of task %s: %s",
            claim.step_name,
            claim.task_id,
            outcome.kind,
            extra={"tasker": {**about, "outcome": outcome.kind, "seconds": seconds}},
        )
    except BaseException as error:
        # A hook, a tracer, or an error that cannot be described.
        logger.exception("step %s of task %s", claim.step_name, claim.task_id, extra={"tasker": about})
        if outcome is None:
            kind = error_class(error)
            document = {"message": "the step, or the description of its error, has failed", "class": kind}
            outcome = Outcome("failed", error=documents.dumps(document))
    return outcome


def _run(claim: Claim, database: Database, handlers: Handlers, stop: Stop, span: tracing.Span) -> Outcome:
    try:
        factory = handlers.find(claim)
    except HandlerMissing as error:
        logger.error("%s; the step is released for a while", error, extra={"tasker": claim.describe()})
        return Outcome("released", reason=documents.storable(str(error)), run_after=MISSING_HANDLER_PAUSE)
    try:
        step = Step(claim, database, stop)
        context = {} if claim.context is None else documents.loads(claim.context)
        task = Task(claim.task_id, claim.namespace, claim.task_name, claim.version, context, claim.priority, database)
        parents = {} if claim.parent_results is None else documents.loads(claim.parent_results)
        results = factory(step.config).handle(task, StepSequence(database, claim.task_id, parents), step)
        return Outcome("completed", results=documents.dumps(results))
    except PostponeStep as error:
        return Outcome("released", reason=documents.storable(error.reason), run_after=error.run_after)
    except StepStopped as error:
        # A handler that raises it although the lease is held has failed.
        if stop.reason is None:
            return failure(error)
        return Outcome("abandoned", reason=error.reason)
    except BaseException as error:
        # SystemExit and KeyboardInterrupt of a handler end the step, not the worker.
        span.record_exception(error)
        outcome = failure(error)
        logger.warning(
            "step %s of task %s has failed",
            claim.step_name,
            claim.task_id,
            exc_info=error,
            extra={"tasker": claim.describe()},
        )
        return outcome


def report(claim: Claim, outcome: Outcome, database: Database, **options: Any) -> bool:
    """Tells the database how an execution ended; repeats the call after a lost connection. Returns whether it had been
    told before.

    Raises :class:`~tasker_core.errors.DatabaseError`; :class:`LeaseLost` if the step is not the worker's any more.
    """
    if outcome.kind == "completed":
        rows = database.call(
            "tasker_complete_step",
            claim.workflow_step_id,
            results=None if outcome.results is None else JsonText(outcome.results),
            claim_token=claim.claim_token,
            repeat=True,
            **options,
        )
        return bool(rows[0]["repeated"])
    if outcome.kind == "failed":
        rows = database.call(
            "tasker_fail_step",
            claim.workflow_step_id,
            JsonText(outcome.error or "{}"),
            retryable=outcome.retryable,
            retry_after=outcome.retry_after,
            claim_token=claim.claim_token,
            repeat=True,
            **options,
        )
        return bool(rows[0]["repeated"])
    if outcome.kind == "released":
        database.call(
            "tasker_release_step",
            claim.workflow_step_id,
            claim.claim_token,
            reason=outcome.reason,
            run_after=outcome.run_after,
            repeat=True,
            **options,
        )
    return False


def report_safely(claim: Claim, outcome: Outcome, database: Database, stop: Stop, **options: Any) -> Outcome:
    """Reports an outcome and handles what can go wrong;

    returns what was reported in the end. Raises :class:`ConnectionLost`.
    """
    try:
        report(claim, outcome, database, **options)
        return outcome
    except ConnectionLost:
        raise
    except LeaseLost as error:
        stop.set("lost")
        logger.warning("the lease of step %s was lost: %s", claim.step_name, error, extra={"tasker": claim.describe()})
        return Outcome("abandoned", reason=str(error))
    except DatabaseError as error:
        logger.error(
            "step %s could not be %s: %s", claim.step_name, outcome.kind, error, extra={"tasker": claim.describe()}
        )
        if outcome.kind == "failed" or outcome is SHUTDOWN:
            # The lease ends by itself, and the step is tried again.
            return Outcome("abandoned", reason=str(error))
        # For example results that jsonb refuses: it must not be tried without end.
        return report_safely(claim, failure(error), database, stop, **options)
