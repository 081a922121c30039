-- Parts of statements. `@name@` in a statement stands for the section of that name
-- (src/pg/spi/statement_text.rs).

-- name: error_class
-- The error class of a failed step: that of the transition, or the one that the engine keeps in the
-- results.
(CASE
    WHEN transition.metadata OPERATOR(pg_catalog.?) 'error_class'
        THEN transition.metadata
    ELSE step.results
END OPERATOR(pg_catalog.->>) 'error_class')::pg_catalog.text

-- name: error_message
-- The message of a failed step: that of the transition, or the one that the engine keeps in the
-- results.
COALESCE(transition.metadata OPERATOR(pg_catalog.->>) 'error_message',
         step.results OPERATOR(pg_catalog.->>) 'error')::pg_catalog.text

-- name: execution_seconds
-- How long an execution lasted until a transition.
CASE WHEN pg_catalog.isfinite(transition.created_at) AND pg_catalog.isfinite(execution.began_at)
    THEN pg_catalog.round(pg_catalog.date_part('epoch', transition.created_at
        OPERATOR(pg_catalog.-) execution.began_at)::pg_catalog.numeric, 6) END

-- name: executions
-- The executions that completed steps after $1, each from the last transition to in_progress
-- before, in seconds.
SELECT
    task.named_task_id, step.named_step_id, step.state_since,
    pg_catalog.date_part('epoch', step.state_since OPERATOR(pg_catalog.-) began.created_at)
        AS seconds
FROM @steps@ AS step
JOIN @tasks@ AS task ON task.task_id OPERATOR(pg_catalog.=) step.task_id
CROSS JOIN LATERAL (
    SELECT transition.created_at, @is_copied@ AS is_copied
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
      AND transition.to_state OPERATOR(pg_catalog.=) 'in_progress'
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS began
WHERE step.state OPERATOR(pg_catalog.=) 'complete'
  AND step.state_since OPERATOR(pg_catalog.>) $1
  AND pg_catalog.isfinite(step.state_since)
  AND pg_catalog.isfinite(began.created_at)
  AND NOT began.is_copied

-- name: has_rule
-- Whether a step waits for more than the engine's steps do.
EXISTS (
    SELECT FROM @installation@.tasker_core_rules AS rule
    WHERE rule.workflow_step_id = step.workflow_step_id
)

-- name: history_columns
-- The columns of a history: each transition ends where the next begins. A from_state that its
-- writer left out is where the transition before it led to (semantics C3).
transition.id, transition.sort_key,
COALESCE(
    @named_from_state@, pg_catalog.lag(transition.to_state) OVER in_order
)::pg_catalog.text AS from_state,
transition.to_state::pg_catalog.text,
transition.created_at AS entered_at,
pg_catalog.lead(transition.created_at) OVER in_order AS left_at,
CASE WHEN pg_catalog.isfinite(pg_catalog.lead(transition.created_at) OVER in_order)
    AND pg_catalog.isfinite(transition.created_at)
    THEN pg_catalog.lead(transition.created_at) OVER in_order
        OPERATOR(pg_catalog.-) transition.created_at END AS duration,
transition.most_recent, transition.metadata

-- name: is_attempted
-- Whether a step has been attempted: it failed, or it is pending again after an attempt.
(
    step.state = 'error'
    OR (
        step.state = 'pending'
        AND (step.processed OR step.last_attempted_at IS NOT NULL OR COALESCE(step.attempts, 0) > 0)
    )
)

-- name: is_copied
-- Whether a transition was copied from another task by a fork.
COALESCE(transition.metadata OPERATOR(pg_catalog.->>) 'triggered_by', '')
    OPERATOR(pg_catalog.=) 'fork_task'

-- name: is_queued_of_task
-- Whether an entry of a queue belongs to the task $1. The steps lead to the index of the queue.
queued.task_id = $1
AND queued.workflow_step_id = ANY (ARRAY(
    SELECT step.workflow_step_id
    FROM @installation@.tasker_core_steps AS step
    WHERE step.task_id = $1
))

-- name: is_release
-- Whether a transition belongs to the release of a claimed step, which is no failure.
COALESCE(transition.metadata OPERATOR(pg_catalog.->>) 'triggered_by', '')
    OPERATOR(pg_catalog.=) 'release_step'

-- name: is_retry
-- Whether a transition allows another attempt.
transition.to_state OPERATOR(pg_catalog.=) 'pending'
AND COALESCE(@named_from_state@, previous.to_state, '') OPERATOR(pg_catalog.=) 'error'
AND NOT @is_release@

-- name: iso
-- The format of a time in a payload.
'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'

-- name: may_take
-- Whether a claim may take a hint: from the rank $2 on, except the steps $3, and the names of tasks
-- ($4) and steps ($5) that a limit delays.
queued.rank >= $2
AND (cardinality($3) = 0
     OR NOT queued.workflow_step_id = ANY (SELECT unnest($3)))
AND queued.named_task_id <> ALL ($4)
AND queued.named_step_id <> ALL ($5)

-- name: may_turn
-- Whether a claim may take a hint of a fair queue: not at the steps $5, and not of the names of
-- tasks ($6) and steps ($7) that a limit delays.
(cardinality($5) = 0
 OR NOT queued.workflow_step_id = ANY (SELECT unnest($5)))
AND queued.named_task_id <> ALL ($6)
AND queued.named_step_id <> ALL ($7)

-- name: named_from_state
-- The state before a transition, as its writer named it; NULL if the writer left it out (semantics
-- C3).
CASE WHEN transition.from_state OPERATOR(pg_catalog.<>) '' THEN transition.from_state END

-- name: named_wait
-- The backoff in seconds that the metadata of a transition name, at most about thirty years. NULL:
-- it names none, and the engine's backoff applies.
CASE WHEN transition.to_state OPERATOR(pg_catalog.=) 'error'
      AND pg_catalog.jsonb_typeof(transition.metadata
          OPERATOR(pg_catalog.->) 'backoff_seconds') OPERATOR(pg_catalog.=) 'number'
     THEN LEAST(GREATEST(
         (transition.metadata OPERATOR(pg_catalog.->>) 'backoff_seconds')::pg_catalog.numeric, 0),
         1000000000)
END::pg_catalog.float8

-- name: of_visible_parent
-- Edges from steps that the caller can see, in tasks that the caller can see.
JOIN @installation@.tasker_workflow_steps AS visible_parent
    ON visible_parent.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
JOIN @installation@.tasker_tasks AS task_of_parent
    ON task_of_parent.task_id OPERATOR(pg_catalog.=) visible_parent.task_id

-- name: of_visible_task
-- Steps in tasks that the caller can see.
JOIN @installation@.tasker_tasks AS visible_task
    ON visible_task.task_id OPERATOR(pg_catalog.=) step.task_id

-- name: own_step_columns
-- Sets the columns of a side row that come from the step's own row.
task_id = step.task_id,
created_at = step.created_at,
last_attempted_at = step.last_attempted_at,
named_step_id = step.named_step_id,
attempts = step.attempts,
retry_limit = step.retry_limit,
backoff_request_seconds = step.backoff_request_seconds,
retryable = step.retryable,
in_process = step.in_process,
processed = step.processed,
skippable = step.skippable

-- name: seen_hints
-- Hints that are not locked, as arrays of their steps and tasks: a tenant may look at very many of
-- them.
SELECT array_agg(seen.workflow_step_id), array_agg(seen.task_id), max(seen.rank)
FROM (
@hints@
) AS seen

-- name: set_step_columns
-- Sets the columns of the side row of a step to the new facts.
task_id = EXCLUDED.task_id,
created_at = EXCLUDED.created_at,
state_since = EXCLUDED.state_since,
last_attempted_at = EXCLUDED.last_attempted_at,
named_step_id = EXCLUDED.named_step_id,
attempts = EXCLUDED.attempts,
retry_limit = EXCLUDED.retry_limit,
backoff_request_seconds = EXCLUDED.backoff_request_seconds,
retryable = EXCLUDED.retryable,
in_process = EXCLUDED.in_process,
processed = EXCLUDED.processed,
skippable = EXCLUDED.skippable,
state = EXCLUDED.state,
parent_step_ids = EXCLUDED.parent_step_ids,
backoff_seconds = EXCLUDED.backoff_seconds,
has_rule = EXCLUDED.has_rule

-- name: set_task_columns
-- Sets the columns of the side row of a task to the new facts, except its priority.
named_task_id = EXCLUDED.named_task_id,
state = EXCLUDED.state,
state_since = EXCLUDED.state_since,
created_at = EXCLUDED.created_at

-- name: share
-- The share of a task: a hash of the path of the key and of the value there.
GREATEST(hashtextextended(concat(fair.key_path, '=',
    COALESCE((stored.context #> fair.key_path::text[])::text, 'null')), 0),
    -9223372036854775807)

-- name: shared
-- Or whether a fair queue says something of a step.
OR EXISTS (
    SELECT FROM @installation@.tasker_core_shares AS shared
    WHERE shared.workflow_step_id = step.workflow_step_id
      AND (shared.bucket = '' OR EXISTS (
          SELECT FROM @installation@.tasker_core_timers AS timer
          WHERE timer.kind = concat('bucket ', shared.bucket)
      ))
)

-- name: side_step_columns
-- The columns of the side row of a step, in the order in which they are read.
side.workflow_step_id, side.task_id, side.created_at, side.state_since, side.last_attempted_at,
side.named_step_id, side.attempts, side.retry_limit, side.backoff_request_seconds,
side.retryable, side.in_process, side.processed, side.skippable, side.state,
side.parent_step_ids, side.backoff_seconds, side.has_rule

-- name: step_columns
-- The columns of the side row of a step, in the order in which they are read.
workflow_step_id, task_id, created_at, state_since, last_attempted_at, named_step_id, attempts,
retry_limit, backoff_request_seconds, retryable, in_process, processed, skippable, state,
parent_step_ids, backoff_seconds, has_rule

-- name: step_facts
-- The side row of a step, read from the Rails tables, and whether it has a rule (from a side
-- table). This is the only definition: triggers, rebuild and drift check all expand it. A foreign
-- writer may have left several current transitions, hence LIMIT; `+ 0` keeps the planner from
-- walking the index on sort_key in search of one step.
SELECT
    step.workflow_step_id,
    step.task_id,
    step.created_at,
    current_transition.created_at AS state_since,
    step.last_attempted_at,
    step.named_step_id,
    step.attempts,
    step.retry_limit,
    step.backoff_request_seconds,
    step.retryable,
    step.in_process,
    step.processed,
    step.skippable,
    COALESCE(current_transition.to_state, 'pending') AS state,
    COALESCE(incoming.parent_step_ids, '{}') AS parent_step_ids,
    current_transition.backoff_seconds,
    @has_rule@ AS has_rule
FROM @installation@.tasker_workflow_steps AS step
LEFT JOIN LATERAL (
    SELECT transition.to_state, transition.created_at, @named_wait@ AS backoff_seconds
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
      AND transition.most_recent
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS current_transition ON true
LEFT JOIN LATERAL (
    SELECT pg_catalog.array_agg(edge.from_step_id::pg_catalog.int8 ORDER BY edge.from_step_id)
        AS parent_step_ids
    FROM @installation@.tasker_workflow_step_edges AS edge
    WHERE edge.to_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
) AS incoming ON true

-- name: task_facts
-- The side row of a task, read from the Rails tables. `priority` is not derived from them.
SELECT
    task.task_id,
    task.named_task_id,
    COALESCE(current_transition.to_state, 'pending') AS state,
    current_transition.created_at AS state_since,
    task.created_at
FROM @installation@.tasker_tasks AS task
LEFT JOIN LATERAL (
    SELECT transition.to_state, transition.created_at
    FROM @installation@.tasker_task_transitions AS transition
    WHERE transition.task_id OPERATOR(pg_catalog.=) task.task_id
      AND transition.most_recent
    ORDER BY transition.sort_key OPERATOR(pg_catalog.+) 0 DESC
    LIMIT 1
) AS current_transition ON true

-- name: testkit_history
-- The transitions $2 of a step or task $1 that has none, a second apart, the last of them at $3.
SELECT
    $1, entry.state, pg_catalog.lag(entry.state, 1, 'pending') OVER (ORDER BY entry.place),
    '{"triggered_by": "testkit"}', 10 OPERATOR(pg_catalog.*) entry.place,
    entry.place OPERATOR(pg_catalog.=) pg_catalog.cardinality($2), moment.at, moment.at
FROM pg_catalog.unnest($2) WITH ORDINALITY AS entry (state, place),
    LATERAL (
        SELECT $3 OPERATOR(pg_catalog.-) pg_catalog.make_interval(
            secs => (pg_catalog.cardinality($2)
                OPERATOR(pg_catalog.-) entry.place)::pg_catalog.float8) AS at
    ) AS moment
ORDER BY entry.place

-- name: task_seconds
-- How long a task lasted until a transition.
CASE WHEN pg_catalog.isfinite(transition.created_at) AND pg_catalog.isfinite(task.created_at)
    THEN pg_catalog.round(pg_catalog.date_part('epoch', transition.created_at
        OPERATOR(pg_catalog.-) task.created_at)::pg_catalog.numeric, 6) END

-- name: transition_columns
-- The columns that found transitions of steps and tasks share.
COALESCE(@named_from_state@, previous.to_state)::pg_catalog.text,
transition.to_state::pg_catalog.text, transition.created_at,
CASE WHEN pg_catalog.isfinite(transition.created_at)
    AND pg_catalog.isfinite(previous.created_at)
    THEN transition.created_at OPERATOR(pg_catalog.-) previous.created_at END,
transition.most_recent, transition.metadata,
@is_release@,
retry.is_retry

-- name: transition_filters
-- Whether a transition satisfies the filters that steps and tasks share.
($3 IS NULL OR transition.to_state OPERATOR(pg_catalog.=) ANY ($3))
AND ($4 IS NULL OR transition.created_at OPERATOR(pg_catalog.>=) $4)
AND ($5 IS NULL OR transition.created_at OPERATOR(pg_catalog.<) $5)
AND ($6 IS NULL OR transition.metadata OPERATOR(pg_catalog.@>) $6)
AND ($7 IS NULL OR transition.metadata OPERATOR(pg_catalog.?) $7)
AND ($8 IS NULL
    OR transition.metadata OPERATOR(pg_catalog.->) 'attempt_number'
    OPERATOR(pg_catalog.=) pg_catalog.to_jsonb($8))
AND ($9 IS NULL OR retry.is_retry OPERATOR(pg_catalog.=) $9)
AND ($10 IS NULL OR namespace.name OPERATOR(pg_catalog.=) $10)
AND ($11 IS NULL OR named_task.name OPERATOR(pg_catalog.=) $11)

-- name: transition_statistics
-- The statistics of the transitions between two states.
moved.from_state, moved.to_state, pg_catalog.count(*) AS transitions,
pg_catalog.count(DISTINCT moved.subject) AS subjects,
pg_catalog.min(moved.entered_at) AS first_at, pg_catalog.max(moved.entered_at) AS last_at,
pg_catalog.avg(moved.seconds) AS average_seconds,
pg_catalog.percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY moved.seconds)
    AS percentiles

-- name: unqueued
-- Whether the queues say nothing of a step although its parents have finished, or its rule may be
-- satisfied. The one definition: rebuild and the doctor both expand it.
NOT EXISTS (
    SELECT FROM @installation@.tasker_core_hints AS hint
    WHERE hint.workflow_step_id = step.workflow_step_id
)
AND NOT EXISTS (
    SELECT FROM @installation@.tasker_core_parked AS parked
    WHERE parked.workflow_step_id = step.workflow_step_id
      AND EXISTS (
          SELECT FROM @installation@.tasker_core_timers AS timer
          WHERE timer.kind = concat('bucket ', parked.bucket)
      )
)
AND NOT EXISTS (
    SELECT FROM @installation@.tasker_core_timers AS timer
    WHERE timer.kind = 'step'
      AND timer.subject_id = step.workflow_step_id
)
@unshared@
AND NOT EXISTS (
    SELECT FROM @installation@.tasker_core_decisions AS decision
    WHERE decision.workflow_step_id = step.workflow_step_id
)
AND (step.has_rule OR NOT EXISTS (
    SELECT FROM @installation@.tasker_core_steps AS parent
    WHERE parent.workflow_step_id = ANY (step.parent_step_ids)
      AND parent.state <> ALL (ARRAY['complete', 'resolved_manually'])
))

-- name: unshared
-- Whether no fair queue says anything of a step.
AND NOT EXISTS (
    SELECT FROM @installation@.tasker_core_shares AS shared
    WHERE shared.workflow_step_id = step.workflow_step_id
)

-- name: waits_for_task
-- Whether a step with a rule still waits for another task.
rule.waited_task_id IS NOT NULL
AND step.state = ANY (ARRAY['pending', 'in_progress', 'error'])

-- name: schedule_columns
-- A schedule as `pg::execution::schedules::stored` reads it.
schedule, schedule_id, template, namespace, version, cron, every, time_zone, context, options,
    overlap, catch_up, role, seal, first_at, planned_at, due_at, seen_at, paused_at, last_run_at,
    last_task_id, runs, skipped, missed, failures, last_error, last_error_at
