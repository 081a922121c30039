#!/usr/bin/env bash
# One newer version of PostgreSQL, as a part of `make test`, which runs on 15: regress and isolation, and work that goes there and
# back. `make test-matrix` does more, on every version at hand.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh
readonly newer=17

if [ "$(psql --version | sed 's/^[^0-9]*\([0-9]*\).*/\1/')" -ne 15 ]; then
    echo "skipped the newer version is tried by the suite of 15 alone"
    exit
fi
folder=$PWD/target/postgres/$newer
# Root's server runs as another user, who may not be allowed to enter this folder.
if ! as_server_user test -x "$PWD"; then
    place=$(mktemp -d "${TMPDIR:-/tmp}/tasker_postgres.XXXXXX")
    trap 'rm -rf "$place"' EXIT
    chmod 755 "$place"
    folder=$place/$newer
fi
pg_config=$(.ci/postgres $newer "$folder") || {
    echo "skipped PostgreSQL $newer cannot be installed here"
    exit
}
POSTGRES=$pg_config MATRIX_SUITES="regress isolation between_versions" tests/matrix.sh
