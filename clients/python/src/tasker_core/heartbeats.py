"""Heartbeats of all leases of a process, in one thread and on a connection of their own."""

from __future__ import annotations

import dataclasses
import logging
import math
import threading
import time
import uuid
from collections.abc import Callable

from .database import Database, Row
from .errors import DatabaseError
from .steps import Claim, Stop

logger = logging.getLogger("tasker_core.heartbeats")

# With a test's clock, the end of a lease and the server's time do not fit together.
_SHORTEST, _LONGEST = 0.1, 3600.0


@dataclasses.dataclass
class _Lease:
    claim: Claim
    stop: Stop
    next_beat: float


def beat_after(lease_seconds: float) -> float:
    """How long after a heartbeat the next one is due: half of the lease."""
    return min(max(lease_seconds / 2, _SHORTEST), _LONGEST)


class Heartbeats:
    """Extends leases at half of their time, and sets the :class:`Stop` of those that have ended.

    ``on_end`` is called with the claim and the reason when a lease has ended. If the database cannot be reached, the
    leases count as held: once they have expired, the database gives the steps to others, and refuses what this worker
    reports.
    """

    def __init__(self, database: Database, on_end: Callable[[Claim, str], None] = lambda claim, reason: None) -> None:
        self._database = database
        self._on_end = on_end
        self._leases: dict[uuid.UUID, _Lease] = {}
        self._changed = threading.Condition()
        # When the thread looks again by itself.
        self._looks_at = math.inf
        self._ending = False
        self._thread = threading.Thread(target=self._run, name="tasker heartbeats", daemon=True)
        self._thread.start()

    def add(self, claim: Claim) -> Stop:
        """Keeps the lease of a claim alive, until :meth:`remove`."""
        stop = Stop()
        with self._changed:
            beat = time.monotonic() + beat_after(claim.lease_seconds)
            self._leases[claim.claim_token] = _Lease(claim, stop, beat)
            # Mostly, an earlier lease is due first, perhaps one that is gone by now: then the thread sleeps on.
            if beat < self._looks_at:
                self._changed.notify()
        return stop

    def remove(self, claim: Claim) -> None:
        """Lets the lease go."""
        with self._changed:
            self._leases.pop(claim.claim_token, None)

    def close(self) -> None:
        """Ends the thread. The leases stay until they expire."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join()

    def __enter__(self) -> Heartbeats:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._ending:
                    return
                first = min((lease.next_beat for lease in self._leases.values()), default=math.inf)
                wait = first - time.monotonic()
                if wait > 0:
                    self._looks_at = first
                    self._changed.wait(None if first == math.inf else wait)
                    continue
                # One call for all that are due soon.
                limit = time.monotonic() + 0.05
                due = [token for token, lease in self._leases.items() if lease.next_beat <= limit]
            try:
                rows = self._database.call("tasker_heartbeat", due)
            except DatabaseError as error:
                logger.warning("heartbeat failed: %s", error)
                self._postpone(due)
            except Exception:
                logger.exception("heartbeat failed")
                self._postpone(due)
            else:
                for row in rows:
                    try:
                        self._take(row)
                    except Exception:
                        logger.exception("a hook for the end of a lease has failed")

    def _postpone(self, tokens: list[uuid.UUID]) -> None:
        with self._changed:
            for token in tokens:
                if token in self._leases:
                    lease = self._leases[token]
                    # Often enough to find a server that is back before the lease ends.
                    lease.next_beat = time.monotonic() + min(1.0, beat_after(lease.claim.lease_seconds) / 2)

    def _take(self, row: Row) -> None:
        with self._changed:
            lease = self._leases.get(row["claim_token"])
            if lease is None:
                return
            if row["status"] == "held":
                seconds = (row["lease_until"] - row["server_time"]).total_seconds()
                lease.next_beat = time.monotonic() + beat_after(seconds)
                return
            del self._leases[row["claim_token"]]
        reason = str(row["status"])
        logger.warning("a lease has ended: %s", reason, extra={"tasker": {**lease.claim.describe(), "reason": reason}})
        lease.stop.set(reason)
        self._on_end(lease.claim, reason)
