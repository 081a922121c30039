-- Tasks as the engine creates them (semantics 5.2), with an identity that no other has, as is the engine's default: a
-- random one of the call and a number, for a random one of each would take most of the time; their ids in the order of
-- the arguments.
INSERT INTO @installation@.tasker_tasks (
    named_task_id, complete, requested_at, initiator, source_system, reason, bypass_steps, tags, context, identity_hash,
    created_at, updated_at
)
SELECT
    wanted.named_task_id, false, $3, 'testkit', 'testkit', 'test data', '[]', '[]', wanted.context::pg_catalog.jsonb,
    pg_catalog.concat_ws(' ', 'testkit', (SELECT pg_catalog.gen_random_uuid()), wanted.place), $3, $3
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY AS wanted (named_task_id, context, place)
ORDER BY wanted.place
RETURNING task_id
