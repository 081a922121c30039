"""What README.md shows works."""

from __future__ import annotations

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

import psycopg

from .support import PYTHON_FOLDER, becomes


def blocks(language: str) -> list[str]:
    """The blocks of a language, in their order."""
    text = (pathlib.Path(PYTHON_FOLDER) / "README.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


class ReadmeTest(unittest.TestCase):
    """A newcomer with an empty folder and an empty database."""

    def test_five_minutes(self) -> None:
        with psycopg.connect("", autocommit=True) as connection:
            connection.execute("CREATE DATABASE shop")
        install, run, look = blocks("sh")
        [create] = [line for line in install.splitlines() if line.startswith("psql")]
        start, work = run.splitlines()
        environment = {
            **os.environ,
            "PYTHONPATH": f"{PYTHON_FOLDER}/src",
            "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        with tempfile.TemporaryDirectory() as folder:
            program = blocks("python")[0]
            (pathlib.Path(folder) / "orders.py").write_text(program)

            def shell(command: str) -> str:
                done = subprocess.run(
                    ["bash", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
                )
                self.assertEqual(done.returncode, 0, done.stderr)
                return done.stdout

            shell(create)
            self.assertIn('step 1 "charge" is ready', shell(start))
            worker = subprocess.Popen(
                ["bash", "-c", "exec " + work], cwd=folder, env=environment, stderr=subprocess.DEVNULL
            )
            expected = "1 complete {'charge': {'paid': 30}, 'ship': {'parcel': '30 EUR'}}\n"
            try:
                becomes("the task is complete", lambda: shell(look) == expected)
            finally:
                worker.send_signal(signal.SIGINT)
            self.assertEqual(worker.wait(60), 0)
            [testing] = [block for block in blocks("python") if "drain(" in block]
            before = (
                'from orders import *\ndatabase = Database("dbname=shop", schema="tasker")\nclient = Client(database)\n'
            )
            (pathlib.Path(folder) / "test_orders.py").write_text(before + testing)
            shell("python test_orders.py")
