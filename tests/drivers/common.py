"""What the Python adapters share: fills the calls in, prints what the driver read, one line of JSON for each call."""

import datetime
import decimal
import json
import re
import sys
import time
import uuid


def plain(value):
    """Says what a driver read in JSON: what has no JSON type gets a tag."""
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            return {"~": "time without zone", "text": value.isoformat()}
        return {"~": "time", "seconds": value.timestamp()}
    if isinstance(value, datetime.timedelta):
        return {"~": "interval", "seconds": value.total_seconds()}
    if isinstance(value, decimal.Decimal):
        return {"~": "decimal", "text": str(value)}
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, bytes):
        return {"~": "bytes", "text": value.hex()}
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(element) for element in value]
    return value


def parameter(value, saved, as_json):
    """Makes what a program would hand to the driver, without a type of SQL."""
    if isinstance(value, list):
        return [parameter(element, saved, as_json) for element in value]
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "saved":
        return saved[content]
    if kind == "json":
        return as_json(content)
    if kind == "seconds":
        return datetime.timedelta(seconds=content)
    if kind == "seconds_ago":
        return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=content)
    raise ValueError(f"no such kind of parameter: {kind}")


def renamed(sql, style):
    """Writes $1 as the driver does, for example %(p1)s."""
    return re.sub(r"\$(\d+)", lambda place: style % place[1], sql)


def by_name(parameters):
    return {f"p{place}": value for place, value in enumerate(parameters, start=1)}


def run(execute, as_json, sqlstate, decode_json=False):
    """execute(call, parameters) returns the names of the columns and the rows; decode_json: the driver reads jsonb as text."""
    saved = {}
    with open(sys.argv[1], encoding="utf-8") as scenario:
        calls = json.load(scenario)
    for call in calls:
        try:
            columns, rows = execute(call, [parameter(value, saved, as_json) for value in call["parameters"]])
        except Exception as error:
            print(json.dumps({"sqlstate": sqlstate(error), "message": str(error), "now": time.time()}))
            continue
        rows = [dict(zip(columns, row)) for row in rows]
        for name, column in call["save"].items():
            saved[name] = rows[0][column]
        for name, column in call["save_all"].items():
            saved[name] = [row[column] for row in rows]
        if decode_json:
            for row in rows:
                row.update((column, json.loads(row[column])) for column in call["json_columns"] if row[column] is not None)
        print(json.dumps({"rows": plain(rows), "now": time.time()}), flush=True)
