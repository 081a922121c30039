#!/usr/bin/env bash
# Random tasks: the extension against the oracle of tests/oracle.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh

cluster_start
export TASKER_TEST_DATABASE_URL="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$PGDATABASE"
cargo test --release --quiet --package tasker_core_tests --test differential
