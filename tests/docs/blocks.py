"""Runs the SQL blocks of one page in psql, in their order, and compares what they print. CONTRIBUTING.md has the conventions.

Arguments: the page, and a file that gets a line for each block that is marked as not run. The environment chooses the database,
which is empty. ACCEPT=1 writes into the page what its blocks print, where that differs: read it before you commit it. It accepts no
error that the page does not show yet. ACCEPT=short writes only the beginning of long outputs.
Output: "ok PAGE:LINE" for each block that is shown. The status is 1 if a block fails.
"""

import dataclasses
import os
import re
import subprocess
import sys
import tempfile

# As a reader sees it, without command tags. An error does not end the session.
PSQL = ["psql", "--no-psqlrc", "--quiet", "--pset", "pager=off", "--set", "SHOW_CONTEXT=never"]
MARKER = "== block {} of the page =="


@dataclasses.dataclass
class Output:
    """What a page shows as the output of a block: the numbers of its lines, from 0, and the lines."""

    begin: int
    end: int
    lines: list[str]


@dataclasses.dataclass
class Block:
    """SQL of a page."""

    line: int
    text: str
    is_shown: bool = True
    output: Output | None = None
    reason: str | None = None  # why it is not run
    is_from_15: bool = False  # whether 14 prints something else


def blocks_of(path, page):
    """The blocks of a page: fences of ```sql, and comments that begin with "<!-- sql"."""
    blocks, reason, is_from_15 = [], None, False
    last = None  # the block before, while only empty lines follow it
    lines = page.splitlines()
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        begin = number + 1
        if line == "<!-- sql" or line.startswith("```"):
            ending = "-->" if line == "<!-- sql" else "```"
            end = next((at for at in range(begin, len(lines)) if lines[at].strip() == ending), None)
            if end is None:
                sys.exit(f"not ok {path}:{begin}: the block does not end")
            text = lines[begin:end]
            if line == "<!-- sql":
                blocks.append(Block(begin + 1, "\n".join(text), is_shown=False))
                last = None
            elif line == "```sql":
                last = Block(begin + 1, "\n".join(text), reason=reason, is_from_15=is_from_15)
                blocks.append(last)
                reason, is_from_15 = None, False
            elif last is not None and line == "```text":
                last.output, last = Output(begin, end, text), None
            elif last is not None and line == "```":
                sys.exit(f"not ok {path}:{begin}: write ```text if this is the output of the block before")
            else:
                last = None
            number = end
        elif marked := re.fullmatch(r"<!-- not run: (.+) -->", line):
            reason = marked[1]
        elif line == "<!-- output from 15 -->":
            is_from_15 = True
        elif line:
            last = None
        number += 1
    return blocks


def outputs_of(path, blocks):
    """What each block prints, if one session runs all of them."""
    script = []
    for index, block in enumerate(blocks):
        script.append("\\echo " + MARKER.format(index))
        # '…name…' stands for a value that only the run knows. It is in the variable of psql with this name.
        script.append(re.sub(r"'…(\w+)…'", r":'\1'", block.text))
    script.append("\\echo " + MARKER.format(len(blocks)))
    with tempfile.TemporaryDirectory() as folder:  # for files that a page writes
        run = subprocess.run(
            PSQL, input="\n".join(script) + "\n", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder
        )
    outputs = []
    for index, block in enumerate(blocks):
        _, begun, rest = run.stdout.partition(MARKER.format(index) + "\n")
        output, ended, _ = rest.partition(MARKER.format(index + 1) + "\n")
        if not begun or not ended:
            sys.exit(f"not ok {path}:{block.line}: the block does not end; is a quote open?\n{rest[:2000]}")
        outputs.append(trimmed(output.splitlines()))
    return outputs


def trimmed(lines):
    """Lines without spaces at their ends, and without empty lines before and after them."""
    return "\n".join(line.rstrip() for line in lines).strip("\n").split("\n")


def matches(expected, printed):
    """Whether the output is as the page shows it: "…" is any text in a line; alone on a line it is any number of lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "…" else ".*".join(re.escape(part) for part in line.split("…")) + "\n"
        for line in trimmed(expected)
    )
    return re.fullmatch(pattern, "".join(line + "\n" for line in printed)) is not None


def has_error(lines):
    """Whether an output contains an error."""
    return any(re.match(r"(ERROR|FATAL|PANIC): ", line) for line in lines)


def shown(printed, is_short):
    """What a page shows of an output: tokens differ from run to run, and long outputs tell no more than their beginning."""
    lines = [re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-8000-(?=[0-9a-f]{12})", "…8000-", line) for line in printed]
    return lines[:8] + ["…"] if is_short and len(lines) > 12 else lines


def main():
    path, marked = sys.argv[1:]
    with open(path, encoding="utf-8") as file:
        page = file.read()
    blocks = blocks_of(path, page)
    with open(marked, "a", encoding="utf-8") as file:
        file.writelines(f"marked {path}:{block.line}: {block.reason}\n" for block in blocks if block.reason)
    blocks = [block for block in blocks if not block.reason]
    show = [*PSQL, "--tuples-only", "--no-align", "--command", "SHOW server_version_num"]
    if int(subprocess.check_output(show)) < 150000:
        for block in blocks:
            block.output = None if block.is_from_15 else block.output
    status, accepted = 0, []
    for block, printed in zip(blocks, outputs_of(path, blocks)):
        if block.output is None:
            good = not has_error(printed)
        else:
            good = matches(block.output.lines, printed)
        accept = block.output and os.environ.get("ACCEPT")
        if not good and accept and (has_error(block.output.lines) or not has_error(printed)):
            accepted.append((block.output, shown(printed, accept == "short")))
        elif not good:
            status = 1
            print(f"not ok {path}:{block.line}: it printed", *(line[:200] for line in printed[:60]), "", sep="\n")
        elif block.is_shown:
            print(f"ok {path}:{block.line}")
    if accepted:
        lines = page.splitlines()
        for output, printed in reversed(accepted):
            lines[output.begin : output.end] = printed
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    sys.exit(status)


main()
