"""Writes docs/reference.md from the catalog, on standard input (catalog.sql), and from functions.toml, head.md and values.md beside
this file. Fails if a function has no entry, an entry no function or a missing field, or if a comment names an SQLSTATE that the
entry does not."""

import json
import pathlib
import re
import sys
import tomllib

HERE = pathlib.Path(__file__).parent
FIELDS = ("errors", "privileges", "cost", "example")
SQLSTATE = re.compile(r"\b(?:[0-9][0-9A-Z]{4}|P0[0-9]{3}|XX[0-9]{3})\b")
# An error of an entry: "22023 the name is empty".
ERROR = re.compile(rf"((?:{SQLSTATE.pattern}(?:, )?)+) (.+)")
# Where a comment turns from what the function does to what the entry says.
DETAILS = re.compile(r"(?:^|\s+)(?:Errors(?: and privileges|, privileges)?[:,]|Raises |Needs SELECT|Privileges)")
DOES = {"i": "uses only its arguments", "s": "only reads", "v": "writes"}


def entries_of(data):
    """The entries by function, each with what it inherits from its group, and the groups with the names of their functions."""
    entries, groups = {}, []
    for group in data["group"]:
        names = []
        for entry in group["function"]:
            entry = {field: group[field] for field in FIELDS if field in group} | entry
            if entry["name"] in entries:
                sys.exit(f"{entry['name']} has two entries")
            entries[entry["name"]] = entry
            names.append(entry["name"])
        groups.append((group, names))
    return entries, groups


def problems(catalog, data, entries):
    """What keeps the page from being complete, a line each."""
    for name in sorted(catalog.keys() - entries.keys()):
        yield f"{name} has no entry in functions.toml"
    for name in sorted(entries.keys() - catalog.keys()):
        yield f"{name} has an entry, but there is no such function"
    for name in sorted(catalog.keys() & entries.keys()):
        entry, comment = entries[name], catalog[name]["comment"]
        if not comment:
            yield f"{name} has no comment"
            continue
        missing = [field for field in FIELDS if field not in entry]
        if missing:
            yield f"{name} has no {', '.join(missing)}"
            continue
        for error in entry["errors"]:
            if not ERROR.fullmatch(error):
                yield f"an error of {name} does not begin with its SQLSTATE: {error}"
        unnamed = set(SQLSTATE.findall(comment)) - set(SQLSTATE.findall(" ".join(entry["errors"]))) - set(data["common"])
        if unnamed:
            yield f"the comment of {name} names {', '.join(sorted(unnamed))}, its entry does not"
        if name not in entry["example"]:
            yield f"the example of {name} does not call it"


def signature(name, function):
    """The arguments and the result, as CREATE FUNCTION writes them."""
    def lines(items):
        items = [item.replace("timestamp with time zone", "timestamptz") for item in items]
        return "(" + ",".join(f"\n    {item}" for item in items) + ")" if len(items) > 1 else f"({''.join(items)})"

    result = "TABLE " + lines(function["columns"]) if function["columns"] else function["result"]
    return f"{name}{lines(function['arguments'])}\nRETURNS {result}"


def description(function):
    """What the function does: the comment up to its errors and privileges."""
    cut = DETAILS.search(function["comment"])
    text = (function["comment"][: cut.start()] if cut else function["comment"]).strip()
    # Nothing becomes markup but names of functions, settings, arguments and columns, which become code.
    text = re.sub(r"[*<>|\[\]]", lambda found: "\\" + found[0], text)
    named = {item.split(" ")[0] for item in function["arguments"] + function["columns"]}
    explained = rf"\b(?:{'|'.join(named)})(?=:| NULL\b)|" if named else ""
    return re.sub(rf"{explained}\btasker_\w+(?:\.\w+)?(?:\(\))?|\b\w+_\w+(?:\(\))?", r"`\g<0>`", text)


def sentence(text):
    """A text as a sentence."""
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def named_error(error):
    """An error of an entry, with its SQLSTATEs as code."""
    codes, meaning = ERROR.fullmatch(error).groups()
    return SQLSTATE.sub(r"`\g<0>`", codes) + ": " + meaning


def section(name, function, entry, data):
    """The part of the page about one function."""
    errors = "; ".join(map(named_error, entry["errors"])) or "[those of many functions](#errors-that-many-functions-raise)"
    yield f"### {name}\n"
    yield f"```\n{signature(name, function)}\n```\n"
    yield description(function) + "\n"
    yield f"- **Effect**: {entry.get('effect', DOES[function['volatility']])}."
    yield f"- **Errors**: {errors}."
    yield f"- **Privileges**: {data['privileges'].get(entry['privileges'], entry['privileges'])}."
    yield f"- **Cost**: {sentence(data['costs'].get(entry['cost'], entry['cost']))}\n"
    yield "<!-- sql\nBEGIN;" + ("\n" + entry["setup"] if "setup" in entry else "") + "\n-->"
    yield f"```sql\n{entry['example']}\n```"
    # generate.sh puts the output there.
    if function["result"] != "void" and "\\g " not in entry["example"]:
        yield "```text\n```"
    yield "<!-- sql\nROLLBACK;\n-->\n"


def page(catalog, data, entries, groups):
    """The whole page, in parts."""
    yield (HERE / "head.md").read_text(encoding="utf-8")
    yield "| SQLSTATE | Meaning |\n|---|---|"
    for code, meaning in sorted(data["common"].items()):
        yield f"| `{code}` | {meaning} |"
    yield "\n" + (HERE / "values.md").read_text(encoding="utf-8")
    yield "## Index\n\n| Group | Functions |\n|---|---|"
    for group, names in groups:
        links = ", ".join(f"[`{name}`](#{name})" for name in names)
        yield f"| {group['title']} | {links} |"
    yield "\n<!-- sql\n" + (HERE / "examples.sql").read_text(encoding="utf-8") + "-->\n"
    for group, names in groups:
        yield f"## {group['title']}\n\n{group['text']}\n"
        for name in names:
            yield from section(name, catalog[name], entries[name], data)


def main():
    catalog = json.load(sys.stdin)
    data = tomllib.loads((HERE / "functions.toml").read_text(encoding="utf-8"))
    entries, groups = entries_of(data)
    found = list(problems(catalog, data, entries))
    if found:
        sys.exit("\n".join(found))
    print("\n".join(page(catalog, data, entries, groups)).rstrip("\n"))


main()
