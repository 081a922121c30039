"""The errors of this package. Handlers raise three of them; calls to the database raise the others."""

from __future__ import annotations

import datetime
from typing import Any

import psycopg


class TaskerError(Exception):
    """The base of all errors of this package."""


class StepError(TaskerError):
    """The base of the errors with which a handler says how its step ended.

    ``error_code`` and ``context`` are stored beside the message, as ``error_code`` and ``error_context``.
    """

    def __init__(
        self, message: str = "", *, error_code: str | None = None, context: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.context = context


class PermanentError(StepError):
    """The step has failed and must not be tried again, even if attempts are left."""


class RetryableError(StepError):
    """The step has failed and may be tried again.

    ``retry_after`` is the least wait: seconds, a timedelta, a time with a zone, or the text of an HTTP header
    ``Retry-After``. The wait of the configuration counts too; the step waits until both are over.
    """

    def __init__(
        self,
        message: str = "",
        *,
        retry_after: int | float | datetime.timedelta | datetime.datetime | str | None = None,
        error_code: str | None = None,
        context: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, error_code=error_code, context=context)
        self.retry_after = retry_after


class PostponeStep(TaskerError):
    """The step cannot run yet. It is released, uses no attempt, and is ready again after ``run_after`` seconds."""

    def __init__(self, reason: str = "postponed", *, run_after: float | datetime.timedelta = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.run_after = (
            run_after if isinstance(run_after, datetime.timedelta) else datetime.timedelta(seconds=run_after)
        )


class StepStopped(TaskerError):
    """The lease of the step has ended: what the handler does no longer counts.

    ``reason`` is the status of the heartbeat: ``cancelled``, ``timed_out`` or ``lost``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"the step was stopped: {reason}")
        self.reason = reason


class DatabaseError(TaskerError):
    """The database refused a call. ``sqlstate``, ``detail`` and ``hint`` are those of PostgreSQL."""

    def __init__(
        self, message: str, *, sqlstate: str | None = None, detail: str | None = None, hint: str | None = None
    ) -> None:
        super().__init__("\n".join(part for part in (message, detail, hint) if part))
        self.message = message
        self.sqlstate = sqlstate
        self.detail = detail
        self.hint = hint


class LeaseLost(DatabaseError):
    """40001: the step is not the worker's any more. Discard the work, and do not repeat the call."""


class TransactionConflict(DatabaseError):
    """40001 or 40P01: another transaction was in the way. Repeat your transaction."""


class NotFound(DatabaseError):
    """P0002: there is no such task, step or template, or row-level security hides it."""


class InvalidArgument(DatabaseError):
    """22…: an argument is not valid, or cannot be written as a value. ``detail`` has a line for each problem."""


class Refused(DatabaseError):
    """55000: the state of the step, the task or the installation does not permit the call. ``hint`` says what would."""


class AccessDenied(DatabaseError):
    """42501: the role lacks a privilege, or a policy forbids the write."""


class ConnectionLost(DatabaseError):
    """The connection broke, and the call was not repeated, or not for longer: it may have taken effect."""


# Class 08, and those with which a server says that it shuts down or starts.
_CONNECTION_STATES = ("57P01", "57P02", "57P03", "57P05")
# The transaction was rolled back for a reason that passes: a conflict, a deadlock, a lock, or a cancellation.
_PASSING_STATES = ("40001", "40P01", "55P03", "57014")


def is_connection_loss(error: psycopg.Error, connection: psycopg.Connection[Any] | None) -> bool:
    """Whether the call may succeed on another connection."""
    state = error.sqlstate
    if state is not None:
        return state.startswith("08") or state in _CONNECTION_STATES
    return isinstance(error, psycopg.OperationalError) and (connection is None or connection.closed)


def passes(error: DatabaseError) -> bool:
    """Whether the same call may succeed soon: its transaction was rolled back, and nothing is wrong with the call."""
    if isinstance(error, LeaseLost) or error.sqlstate is None:
        return False
    return error.sqlstate in _PASSING_STATES or error.sqlstate.startswith("53")


def translate(error: psycopg.Error) -> DatabaseError:
    """The error of this package for an error of psycopg."""
    state = error.sqlstate
    message = error.diag.message_primary or str(error).strip() or type(error).__name__
    kind = DatabaseError
    if state is None:
        # psycopg itself could not write a value, or could not talk to the server.
        unwritable = isinstance(error, (psycopg.DataError, psycopg.ProgrammingError))
        kind = InvalidArgument if unwritable else ConnectionLost
    elif state.startswith("08") or state in _CONNECTION_STATES:
        kind = ConnectionLost
    elif state == "40001" and "claim" in message and "lost" in message:
        kind = LeaseLost
    elif state in ("40001", "40P01"):
        kind = TransactionConflict
    elif state == "P0002":
        kind = NotFound
    elif state == "55000":
        kind = Refused
    elif state == "42501":
        kind = AccessDenied
    elif state.startswith("22"):
        kind = InvalidArgument
    return kind(message, sqlstate=state, detail=error.diag.message_detail, hint=error.diag.message_hint)
