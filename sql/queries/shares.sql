-- Fair queues: hints whose shares take turns. A share is a hash of the value of a key in the
-- context.

-- name: put
-- Hints at those of the steps that may have become ready, with what caused them: in tasks of the
-- names $5, each with the path of its key ($6, as the text of an array). A task without the key has
-- the share of those where it is null.
INSERT INTO @installation@.tasker_core_shares (workflow_step_id, cause_id, bucket, task_id,
    named_step_id, named_task_id, rank, priority, share)
SELECT step.workflow_step_id, wanted.cause_id, '', step.task_id, step.named_step_id,
    task.named_task_id, $3 - ($4 * task.priority::float8), task.priority, @share@
FROM unnest($1, $2) AS wanted (workflow_step_id, cause_id)
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id = wanted.workflow_step_id
JOIN @installation@.tasker_core_tasks AS task ON task.task_id = step.task_id
JOIN @installation@.tasker_tasks AS stored ON stored.task_id = step.task_id
JOIN unnest($5, $6) AS fair (named_task_id, key_path)
    ON fair.named_task_id = task.named_task_id
WHERE (step.state = 'pending' OR step.state = 'error')
  AND NOT step.in_process
  AND NOT step.processed
ON CONFLICT DO NOTHING
RETURNING workflow_step_id, named_task_id, named_step_id;

-- name: adopt
-- Moves hints in tasks of the names $1, each with the path of its key ($2), to the fair queue: at
-- most $3, without those that have just left it, and without those that another session has locked.
-- Each gets the number of this transaction, so that it waits for no other one with the same key.
WITH taken AS MATERIALIZED (
    SELECT hint.ctid, hint.workflow_step_id, hint.task_id, hint.named_step_id,
        hint.named_task_id, hint.rank
    FROM unnest($1) AS wanted (named_task_id)
    JOIN @installation@.tasker_core_hints AS hint
        ON hint.named_task_id = wanted.named_task_id
    WHERE hint.cause_id > 0
    LIMIT $3
    FOR UPDATE OF hint SKIP LOCKED
), put AS (
    INSERT INTO @installation@.tasker_core_shares (workflow_step_id, cause_id, bucket, task_id,
        named_step_id, named_task_id, rank, priority, share)
    SELECT taken.workflow_step_id, - pg_current_xact_id()::text::int8, '', taken.task_id,
        taken.named_step_id, taken.named_task_id, taken.rank, task.priority, @share@
    FROM taken
    JOIN @installation@.tasker_core_tasks AS task ON task.task_id = taken.task_id
    JOIN @installation@.tasker_tasks AS stored ON stored.task_id = taken.task_id
    JOIN unnest($1, $2) AS fair (named_task_id, key_path)
        ON fair.named_task_id = taken.named_task_id
    ON CONFLICT DO NOTHING
)
DELETE FROM @installation@.tasker_core_hints
WHERE ctid = ANY (ARRAY(SELECT taken.ctid FROM taken));

-- name: levels
-- The priorities in a queue, the highest first, at most $2.
WITH RECURSIVE level (priority) AS (
    (
        SELECT queued.priority
        FROM @installation@.tasker_core_shares AS queued
        WHERE queued.bucket = $1
        ORDER BY queued.priority DESC
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT queued.priority
        FROM @installation@.tasker_core_shares AS queued
        WHERE queued.bucket = $1
          AND queued.priority < level.priority
        ORDER BY queued.priority DESC
        LIMIT 1
    )
    FROM level
    WHERE level.priority IS NOT NULL
)
SELECT level.priority
FROM level
WHERE level.priority IS NOT NULL
LIMIT $2;

-- name: next_shares
-- The next $4 shares of a queue ($1) and priority ($2) after the share $3.
WITH RECURSIVE turn (share) AS (
    (
        SELECT queued.share
        FROM @installation@.tasker_core_shares AS queued
        WHERE queued.bucket = $1
          AND queued.priority = $2
          AND queued.share > $3
        ORDER BY queued.share
        LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT queued.share
        FROM @installation@.tasker_core_shares AS queued
        WHERE queued.bucket = $1
          AND queued.priority = $2
          AND queued.share > turn.share
        ORDER BY queued.share
        LIMIT 1
    )
    FROM turn
    WHERE turn.share IS NOT NULL
)
SELECT turn.share
FROM turn
WHERE turn.share IS NOT NULL
LIMIT $4;

-- name: next_shares_of_names
-- The next $4 shares of a queue ($1) and priority ($2) after the share $3 that have steps of these
-- names, or in tasks of these names ($5).
WITH RECURSIVE turn (share) AS (
    SELECT min(next.share)
    FROM unnest($5) AS wanted (named_id)
    CROSS JOIN LATERAL (
        SELECT queued.share
        FROM @installation@.tasker_core_shares AS queued
        WHERE queued.@named@ = wanted.named_id
          AND queued.bucket = $1
          AND queued.priority = $2
          AND queued.share > $3
        ORDER BY queued.share
        LIMIT 1
    ) AS next
    UNION ALL
    SELECT (
        SELECT min(next.share)
        FROM unnest($5) AS wanted (named_id)
        CROSS JOIN LATERAL (
            SELECT queued.share
            FROM @installation@.tasker_core_shares AS queued
            WHERE queued.@named@ = wanted.named_id
              AND queued.bucket = $1
              AND queued.priority = $2
              AND queued.share > turn.share
            ORDER BY queued.share
            LIMIT 1
        ) AS next
    )
    FROM turn
    WHERE turn.share IS NOT NULL
)
SELECT turn.share
FROM turn
WHERE turn.share IS NOT NULL
LIMIT $4;

-- name: take
-- The first hints of these shares ($1) in a queue ($2) and priority ($3), so many of each ($4), but
-- for the steps $5 and what a limit delays ($6, $7).
SELECT wanted.place, hint.workflow_step_id, hint.cause_id, hint.rank, hint.writer, hint.task_id,
    hint.named_task_id
FROM unnest($1) WITH ORDINALITY AS wanted (share, place)
CROSS JOIN LATERAL (
    SELECT queued.workflow_step_id, queued.cause_id, queued.rank, queued.xmin AS writer,
        queued.task_id, queued.named_task_id
    FROM @installation@.tasker_core_shares AS queued
    WHERE queued.bucket = $2
      AND queued.priority = $3
      AND queued.share = wanted.share
      AND @may_turn@
    ORDER BY queued.rank
    LIMIT $4
    @lock@
) AS hint
ORDER BY wanted.place, hint.rank;

-- name: take_of_names
-- As above, of steps with these names, or in tasks with these names ($8); $9 not empty: in tasks of
-- these names.
SELECT wanted.place, hint.workflow_step_id, hint.cause_id, hint.rank, hint.writer, hint.task_id,
    hint.named_task_id
FROM unnest($1) WITH ORDINALITY AS wanted (share, place)
CROSS JOIN unnest($8) AS filter (named_id)
CROSS JOIN LATERAL (
    SELECT queued.workflow_step_id, queued.cause_id, queued.rank, queued.xmin AS writer,
        queued.task_id, queued.named_task_id
    FROM @installation@.tasker_core_shares AS queued
    WHERE queued.@named@ = filter.named_id
      AND queued.bucket = $2
      AND queued.priority = $3
      AND queued.share = wanted.share
      AND @may_turn@
      AND (cardinality($9) = 0
           OR queued.named_task_id = ANY ($9))
    ORDER BY queued.rank
    LIMIT $4
    @lock@
) AS hint
ORDER BY wanted.place, hint.rank;

-- name: take_at
-- Takes the hints for these steps. It skips hints that another session has locked.
SELECT workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_shares
WHERE workflow_step_id = ANY ($1)
  AND bucket = ''
FOR UPDATE SKIP LOCKED;

-- name: drop
-- Deletes hints that were read and whose steps are not ready.
DELETE FROM @installation@.tasker_core_shares AS hint
USING unnest($1, $2) AS seen (workflow_step_id, cause_id)
WHERE hint.workflow_step_id = seen.workflow_step_id
  AND hint.cause_id = seen.cause_id
  AND hint.bucket = '';

-- name: forget
-- Deletes what the fair queues say of steps. It leaves rows that another session has locked to that
-- session.
DELETE FROM @installation@.tasker_core_shares
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_shares AS queued
    WHERE queued.workflow_step_id = ANY ($1)
    FOR UPDATE SKIP LOCKED
));

-- name: forget_waiting_children
-- These steps have got parents: those with an unfinished one are no longer worth a look.
DELETE FROM @installation@.tasker_core_shares
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_shares AS queued
    WHERE queued.workflow_step_id = ANY ($1)
      AND EXISTS (
          SELECT FROM @installation@.tasker_core_steps AS child
          JOIN @installation@.tasker_core_steps AS parent
              ON parent.workflow_step_id = ANY (child.parent_step_ids)
          WHERE child.workflow_step_id = queued.workflow_step_id
            AND NOT child.has_rule
            AND parent.state <> ALL (ARRAY['complete', 'resolved_manually'])
      )
    FOR UPDATE OF queued SKIP LOCKED
))
RETURNING workflow_step_id;

-- name: rank
-- Moves the hints of a task's steps forward by $2, to the priority $3. It skips hints that another
-- session has locked.
UPDATE @installation@.tasker_core_shares
SET rank = rank - $2,
    priority = $3
WHERE ctid = ANY (ARRAY(
    SELECT queued.ctid
    FROM @installation@.tasker_core_shares AS queued
    WHERE @is_queued_of_task@
    FOR UPDATE SKIP LOCKED
));

-- name: park
-- Moves hints for steps that a limit delays to the queue of the bucket, where claims do not read
-- them. It skips hints that another session has locked.
WITH taken AS MATERIALIZED (
    SELECT hint.ctid, held_up.bucket, hint.workflow_step_id, hint.task_id, hint.named_step_id,
        hint.named_task_id, hint.rank, hint.priority, hint.share
    FROM unnest($1, $2) AS held_up (bucket, workflow_step_id)
    JOIN @installation@.tasker_core_shares AS hint
        ON hint.workflow_step_id = held_up.workflow_step_id AND hint.bucket = ''
    FOR UPDATE OF hint SKIP LOCKED
), parked AS (
    INSERT INTO @installation@.tasker_core_shares (workflow_step_id, cause_id, bucket, task_id,
        named_step_id, named_task_id, rank, priority, share)
    SELECT taken.workflow_step_id, - pg_current_xact_id()::text::int8, taken.bucket, taken.task_id,
        taken.named_step_id, taken.named_task_id, min(taken.rank), taken.priority, taken.share
    FROM taken
    GROUP BY taken.workflow_step_id, taken.bucket, taken.task_id, taken.named_step_id,
        taken.named_task_id, taken.priority, taken.share
    ON CONFLICT DO NOTHING
)
DELETE FROM @installation@.tasker_core_shares
WHERE ctid = ANY (ARRAY(SELECT taken.ctid FROM taken));

-- name: park_of_names
-- Moves hints for steps of these names, or in tasks of these names ($2), to the queue of a bucket
-- ($1), at most $3. It skips hints that another session has locked.
WITH taken AS MATERIALIZED (
    SELECT hint.ctid, hint.workflow_step_id, hint.task_id, hint.named_step_id,
        hint.named_task_id, hint.rank, hint.priority, hint.share
    FROM @installation@.tasker_core_shares AS hint
    WHERE hint.@named@ = ANY ($2)
      AND hint.bucket = ''
    LIMIT $3
    FOR UPDATE OF hint SKIP LOCKED
), parked AS (
    INSERT INTO @installation@.tasker_core_shares (workflow_step_id, cause_id, bucket, task_id,
        named_step_id, named_task_id, rank, priority, share)
    SELECT taken.workflow_step_id, - pg_current_xact_id()::text::int8, $1, taken.task_id,
        taken.named_step_id, taken.named_task_id, min(taken.rank), taken.priority, taken.share
    FROM taken
    GROUP BY taken.workflow_step_id, taken.task_id, taken.named_step_id, taken.named_task_id,
        taken.priority, taken.share
    ON CONFLICT DO NOTHING
)
DELETE FROM @installation@.tasker_core_shares
WHERE ctid = ANY (ARRAY(SELECT taken.ctid FROM taken));

-- name: dispatch
-- Moves hints of a queue ($3), locked before, to where every call finds them, each under the number
-- of this transaction.
WITH freed AS (
    DELETE FROM @installation@.tasker_core_shares AS hint
    USING unnest($1, $2) AS wanted (workflow_step_id, cause_id)
    WHERE hint.workflow_step_id = wanted.workflow_step_id
      AND hint.cause_id = wanted.cause_id
      AND hint.bucket = $3
    RETURNING hint.workflow_step_id, hint.task_id, hint.named_step_id, hint.named_task_id, hint.rank
)
INSERT INTO @installation@.tasker_core_hints (workflow_step_id, cause_id, task_id, named_step_id,
    named_task_id, rank)
SELECT freed.workflow_step_id, - pg_current_xact_id()::text::int8,
    freed.task_id, freed.named_step_id, freed.named_task_id, freed.rank
FROM freed
ON CONFLICT DO NOTHING
RETURNING workflow_step_id, named_task_id, named_step_id;

-- name: reopen
-- Moves hints from the queue of a bucket ($3), locked before, to where claims find them, each under
-- the number of this transaction.
WITH freed AS (
    DELETE FROM @installation@.tasker_core_shares AS hint
    USING unnest($1, $2) AS wanted (workflow_step_id, cause_id)
    WHERE hint.workflow_step_id = wanted.workflow_step_id
      AND hint.cause_id = wanted.cause_id
      AND hint.bucket = $3
    RETURNING hint.workflow_step_id, hint.task_id, hint.named_step_id, hint.named_task_id,
        hint.rank, hint.priority, hint.share
)
INSERT INTO @installation@.tasker_core_shares (workflow_step_id, cause_id, bucket, task_id,
    named_step_id, named_task_id, rank, priority, share)
SELECT freed.workflow_step_id, - pg_current_xact_id()::text::int8, '', freed.task_id,
    freed.named_step_id, freed.named_task_id, freed.rank, freed.priority, freed.share
FROM freed
ON CONFLICT DO NOTHING
RETURNING workflow_step_id, named_task_id, named_step_id;

-- name: parked_ranks
-- The ranks of the first $2 parked hints of a bucket that have no share.
SELECT parked.rank
FROM @installation@.tasker_core_parked AS parked
WHERE parked.bucket = $1
ORDER BY parked.rank
LIMIT $2;

-- name: buckets
-- The buckets of a limit that delay steps with a share.
SELECT DISTINCT queued.bucket
FROM @installation@.tasker_core_shares AS queued
WHERE queued.bucket = concat($1, ':', $2)
   OR ($1 = 'key' AND starts_with(queued.bucket, concat('key:', $2, '=')));

-- name: is_waiting
-- Whether a step with a share waits in the queue of a bucket.
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_shares WHERE bucket = $1
) AS is_waiting;

-- name: delayed
-- The steps with a share that a limit delays, each with the bucket.
SELECT DISTINCT queued.workflow_step_id, queued.bucket
FROM @installation@.tasker_core_shares AS queued
WHERE queued.bucket > '';

-- name: buckets_of_steps
-- The buckets that delay these steps; empty: the step waits for the turn of its share.
SELECT queued.workflow_step_id, max(queued.bucket)
FROM @installation@.tasker_core_shares AS queued
WHERE queued.workflow_step_id = ANY ($1)
GROUP BY queued.workflow_step_id;

-- name: next_steps
-- The next $1 steps of the fair queue after the first $2, the highest priority first, one of each
-- share after the other.
WITH RECURSIVE turn (priority, share) AS (
    (
        SELECT queued.priority, queued.share
        FROM @installation@.tasker_core_shares AS queued
        WHERE queued.bucket = ''
        ORDER BY queued.priority, queued.share
        LIMIT 1
    )
    UNION ALL
    SELECT following.priority, following.share
    FROM turn
    CROSS JOIN LATERAL (
        SELECT queued.priority, queued.share
        FROM @installation@.tasker_core_shares AS queued
        WHERE queued.bucket = ''
          AND (queued.priority, queued.share) > (turn.priority, turn.share)
        ORDER BY queued.priority, queued.share
        LIMIT 1
    ) AS following
)
SELECT hint.workflow_step_id, hint.task_id, hint.rank
FROM turn
CROSS JOIN LATERAL (
    SELECT first.workflow_step_id, first.task_id, first.rank,
        row_number() OVER (ORDER BY first.rank) AS number
    FROM (
        SELECT queued.workflow_step_id, queued.task_id, queued.rank
        FROM @installation@.tasker_core_shares AS queued
        WHERE queued.bucket = ''
          AND queued.priority = turn.priority
          AND queued.share = turn.share
        ORDER BY queued.rank
        LIMIT $1 + $2
    ) AS first
) AS hint
ORDER BY turn.priority DESC, hint.number, turn.share
LIMIT $1
OFFSET $2;

-- name: next_delayed
-- The next $1 steps with a share that limits delay after the first $2.
SELECT queued.workflow_step_id, queued.task_id, queued.rank, queued.bucket
FROM @installation@.tasker_core_shares AS queued
WHERE queued.bucket > ''
ORDER BY queued.rank
LIMIT $1
OFFSET $2;

-- name: truncate
-- The table of steps was truncated.
TRUNCATE @installation@.tasker_core_shares;

-- name: delete_orphaned
-- Hints of fair queues at steps that are gone, or past being claimed.
WITH deleted AS (
    DELETE FROM @installation@.tasker_core_shares AS hint
    WHERE NOT EXISTS (
        SELECT FROM @installation@.tasker_core_steps AS step
        WHERE step.workflow_step_id = hint.workflow_step_id
          AND (step.state = 'pending' OR step.state = 'error')
    )
    RETURNING 1
)
SELECT count(*) AS deleted
FROM deleted;
