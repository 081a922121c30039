"""``python -m tests [NAME…]``: runs the tests, with a line "ok …" or "skipped …" for each."""

from __future__ import annotations

import logging
import sys
import unittest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    TextTestResult = unittest.TextTestResult[Any]
else:
    TextTestResult = unittest.TextTestResult

HERE = "tests"


class Lines(TextTestResult):
    """Says what tests/run.sh counts."""

    def addSuccess(self, test: unittest.TestCase) -> None:
        unittest.TestResult.addSuccess(self, test)
        print(f"ok python {test.id().removeprefix(HERE + '.')}", flush=True)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        unittest.TestResult.addSkip(self, test, reason)
        print(f"skipped python {test.id().removeprefix(HERE + '.')}: {reason}", flush=True)


def main() -> None:
    logging.basicConfig(level=logging.CRITICAL)
    loader = unittest.TestLoader()
    loader.testNamePatterns = [f"*{name}*" for name in sys.argv[1:]] or None
    found = loader.discover(HERE, top_level_dir=".")
    outcome = unittest.TextTestRunner(resultclass=Lines, verbosity=0, stream=sys.stderr).run(found)
    sys.exit(not outcome.wasSuccessful())


if __name__ == "__main__":
    main()
