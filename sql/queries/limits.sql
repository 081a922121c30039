-- Limits, the slots that steps hold under them, and the hints that are parked until a slot is free.

-- name: buckets_of_steps
-- The limits that apply to these steps, each with the bucket in which a step would take a slot. A
-- limit on a key has a bucket for each of its values, and does not apply where the context has no
-- such key.
SELECT
    wanted.workflow_step_id,
    CASE
        WHEN task_limit.scope = 'key'
            THEN concat('key:', task_limit.name, '=', task.context ->> task_limit.name)
        ELSE concat(task_limit.scope, ':', task_limit.name)
    END AS bucket,
    task_limit.max_running, task_limit.max_starts, task_limit.per,
    task_limit.paused_at IS NOT NULL AS is_paused
FROM unnest($1) AS wanted (workflow_step_id)
CROSS JOIN LATERAL (
    SELECT stored.task_id, stored.named_step_id
    FROM @installation@.tasker_workflow_steps AS stored
    WHERE stored.workflow_step_id = wanted.workflow_step_id
    OFFSET 0
) AS step
CROSS JOIN LATERAL (
    SELECT stored.named_task_id, stored.context
    FROM @installation@.tasker_tasks AS stored
    WHERE stored.task_id = step.task_id
    OFFSET 0
) AS task
CROSS JOIN LATERAL (
    SELECT stored.name, stored.task_namespace_id
    FROM @installation@.tasker_named_tasks AS stored
    WHERE stored.named_task_id = task.named_task_id
    OFFSET 0
) AS named_task
CROSS JOIN LATERAL (
    SELECT stored.name
    FROM @installation@.tasker_task_namespaces AS stored
    WHERE stored.task_namespace_id = named_task.task_namespace_id
    OFFSET 0
) AS namespace
CROSS JOIN LATERAL (
    SELECT stored.name, stored.dependent_system_id
    FROM @installation@.tasker_named_steps AS stored
    WHERE stored.named_step_id = step.named_step_id
    OFFSET 0
) AS named_step
CROSS JOIN LATERAL (
    SELECT stored.name
    FROM @installation@.tasker_dependent_systems AS stored
    WHERE stored.dependent_system_id = named_step.dependent_system_id
    OFFSET 0
) AS dependent_system
JOIN @installation@.tasker_core_limits AS task_limit
    ON (task_limit.scope = 'namespace' AND task_limit.name = namespace.name)
    OR (task_limit.scope = 'task_name' AND task_limit.name = named_task.name)
    OR (task_limit.scope = 'step_name' AND task_limit.name = named_step.name)
    OR (task_limit.scope = 'dependent_system'
        AND task_limit.name = dependent_system.name)
    OR (task_limit.scope = 'key' AND task.context ? task_limit.name);

-- name: lock_parts
-- Locks parts of the slots of buckets that no other claim has locked, until the transaction ends:
-- any of them, up to as many as are enough. There are 2,048 locks, so that no claim fills the lock
-- table: buckets that share one wait for the next claim. Claims begin at different ones ($4). Where
-- there are no parts: the starts, NULL.
SELECT wanted.bucket, part.number
FROM unnest($1, $2, $3) AS wanted (bucket, parts, enough)
CROSS JOIN LATERAL (
    SELECT possible.number
    FROM (
        SELECT ($4 + at) % NULLIF(wanted.parts, 0) AS number
        FROM generate_series(0, GREATEST(wanted.parts, 1) - 1) AS at
        OFFSET 0
    ) AS possible
    WHERE pg_try_advisory_xact_lock($5,
        hashtext(concat(possible.number, ' ', wanted.bucket)) & 2047)
    LIMIT wanted.enough
) AS part;

-- name: buckets
-- The used part of these buckets.
SELECT
    wanted.bucket,
    ARRAY(
        SELECT held.place::int8
        FROM @installation@.tasker_core_holds AS held
        WHERE held.bucket = wanted.bucket
        ORDER BY held.place
    ) AS taken,
    used.tokens, used.refilled_at
FROM unnest($1) AS wanted (bucket)
LEFT JOIN @installation@.tasker_core_buckets AS used ON used.bucket = wanted.bucket;

-- name: put_bucket
-- Writes down how many starts are left in a bucket. A claim with an older snapshot (REPEATABLE
-- READ) fails with 40001 instead of counting what it cannot see.
INSERT INTO @installation@.tasker_core_buckets AS used (bucket, tokens, refilled_at)
VALUES ($1, $2, $3)
ON CONFLICT (bucket) DO UPDATE SET
    tokens = EXCLUDED.tokens,
    refilled_at = EXCLUDED.refilled_at;

-- name: put_holds
-- Records the slots of claimed steps, whose parts are locked. A slot that is taken, in a snapshot
-- that does not show it, raises 40001.
INSERT INTO @installation@.tasker_core_holds (bucket, place, workflow_step_id)
SELECT taken.bucket, taken.place, taken.workflow_step_id
FROM unnest($1, $2, $3)
    AS taken (bucket, place, workflow_step_id)
ON CONFLICT DO NOTHING;

-- name: end_holds
-- Executions have ended: frees their slots.
DELETE FROM @installation@.tasker_core_holds
WHERE workflow_step_id = ANY ($1)
RETURNING bucket;

-- name: park_hints
-- Moves hints for steps that a limit delays to the queue of the bucket, where claims do not read
-- them. It skips hints that another session has locked.
WITH taken AS MATERIALIZED (
    SELECT held_up.bucket, hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id,
        hint.named_task_id, hint.rank
    FROM unnest($1, $2) AS held_up (bucket, workflow_step_id)
    JOIN @installation@.tasker_core_hints AS hint
        ON hint.workflow_step_id = held_up.workflow_step_id
    FOR UPDATE OF hint SKIP LOCKED
), parked AS (
    INSERT INTO @installation@.tasker_core_parked (
        bucket, workflow_step_id, parked_by, task_id, named_step_id, named_task_id, rank
    )
    SELECT taken.bucket, taken.workflow_step_id, pg_current_xact_id()::text::int8,
        taken.task_id, taken.named_step_id, taken.named_task_id, min(taken.rank)
    FROM taken
    GROUP BY taken.bucket, taken.workflow_step_id, taken.task_id, taken.named_step_id,
        taken.named_task_id
    ON CONFLICT DO NOTHING
)
SELECT taken.workflow_step_id, taken.cause_id
FROM taken;

-- name: unpark_hints
-- Moves the first hints of a bucket back to the queue of claims, each under the number of this
-- transaction: another session may be writing or deleting a hint for the same step at this moment,
-- and neither waits for the other.
WITH freed AS (
    DELETE FROM @installation@.tasker_core_parked
    WHERE ctid = ANY (ARRAY(
        SELECT parked.ctid
        FROM @installation@.tasker_core_parked AS parked
        WHERE parked.bucket = $1
        ORDER BY parked.rank, parked.workflow_step_id
        LIMIT $2
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING workflow_step_id, task_id, named_step_id, named_task_id, rank
)
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id,
    named_task_id, rank)
SELECT freed.workflow_step_id, - pg_current_xact_id()::text::int8,
    freed.task_id, freed.named_step_id, freed.named_task_id, freed.rank
FROM freed
ON CONFLICT DO NOTHING
RETURNING workflow_step_id, named_task_id, named_step_id;

-- name: park_hints_of_names
-- Moves the first hints for steps of these names, or in tasks of these names, to the queue of a
-- bucket. It skips hints that another session has locked.
WITH taken AS MATERIALIZED (
    SELECT hint.workflow_step_id, hint.cause_id, hint.task_id, hint.named_step_id,
        hint.named_task_id, hint.rank
    FROM @installation@.tasker_core_hints AS hint
    WHERE hint.@named@ = ANY ($2)
    LIMIT $3
    FOR UPDATE OF hint SKIP LOCKED
), parked AS (
    INSERT INTO @installation@.tasker_core_parked (
        bucket, workflow_step_id, parked_by, task_id, named_step_id, named_task_id, rank
    )
    SELECT $1, taken.workflow_step_id, pg_current_xact_id()::text::int8,
        taken.task_id, taken.named_step_id, taken.named_task_id, min(taken.rank)
    FROM taken
    GROUP BY taken.workflow_step_id, taken.task_id, taken.named_step_id, taken.named_task_id
    ON CONFLICT DO NOTHING
)
SELECT taken.workflow_step_id, taken.cause_id
FROM taken;

-- name: limits_of_bucket
-- The limit of a bucket.
SELECT known.max_running, known.max_starts, known.per, known.paused_at IS NOT NULL AS is_paused
FROM @installation@.tasker_core_limits AS known
WHERE concat(known.scope, ':', known.name) = $1
   OR (known.scope = 'key'
       AND starts_with($1, concat('key:', known.name, '=')));

-- name: parked_buckets
-- The buckets of a limit that hold anything up.
SELECT DISTINCT parked.bucket
FROM @installation@.tasker_core_parked AS parked
WHERE parked.bucket = concat($1, ':', $2)
   OR ($1 = 'key' AND starts_with(parked.bucket, concat('key:', $2, '=')));

-- name: parked_in
-- Whether anything is left in the queue of a bucket.
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_parked WHERE bucket = $1
) AS is_waiting;

-- name: look_at_bucket
-- Sets a timer for a bucket, under the number of this transaction: the timer of another one may be
-- taken at this moment by a session that does not see yet what this one parks.
INSERT INTO @installation@.tasker_core_timers (kind, subject_id, due_at)
VALUES (concat('bucket ', $1), pg_current_xact_id()::text::int8, $2)
ON CONFLICT DO NOTHING;

-- name: end_bucket_timers
-- Takes the other timers of a bucket that are due; one look does for all.
DELETE FROM @installation@.tasker_core_timers
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_timers AS queued
    WHERE queued.kind = concat('bucket ', $1)
      AND queued.due_at <= $2
    FOR UPDATE SKIP LOCKED
));

-- name: set_limit
-- Sets a limit; a pause stays as it is.
INSERT INTO @installation@.tasker_core_limits AS known (scope, name, max_running, max_starts, per)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (scope, name) DO UPDATE SET
    max_running = EXCLUDED.max_running,
    max_starts = EXCLUDED.max_starts,
    per = EXCLUDED.per;

-- name: set_pause
-- Pauses a scope ($3), or resumes it (NULL); a limit stays as it is.
INSERT INTO @installation@.tasker_core_limits AS known (scope, name, paused_at, reason)
VALUES ($1, $2, $3, $4)
ON CONFLICT (scope, name) DO UPDATE SET
    paused_at = CASE WHEN EXCLUDED.paused_at IS NULL THEN NULL
                     ELSE COALESCE(known.paused_at, EXCLUDED.paused_at) END,
    reason = EXCLUDED.reason;

-- name: drop_empty_limits
-- Deletes rows that neither limit nor pause anything.
DELETE FROM @installation@.tasker_core_limits
WHERE max_running IS NULL AND max_starts IS NULL AND paused_at IS NULL;

-- name: limited_steps
-- The steps that use limits, or wait for them.
SELECT held.workflow_step_id
FROM @installation@.tasker_core_holds AS held
UNION
SELECT parked.workflow_step_id
FROM @installation@.tasker_core_parked AS parked;

-- name: limits
-- Every limit with what is used of it; with $1 by those steps alone.
SELECT
    known.scope, known.name, known.max_running, known.max_starts, known.per, known.paused_at,
    known.reason,
    (
        SELECT count(*)
        FROM @installation@.tasker_core_holds AS held
        WHERE (held.bucket = concat(known.scope, ':', known.name)
               OR (known.scope = 'key'
                   AND starts_with(held.bucket, concat('key:', known.name, '='))))
          AND ($1 IS NULL OR held.workflow_step_id = ANY ($1))
    ) AS running,
    (
        SELECT count(DISTINCT parked.workflow_step_id)
        FROM @installation@.tasker_core_parked AS parked
        WHERE (parked.bucket = concat(known.scope, ':', known.name)
               OR (known.scope = 'key'
                   AND starts_with(parked.bucket, concat('key:', known.name, '='))))
          AND ($1 IS NULL OR parked.workflow_step_id = ANY ($1))
    ) AS waiting
FROM @installation@.tasker_core_limits AS known
ORDER BY known.scope, known.name;
