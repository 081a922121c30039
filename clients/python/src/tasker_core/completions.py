"""Completes finished steps, several in one call."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Callable

from .database import Database, JsonText
from .errors import ConnectionLost, DatabaseError
from .execution import Outcome, report_safely
from .heartbeats import Heartbeats
from .metrics import Metrics
from .steps import Claim, Stop

logger = logging.getLogger("tasker_core.worker")


@dataclasses.dataclass
class Finished:
    """A step whose handler has ended, and that has not been reported yet."""

    claim: Claim
    outcome: Outcome
    stop: Stop
    since: float


class Completions:
    """Gathers finished steps, and completes them with ``tasker_complete_steps()`` in a thread of its own.

    It waits until there are ``most`` of them, until ``is_idle()`` says that no claimed step waits for a thread, or for
    ``delay`` seconds.
    """

    def __init__(
        self,
        database: Database,
        heartbeats: Heartbeats,
        metrics: Metrics,
        *,
        most: int,
        delay: float,
        is_idle: Callable[[], bool],
        give_up: threading.Event,
    ) -> None:
        self._database = database
        self._heartbeats = heartbeats
        self._metrics = metrics
        self._most = most
        self._delay = delay
        self._is_idle = is_idle
        self._give_up = give_up
        self._finished: list[Finished] = []
        self._changed = threading.Condition()
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="tasker completions", daemon=True)
        self._thread.start()

    def add(self, claim: Claim, outcome: Outcome, stop: Stop) -> None:
        """Reports the outcome soon."""
        with self._changed:
            self._finished.append(Finished(claim, outcome, stop, time.monotonic()))
            self._changed.notify()

    def close(self) -> None:
        """Reports the rest and ends the thread."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._finished and not self._ending:
                    self._changed.wait()
                if not self._finished:
                    return
                while not (self._ending or len(self._finished) >= self._most or self._is_idle()):
                    left = self._finished[0].since + self._delay - time.monotonic()
                    if left <= 0:
                        break
                    self._changed.wait(left)
                batch, self._finished = self._finished[: self._most], self._finished[self._most :]
            began = time.monotonic()
            try:
                self._report(batch)
            except ConnectionLost as error:
                logger.error("%s steps could not be reported; their leases will expire: %s", len(batch), error)
            except Exception:
                logger.exception("%s steps could not be reported; their leases will expire", len(batch))
            self._metrics.reported(len(batch), time.monotonic() - began)
            for finished in batch:
                self._heartbeats.remove(finished.claim)

    def _report(self, batch: list[Finished]) -> None:
        together = [one for one in batch if one.outcome.kind == "completed"]
        if len(together) > 1:
            try:
                rows = self._database.call(
                    "tasker_complete_steps",
                    [one.claim.workflow_step_id for one in together],
                    [one.claim.claim_token for one in together],
                    [None if one.outcome.results is None else JsonText(one.outcome.results) for one in together],
                    repeat=True,
                    give_up=self._give_up,
                )
            except ConnectionLost:
                raise
            except DatabaseError:
                # One of them cannot be stored: each gets an answer of its own.
                rows = []
            refusals = {row["workflow_step_id"]: row["refusal"] for row in rows}
            for one in together:
                refusal = refusals.get(one.claim.workflow_step_id)
                if refusal is not None:
                    one.stop.set("lost")
                    logger.warning(
                        "step %s was refused: %s", one.claim.step_name, refusal, extra={"tasker": one.claim.describe()}
                    )
            batch = [one for one in batch if one.claim.workflow_step_id not in refusals]
        for one in batch:
            report_safely(one.claim, one.outcome, self._database, one.stop, give_up=self._give_up)
