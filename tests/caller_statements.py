"""Statements that run as the caller name the schema of every function, operator, type, collation and table in them: the
caller's search_path may hold others of the same name. Says which do not. Needs pglast, which pgspot brings along."""

import glob
import json
import os
import re
import sys

from pglast import parser

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))


def sections(family):
    with open(f"sql/queries/{family}.sql", encoding="utf-8") as file:
        parts = file.read().split("-- name: ")[1:]
    return {f"{family}/{name}": text.rstrip().rstrip(";") for name, text in (part.split("\n", 1) for part in parts)}


FAMILIES = [os.path.basename(path)[: -len(".sql")] for path in sorted(glob.glob("sql/queries/*.sql"))]
SECTIONS = {name: text for family in FAMILIES for name, text in sections(family).items()}
# What statement_text.rs and heap/lookup.rs put into the text.
PARTS = {
    "columns": "a, b", "has_rule": "false", "installation": "installation", "key": "a", "lock": "", "named": "a",
    "steps": "(@step_facts@)", "table": "@steps@", "tasks": "(@task_facts@)",
}  # fmt: skip


def expanded(text):
    while found := re.search(r"@(\w+)@", text):
        name = found[1]
        part = PARTS[name] if name in PARTS else SECTIONS[f"fragments/{name}"]
        text = text.replace(found[0], "\n" + part + "\n")
    return text


def is_qualified(names):
    return len(names) > 1 and names[0]["String"]["sval"] in ("pg_catalog", "installation")


def written(names):
    return ".".join(name["String"]["sval"] for name in names)


def unqualified(node, known):
    """What in a parse tree is looked up by the search_path; `known` are the names of common table expressions."""
    if isinstance(node, list):
        for item in node:
            yield from unqualified(item, known)
        return
    if not isinstance(node, dict):
        return
    for kind, value in node.items():
        if kind == "A_Expr" and value["kind"] not in ("AEXPR_OP", "AEXPR_OP_ANY", "AEXPR_OP_ALL"):
            yield f"{value['kind'].removeprefix('AEXPR_')}, which looks up {written(value['name'])}"
        elif kind == "A_Expr" and not is_qualified(value["name"]):
            yield f"operator {written(value['name'])}"
        elif kind == "FuncCall" and not is_qualified(value["funcname"]):
            # In FROM the parser itself expands unnest() of several arrays, and not by the search_path.
            if not (written(value["funcname"]) == "unnest" and len(value["args"]) > 1):
                yield f"function {written(value['funcname'])}"
        elif kind in ("TypeName", "typeName") and not is_qualified(value["names"]):
            yield f"type {written(value['names'])}"
        elif kind == "CollateClause" and not is_qualified(value["collname"]):
            yield f"collation {written(value['collname'])}"
        elif kind == "CaseExpr" and "arg" in value:
            yield "CASE with a value, which looks up ="
        elif kind == "SubLink" and "testexpr" in value and not is_qualified(value.get("operName", [])):
            yield "a comparison with a subquery"
        elif kind == "JoinExpr" and ("usingClause" in value or value.get("isNatural")):
            yield "USING, which looks up ="
        elif kind in ("RangeVar", "relation") and isinstance(value, dict) and "relname" in value:
            if "schemaname" not in value and value["relname"] not in known:
                yield f"table {value['relname']}"
        yield from unqualified(value, known)


def common_tables(node):
    if isinstance(node, list):
        return {name for item in node for name in common_tables(item)}
    if not isinstance(node, dict):
        return set()
    own = {node["ctename"]} if "ctename" in node else set()
    return own | {name for value in node.values() for name in common_tables(value)}


lists = "".join(open(path, encoding="utf-8").read() for path in glob.glob("src/pg/spi/statements/*.rs"))
checked = sorted({*re.findall(r'"([a-z_]+/[a-z_]+)" as caller;', lists), "read/rows", "read/rows_after"})
if len(checked) < 50:
    sys.exit("caller_statements: the lists of statements do not read as they used to")
faults = []
for name in checked:
    tree = json.loads(parser.parse_sql_json(expanded(SECTIONS[name])))
    faults += [f"caller_statements: {name}: {fault}" for fault in sorted(set(unqualified(tree, common_tables(tree))))]
print("\n".join(faults), end="\n" if faults else "", file=sys.stderr)
sys.exit(1 if faults else 0)
