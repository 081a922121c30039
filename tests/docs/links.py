"""Finds links of pages to files and headings that do not exist, and paths in code style that do not exist, such as `src/core/mod.rs`.
Arguments: the pages. Output: "ok links of PAGE", or the broken ones."""

import pathlib
import re
import sys


def prose(page):
    """A page without its blocks of code."""
    return re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)


# A path from the root of the repository.
PATH = re.compile(r"`((?:benches|docker|docs|sql|src|tests)/[\w./-]+)`")


def anchors(path):
    """The anchors of a page, as GitHub makes them of its headings."""
    found = {}
    for heading in re.findall(r"^#+ (.+)$", prose(path.read_text(encoding="utf-8")), re.MULTILINE):
        text = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading).strip().lower()
        anchor = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = found.get(anchor, 0)
        found[anchor] = count + 1
        if count:
            found[f"{anchor}-{count}"] = 1
    return found


status = 0
for name in sys.argv[1:]:
    page = pathlib.Path(name)
    text = prose(page.read_text(encoding="utf-8"))
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = page.parent / file if file else page
        if not linked.exists() or (anchor and linked.suffix == ".md" and anchor not in anchors(linked)):
            broken.append(target)
    for path in PATH.findall(text):
        # `A--B` stands for any two versions.
        if not pathlib.Path(path).exists() and "A--B" not in path:
            broken.append(path)
    if broken:
        status = 1
        print(f"not ok links of {name}: {' '.join(broken)}")
    else:
        print(f"ok links of {name}")
sys.exit(status)
