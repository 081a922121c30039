#!/usr/bin/env bash
# The documentation is true: every SQL block of its pages runs, and prints what the page shows; links lead somewhere; what is
# generated is up to date.
# Arguments: pages; all of them unless given. Output: "ok …" for each thing that is true.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh

if [ $# -gt 0 ]; then pages=("$@"); else pages=(*.md docs/*.md docker/*.md benches/*.md clients/*.md clients/*/*.md); fi
export PGCLIENTENCODING=UTF8 PGOPTIONS='--statement-timeout=30s'
cluster_start "checkpoint_timeout = 1h" "max_wal_size = 4GB"
sql() { psql -XqAt -v ON_ERROR_STOP=1 "$@"; }
sql -c 'CREATE ROLE app LOGIN'

# run_page PAGE FILE: its blocks, in a database "shop" of its own; FILE gets a line for each block that is not run.
run_page() {
    local status=0
    grep -q '^```sql' "$1" || return 0
    sql -c 'CREATE DATABASE shop' -c 'ALTER ROLE app RESET ALL'
    PGDATABASE=shop python3 tests/docs/blocks.py "$1" "$2" || status=1
    # To drop it would take a checkpoint.
    sql -c "ALTER DATABASE shop RENAME TO \"$1\""
    return $status
}

# Pages that are wrong are found out, each for its own reason.
wrong=$CLUSTER_DIR/wrong.md
refuse() { # refuse NAME: the page on standard input
    cat >"$wrong"
    if ACCEPT= python3 tests/docs/blocks.py "$wrong" /dev/null &>/dev/null; then
        echo "not ok $1"
        exit 1
    fi
    echo "ok $1"
}
refuse 'an output that differs is refused' <<<$'```sql\nSELECT 1 AS one;\n```\n```text\n one\n-----\n   2\n(1 row)\n```'
refuse 'an output with a line too many is refused' <<<$'```sql\nSELECT 1 AS one;\n```\n```text\n one\n-----\n```'
refuse 'an error that is not shown is refused' <<<$'```sql\nSELECT 1 / 0;\n```'
refuse 'an error in hidden SQL is refused' <<<$'<!-- sql\nSELECT 1 / 0;\n-->'
refuse 'an output that is not ```text is refused' <<<$'```sql\nSELECT 1;\n```\n```\n```'
refuse 'an open quote is refused' <<<$'```sql\nSELECT \'1;\n```'
if python3 tests/docs/links.py <(echo '[nowhere](nowhere.md)') >/dev/null; then
    echo "not ok a broken link is found"
    exit 1
fi
echo "ok a broken link is found"
if python3 tests/docs/links.py <(echo 'see `src/nowhere.rs`') >/dev/null; then
    echo "not ok a path that does not exist is found"
    exit 1
fi
echo "ok a path that does not exist is found"

status=0
if [ "$(wc -l <README.md)" -le 180 ]; then
    echo "ok README.md has at most 180 lines"
else
    echo "not ok README.md has more than 180 lines: the details belong into docs"
    status=1
fi
for page in "${pages[@]}"; do
    [[ $page == docs/* ]] || continue
    if head -n 6 "$page" | grep -q '^This page is for '; then
        echo "ok $page says for whom it is"
    else
        echo "not ok $page: its first paragraph does not begin with \"This page is for …\""
        status=1
    fi
done
if [ $# -eq 0 ]; then
    python3 tests/docs/privileges.py || status=1
    mkdir "$CLUSTER_DIR/generated"
    docs/generate/generate.sh "$CLUSTER_DIR/generated" || status=1
    for file in reference.md images/order.svg images/order-timeline.svg; do
        # Its examples are those of 15 and later: 14 has no views.
        if [ "$file" = reference.md ] && [ "$(psql --no-psqlrc --tuples-only --no-align --command 'SHOW server_version_num')" -lt 150000 ]; then
            echo "skipped docs/$file: 14 prints other examples"
        elif cmp "docs/$file" "$CLUSTER_DIR/generated/$file"; then
            echo "ok docs/$file is up to date"
        else
            echo "not ok docs/$file is stale: run make docs"
            status=1
        fi
    done
fi

python3 tests/docs/links.py "${pages[@]}" || status=1
marked=$CLUSTER_DIR/marked
: >"$marked"
for page in "${pages[@]}"; do
    # Its examples have just run, where their outputs come from.
    [ "$page" != docs/reference.md ] || [ $# -gt 0 ] || continue
    run_page "$page" "$marked" || status=1
done

cat "$marked"
echo "skipped $(wc -l <"$marked") blocks of SQL, which are marked with the reason"
exit $status
