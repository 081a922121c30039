#!/usr/bin/env bash
# One newer version of PostgreSQL, as a part of `make test`, which runs on 15: regress and isolation, and work that goes there and
# back. `make test-matrix` does more, on every version at hand.
set -euo pipefail
cd "$(dirname "$0")/.."
readonly newer=17

case $("${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}" --version) in
'PostgreSQL 15.'*) ;;
*)
    echo "skipped the newer version is tried by the suite of 15 alone"
    exit
    ;;
esac
pg_config=$(.ci/postgres $newer) || {
    echo "skipped PostgreSQL $newer cannot be installed here"
    exit
}
POSTGRES=$pg_config MATRIX_SUITES="regress isolation between_versions" tests/matrix.sh
