"""tasker_core: step handlers, workers and an API for the workflow engine inside PostgreSQL."""

from .api_handler import ApiHandler, Response, check_response
from .client import Client
from .database import Connection, Database, JsonText
from .errors import (
    AccessDenied,
    ConnectionLost,
    DatabaseError,
    InvalidArgument,
    LeaseLost,
    NotFound,
    PermanentError,
    PostponeStep,
    Refused,
    RetryableError,
    StepStopped,
    TaskerError,
    TransactionConflict,
)
from .handler import HandlerMissing, Handlers, StepHandler
from .metrics import Metrics
from .orchestrator import Job, Orchestrator, Queue, run_task
from .steps import Claim, SequenceStep, Step, StepSequence, Task
from .templates import load_template
from .worker import Filters, Worker

__version__ = "0.2.0.dev0"

__all__ = [
    "AccessDenied",
    "ApiHandler",
    "Claim",
    "Client",
    "Connection",
    "ConnectionLost",
    "Database",
    "DatabaseError",
    "Filters",
    "HandlerMissing",
    "Handlers",
    "InvalidArgument",
    "Job",
    "JsonText",
    "LeaseLost",
    "Metrics",
    "NotFound",
    "Orchestrator",
    "PermanentError",
    "PostponeStep",
    "Queue",
    "Refused",
    "Response",
    "RetryableError",
    "SequenceStep",
    "Step",
    "StepHandler",
    "StepSequence",
    "StepStopped",
    "Task",
    "TaskerError",
    "TransactionConflict",
    "Worker",
    "check_response",
    "load_template",
    "run_task",
]
