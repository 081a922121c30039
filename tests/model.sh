#!/usr/bin/env bash
# Random calls: the extension against a small model of the contract. Arguments: cargo's features.
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/lib/cluster.sh

cluster_start
export TASKER_TEST_DATABASE_URL="host=$PGHOST port=$PGPORT user=$PGUSER dbname=$PGDATABASE"
cargo test --release --quiet "$@" --test model
