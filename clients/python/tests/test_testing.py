"""What applications test with: drain, the clock, the test kit; and jobs."""

from __future__ import annotations

import unittest
from typing import Any
from unittest import mock

from tasker_core import (
    Filters,
    HandlerMissing,
    Job,
    Orchestrator,
    RetryableError,
    Step,
    StepSequence,
    Task,
    Worker,
    run_task,
)
from tasker_core.queues.memory import MemoryQueue
from tasker_core.testing import TestKit, drain

from .support import ServerTest, becomes, installed, running, superuser_database


class DrainTest(ServerTest):
    """Workflows without workers."""

    def test_drain(self) -> None:
        self.register("a", {"name": "b", "depends_on_step": "a"}, {"name": "c", "depends_on_step": "b"})
        for name in "abc":
            self.handlers.register(name)(lambda *_, name=name: name)
        task, other = self.create(), self.create()
        done = drain(self.database, self.handlers, task_id=task)
        self.assertEqual(
            [(one.step_name, one.attempt, one.outcome) for one in done],
            [("a", 1, "completed"), ("b", 1, "completed"), ("c", 1, "completed")],
        )
        self.assertEqual((self.state(task), self.state(other)), ("complete", "pending"))

    def test_the_clock(self) -> None:
        """Retries and waits pass at once."""
        wait = {"name": "wait", "depends_on_step": "flaky", "wait": {"seconds": 3600}}
        self.register("flaky", wait, {"name": "after", "depends_on_step": "wait"})

        @self.handlers.register("flaky")
        def flaky(task: Task, sequence: StepSequence, step: Step) -> Any:
            if step.attempt < 3:
                raise RetryableError("busy", retry_after=600)
            return step.attempt

        self.handlers.register("after")(lambda task, sequence, step: list(sequence.parent_results))
        with self.clock() as (database, clock):
            self.database = database
            self.client = type(self.client)(database)
            task = self.create()
            self.assertEqual([one.outcome for one in drain(database, self.handlers, task_id=task)], ["failed"])
            began = clock.now
            done = drain(database, self.handlers, task_id=task, clock=clock)
            self.assertEqual([one.step_name for one in done], ["flaky", "flaky", "after"])
            self.assertGreaterEqual((clock.now - began).total_seconds(), 600 + 600 + 3600)
            self.assertLess((clock.now - began).total_seconds(), 600 + 600 + 3700)
            self.assertEqual(self.client.step_results(task)["after"], ["wait"])
        self.assertEqual(database.settings, {})

    def test_the_clock_needs_a_zone_and_a_task(self) -> None:
        with self.clock() as (database, clock):
            with self.assertRaises(ValueError):
                clock.set("2030-01-31T12:00:00")
            with self.assertRaises(ValueError):
                drain(database, self.handlers, clock=clock)

    def test_a_missing_handler(self) -> None:
        self.register("a")
        task = self.create()
        with self.assertRaises(HandlerMissing):
            drain(self.database, self.handlers, task_id=task)
        self.assertEqual(self.step_states(task), {"a": "pending"})

    def test_without_end(self) -> None:
        self.register("a")

        @self.handlers.register("a")
        def add(task: Task, sequence: StepSequence, step: Step) -> None:
            step.add_steps([{"name": "a" + step.name}])

        self.handlers.find = mock.Mock(return_value=self.handlers.find(mock.Mock(handler_class=None, step_name="a")))  # type: ignore[method-assign]
        with self.assertRaises(RuntimeError):
            drain(self.database, self.handlers, task_id=self.create(), most=5)

    def test_kit(self) -> None:
        with superuser_database() as database:
            kit = TestKit(database)
            task = kit.task("diamond", {"order_id": 7})
            steps = self.client.find_steps(task_id=task)
            kit.set_step(steps[0].workflow_step_id, "error", attempts=3, age=3600)
            kit.set_task(task, "in_progress")
        self.assertEqual([letter.task_id for letter in self.client.dead_letters(namespace="testkit")], [task])
        self.assertEqual(self.state(task), "in_progress")


class QueueTest(ServerTest):
    """Jobs of other frameworks."""

    def prepare(self) -> int:
        self.register("a", {"name": "b", "depends_on_step": "a"})
        self.handlers.register("a")(lambda *_: 1)
        self.handlers.register("b")(lambda *_: 2)
        return self.create_alone()

    def test_memory(self) -> None:
        task = self.prepare()
        queue = MemoryQueue(self.database, self.handlers)
        orchestrator = Orchestrator(self.database, queue)
        self.assertEqual(orchestrator.enqueue_due(), 1)
        self.assertEqual(orchestrator.enqueue_due(), 0)
        self.assertEqual([(job.task_id, job.ready_steps) for job in queue.jobs], [(task, 1)])
        self.assertEqual(queue.run(), [("a", "completed"), ("b", "completed")])
        self.assertEqual(self.state(task), "complete")
        self.assertEqual(orchestrator.enqueue_due(), 0)

    def test_a_queue_that_refuses(self) -> None:
        """The task is due again at once."""
        task = self.prepare()
        queue = mock.Mock()
        queue.enqueue.side_effect = OSError("no broker")
        orchestrator = Orchestrator(self.database, queue)
        with self.assertRaises(OSError):
            orchestrator.enqueue_due()
        queue.enqueue.side_effect = None
        self.assertEqual(orchestrator.enqueue_due(), 1)
        self.assertEqual(queue.enqueue.call_args.args[0].task_id, task)

    def test_the_loop(self) -> None:
        """It goes on after an error of the queue, and ends when it is told to."""
        task = self.prepare()
        seen: list[Job] = []

        class Unsteady:
            def enqueue(self, job: Job) -> None:
                seen.append(job)
                if len(seen) == 1:
                    raise OSError("no broker")
                orchestrator.stop()

        orchestrator = Orchestrator(self.database, Unsteady(), wait=1)
        orchestrator.run()
        self.assertEqual([job.task_id for job in seen], [task, task])

    def test_finalization_by_the_job(self) -> None:
        task = self.prepare()
        self.database.call("tasker_set_config", "engine", {"finalize": "manual"})
        self.addCleanup(self.database.call, "tasker_set_config", "engine", {"finalize": "auto"})
        self.assertEqual(len(run_task(self.database, self.handlers, task)), 2)
        self.assertEqual(self.state(task), "complete")


@unittest.skipUnless(installed("opentelemetry.sdk"), "OpenTelemetry is not installed")
class TracingTest(ServerTest):
    """A trace from the creation of a task to its steps."""

    def test_spans(self) -> None:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import SimpleSpanProcessor
        from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

        exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        trace.set_tracer_provider(provider)
        self.register("good", {"name": "bad", "depends_on_step": "good", "default_retry_limit": 1})
        inside: list[int] = []
        self.handlers.register("good")(lambda *_: inside.append(trace.get_current_span().get_span_context().span_id))

        @self.handlers.register("bad")
        def bad(*_: Any) -> None:
            raise ValueError("no")

        with trace.get_tracer("test").start_as_current_span("checkout") as checkout:
            task = self.create()
        drain(self.database, self.handlers, task_id=task)
        spans = {span.name: span for span in exporter.get_finished_spans()}
        context = checkout.get_span_context()
        for name in ("step good", "step bad"):
            span_context, parent = spans[name].context, spans[name].parent
            assert span_context is not None
            assert parent is not None
            self.assertEqual((span_context.trace_id, parent.span_id), (context.trace_id, context.span_id))
            self.assertEqual((spans[name].attributes or {})["tasker.task_id"], task)
        good = spans["step good"].context
        assert good is not None
        self.assertEqual(inside, [good.span_id])
        self.assertEqual([event.name for event in spans["step bad"].events], ["exception"])
        self.assertEqual(spans["step bad"].status.status_code, trace.StatusCode.ERROR)
        # A worker reads the trace contexts of what it claims.
        exporter.clear()
        with trace.get_tracer("test").start_as_current_span("another") as another:
            task = self.create()
        with running(Worker(self.database, self.handlers, filters=Filters(namespaces=[self.namespace]))):
            becomes("the task ends", lambda: self.state(task) == "error")
        traces = {span.context.trace_id for span in exporter.get_finished_spans() if span.context is not None}
        self.assertEqual(traces, {another.get_span_context().trace_id})
