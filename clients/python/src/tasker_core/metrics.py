"""Hooks for figures."""

from __future__ import annotations

from .steps import Claim


class Metrics:
    """Subclass it and pass it to a worker.

    Threads of the worker call the methods; they must be quick and raise nothing.
    """

    def claimed(self, steps: int, seconds: float) -> None:
        """A claim has returned so many steps, after so many seconds (with the time it waited)."""

    def step_started(self, claim: Claim) -> None:
        """A handler begins."""

    def step_ended(self, claim: Claim, outcome: str, seconds: float) -> None:
        """A handler has ended: ``completed``, ``failed``, ``released`` or ``abandoned``."""

    def lease_ended(self, claim: Claim, reason: str) -> None:
        """A heartbeat said that a lease has ended: ``cancelled``, ``timed_out`` or ``lost``."""

    def reported(self, steps: int, seconds: float) -> None:
        """So many outcomes were stored, in so many seconds."""

    def reconnected(self) -> None:
        """The connection for claims was lost and is made again."""
