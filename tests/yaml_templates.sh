#!/usr/bin/env bash
# Runs the lines of docs/templates.md that turn the engine's YAML files into JSON, and registers what comes out. One line
# "ok FILE" for each template that both lines read alike. Arguments: files; those of fixtures/templates unless given.
set -euo pipefail
files=()
for file in "$@"; do files+=("$(realpath "$file")"); done
cd "$(dirname "$0")"
../.ci/setup yaml
source lib/cluster.sh
source lib/checks.sh
# The YAML module is there for Debian's Python.
PATH=/usr/bin:$PATH
[ $# -gt 0 ] || files=("$PWD"/fixtures/templates/*.yaml)

cluster_start

# line PROGRAM: what the manual says, with $file instead of its example.
line() {
    local found
    found=$(sed -n "/^$1 /{s/order\.yaml/\"\$file\"/;p}" ../docs/templates.md)
    [ "$(wc -l <<<"$found")" -eq 1 ] && [[ $found == *'"$file"' ]] || fail manual "no line for $1: «$found»"
    printf '%s' "$found"
}
ruby=$(line ruby)
python=$(line python3)

sql -c 'CREATE EXTENSION tasker_core' -c 'SELECT FROM tasker_install()' -c 'CREATE TABLE documents (
    file text PRIMARY KEY, ruby jsonb NOT NULL, python jsonb NOT NULL)' >/dev/null

for file in "${files[@]}"; do
    name=$(basename "$file")
    by_ruby=$(file=$file bash -c "$ruby") || fail "$name" "Ruby"
    by_python=$(file=$file bash -c "$python") || fail "$name" "Python"
    sql -v file="$name" -v ruby="$by_ruby" -v python="$by_python" <<'SQL'
INSERT INTO documents (file, ruby, python) VALUES (:'file', :'ruby', :'python');
SQL
    found=$(sql -v file="$name" <<'SQL'
SELECT 'Ruby and Python differ' FROM documents WHERE file = :'file' AND ruby <> python
UNION ALL
SELECT problem.path || ' ' || problem.problem
FROM documents, tasker_validate_template(documents.ruby) AS problem WHERE file = :'file';
SQL
    )
    [ -z "$found" ] || fail "$name" "$found"
    found=$(sql -v file="$name" <<'SQL'
SELECT made.created, again.created, again.changed,
       made.task_name IS NOT DISTINCT FROM ruby->>'name', made.namespace IS NOT DISTINCT FROM ruby->>'namespace_name',
       made.version IS NOT DISTINCT FROM ruby->>'version'
FROM documents, tasker_register_task(ruby) AS made, LATERAL (
    SELECT * FROM tasker_register_task(python) WHERE made.created) AS again
WHERE file = :'file';
SQL
    )
    [ "$found" = 't|f|f|t|t|t' ] || fail "$name" "was registered as $found"
    # Every name, dependency and nested value has arrived; every environment can be laid over it.
    found=$(sql -v file="$name" <<'SQL'
WITH document AS (
    SELECT ruby, tasker_template(ruby->>'name', ruby->>'namespace_name') AS stored
    FROM documents WHERE file = :'file'
), step AS (
    SELECT asked, (SELECT kept FROM jsonb_array_elements(stored->'step_templates') AS kept
                   WHERE kept->>'name' = asked->>'name') AS kept
    FROM document, jsonb_array_elements(ruby->'step_templates') AS asked
)
SELECT 'step ' || (asked->>'name') || ' is stored as ' || coalesce(kept::text, 'nothing') FROM step
WHERE kept IS NULL
   OR coalesce(asked->'handler_config', '{}') <> coalesce(nullif(kept->'handler_config', 'null'), '{}')
   OR NOT kept->'depends_on_steps' @> coalesce(asked->'depends_on_steps', '[]')
   OR asked ? 'depends_on_step' AND NOT kept->'depends_on_steps' ? (asked->>'depends_on_step')
UNION ALL
SELECT 'the schema is stored as ' || coalesce(stored->>'schema', 'nothing') FROM document
WHERE ruby ? 'schema' AND ruby->'schema' IS DISTINCT FROM stored->'schema'
UNION ALL
SELECT 'environment ' || environment || ' changes nothing'
FROM document, jsonb_object_keys(ruby->'environments') AS environment, tasker_register_task(ruby, environment)
WHERE NOT changed;
SQL
    )
    [ -z "$found" ] || fail "$name" "$found"
    echo "ok $name"
done
