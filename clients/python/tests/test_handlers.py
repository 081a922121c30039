"""Handlers without a database: what is final, which handler is found, how errors and HTTP answers are mapped."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import http.server
import json
import threading
import unittest
import urllib.request
import uuid
from typing import Any
from unittest import mock

from tasker_core import (
    ApiHandler,
    Claim,
    Database,
    HandlerMissing,
    Handlers,
    PermanentError,
    Response,
    RetryableError,
    Step,
    StepHandler,
    StepSequence,
    Task,
    check_response,
)
from tasker_core.documents import dumps, loads, storable
from tasker_core.execution import failure, retry_after_text
from tasker_core.steps import Stop


def claim(**more: Any) -> Claim:
    now = datetime.datetime.now(datetime.timezone.utc)
    values: dict[str, Any] = {
        "workflow_step_id": 1,
        "task_id": 2,
        "namespace": "shop",
        "task_name": "order",
        "version": "0.1.0",
        "step_name": "charge",
        "handler_class": None,
        "handler_config": None,
        "priority": 0,
        "attempt": 1,
        "retry_limit": 3,
        "claim_token": uuid.uuid4(),
        "lease_until": now,
        "inputs": None,
        "context": "{}",
        "parent_results": "{}",
        "server_time": now,
    }
    return Claim(**{**values, **more})


#: Nothing in these tests asks the database.
DATABASE = Database("host=/nonexistent", reconnect_for=0)


def handle(handler: StepHandler, **more: Any) -> Any:
    """Runs a handler as a worker does."""
    found = claim(**more)
    task = Task(found.task_id, found.namespace, found.task_name, found.version, {}, 0, DATABASE)
    return handler.handle(task, StepSequence(DATABASE, 2, {}), Step(found, DATABASE, Stop()))


class HandlerTest(unittest.TestCase):
    """The base class."""

    def test_handle_is_final(self) -> None:
        with self.assertRaisesRegex(TypeError, "handle.*final"):
            type("Wrong", (StepHandler,), {"handle": lambda *_: None})

        class Right(ApiHandler):
            def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
                return 1

        with self.assertRaises(TypeError):
            type("Deeper", (Right,), {"handle": lambda *_: None})
        self.assertEqual(handle(Right()), 1)

    def test_process_is_required(self) -> None:
        with self.assertRaisesRegex(NotImplementedError, "process"):
            handle(StepHandler())

    def test_results_that_process_sets(self) -> None:
        class Sets(StepHandler):
            def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
                step.results = {"kept": True}
                return "output"

        self.assertEqual(handle(Sets()), {"kept": True})

    def test_process_results(self) -> None:
        class Shapes(StepHandler):
            def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
                step.results = {"before": 1}
                return 2

            def process_results(self, step: Step, output: Any, initial: Any) -> Any:
                return {"output": output, "initial": initial}

        with mock.patch.object(Step, "results", {"earlier": 0}):
            self.assertEqual(handle(Shapes()), {"output": 2, "initial": {"earlier": 0}})

    def test_the_most_exact_handler(self) -> None:
        handlers = Handlers()
        names = {
            "by step": {},
            "by namespace": {"namespace": "shop"},
            "by task": {"task": "order"},
            "by both": {"task": "order", "namespace": "shop"},
        }
        claims = {
            "by step": claim(task_name="other", namespace="other"),
            "by namespace": claim(task_name="other"),
            "by task": claim(namespace="other"),
            "by both": claim(),
        }
        for name, options in names.items():
            handlers.register("charge", **options)(lambda *_, name=name: name)
        handlers.register(handler_class="Shop::Charge")(lambda *_: "by class")
        for name, found in claims.items():
            self.assertEqual(handle(handlers.find(found)(None)), name)
        self.assertEqual(handle(handlers.find(claim(handler_class="Shop::Charge"))(None)), "by class")
        self.assertEqual(handle(handlers.find(claim(handler_class="Shop::Unknown"))(None)), "by both")
        with self.assertRaisesRegex(HandlerMissing, '"ship".*"order".*"shop"'):
            handlers.find(claim(step_name="ship"))
        self.assertIsNone(handlers.step_names())

    def test_registration(self) -> None:
        handlers = Handlers()
        self.assertIsNone(handlers.step_names())
        handlers.register("b")(StepHandler)
        handlers.register("a", task="order")(StepHandler)
        self.assertEqual(handlers.step_names(), ["a", "b"])
        for options in ({}, {"step": "a", "handler_class": "A"}, {"step": "b"}):
            with self.assertRaises(ValueError):
                handlers.register(**options)(StepHandler)

    def test_config(self) -> None:
        handlers = Handlers()

        @handlers.register("charge")
        class Charge(StepHandler):
            def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
                return self.config["url"]

        self.assertEqual(handle(handlers.find(claim())({"url": "x"})), "x")
        with self.assertRaises(KeyError):
            handle(handlers.find(claim())(None))


class ErrorTest(unittest.TestCase):
    """What is stored for an exception."""

    def error(self, raised: BaseException) -> tuple[dict[str, Any], bool, str | None]:
        try:
            raise raised
        except BaseException as error:
            outcome = failure(error)
        return json.loads(outcome.error or ""), outcome.retryable, outcome.retry_after

    def test_errors(self) -> None:
        document, retryable, retry_after = self.error(ValueError("bad"))
        self.assertEqual((document["message"], document["class"]), ("bad", "ValueError"))
        self.assertRegex(document["backtrace"][0], r"test_handlers\.py:\d+:in error$")
        self.assertEqual((retryable, retry_after), (True, None))
        document, retryable, retry_after = self.error(PermanentError("no", error_code="E1", context={"a": 1}))
        self.assertEqual((document["class"], document["error_code"]), ("PermanentError", "E1"))
        self.assertEqual((document["error_context"], retryable), ({"a": 1}, False))
        document, retryable, retry_after = self.error(RetryableError("busy", retry_after=2.2))
        self.assertEqual((retryable, retry_after), (True, "3"))

    def test_names_of_classes(self) -> None:
        self.assertEqual(self.error(json.JSONDecodeError("x", "", 0))[0]["class"], "json.decoder.JSONDecodeError")
        self.assertEqual(self.error(KeyError())[0]["message"], "KeyError")

    def test_what_cannot_be_stored(self) -> None:
        self.assertEqual(self.error(ValueError("a\x00b\ud800"))[0]["message"], "a\\u0000b\\ud800")
        document = self.error(PermanentError("no", context={"odd": object()}))[0]
        self.assertRegex(document["error_context"], "object object")

    def test_retry_after(self) -> None:
        when = datetime.datetime(2030, 1, 31, 13, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))
        for value, text in (
            (None, None),
            ("soon", "soon"),
            (7, "7"),
            (0.1, "1"),
            (-3, "0"),
            (float("inf"), "inf"),
            ("1\x00", "1\\u0000"),
            (datetime.timedelta(minutes=2), "120"),
            (when, "Thu, 31 Jan 2030 12:00:00 GMT"),
        ):
            self.assertEqual(retry_after_text(value), text)


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Point:
    x: int
    colour: Colour


class DocumentTest(unittest.TestCase):
    """JSON."""

    def test_types(self) -> None:
        value = {
            "point": Point(1, Colour.RED),
            "at": datetime.datetime(2030, 1, 31, tzinfo=datetime.timezone.utc),
            "for": datetime.timedelta(seconds=90),
            "sum": decimal.Decimal("1.10"),
            "id": uuid.UUID(int=7),
            "set": {3, 1},
            "tuple": (1, 2),
        }
        self.assertEqual(
            loads(dumps(value)),
            {
                "point": {"x": 1, "colour": "red"},
                "at": "2030-01-31T00:00:00+00:00",
                "for": 90.0,
                "sum": "1.10",
                "id": "00000000-0000-0000-0000-000000000007",
                "set": [1, 3],
                "tuple": [1, 2],
            },
        )

    def test_what_jsonb_cannot_hold(self) -> None:
        for value in ("a\x00", {"\x00": 1}, "\ud800", float("nan"), float("inf")):
            with self.assertRaises(ValueError):
                dumps(value)
        with self.assertRaises(TypeError):
            dumps(object())
        # A backslash before "u0000" is no escape.
        self.assertEqual(loads(dumps("\\u0000")), "\\u0000")
        self.assertEqual(loads(dumps(10**50)), 10**50)
        self.assertEqual(storable("é\x00"), "é\\u0000")


class Server(http.server.BaseHTTPRequestHandler):
    """Answers with the status in the path."""

    seen: list[tuple[str, str, str | None, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Server.seen.append((self.command, self.path, self.headers.get("X-Key"), body))
        status = int(self.path.strip("/").split("?")[0].split("/")[-1])
        answer = b'{"ok": true}' if status == 200 else b"text"
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Retry-After", "17")
        self.send_header("Location", "/200")
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


class ApiTest(unittest.TestCase):
    """The HTTP handler against a server."""

    server: http.server.ThreadingHTTPServer
    url: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.server_close)
        cls.addClassCleanup(cls.server.shutdown)
        cls.url = f"http://127.0.0.1:{cls.server.server_address[1]}"

    def handler(self, status: int, **config: Any) -> ApiHandler:
        class Calls(ApiHandler):
            def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
                return self.request("POST", f"orders/{status}", json={"é": 1}, params={"b": 2})

        return Calls({"url": self.url + "/v1/", "params": {"a": "x y"}, "headers": {"X-Key": "secret"}, **config})

    def test_a_success(self) -> None:
        self.assertEqual(handle(self.handler(200)), {"ok": True})
        self.assertEqual(Server.seen[-1], ("POST", "/v1/orders/200?a=x+y&b=2", "secret", '{"é":1}'.encode()))
        self.assertEqual(handle(self.handler(201)), "text")

    def test_statuses(self) -> None:
        for status in (400, 401, 403, 404, 422):
            with self.assertRaises(PermanentError) as permanent:
                handle(self.handler(status))
            self.assertEqual(permanent.exception.error_code, f"HTTP_{status}")
        for status, wait in ((429, "17"), (503, "17"), (302, None), (409, None), (500, None), (504, None)):
            with self.assertRaises(RetryableError) as retryable:
                handle(self.handler(status))
            self.assertEqual(
                (retryable.exception.retry_after, retryable.exception.error_code), (wait, f"HTTP_{status}")
            )
            self.assertEqual(retryable.exception.context, {"response_status": status, "response_body": "text"})

    def test_limits_of_success(self) -> None:
        for status in (200, 226):
            self.assertEqual(check_response(Response(status, {}, b"")).status, status)
        for status in (199, 227, 304):
            with self.assertRaises(RetryableError):
                check_response(Response(status, {}, b""))

    def test_a_server_that_is_not_there(self) -> None:
        class Nowhere(ApiHandler):
            def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
                return self.request("GET", "http://127.0.0.1:9/")

        with self.assertRaises(RetryableError) as caught:
            handle(Nowhere())
        self.assertEqual(caught.exception.context, {"url": "http://127.0.0.1:9/"})

    def test_only_http(self) -> None:
        class Reads(ApiHandler):
            def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
                return self.request("GET", "file:///etc/passwd")

        with self.assertRaises(PermanentError):
            handle(Reads())

    def test_another_library(self) -> None:
        class Canned(ApiHandler):
            def send(self, request: urllib.request.Request, timeout: float) -> Response:
                return Response(200, {}, f"{request.method} {request.full_url} {timeout}".encode())

            def process(self, task: Task, sequence: StepSequence, step: Step) -> Any:
                return self.request("GET", "http://example.com/", timeout=2)

        self.assertEqual(handle(Canned()), "GET http://example.com/ 2")
