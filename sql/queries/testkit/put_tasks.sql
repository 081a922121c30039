-- Tasks as the engine creates them (semantics 5.2), with a random identity, which is the engine's default; their ids in
-- the order of the arguments.
INSERT INTO @installation@.tasker_tasks (
    named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags, context, identity_hash,
    created_at, updated_at
)
SELECT
    wanted.named_task_id, false, $3, 'testkit', 'testkit', 'test data', '[]', '[]', wanted.context::pg_catalog.jsonb,
    'testkit '::pg_catalog.text OPERATOR(pg_catalog.||) pg_catalog.gen_random_uuid()::pg_catalog.text, $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY AS wanted (named_task_id, context, place)
ORDER BY wanted.place
RETURNING task_id
