"""Runs scenario.json by one driver and checks what it read.

    check.py coverage                 every function of the contract is in the scenario, with every argument
    check.py NAME COMMAND ARGUMENT…   the scenario by one driver; the prepared calls are the command's next argument

Each call is SELECT called.*, to_jsonb(called) AS truth FROM tasker_…($1, …) AS called: parameters without a type, and beside
each row the same row as the server writes it. The driver's process prints one line for each call. This program compares every
column with the truth by its type in the catalog, and both with what the scenario expects. Calls with "again" change
nothing: psql, in another time zone, must read the same.

In the scenario: args by place, named by name; {"saved": x} a value that the driver read before, {"json": x}, {"seconds": n} an
interval, {"seconds_ago": n} a time; save the first row's column, save_all those of all rows; rows how many;
expect columns of the first row, {"in": n} a time n seconds from now, {"at": …}; error the SQLSTATE.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
# The test kit needs a superuser. The engine's functions have its signatures, and so its overloads.
NOT_OURS = ("tasker_testkit_", "tasker_rails_")


def psql(sql, zone="Asia/Kolkata"):
    found = subprocess.run(
        ["psql", "-XqtA", "-v", "ON_ERROR_STOP=1"], input=sql, text=True, encoding="utf-8", capture_output=True,
        check=False, env={**os.environ, "PGTZ": zone, "PGCLIENTENCODING": "UTF8"})
    if found.returncode != 0:
        raise SystemExit(f"not ok psql: {sql}\n{found.stderr}")
    return found.stdout.strip()


def signatures():
    """The columns that each function returns, with their types; one column without a name is called "called"."""
    found = psql("""
        SELECT jsonb_object_agg(proname, columns) FROM (
            SELECT function.proname, coalesce(
                (SELECT jsonb_object_agg(function.proargnames[place], format_type(function.proallargtypes[place], NULL))
                 FROM generate_subscripts(function.proargmodes, 1) AS place WHERE function.proargmodes[place] = 't'),
                jsonb_build_object('called', format_type(function.prorettype, NULL))) AS columns
            FROM pg_proc AS function
            JOIN pg_depend AS member ON member.objid = function.oid AND member.classid = 'pg_proc'::regclass
                AND member.deptype = 'e'
            JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'tasker_core'
            WHERE function.proname LIKE 'tasker\\_%') AS functions""")
    return json.loads(found)


def prepared(call, columns):
    arguments = [(None, value) for value in call.get("args", [])] + list(call.get("named", {}).items())
    places = [(f"{name} => " if name else "") + f"${place}" for place, (name, _) in enumerate(arguments, start=1)]
    return {
        "sql": f"SELECT called.*, to_jsonb(called) AS truth FROM {call['call']}({', '.join(places)}) AS called",
        "parameters": [value for _, value in arguments],
        "json_columns": [column for column, kind in columns.items() if kind == "jsonb"] + ["truth"],
        "time_columns": [column for column, kind in columns.items() if kind == "timestamp with time zone"],
        "save": call.get("save", {}),
        "save_all": call.get("save_all", {}),
    }


def seconds_of(text):
    """An interval as PostgreSQL writes it, in the style of PostgreSQL or of ISO 8601."""
    found = re.fullmatch(r"(?:(-?\d+) days? ?)?(?:(-?\d+):(\d+):([\d.]+))?", text) or re.fullmatch(
        r"P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?", text)
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def instant(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.timestamp()


def tagged(value, tag):
    return isinstance(value, dict) and value.get("~") == tag


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def same(kind, read, truth, strings):
    """Whether a driver read what the server wrote. strings: the driver reads bigint, numeric and intervals as strings."""
    if read is None or truth is None:
        return read is None and truth is None
    if kind.endswith("[]"):
        return isinstance(read, list) and len(read) == len(truth) and all(
            same(kind[:-2], one, other, strings) for one, other in zip(read, truth))
    if kind == "timestamp with time zone":
        # A Date of JavaScript has milliseconds.
        return tagged(read, "time") and abs(read["seconds"] - instant(truth)) < 0.002
    if kind == "interval":
        if strings and isinstance(read, str):
            read = {"~": "interval", "seconds": seconds_of(read)}
        return tagged(read, "interval") and abs(read["seconds"] - seconds_of(truth)) < 0.002
    if kind == "numeric":
        text = read if strings and isinstance(read, str) else tagged(read, "decimal") and read["text"]
        return text is not False and float(text) == float(truth)
    if kind == "bigint" and strings:
        return isinstance(read, str) and read == str(truth)
    if kind in ("bigint", "integer"):
        return isinstance(read, int) and not isinstance(read, bool) and read == truth
    if kind == "double precision":
        return is_number(read) and float(read) == float(truth)
    if kind == "boolean":
        return isinstance(read, bool) and read == truth
    if kind == "jsonb":
        return read == truth
    if kind in ("text", "character varying", "uuid", "name"):
        return isinstance(read, str) and read == truth
    raise SystemExit(f"not ok a column of type {kind}: say in {__file__} how drivers read it")


def expected(value, read, now, saved):
    """Whether a value that was read is the one that the scenario expects."""
    if isinstance(value, dict) and "saved" in value:
        return read == saved[value["saved"]]
    if isinstance(value, dict) and "in" in value:
        return tagged(read, "time") and abs(read["seconds"] - now - value["in"]) < 60
    if isinstance(value, dict) and "at" in value:
        return tagged(read, "time") and read["seconds"] == instant(value["at"])
    if isinstance(value, list):
        return isinstance(read, list) and len(read) == len(value) and all(
            expected(one, other, now, saved) for one, other in zip(value, read))
    if is_number(value) and isinstance(read, str):
        return read == str(value)
    return read == value and isinstance(read, bool) == isinstance(value, bool)


def literal(value, saved):
    """A parameter of a call that is made again, as psql takes it."""
    if isinstance(value, list):
        return "ARRAY[" + ", ".join(literal(element, saved) for element in value) + "]"
    if isinstance(value, dict) and "saved" in value:
        value = saved[value["saved"]]
    if isinstance(value, dict) and "seconds_ago" in value:
        return f"now() - make_interval(secs => {value['seconds_ago']})"
    if value is None or isinstance(value, bool) or is_number(value):
        return json.dumps(value)
    return "'" + str(value).replace("'", "''") + "'"


def problems(call, columns, answer, saved, strings):
    """What is wrong with a driver's answer to a call."""
    if "error" in call:
        if answer.get("sqlstate") != call["error"]:
            yield f"expected {call['error']}, got {answer}"
        return
    if "rows" not in answer:
        yield f"{answer.get('sqlstate')} {answer.get('message')}"
        return
    rows, now = answer["rows"], answer["now"]
    if "rows" in call and len(rows) != call["rows"]:
        yield f"{len(rows)} rows"
    alone = list(columns) == ["called"]
    for row in rows:
        if set(row) != {*columns, "truth"}:
            yield f"the columns {sorted(row)}, expected {sorted(columns)}"
            return
        for column, kind in columns.items():
            truth = row["truth"] if alone else row["truth"][column]
            try:
                right = kind == "void" or same(kind, row[column], truth, strings)
            except (ValueError, TypeError, AttributeError) as error:
                right = False
                truth = f"{truth} ({error})"
            if not right:
                yield f"{column} ({kind}) was read as {row[column]!r}, the server says {truth!r}"
    for column, value in call.get("expect", {}).items():
        if not rows or column not in rows[0] or not expected(value, rows[0][column], now, saved):
            yield f"{column} is {rows[0].get(column) if rows else 'missing'!r}, expected {value!r}"


def run(name, command):
    scenario, types = json.loads((HERE / "scenario.json").read_text(encoding="utf-8")), signatures()
    strings = command[0] == "node"
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump([prepared(call, types[call["call"]]) for call in scenario], file)
        file.flush()
        # The second word of a command is its program; what follows are the program's own arguments.
        ran = subprocess.run(
            ["timeout", "60", *command[:2], file.name, *command[2:]], text=True, encoding="utf-8", capture_output=True, check=False,
            env={**os.environ, "TZ": "America/New_York", "LC_ALL": "C.UTF-8"})
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    wrong, saved = [], {}
    if ran.returncode != 0 or len(answers) != len(scenario):
        wrong.append(f"the driver's program ended with {ran.returncode} after {len(answers)} of {len(scenario)} calls:\n{ran.stderr}")
    for number, (call, answer) in enumerate(zip(scenario, answers), start=1):
        columns = types[call["call"]]
        title = f"{number} {call['call']}"
        wrong += [f"{title}: {problem}" for problem in problems(call, columns, answer, saved, strings)]
        rows = answer.get("rows", [])
        for key, column in call.get("save", {}).items():
            saved[key] = rows[0].get(column) if rows else None
        for key, column in call.get("save_all", {}).items():
            saved[key] = [row.get(column) for row in rows]
    # What reads alone reads the same in psql afterwards, in one call.
    again = [(number, call, answer) for number, (call, answer) in enumerate(zip(scenario, answers), start=1)
             if call.get("again") and "rows" in answer]
    statements = []
    for number, call, _ in again:
        arguments = [literal(value, saved) for value in call.get("args", [])]
        arguments += [f"{key} => {literal(value, saved)}" for key, value in call.get("named", {}).items()]
        statements.append(f"SELECT jsonb_build_object('number', {number}, 'rows', coalesce(jsonb_agg(to_jsonb(called)), '[]'))"
                          f" FROM {call['call']}({', '.join(arguments)}) AS called;")
    for line, (number, call, answer) in zip(psql("\n".join(statements)).splitlines(), again, strict=True):
        columns, said = types[call["call"]], json.loads(line)["rows"]
        alone = list(columns) == ["called"]
        for row, truth in zip(answer["rows"], said, strict=True):
            wrong += [f"{number} {call['call']}: {column} was read as {row[column]!r}, psql says {truth if alone else truth[column]!r}"
                      for column, kind in columns.items()
                      if kind != "interval" and not same(kind, row[column], truth if alone else truth[column], strings)]
    if wrong:
        # One fault often brings others.
        print(f"not ok {name}: {len(wrong)} problems", *wrong[:20], sep="\n   ")
        raise SystemExit(1)
    print(f"ok {name}: {len(scenario)} calls")


def coverage():
    types = signatures()
    arguments = json.loads(psql("""
        SELECT jsonb_object_agg(proname, coalesce(to_jsonb(proargnames[1:pronargs]), '[]')) FROM pg_proc
        WHERE proname LIKE 'tasker\\_%' AND pronamespace = (SELECT extnamespace FROM pg_extension WHERE extname = 'tasker_core')"""))
    contract = {name for name in types if not name.startswith(NOT_OURS)}
    missing = {name: set(arguments[name]) for name in contract}
    called = set()
    for call in json.loads((HERE / "scenario.json").read_text(encoding="utf-8")):
        called.add(call["call"])
        missing.get(call["call"], set()).difference_update(
            arguments[call["call"]][:len(call.get("args", []))], call.get("named", {}))
    if not called >= contract:
        raise SystemExit(f"not ok scenario.json calls nowhere {sorted(contract - called)}")
    without = {name: sorted(names) for name, names in sorted(missing.items()) if names}
    if without:
        raise SystemExit(f"not ok scenario.json never gives the arguments {without}")
    naive = [f"{name}.{column}" for name in sorted(contract) for column, kind in types[name].items() if "without time zone" in kind]
    if naive:
        raise SystemExit(f"not ok times without a zone, which drivers read in the client's zone: {naive}")
    print(f"ok the scenario calls all {len(contract)} functions with every argument")


if sys.argv[1] == "coverage":
    coverage()
else:
    run(sys.argv[1], sys.argv[2:])
