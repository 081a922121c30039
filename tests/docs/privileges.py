"""Compares the privileges in docs/generate/functions.toml with those that the test "grants" tried: a function answers the role that
the entry names, and if the role is more than a monitor, it does not answer a monitor. Output: "ok …" or a line for each difference."""

import re
import sys
import tomllib

ROLES = ("monitor", "producer", "worker", "operator")
# Entries that name no role of their own.
SAME_AS = {"config": "operator", "none": "monitor"}

with open("tests/pg_regress/expected/grants.out", encoding="utf-8") as file:
    rows = re.findall(r"^ (tasker_\w+) +\| (\w*) +\| (\w*) +\| (\w*) +\| (\w*) *$", file.read(), re.MULTILINE)
tried = {name: dict(zip(ROLES, answers)) for name, *answers in rows}
with open("docs/generate/functions.toml", "rb") as file:
    groups = tomllib.load(file)["group"]

compared = 0
problems = []
for group in groups:
    for entry in group["function"]:
        name = entry["name"]
        privileges = entry.get("privileges", group.get("privileges"))
        role = SAME_AS.get(privileges, privileges)
        if name not in tried:
            problems.append(f"{name} is not in tests/pg_regress/expected/grants.out")
        elif role in ROLES:
            compared += 1
            if tried[name][role] != "done":
                problems.append(f"{name}: functions.toml says {role}, who gets {tried[name][role]}")
            elif role != "monitor" and tried[name]["monitor"] == "done":
                problems.append(f"{name}: functions.toml says {role}, but a monitor suffices")
if problems or not compared:
    sys.exit("not ok privileges\n" + "\n".join(problems))
print(f"ok privileges of {compared} functions are those that were tried")
