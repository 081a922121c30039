#!/usr/bin/env bash
# Looks for names in the extension's script that another role could capture (pgspot). Nothing may be found but functions
# without a search path of their own, and of these only the ones below. Then for such names in the statements that run as the
# caller.
set -euo pipefail
cd "$(dirname "$0")/.."

# They ask where the caller's search_path leads; every name in them is qualified.
accepted=(_tasker_target_schema tasker_install tasker_upgrade tasker_rebuild tasker_uninstall tasker_doctor
    tasker_replace_rails_functions tasker_restore_rails_functions)
# Constants, without an operator or a function, which the planner puts in the place of the call.
accepted+=(_tasker_expected_columns _tasker_expected_constraints _tasker_expected_indexes _tasker_expected_side_columns
    _tasker_expected_side_indexes _tasker_expected_triggers _tasker_rails_functions _tasker_wrapper_comment)

script=$(mktemp)
trap 'rm -f "$script"' EXIT
while read -r file; do
    cat "sql/install/$file"
done <sql/install/ORDER >"$script"
names=$(IFS='|' && printf '%s' "${accepted[*]}")
found=$(target/pgspot/bin/pgspot "$script" || true)
grep -q '^ Errors: [0-9]' <<<"$found" || { printf 'pgspot has not run: %s\n' "$found" >&2; exit 1; }
found=$(grep -vE "^PS005: Function without explicit search_path: extschema\.($names)\(|^ Errors: |^$" <<<"$found" || true)
[ -z "$found" ] || { printf 'pgspot: %s\n' "$found" >&2; exit 1; }

target/pgspot/bin/python tests/caller_statements.py
