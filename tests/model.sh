#!/usr/bin/env bash
# Random calls: the extension against a small model of the contract.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh

cluster_start
export TASKER_TEST_DATABASE_URL="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$PGDATABASE"
cargo test --release --quiet --package tasker_core_tests --test model
