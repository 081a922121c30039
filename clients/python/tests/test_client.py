"""The API: create, find, explain, operate; templates."""

from __future__ import annotations

import datetime
import decimal
import json
import pathlib
import tempfile
import unittest
import uuid
from typing import Any

import psycopg

from tasker_core import (
    Client,
    ConnectionLost,
    Database,
    InvalidArgument,
    NotFound,
    Refused,
    load_template,
)
from tasker_core.database import _joined, _literal

from .support import SCHEMA, TEMPLATES, LosingDatabase, ServerTest, installed, superuser

HAS_YAML = installed("yaml")


class ClientTest(ServerTest):
    """Calls."""

    def test_create(self) -> None:
        self.register("charge", {"name": "ship", "depends_on_step": "charge", "skippable": True})
        start = datetime.datetime(2040, 1, 31, 12, tzinfo=datetime.timezone.utc)
        options: Any = {"priority": 5, "tags": ["a"], "identity_key": "cart 7", "start_at": start, "reason": "é"}
        made = self.client.create_task("order", {"n": 1}, namespace=self.namespace, options=options)
        again = self.client.create_task("order", {"n": 2}, namespace=self.namespace, options=options)
        self.assertEqual((made.created, again.created, again.task_id), (True, False, made.task_id))
        task = self.client.task(made.task_id)
        assert task is not None
        self.assertEqual((task.task_name, task.current_state, task.tags, task.reason), ("order", "pending", ["a"], "é"))
        step = self.client.find_steps(task_id=made.task_id, step_name="charge")[0]
        self.assertEqual((step.next_eligible_at, step.ready), (start, False))
        self.assertIsNone(self.client.task(10**12))

    def test_create_many(self) -> None:
        self.register("charge")
        trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
        made = self.client.create_tasks(
            [{"task_name": "order", "namespace": self.namespace, "context": {"n": n}} for n in range(3)],
            trace_context=trace,
        )
        self.assertEqual(len({task.task_id for task in made}), 3)
        found = self.client.find_tasks(annotation_type="trace_context", namespace=self.namespace)
        self.assertEqual([task.task_id for task in found], [task.task_id for task in made])
        self.assertEqual(self.client.create_tasks([]), [])

    def test_errors(self) -> None:
        with self.assertRaises(NotFound):
            self.create()
        with self.assertRaises(InvalidArgument) as caught:
            self.client.register_task({"name": "x", "step_templates": [{"name": "a", "depends_on_step": "b"}]})
        self.assertIn("$.step_templates", str(caught.exception))
        self.assertEqual(caught.exception.sqlstate, "22023")
        self.register("charge")
        task = self.create()
        with self.assertRaises(Refused) as refused:
            self.client.retry_step(self.step_id(task, "charge"))
        self.assertEqual(refused.exception.sqlstate, "55000")
        with self.assertRaises(NotFound):
            self.client.explain_task(10**12)
        for value in (object(), "a\x00b"):
            with self.assertRaises(InvalidArgument):
                self.client.find_tasks(namespace=value)

    def test_a_statement_that_hides_in_a_value(self) -> None:
        odd = "'; DROP TABLE tasker.tasker_tasks; -- \\' %s $1 {}"
        self.assertEqual(self.client.find_tasks(namespace=odd), [])
        self.register("charge")
        task = self.create({"odd": odd}, options={"tags": [odd], "initiator": odd})
        found = self.client.find_tasks(tag=odd, initiator=odd)
        self.assertEqual([one.task_id for one in found], [task])
        row = self.database.call("tasker_claim_steps", odd, namespaces=[self.namespace, odd])[0]
        self.assertEqual(json.loads(row["context"]), {"odd": odd})
        with Database("user=app options='-c standard_conforming_strings=off'", schema=SCHEMA) as other:
            self.assertEqual([one.task_id for one in Client(other).find_tasks(tag=odd)], [task])

    def test_values(self) -> None:
        """What this package writes as text itself, and what psycopg writes, is one value."""
        values = [-5, 2**62, True, False, None, "", "é\n$1%s", uuid.UUID(int=1), 1.5, decimal.Decimal("-0.1")]
        for value in [*values, [1, None], ["a", "'\\"], [uuid.UUID(int=1)], [True], []]:
            row = self.database.execute(_joined(["SELECT ", *_literal(value), " AS value"]))[0]
            self.assertEqual(row["value"], value)

    def test_operate(self) -> None:
        self.register("a", {"name": "b", "depends_on_step": "a"}, {"name": "c", "skippable": True})
        task = self.create()
        a, b, c = (self.step_id(task, name) for name in "abc")
        row = self.database.call("tasker_claim_steps", "w", task_id=task, max_rows=1)[0]
        self.database.call(
            "tasker_fail_step",
            row["workflow_step_id"],
            {"message": "no", "class": "Refused"},
            retryable=False,
            claim_token=row["claim_token"],
        )
        letters = self.client.dead_letters(namespace=self.namespace)
        self.assertEqual([(one.step_name, one.error_class, one.error) for one in letters], [("a", "Refused", "no")])
        shown = self.client.retry_many(namespace=self.namespace)
        self.assertEqual([(one.workflow_step_id, one.done) for one in shown], [(a, False)])
        self.assertEqual(self.client.reset_step(a, "again").state, "pending")
        self.assertEqual(self.client.resolve_step(a, {"paid": 1}, resolved_by="Ann").state, "resolved_manually")
        self.assertEqual(self.client.skip_step(c, "not needed").state, "resolved_manually")
        self.client.pause_task(task, "lunch")
        self.assertEqual(self.client.explain_task(task)["waits"][0]["kind"], "paused")
        self.assertEqual([one.done for one in self.client.resume_many(task_id=task, dry_run=False)], [True])
        self.client.set_task_priority(task, 7)
        self.client.set_retry_limit(b, 9)
        self.assertIn("ready", self.client.explain_step(b)["summary"])
        added = self.client.add_steps(task, [{"name": "d", "depends_on": "b", "wait": {"signal": "go"}}])
        self.assertEqual(list(added), ["d"])
        self.assertTrue(self.client.signal(task, "go", {"by": "Ann"}).is_new)
        self.assertFalse(self.client.signal(task, "go").is_new)
        self.client.annotate_task(task, "ticket", {"n": 7})
        self.assertEqual(self.client.find_tasks(annotation_type="ticket", annotation_key="n")[0].task_id, task)
        self.assertEqual(self.client.cancel_step(b)[0].state, "cancelled")
        self.assertEqual(self.client.step_results(task)["a"], {"paid": 1})
        self.assertTrue({entry.actor for entry in self.client.task_timeline(task)} >= {"Ann"})
        other = self.create()
        self.assertEqual([one.done for one in self.client.cancel_many(task_id=other, dry_run=False)], [True])
        self.assertEqual(self.state(other), "cancelled")
        self.assertEqual(self.client.pause_many(namespace=self.namespace, active=True), [])
        self.assertEqual(self.client.resolve_many(namespace=self.namespace), [])
        self.client.delete_task(task, force=True)
        self.assertIsNone(self.client.task(task))

    def test_a_transaction_of_the_caller(self) -> None:
        """The calls commit and roll back with the caller's statements, and leave the search path as it was."""
        self.register("charge")
        with psycopg.connect("user=app", options="-c search_path=elsewhere,public") as connection:
            client = self.client.using(connection)
            made = client.create_task("order", namespace=self.namespace)
            row = connection.execute("SHOW search_path").fetchone()
            self.assertEqual(row, ("elsewhere,public",))
            self.assertIsNone(self.client.task(made.task_id))
            with self.assertRaises(NotFound), connection.transaction():
                client.create_task("unknown", namespace=self.namespace)
            other = client.create_task("order", namespace=self.namespace, trace_context={"traceparent": "00-1"})
            connection.commit()
            self.assertEqual(self.state(made.task_id), "pending")
            self.assertEqual(self.state(other.task_id), "pending")
            third = client.create_task("order", namespace=self.namespace)
            connection.rollback()
        self.assertIsNone(self.client.task(third.task_id))

    def test_no_repetition_of_a_creation(self) -> None:
        """If the answer is lost, the caller must know that the task may exist."""
        self.register("charge")
        losing = LosingDatabase("user=app", schema=SCHEMA)
        self.addCleanup(losing.close)
        losing.extension_schema()
        losing.answers_to_lose = 1
        with self.assertRaises(ConnectionLost):
            Client(losing).create_task("order", namespace=self.namespace)
        self.assertEqual(len(self.client.find_tasks(namespace=self.namespace)), 1)

    def test_a_connection_that_ended_while_it_was_idle(self) -> None:
        self.register("charge")
        with self.database.connection() as connection:
            pid = connection.info.backend_pid
        superuser("SELECT pg_terminate_backend(%s, 10000)", [pid])
        self.create()

    def test_the_search_path_of_the_role(self) -> None:
        with Database(f"user=app options='-c search_path={SCHEMA}'") as database:
            self.assertEqual(database.call("tasker_find_tasks", namespace=self.namespace), [])

    def test_the_types(self) -> None:
        self.register("charge")
        task = self.client.find_tasks(task_id=self.create())[0]
        self.assertIsNotNone(task.created_at.tzinfo)
        age = datetime.datetime.now(datetime.timezone.utc) - task.created_at
        self.assertLess(abs(age), datetime.timedelta(hours=1))
        self.assertIsInstance(self.client.task_timeline(task.task_id)[0].at, datetime.datetime)


class TemplateTest(ServerTest):
    """The engine's files."""

    @unittest.skipUnless(HAS_YAML, "PyYAML is not installed")
    def test_yaml(self) -> None:
        """Anchors, merge keys and environments."""
        template = load_template(TEMPLATES / "order.yaml")
        prices = next(step for step in template["step_templates"] if step["name"] == "fetch_prices")
        self.assertEqual(prices["handler_config"]["timeout_seconds"], 15)
        self.assertEqual(prices["handler_config"]["url"], "https://api.example.com/prices")
        self.assertEqual(template["schema"]["properties"]["customer_id"], {"type": "integer", "minimum": 1})
        for file in TEMPLATES.glob("*.yaml"):
            with self.subTest(file=file.name):
                self.assertEqual(self.client.validate_template(load_template(file)), [])
        made = self.client.register_task(TEMPLATES / "order.yaml")
        self.assertEqual((made.namespace, made.task_name, made.version), ("shop", "shop/place_order", "1.4.0"))
        self.assertFalse(self.client.register_task(str(TEMPLATES / "order.yaml")).changed)
        self.assertTrue(self.client.register_task(TEMPLATES / "order.yaml", "test").changed)
        stored = json.loads(self.database.value("tasker_template", "shop/place_order", "shop"))
        charge = next(step for step in stored["step_templates"] if step["name"] == "charge")
        self.assertEqual((charge["default_retry_limit"], charge["dependent_system"]), (0, "sandbox"))

    @unittest.skipUnless(HAS_YAML, "PyYAML is not installed")
    def test_dates_and_numbers_as_keys(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "odd.yaml"
            file.write_text("name: odd\nsince: 2030-01-31\nlevels: {2: low, true: yes}\n")
            self.assertEqual(
                load_template(file), {"name": "odd", "since": "2030-01-31", "levels": {"2": "low", "true": True}}
            )

    def test_json(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "order.json"
            file.write_text('{"name": "order"}')
            self.assertEqual(load_template(file), {"name": "order"})
            file.write_text("[]")
            with self.assertRaises(ValueError):
                load_template(file)
