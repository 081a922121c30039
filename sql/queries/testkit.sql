-- The test kit: workflows in any state, written without the steps that lead to it.

-- name: put_namespace
-- A namespace for test data, unless it is there.
INSERT INTO @installation@.tasker_task_namespaces (name, description, created_at, updated_at)
SELECT $1, 'Test data of tasker_core.', $2, $2
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_task_namespaces AS known
    WHERE known.name OPERATOR(pg_catalog.=) $1
)
ON CONFLICT DO NOTHING;

-- name: put_system
-- The dependent system of all steps of the test kit, unless it is there.
INSERT INTO @installation@.tasker_dependent_systems (name, description, created_at, updated_at)
SELECT 'testkit', 'Test data of tasker_core.', $1, $1
WHERE NOT EXISTS (
    SELECT FROM @installation@.tasker_dependent_systems AS known
    WHERE known.name OPERATOR(pg_catalog.=) 'testkit'
)
ON CONFLICT DO NOTHING;

-- name: put_named_tasks
-- Tasks of these names in a namespace, those that are not there. The configuration is given, as its
-- default is a JSON text instead of an object.
INSERT INTO @installation@.tasker_named_tasks (
    name, description, task_namespace_id, version, configuration, created_at, updated_at
)
SELECT wanted.name, 'Test data of tasker_core.', namespace.task_namespace_id, '0.1.0', '{}', $3, $3
FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (name, place)
JOIN @installation@.tasker_task_namespaces AS namespace ON namespace.name OPERATOR(pg_catalog.=) $2
WHERE NOT EXISTS (
    SELECT
    FROM @installation@.tasker_named_tasks AS known
    WHERE known.task_namespace_id OPERATOR(pg_catalog.=) namespace.task_namespace_id
      AND known.name OPERATOR(pg_catalog.=) wanted.name
      AND known.version OPERATOR(pg_catalog.=) '0.1.0'
)
ORDER BY wanted.place
ON CONFLICT DO NOTHING;

-- name: named_tasks
-- The ids of the tasks of these names in a namespace.
SELECT named_task.name::pg_catalog.text, named_task.named_task_id
FROM @installation@.tasker_named_tasks AS named_task
JOIN @installation@.tasker_task_namespaces AS namespace
    ON namespace.task_namespace_id OPERATOR(pg_catalog.=) named_task.task_namespace_id
WHERE namespace.name OPERATOR(pg_catalog.=) $2
  AND named_task.name OPERATOR(pg_catalog.=) ANY ($1)
  AND named_task.version OPERATOR(pg_catalog.=) '0.1.0';

-- name: put_named_steps
-- Steps of these names, those that are not there.
INSERT INTO @installation@.tasker_named_steps (name, dependent_system_id, created_at, updated_at)
SELECT wanted.name, dependent_system.dependent_system_id, $2, $2
FROM pg_catalog.unnest($1) WITH ORDINALITY AS wanted (name, place)
JOIN @installation@.tasker_dependent_systems AS dependent_system
    ON dependent_system.name OPERATOR(pg_catalog.=) 'testkit'
WHERE NOT EXISTS (
    SELECT
    FROM @installation@.tasker_named_steps AS known
    WHERE known.dependent_system_id OPERATOR(pg_catalog.=) dependent_system.dependent_system_id
      AND known.name OPERATOR(pg_catalog.=) wanted.name
)
ORDER BY wanted.place
ON CONFLICT DO NOTHING;

-- name: named_steps
-- The ids of the test kit's steps of these names.
SELECT named_step.name::pg_catalog.text, named_step.named_step_id
FROM @installation@.tasker_named_steps AS named_step
JOIN @installation@.tasker_dependent_systems AS dependent_system
    ON dependent_system.dependent_system_id OPERATOR(pg_catalog.=) named_step.dependent_system_id
WHERE dependent_system.name OPERATOR(pg_catalog.=) 'testkit'
  AND named_step.name OPERATOR(pg_catalog.=) ANY ($1);

-- name: put_template_steps
-- Inserts the missing pairs of named tasks and named steps.
INSERT INTO @installation@.tasker_named_tasks_named_steps (named_task_id, named_step_id, created_at,
    updated_at)
SELECT wanted.named_task_id, wanted.named_step_id, $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY
    AS wanted (named_task_id, named_step_id, place)
WHERE NOT EXISTS (
    SELECT
    FROM @installation@.tasker_named_tasks_named_steps AS known
    WHERE known.named_task_id OPERATOR(pg_catalog.=) wanted.named_task_id
      AND known.named_step_id OPERATOR(pg_catalog.=) wanted.named_step_id
)
ORDER BY wanted.place
ON CONFLICT DO NOTHING;

-- name: put_tasks
-- Tasks as the engine creates them, with an identity that no other has, as is the
-- engine's default: a random one of the call and a number, for a random one of each would take most
-- of the time; their ids in the order of the arguments.
INSERT INTO @installation@.tasker_tasks (
    named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags,
    context, identity_hash, created_at, updated_at
)
SELECT
    wanted.named_task_id, false, $3, 'testkit', 'testkit', 'test data', '[]', '[]',
    wanted.context::pg_catalog.jsonb,
    pg_catalog.concat_ws(' ', 'testkit', (SELECT pg_catalog.gen_random_uuid()), wanted.place), $3,
    $3
FROM ROWS FROM (pg_catalog.unnest($1),
    pg_catalog.unnest($2)) WITH ORDINALITY AS wanted (named_task_id, context, place)
ORDER BY wanted.place
RETURNING task_id;

-- name: put_steps
-- Steps as the engine creates them: nothing tried, the task's context for input; their ids in the
-- order of the arguments, which are tasks and the named steps of each.
INSERT INTO @installation@.tasker_workflow_steps (
    task_id, named_step_id, retryable, retry_limit, in_process, processed, attempts, inputs,
    results, skippable, created_at, updated_at
)
SELECT wanted.task_id, step.named_step_id, true, 3, false, false, 0, task.context, '{}', false, $3,
    $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY
    AS wanted (task_id, named_step_ids, place)
JOIN @installation@.tasker_tasks AS task ON task.task_id OPERATOR(pg_catalog.=) wanted.task_id
CROSS JOIN LATERAL pg_catalog.unnest(wanted.named_step_ids::pg_catalog.int4[]) WITH ORDINALITY
    AS step (named_step_id, place)
ORDER BY wanted.place, step.place
RETURNING workflow_step_id;

-- name: put_edges
-- Edges as the engine names them.
INSERT INTO @installation@.tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at,
    updated_at)
SELECT wanted.from_step_id, wanted.to_step_id, 'provides', $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS wanted (from_step_id, to_step_id);

-- name: is_alone
-- Whether only tasker_core and the foreign keys affect what the test kit writes in schema $1: the
-- caller is a superuser, and the tables have no triggers or rules of others. Also returns the
-- current session_replication_role.
SELECT
    role.rolsuper AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_class AS class
        WHERE class.relnamespace OPERATOR(pg_catalog.=) $1::pg_catalog.oid
          AND class.relname OPERATOR(pg_catalog.=) ANY (
              ARRAY['tasker_tasks', 'tasker_workflow_steps',
                  'tasker_workflow_step_edges']::pg_catalog.name[])
          AND (class.relhasrules OR EXISTS (
              SELECT FROM pg_catalog.pg_trigger AS fired
              WHERE fired.tgrelid OPERATOR(pg_catalog.=) class.oid
                AND NOT fired.tgisinternal
                AND NOT (fired.tgname OPERATOR(pg_catalog.~~) 'tasker\_core\_%')))
    ),
    pg_catalog.current_setting('session_replication_role')
FROM pg_catalog.pg_roles AS role
WHERE role.rolname OPERATOR(pg_catalog.=) CURRENT_USER;

-- name: set_replication_role
-- Until the end of the transaction, unless it is set again.
SELECT pg_catalog.set_config('session_replication_role', $1, true);

-- name: bulk_tables
-- The tables of schema $1 that a data set fills: the bytes of the one with a row for each step, and
-- whether the indexes may be left and built again: all are in use, and none belongs to a partition.
SELECT
    class.oid::pg_catalog.int8,
    CASE WHEN class.relname OPERATOR(pg_catalog.=) 'tasker_core_steps'
        THEN pg_catalog.pg_relation_size(class.oid) ELSE 0 END,
    class.relkind OPERATOR(pg_catalog.=) 'r' AND NOT class.relispartition AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_index AS index
        WHERE index.indrelid OPERATOR(pg_catalog.=) class.oid
          AND NOT (index.indisvalid AND index.indisready AND index.indislive))
FROM pg_catalog.pg_class AS class
WHERE class.relnamespace OPERATOR(pg_catalog.=) $1::pg_catalog.oid
  AND class.relname OPERATOR(pg_catalog.=) ANY (ARRAY[
      'tasker_tasks', 'tasker_workflow_steps', 'tasker_workflow_step_edges', 'tasker_core_tasks',
      'tasker_core_steps',
      'tasker_core_hints']::pg_catalog.name[]);

-- name: leave_indexes
-- Marks the indexes of tables $1 as neither written nor read, like an index that CREATE INDEX
-- CONCURRENTLY has not built yet. REINDEX reverts that. Tasks are still looked up by id, for their
-- context.
UPDATE pg_catalog.pg_index AS index SET indisready = false, indisvalid = false
FROM pg_catalog.pg_class AS class
WHERE index.indrelid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
  AND class.oid OPERATOR(pg_catalog.=) index.indrelid
  AND NOT (index.indisprimary AND class.relname OPERATOR(pg_catalog.=) 'tasker_tasks');

-- name: sequence
-- The sequence that makes the values of column $3 of table $2 in schema $1, and from one to the
-- next; none if something else makes them, or if sessions hold values of it that they have not
-- used.
SELECT sequence.seqrelid::pg_catalog.int8, sequence.seqincrement
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_attribute AS attribute
  ON attribute.attrelid OPERATOR(pg_catalog.=) class.oid
 AND attribute.attname OPERATOR(pg_catalog.=) $3::pg_catalog.name
JOIN pg_catalog.pg_attrdef AS made
  ON made.adrelid OPERATOR(pg_catalog.=) attribute.attrelid
 AND made.adnum OPERATOR(pg_catalog.=) attribute.attnum
JOIN pg_catalog.pg_sequence AS sequence
  ON sequence.seqrelid OPERATOR(pg_catalog.=)
     pg_catalog.pg_get_serial_sequence(class.oid::pg_catalog.regclass::pg_catalog.text,
         $3)::pg_catalog.regclass
WHERE class.relnamespace OPERATOR(pg_catalog.=) $1::pg_catalog.oid
  AND class.relname OPERATOR(pg_catalog.=) $2::pg_catalog.name
  AND pg_catalog.pg_get_expr(made.adbin, made.adrelid) OPERATOR(pg_catalog.~~) 'nextval(%'
  AND sequence.seqcache OPERATOR(pg_catalog.=) 1
  AND NOT sequence.seqcycle;

-- name: build_indexes
-- Builds the indexes that leave_indexes has left.
REINDEX TABLE @installation@.tasker_tasks;
REINDEX TABLE @installation@.tasker_workflow_steps;
REINDEX TABLE @installation@.tasker_workflow_step_edges;
REINDEX TABLE @installation@.tasker_core_tasks;
REINDEX TABLE @installation@.tasker_core_steps;
REINDEX TABLE @installation@.tasker_core_hints;

-- name: put_side_tasks
-- Inserts the side rows of the tasks of put_tasks, if the tables have no triggers of others: from
-- known values, without reading the tasks again.
INSERT INTO @installation@.tasker_core_tasks (task_id, named_task_id, state, created_at)
SELECT made.task_id, made.named_task_id, 'pending', $3
FROM unnest($1, $2) AS made (task_id, named_task_id);

-- name: put_side_steps
-- Inserts the side rows of the steps of put_steps, with their parents in order, if the tables have
-- no triggers of others: from known values, without reading the steps again.
INSERT INTO @installation@.tasker_core_steps (
    workflow_step_id, task_id, created_at, named_step_id, attempts, retry_limit, retryable,
    in_process, processed, skippable, state, parent_step_ids
)
SELECT
    made.workflow_step_id, made.task_id, $5, made.named_step_id, 0, 3, true, false, false, false,
    'pending', made.parent_step_ids::int8[]
FROM unnest($1, $2, $3, $4)
    AS made (workflow_step_id, task_id, named_step_id, parent_step_ids);

-- name: put_hints
-- Hints at the steps of put_steps without parents, in tasks of no particular priority: from what is
-- known, without reading it again.
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id,
    named_task_id, rank)
SELECT
    root.workflow_step_id, root.workflow_step_id, root.task_id, root.named_step_id,
    root.named_task_id, $5
FROM unnest($1, $2, $3, $4)
    AS root (workflow_step_id, task_id, named_step_id, named_task_id);

-- name: set_step
-- The columns of a step with a new history. $3: the end of its last execution; $4: when the history
-- begins; $5: when it came into its state; $6: whether that is a state of success.
UPDATE @installation@.tasker_workflow_steps
SET attempts = $2,
    last_attempted_at = $3,
    in_process = false,
    processed = $6,
    processed_at = CASE WHEN $6 THEN $5 END,
    results = COALESCE($7, results),
    backoff_request_seconds = $8,
    created_at = LEAST(created_at, $4),
    updated_at = $5
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: forget_step_history
-- The step has never been anything but pending.
DELETE FROM @installation@.tasker_workflow_step_transitions
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: put_step_history
-- The transitions of a step that has none, a second apart, the last of them at $3.
INSERT INTO @installation@.tasker_workflow_step_transitions (
    workflow_step_id, to_state, from_state, metadata, sort_key, most_recent, created_at, updated_at
)
@testkit_history@;

-- name: set_task
-- The columns of a task with a new history. $2: whether it is complete; $3: when the history
-- begins; $4: when it came into its state.
UPDATE @installation@.tasker_tasks
SET complete = $2,
    requested_at = LEAST(requested_at, $3),
    created_at = LEAST(created_at, $3),
    updated_at = $4
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: forget_task_history
-- The task has never been anything but pending.
DELETE FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: put_task_history
-- The transitions of a task that has none, a second apart, the last of them at $3.
INSERT INTO @installation@.tasker_task_transitions (
    task_id, to_state, from_state, metadata, sort_key, most_recent, created_at, updated_at
)
@testkit_history@;
