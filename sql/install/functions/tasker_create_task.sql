CREATE FUNCTION @extschema@.tasker_create_task(
    task_name text,
    context   jsonb DEFAULT '{}',
    namespace text  DEFAULT 'default',
    version   text  DEFAULT NULL,
    options   jsonb DEFAULT '{}'
)
RETURNS TABLE (
    task_id       bigint,
    created       boolean,
    named_task_id integer,
    identity_hash text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_create_task';

COMMENT ON FUNCTION @extschema@.tasker_create_task(text, jsonb, text, text, jsonb) IS
'Creates a task of a registered template with its steps and edges. version NULL: the latest. The '
'context must be a JSON object that satisfies the template''s JSON Schema.

options: initiator, source_system, reason (text); tags (list); bypass_steps (names of skippable '
'steps to leave out from the beginning); priority (-100 to 100); parent_task_id (an existing task; '
'see tasker_parent_task()); start_at (no step runs before; RFC 3339); requested_at (now); '
'deadline_seconds, on_deadline (fail or cancel); identity, identity_key.

identity: none (default). hash: requests in the same minute with the same name, namespace, '
'version, context, initiator, source_system, reason and bypass_steps are the same. key: requests '
'with the same name, namespace and identity_key are the same. If a request is the same as an '
'earlier or a concurrent one, the call returns the existing task with created = false, and changes '
'nothing.

Errors: P0002 no such template; 22023 with a line for each problem in DETAIL; 22004; XX001; 23505 '
'when a row that you may not see has the identity_hash; 40001 at REPEATABLE READ; 40P01 when two '
'transactions create tasks by key in several calls and in opposite orders; 42P01, 55000; 42501. '
'Privileges: SELECT on the tables of templates as tasker_template(), tasker_dependent_systems, '
'tasker_named_steps and tasker_named_tasks_named_steps; SELECT and INSERT on tasker_tasks and '
'tasker_workflow_steps, INSERT on tasker_workflow_step_edges, USAGE on their sequences; for '
'bypass_steps those of tasker_skip_step(). Complexity: O(steps + edges), and the length of '
'template and context.';
