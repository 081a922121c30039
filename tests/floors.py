#!/usr/bin/env python3
"""Reads the imports of src, and fails if a module of src/pg imports a floor above its own (see src/pg/mod.rs), if modules import
each other in a circle, or if a folder or file has grown past what one reader takes in."""

import os
import re
import sys

# From the lowest to the highest: the table in src/pg/mod.rs.
FLOORS = ["host", "datum", "heap", "spi", "reading", "queue", "sync", "writing", "definition", "execution", "testkit", "api"]
ABOVE_ALL = ["install", "maintenance_worker"]
MOST_FILES = 15
MOST_LINES = 400


def modules(root):
    """The modules below a folder: path -> text without comments."""
    found = {}
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(".rs"):
                file = os.path.join(folder, name)
                path = os.path.relpath(file, "src")[:-3].replace(os.sep, "::").removesuffix("::mod")
                found[path] = re.sub(r"//[^\n]*", "", open(file, encoding="utf-8").read())
    return found


def split(list_of_imports):
    parts, depth, part = [], 0, ""
    for letter in list_of_imports:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [part.strip() for part in [*parts, part] if part.strip()]


def expand(path):
    nested = re.match(r"^(.*?)\{(.*)\}$", path.strip(), re.S)
    if not nested:
        return [path.strip().partition(" as ")[0]]
    return [full for part in split(nested[2]) for full in expand(nested[1] + part)]


def imports(module, text, known, short):
    """The modules that a module names, by `use` or by a path in its code."""
    paths = [path for used in re.findall(r"\buse\s+([^;]+);", text) for path in expand(re.sub(r"\s+", " ", used))]
    paths += re.findall(r"\b(?:super|crate)(?:::\w+)+", text)
    for path in paths:
        parts = path.split("::")
        if parts[0] == "crate":
            parts = parts[1:]
        elif parts[0] in ("super", "self"):
            base = module.split("::")
            while parts and parts[0] in ("super", "self"):
                base = base[:-1] if parts[0] == "super" else base
                parts = parts[1:]
            parts = base + parts
        else:
            continue
        # The modules of src/core go by their own names, without their folders.
        if parts[0] == "core" and len(parts) > 1 and parts[1] in short:
            parts = short[parts[1]].split("::") + parts[2:]
        for length in range(len(parts), 0, -1):
            candidate = "::".join(parts[:length])
            if candidate in known:
                if candidate != module:
                    yield candidate
                break


def circles(graph):
    """Strongly connected components with more than one module (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for neighbour in sorted(graph[node]):
            if neighbour not in index:
                visit(neighbour)
                low[node] = min(low[node], low[neighbour])
            elif neighbour in stack:
                low[node] = min(low[node], index[neighbour])
        if low[node] == index[node]:
            component = []
            while True:
                component.append(stack.pop())
                if component[-1] == node:
                    break
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def floor(module):
    folder = module.split("::")[1]
    return FLOORS.index(folder) if folder in FLOORS else len(FLOORS)


def faults(known):
    short = {path.split("::")[2]: path for path in known if re.fullmatch(r"core::\w+::\w+", path)}
    graph = {module: set(imports(module, text, known, short)) for module, text in known.items()}
    for module in sorted(graph):
        if module.startswith("pg::"):
            for imported in sorted(graph[module]):
                if imported.startswith("pg::") and floor(imported) > floor(module):
                    yield f"{module} imports {imported}, which is above it"
    for circle in circles(graph):
        yield "a circle of imports: " + ", ".join(circle)


def sizes(root):
    for folder, _, names in os.walk(root):
        files = [name for name in names if name.endswith(".rs")]
        if len(files) > MOST_FILES:
            yield f"{folder} has {len(files)} files, more than {MOST_FILES}"
        for name in files:
            lines = sum(1 for _ in open(os.path.join(folder, name), encoding="utf-8"))
            if lines > MOST_LINES:
                yield f"{os.path.join(folder, name)} has {lines} lines, more than {MOST_LINES}"


def self_check():
    """The checks find what they look for."""
    up = list(faults({"pg::host": "", "pg::host::a": "use crate::pg::heap::b;", "pg::heap::b": ""}))
    round_trip = list(faults({"core::m::a": "use super::b::X;", "core::m::b": "use crate::core::a::{self, Y};", "core": ""}))
    assert len(up) == 1 and "above" in up[0], up
    assert len(round_trip) == 1 and "circle" in round_trip[0], round_trip


sys.setrecursionlimit(10_000)
self_check()
folders = {path.split("::")[1] for path in modules("src/pg") if "::" in path} - set(ABOVE_ALL)
found = [f"{folder}: not in FLOORS of tests/floors.py" for folder in sorted(folders - set(FLOORS))]
found += [*faults({**modules("src/core"), **modules("src/pg")}), *sizes("src")]
for fault in found:
    print(f"floors: {fault}", file=sys.stderr)
sys.exit(bool(found))
