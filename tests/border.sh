#!/usr/bin/env bash
# The border between the rules and the database: src/core must not know PostgreSQL, SQL text stands in sql/.
set -euo pipefail
cd "$(dirname "$0")/.."

fail=0
forbid() { # forbid WHAT PATTERN PATH…
    local what=$1 pattern=$2
    shift 2
    if grep -rnE "$pattern" "$@"; then
        printf 'border: %s\n' "$what" >&2
        fail=1
    fi
}

forbid 'src/core names pgrx' 'pgrx|pg_sys' src/core
forbid 'src/core reads a clock or draws random numbers' 'SystemTime|Instant::now|Utc::now|rand::' src/core
forbid 'SQL in a string literal of the glue' '"(SELECT|INSERT|UPDATE|DELETE|WITH) ' src/pg --include='*.rs'
forbid 'the glue runs SQL outside src/pg/spi' 'SPI_(execute|prepare)|Spi::' $(find src/pg -name '*.rs' ! -path '*/spi/*')
# The floors of src, and no circles of imports.
tests/floors.py || fail=1
# Both builds run the same files in the same order: ours (.ci/install) and that of cargo pgrx.
diff sql/install/ORDER <(sed -n 's|.*"../../sql/install/\(.*\)" = .*|\1|p' src/pg/install.rs) || {
    printf 'border: sql/install/ORDER and src/pg/install.rs differ\n' >&2
    fail=1
}
diff <(sort sql/install/ORDER) <(cd sql/install && find . -name '*.sql' -printf '%P\n' | sort) || {
    printf 'border: sql/install/ORDER does not list every file of sql/install once\n' >&2
    fail=1
}
# Each section of sql/queries stands there once, and a statement or a part of one is made of it.
families=$(sed -n '/^families! {/,/^}/p' src/pg/spi/statements/sections.rs | grep -oE '[a-z_]+"' | tr -d '"' | sort)
diff <(printf '%s\n' "$families") <(cd sql/queries && find . -type f -printf '%P\n' | sed 's/\.sql$//' | sort) || {
    printf 'border: src/pg/spi/statements/sections.rs does not list the files of sql/queries\n' >&2
    fail=1
}
present=$(awk 'sub(/^-- name: /, "") { sub(/.*\//, "", FILENAME); sub(/sql$/, "", FILENAME); print FILENAME $0 }' \
    sql/queries/*.sql | sed 's|\.|/|' | sort)
used=$({
    grep -rhoE "\"($(tr '\n' '|' <<<"$families")-)/[a-z_]+\"" src/pg | tr -d '"'
    grep -rhoE 'fragment\("[a-z_]+"\)' src/pg | sed 's|fragment("\(.*\)")|fragments/\1|'
} | sort -u)
diff <(printf '%s\n' "$used") <(printf '%s\n' "$present") || {
    printf 'border: a section is missing (<), of no use or doubled (>)\n' >&2
    fail=1
}
# SQL has lines of at most 100 columns, and keywords in capitals. A text that is longer goes on as another literal in the
# next line, which PostgreSQL joins to the first. (sqlfluff does not parse ROWS FROM and some other forms of PostgreSQL's,
# takes half a minute, and would break most lines in other places.)
long=$(find sql -name '*.sql' -exec awk '
    FNR == 1 { in_text = 0 }
    length($0) > 100 { print FILENAME ":" FNR ": " length($0) " columns" }
    !/^[ ]*\\/ {
        # Literals are taken out, also those of several lines; then comments.
        rest = $0; code = ""
        while (rest != "") {
            quote = index(rest, "\047")
            comment = in_text ? 0 : index(rest, "--")
            if (comment && (!quote || comment < quote)) { code = code substr(rest, 1, comment - 1); break }
            if (!quote) { if (!in_text) code = code rest; break }
            if (!in_text) code = code substr(rest, 1, quote)
            in_text = !in_text
            rest = substr(rest, quote + 1)
        }
        gsub(/"[^"]*"|\$[a-z]*\$/, "", code)
        count = split(code, words, /[^A-Za-z_0-9.@]+/)
        for (at = 1; at <= count; at++)
            if (words[at] ~ /^(select|from|where|insert|into|values|update|delete|join|and|or|not|in|is|null|order|group|by|having|limit|offset|case|when|then|else|end|returning|with|union|distinct|exists|begin|if|loop|return|perform|raise|declare)$/)
                print FILENAME ":" FNR ": " words[at] " in small letters"
    }' {} +)
[ -z "$long" ] || {
    printf '%s\n' "$long"
    printf 'border: SQL with long lines or keywords in small letters\n' >&2
    fail=1
}
exit $fail
