#!/usr/bin/env bash
# An upgrade script whose target version is tagged must never change again.
set -euo pipefail
cd "$(dirname "$0")/.."

for script in sql/tasker_core--*--*.sql; do
    [ -e "$script" ] || continue
    tag=v$(sed 's/.*--\(.*\)\.sql$/\1/' <<<"$script")
    if git rev-parse --quiet --verify "refs/tags/$tag" >/dev/null && ! git diff --quiet "$tag" -- "$script"; then
        printf '%s shipped with %s and must not change; write a new upgrade script\n' "$script" "$tag" >&2
        exit 1
    fi
done
