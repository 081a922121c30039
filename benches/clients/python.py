"""Executes steps with bare SQL or with the client's Worker, and measures a part of them; see README.md.

``python.py version``: what is measured.
``python.py SIDE STEPS BEFORE CONCURRENCY BATCH``: the line "steps seconds CPU-seconds" of STEPS steps, after BEFORE others.
``python.py idle SECONDS``: the line "claims CPU-seconds" of a worker without work.
"""

from __future__ import annotations

import platform
import sys
import threading
import time

import psycopg

from tasker_core import Database, Handlers, Metrics, Worker

SCHEMA = "life"
# What a handler needs.
COLUMNS = "workflow_step_id, claim_token, step_name, context, inputs, parent_results"
CLAIM = f"SELECT {COLUMNS} FROM tasker_claim_steps('bench', %s)"
COMPLETE_AND_CLAIM = f"SELECT {COLUMNS} FROM tasker_complete_and_claim(%s, '{{}}', %s, 'bench')"


class Meter(Metrics):
    """Counts steps: those after the first ``before`` are measured."""

    def __init__(self, steps: int, before: int) -> None:
        self._limits = before, before + steps
        self._lock = threading.Lock()
        self._count = 0
        self._marks: list[tuple[int, float, float]] = []
        self.claims = 0
        self.is_over = False
        self.worker: Worker | None = None

    def claimed(self, steps: int, seconds: float) -> None:
        self.claims += not self.is_over

    def reported(self, steps: int, seconds: float = 0) -> None:
        with self._lock:
            self._count += steps
            if not self.is_over and self._count >= self._limits[len(self._marks)]:
                self._marks.append((self._count, time.monotonic(), time.process_time()))
                if len(self._marks) == 2:
                    self.end()

    def end(self) -> None:
        self.is_over = True
        if self.worker is not None:
            self.worker.stop()

    def measured(self) -> str:
        first, last = self._marks
        return " ".join(str(after - before) for before, after in zip(first, last, strict=True))


def connect() -> psycopg.Connection:
    return psycopg.connect(options=f"-c search_path={SCHEMA},public", autocommit=True)


def bare(meter: Meter) -> None:
    """A call that claims a step, and one that completes it."""
    with connect() as connection:
        while not meter.is_over:
            for step, token, *_ in connection.execute(CLAIM, [1]).fetchall():
                connection.execute("SELECT state FROM tasker_complete_step(%s, '{}', %s)", [step, token]).fetchall()
                meter.reported(1)


def one_call(meter: Meter) -> None:
    """One call that completes a step and claims the next one."""
    held: tuple[object, ...] | None = None
    with connect() as connection:
        while not meter.is_over:
            if held is None:
                held = connection.execute(CLAIM, [1]).fetchone()
                continue
            held = connection.execute(COMPLETE_AND_CLAIM, held[:2]).fetchone()
            meter.reported(1)


def bare_batches(meter: Meter, batch: int) -> None:
    """A call that claims many steps, and one that completes them."""
    with connect() as connection:
        while not meter.is_over:
            rows = connection.execute(CLAIM, [batch]).fetchall()
            if not rows:
                continue
            steps, tokens, *_ = zip(*rows, strict=True)
            connection.execute(
                "SELECT state FROM tasker_complete_steps(%s, %s, %s::jsonb[])",
                [list(steps), list(tokens), ["{}"] * len(rows)],
            ).fetchall()
            meter.reported(len(rows))


def worker(meter: Meter, concurrency: int, batch: int) -> None:
    """The client, with handlers that do nothing."""
    handlers = Handlers()
    for number in range(1, 11):
        handlers.register(f"step_{number}")(lambda task, sequence, step: {})
    with Database(schema=SCHEMA) as database:
        made = Worker(database, handlers, name="bench", concurrency=concurrency, batch_size=batch, metrics=meter)
        meter.worker = made
        made.run()


def main() -> None:
    side, *arguments = sys.argv[1:]
    if side == "version":
        print(f"Python {platform.python_version()}, psycopg {psycopg.__version__} ({psycopg.pq.__impl__})")
        return
    if side == "idle":
        meter = Meter(1, 0)
        threading.Timer(float(arguments[0]), meter.end).start()
        before = time.process_time()
        worker(meter, 1, 1)
        print(meter.claims, time.process_time() - before)
        return
    steps, before_steps, concurrency, batch = map(int, arguments)
    meter = Meter(steps, before_steps)
    if side == "worker":
        worker(meter, concurrency, batch)
    else:
        if side == "one_call":
            target, more = one_call, ()
        else:
            target, more = (bare, ()) if batch == 1 else (bare_batches, (batch,))
        threads = [threading.Thread(target=target, args=(meter, *more)) for _ in range(concurrency)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    print(meter.measured())


main()
