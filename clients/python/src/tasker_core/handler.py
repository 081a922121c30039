"""The step handler foundation: subclass :class:`StepHandler` and write ``process``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, final

from .documents import Json
from .errors import TaskerError
from .steps import Claim, Step, StepSequence, Task


class StepHandler:
    """Does the work of a step. Each execution has an instance of its own.

    ``config`` is the ``handler_config`` of the step's template, an empty dict if there is none.
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self.config: Mapping[str, Any] = config or {}

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "handle" in cls.__dict__:
            raise TypeError(f"{cls.__qualname__} overrides handle(), which is final: write process() instead")

    @final
    def handle(self, task: Task, sequence: StepSequence, step: Step) -> Json:
        """Runs ``process`` and ``process_results``, and returns what is to be stored.

        Final: a subclass cannot override it.
        """
        # Nothing is read for the results of earlier attempts if no code looks at them.
        overridden = type(self).process_results is not StepHandler.process_results
        initial = step.results if overridden else None
        output = self.process(task, sequence, step)
        assignments = step.assignments
        results = self.process_results(step, output, initial)
        # As in handlers of the Rails engine, which set step.results there: what they return does not count.
        return step.results if step.assignments > assignments else results

    def process(self, task: Task, sequence: StepSequence, step: Step) -> Json:
        """Does the work and returns its output. It can run again after a crash, so make it idempotent.

        Raise :class:`~tasker_core.errors.PermanentError` for a failure that another attempt cannot mend,
        :class:`~tasker_core.errors.RetryableError` to choose the wait, :class:`~tasker_core.errors.PostponeStep` to run
        later without using an attempt. Any other exception is a failure that is retried.
        """
        raise NotImplementedError(f"{type(self).__qualname__} must define process(task, sequence, step)")

    def process_results(self, step: Step, output: Json, initial: Json) -> Json:
        """Returns the results to store, or sets ``step.results``.

        By default, they are ``step.results`` if ``process`` has set them, otherwise the output.

        ``initial`` are the results that were stored before, for example the error of an earlier attempt.
        """
        return step.results if step.assignments else self.results_of_output(output)

    def results_of_output(self, output: Json) -> Json:
        """What the default ``process_results`` stores for an output: the output."""
        return output


#: A function that does the work of a step.
Process = Callable[[Task, StepSequence, Step], Json]
_Handler = TypeVar("_Handler", bound="type[StepHandler] | Process")


class HandlerMissing(TaskerError):
    """No handler is registered for a step."""


class Handlers:
    """The handlers of a worker:

    subclasses of :class:`StepHandler`, or functions ``(task, sequence, step) -> output``.
    """

    def __init__(self) -> None:
        self._by_class: dict[str, type[StepHandler] | Process] = {}
        self._by_name: dict[tuple[str | None, str | None, str], type[StepHandler] | Process] = {}

    def register(
        self,
        step: str | None = None,
        *,
        task: str | None = None,
        namespace: str | None = None,
        handler_class: str | None = None,
    ) -> Callable[[_Handler], _Handler]:
        """A decorator that registers a handler.

        By ``step``, the name of the step, perhaps only in tasks of the name ``task`` or the ``namespace``; or by
        ``handler_class``, the text in the template. Raises ValueError if neither or both are given, or if there is such
        a handler already.
        """
        if (step is None) == (handler_class is None):
            raise ValueError("register a handler either by the name of a step or by handler_class")

        def add(handler: _Handler) -> _Handler:
            known: dict[Any, type[StepHandler] | Process] = self._by_class if step is None else self._by_name
            key: object = handler_class if step is None else (namespace, task, step)
            if key in known:
                raise ValueError(f"there are two handlers for {key!r}")
            known[key] = handler
            return handler

        return add

    def find(self, claim: Claim) -> Callable[[Mapping[str, Any] | None], StepHandler]:
        """What makes the handler for a step from its configuration: by its ``handler_class``, otherwise by the most
        exact name.

        Raises :class:`HandlerMissing`.
        """
        found = self._by_class.get(claim.handler_class) if claim.handler_class is not None else None
        for namespace, task in (
            (claim.namespace, claim.task_name),
            (None, claim.task_name),
            (claim.namespace, None),
            (None, None),
        ):
            found = found or self._by_name.get((namespace, task, claim.step_name))
        if found is None:
            raise HandlerMissing(
                f'no handler for step "{claim.step_name}" of task "{claim.task_name}" in namespace "{claim.namespace}"'
                + (f", handler_class {claim.handler_class}" if claim.handler_class else "")
            )
        if isinstance(found, type):
            return found
        function: Process = found
        return lambda config: _FunctionHandler(config, function)

    def step_names(self) -> list[str] | None:
        """The names of all steps that these handlers can execute; None if a handler is registered by its class."""
        if self._by_class or not self._by_name:
            return None
        return sorted({step for _, _, step in self._by_name})


class _FunctionHandler(StepHandler):
    """A handler that is a function."""

    def __init__(self, config: Mapping[str, Any] | None, function: Process) -> None:
        super().__init__(config)
        self._function: Process = function

    def process(self, task: Task, sequence: StepSequence, step: Step) -> Json:
        """Calls the function."""
        return self._function(task, sequence, step)
