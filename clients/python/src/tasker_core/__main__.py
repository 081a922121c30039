"""``python -m tasker_core work MODULE:HANDLERS``: runs a worker."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys

from .database import Database
from .handler import Handlers
from .logs import JsonFormatter
from .worker import Filters, Worker


def load_handlers(place: str) -> Handlers:
    """The handlers that a module has.

    ``place`` is ``module:name``; the name is ``handlers`` by default. Raises SystemExit.
    """
    module, _, name = place.partition(":")
    sys.path.insert(0, os.getcwd())
    found = getattr(importlib.import_module(module), name or "handlers", None)
    if not isinstance(found, Handlers):
        raise SystemExit(f"{place} is no object of the class tasker_core.Handlers")
    return found


def main(arguments: list[str] | None = None) -> None:
    """Reads the arguments and works until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="tasker-core")
    work = parser.add_subparsers(dest="command", required=True).add_parser("work", help="run a worker")
    work.add_argument("handlers", help="where the handlers are: module:name")
    work.add_argument("--database", default="", help="a connection string; the variables PGHOST, … count too")
    work.add_argument("--schema", help="the schema of the installation; by default, the search path decides")
    work.add_argument("--name", help="the name of the worker")
    work.add_argument("--concurrency", type=int, default=1, help="how many handlers run at once")
    work.add_argument("--batch-size", type=int, default=1, help="how many steps to claim and complete in one call")
    work.add_argument("--lease", type=float, help="seconds without a heartbeat after which others may have a step")
    work.add_argument("--wait", type=float, default=30, help="for how many seconds a claim waits for work")
    work.add_argument("--namespace", action="append", help="claim only in this namespace; may be repeated")
    work.add_argument("--log", choices=["text", "json"], default="text", help="how to write the log")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    if chosen.log == "json":
        for handler in logging.getLogger().handlers:
            handler.setFormatter(JsonFormatter())
    handlers = load_handlers(chosen.handlers)
    with Database(chosen.database, schema=chosen.schema) as database:
        Worker(
            database,
            handlers,
            name=chosen.name,
            concurrency=chosen.concurrency,
            batch_size=chosen.batch_size,
            lease=chosen.lease,
            wait=chosen.wait,
            filters=Filters(namespaces=chosen.namespace, step_names=handlers.step_names()),
        ).run()


if __name__ == "__main__":
    main()
