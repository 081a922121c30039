#!/usr/bin/env bash
# Builds the extension for every PostgreSQL at hand, installs it there, and runs the suites that differ most between versions, those
# of MATRIX_SUITES. MATRIX_FULL=1 runs everything that `make test` runs. between_versions takes work from 15 and back.
# Tested are the versions whose pg_config stands in POSTGRES (paths, separated by spaces); otherwise those that Debian's packages have
# installed and those that .ci/postgres has put below target/postgres. Ends with a table: passed tests for each version and suite.
set -uo pipefail
cd "$(dirname "$0")/.."
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
readonly supported=(14 15 16 17 18)
readonly base=${MATRIX_BASE:-/usr/lib/postgresql/15/bin/pg_config}
read -ra suites <<<"${MATRIX_SUITES:-regress isolation plans dump_restore guards standby between_versions}"
profile=debug build=()
[ -z "${MATRIX_FULL:-}" ] || suites=(run between_versions) profile=release build=(--release)

if [ -z "${POSTGRES:-}" ]; then
    POSTGRES=$(compgen -G '/usr/lib/postgresql/*/bin/pg_config'
        compgen -G "$PWD/target/postgres/*/usr/lib/postgresql/*/bin/pg_config")
fi

# counted LOG: how many tests a suite has passed, by what it has printed.
counted() {
    # From 16 on, pg_regress prints a line "ok" for each test as well.
    awk '/All [0-9]+ tests passed/ { all += $1 == "#" ? $3 : $2 } /^ok / { ok++ } /^[0-9]+ passed, 0 failed/ { all = $1 }
        /^test result: ok\. / { all += $4 }
        END { print (all ? all : ok) + 0 }' "$1"
}
version_of() { "$1" --version | sed 's/^PostgreSQL \([^ ]*\).*/\1/'; }

table=$(printf '%s\t' PostgreSQL "${suites[@]}")
failed=0 tested=' '
for pg_config in $POSTGRES; do
    version=$(version_of "$pg_config") || exit 1
    major=${version%%.*}
    # A client alone has a pg_config, too.
    [ -x "$("$pg_config" --bindir)/postgres" ] && [ -e "$("$pg_config" --includedir-server)/postgres.h" ] || continue
    [[ " ${supported[*]} " == *" $major "* && $tested != *" $major "* ]] || continue
    tested+="$major "
    export PG_CONFIG=$pg_config PGRX_PG_CONFIG_PATH=$pg_config
    logs=tests/results/matrix/$major
    # Suites of another version may be running at the same time.
    export RESULTS=results/matrix/$major
    mkdir -p "$logs"
    printf '== PostgreSQL %s\n' "$version"
    row=$version
    if ! { cargo build --quiet "${build[@]}" --lib --no-default-features --features "pg$major" &&
        .ci/install "$CARGO_TARGET_DIR/$profile/libtasker_core.so"; } >"$logs/build.log" 2>&1; then
        tail -30 "$logs/build.log"
        row+=$'\tdoes not build'
        failed=$((failed + 1))
    else
        for suite in "${suites[@]}"; do
            log=$logs/$suite.log
            began=$SECONDS
            command=("tests/$suite.sh")
            if [ "$suite" = between_versions ]; then
                [ "$pg_config" != "$base" ] || { row+=$'\t'- && continue; }
                command+=("$base" "$pg_config")
            fi
            if "${command[@]}" >"$log" 2>&1 && count=$(counted "$log") && [ "$count" -gt 0 ]; then
                printf '   %s: %s passed, %d s\n' "$suite" "$count" $((SECONDS - began))
                row+=$'\t'$count
            else
                grep -E '^(not ok|test .* FAILED|   FAILED)|tests failed' "$log" | head -20
                # CI keeps only what is printed.
                grep -A 60 -m 1 '^diff ' "$log"
                printf '   FAILED: %s, see %s\n' "$suite" "$log"
                row+=$'\tFAILED'
                failed=$((failed + 1))
            fi
        done
    fi
    table+=$'\n'$row
done

printf '\n%s\n' "$table" | column -t -s $'\t'
for major in "${supported[@]}"; do
    [[ $tested == *" $major "* ]] || missing+=" $major"
done
[ -z "${missing:-}" ] || printf 'not tested, since not at hand:%s (.ci/postgres VERSION puts 17 and 18 below target/postgres)\n' "$missing"
[ "$failed" -eq 0 ] && [ "$tested" != ' ' ]
