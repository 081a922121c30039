-- Finds what is wrong in an installation. tasker_doctor() and tasker_rebuild() report it.

-- name: drift_of_attempted
-- Where the list of the steps that are in error, or pending and not as they were created, differs
-- from the side rows of steps.
SELECT
    COALESCE(step.workflow_step_id, attempted.workflow_step_id) AS row_id,
    CASE WHEN attempted.workflow_step_id IS NULL THEN 'missing' ELSE 'extra' END AS problem
FROM (SELECT step.workflow_step_id FROM @installation@.tasker_core_steps AS step
    WHERE @is_attempted@) AS step
FULL JOIN @installation@.tasker_core_attempted AS attempted
    ON attempted.workflow_step_id = step.workflow_step_id
WHERE step.workflow_step_id IS NULL OR attempted.workflow_step_id IS NULL
ORDER BY row_id;

-- name: troubles
-- Work that was refused, the oldest first, at most $1, and how much there is.
SELECT
    trouble.kind::text, trouble.subject_id, trouble.attempts, trouble.next_try::text,
    trouble.sqlstate::text, trouble.message::text, trouble.since::text, count(*) OVER ()
FROM @installation@.tasker_core_troubles AS trouble
ORDER BY trouble.since, trouble.subject_id, trouble.kind
LIMIT $1;

-- name: locked_step_rows
-- Steps that a transaction has changed or locked that may be open.
SELECT step.workflow_step_id, step.xmax
FROM @installation@.tasker_workflow_steps AS step
WHERE step.xmax <> '0'::xid
ORDER BY step.workflow_step_id;

-- name: wait_cycles
-- Tasks that wait for themselves, through their own steps or those of other tasks, at most $1: each
-- with such a step, and how many there are.
WITH RECURSIVE waits AS MATERIALIZED (
    SELECT rule.task_id, rule.waited_task_id, rule.workflow_step_id
    FROM @installation@.tasker_core_rules AS rule
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id = rule.workflow_step_id
    WHERE rule.waited_task_id IS NOT NULL
      AND step.state = ANY (ARRAY['pending', 'in_progress', 'error'])
),
reached (origin, step_id, task_id) AS (
    SELECT waits.task_id, waits.workflow_step_id, waits.waited_task_id
    FROM waits
    UNION
    SELECT earlier.origin, earlier.step_id, waits.waited_task_id
    FROM reached AS earlier
    JOIN waits ON waits.task_id = earlier.task_id
    WHERE earlier.task_id <> earlier.origin
)
SELECT reached.origin, min(reached.step_id), count(*) OVER ()
FROM reached
WHERE reached.task_id = reached.origin
GROUP BY reached.origin
ORDER BY reached.origin
LIMIT $1;

-- name: unknown_states
-- Current transitions to a state that does not exist.
SELECT 'tasker_workflow_step_transitions'::text AS table_name,
    transition.to_state::text AS to_state,
       count(*) AS transitions, min(transition.workflow_step_id) AS first_parent_id
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.most_recent
  AND transition.to_state::text <> ALL (
      ARRAY['pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually'])
GROUP BY transition.to_state
UNION ALL
SELECT 'tasker_task_transitions', transition.to_state::text,
       count(*), min(transition.task_id)
FROM @installation@.tasker_task_transitions AS transition
WHERE transition.most_recent
  AND transition.to_state::text <> ALL (
      ARRAY['pending', 'in_progress', 'complete', 'error', 'cancelled', 'resolved_manually'])
GROUP BY transition.to_state
ORDER BY to_state;

-- name: several_current_transitions
-- Steps and tasks with several current transitions: of each table the first 21, and how many there
-- are.
SELECT found.table_name, found.parent_id, found.transitions, found.total
FROM (
    SELECT 'tasker_workflow_step_transitions'::text AS table_name,
        transition.workflow_step_id AS parent_id,
           count(*) AS transitions, count(*) OVER () AS total,
           row_number() OVER (ORDER BY transition.workflow_step_id) AS found_position
    FROM @installation@.tasker_workflow_step_transitions AS transition
    WHERE transition.most_recent
    GROUP BY transition.workflow_step_id
    HAVING count(*) > 1
    UNION ALL
    SELECT 'tasker_task_transitions', transition.task_id, count(*), count(*) OVER (),
           row_number() OVER (ORDER BY transition.task_id)
    FROM @installation@.tasker_task_transitions AS transition
    WHERE transition.most_recent
    GROUP BY transition.task_id
    HAVING count(*) > 1
) AS found
WHERE found.found_position <= 21
ORDER BY found.table_name, found.parent_id;

-- name: drift_of_steps
-- Where the side rows of steps differ from what the Rails tables say. Run with a pinned
-- search_path.
SELECT
    COALESCE(facts.workflow_step_id, side.workflow_step_id) AS row_id,
    CASE
        WHEN side.workflow_step_id IS NULL THEN 'missing'
        WHEN facts.workflow_step_id IS NULL THEN 'extra'
        ELSE 'differs: ' || concat_ws(', ',
        CASE WHEN facts.task_id IS DISTINCT FROM side.task_id THEN 'task_id' END,
        CASE WHEN facts.created_at IS DISTINCT FROM side.created_at THEN 'created_at' END,
        CASE WHEN facts.state_since IS DISTINCT FROM side.state_since THEN 'state_since' END,
        CASE WHEN facts.last_attempted_at IS DISTINCT FROM side.last_attempted_at
            THEN 'last_attempted_at' END,
        CASE WHEN facts.named_step_id IS DISTINCT FROM side.named_step_id THEN 'named_step_id' END,
        CASE WHEN facts.attempts IS DISTINCT FROM side.attempts THEN 'attempts' END,
        CASE WHEN facts.retry_limit IS DISTINCT FROM side.retry_limit THEN 'retry_limit' END,
        CASE WHEN facts.backoff_request_seconds IS DISTINCT FROM side.backoff_request_seconds
            THEN 'backoff_request_seconds' END,
        CASE WHEN facts.retryable IS DISTINCT FROM side.retryable THEN 'retryable' END,
        CASE WHEN facts.in_process IS DISTINCT FROM side.in_process THEN 'in_process' END,
        CASE WHEN facts.processed IS DISTINCT FROM side.processed THEN 'processed' END,
        CASE WHEN facts.skippable IS DISTINCT FROM side.skippable THEN 'skippable' END,
        CASE WHEN facts.state IS DISTINCT FROM side.state THEN 'state' END,
        CASE WHEN facts.parent_step_ids IS DISTINCT FROM side.parent_step_ids
            THEN 'parent_step_ids' END,
        CASE WHEN facts.backoff_seconds IS DISTINCT FROM side.backoff_seconds
            THEN 'backoff_seconds' END,
        CASE WHEN facts.has_rule IS DISTINCT FROM side.has_rule THEN 'has_rule' END)
    END AS problem
FROM (
@step_facts@
) AS facts
FULL JOIN @installation@.tasker_core_steps AS side ON side.workflow_step_id = facts.workflow_step_id
WHERE ROW(facts.*) IS DISTINCT FROM ROW(
    @side_step_columns@
)
ORDER BY row_id;

-- name: drift_of_tasks
-- Where the side rows of tasks differ from what the Rails tables say. Run with a pinned
-- search_path.
SELECT
    COALESCE(facts.task_id, side.task_id) AS row_id,
    CASE
        WHEN side.task_id IS NULL THEN 'missing'
        WHEN facts.task_id IS NULL THEN 'extra'
        ELSE 'differs: ' || concat_ws(', ',
        CASE WHEN facts.named_task_id IS DISTINCT FROM side.named_task_id THEN 'named_task_id' END,
        CASE WHEN facts.state IS DISTINCT FROM side.state THEN 'state' END,
        CASE WHEN facts.state_since IS DISTINCT FROM side.state_since THEN 'state_since' END,
        CASE WHEN facts.created_at IS DISTINCT FROM side.created_at THEN 'created_at' END)
    END AS problem
FROM (
@task_facts@
) AS facts
FULL JOIN @installation@.tasker_core_tasks AS side ON side.task_id = facts.task_id
WHERE ROW(facts.*)
    IS DISTINCT FROM ROW(side.task_id, side.named_task_id, side.state, side.state_since,
    side.created_at)
ORDER BY row_id;

-- name: unqueued_steps
-- Steps that could run by what stands in their own rows, and that the queues say nothing of.
-- Whether they will run is for the rule to say.
SELECT
    step.workflow_step_id, step.task_id, step.created_at, step.state_since, step.last_attempted_at,
    step.named_step_id, step.attempts, step.retry_limit, step.backoff_request_seconds,
    step.retryable, step.in_process, step.processed, step.skippable, step.state,
    step.parent_step_ids, step.backoff_seconds, step.has_rule
FROM @installation@.tasker_core_steps AS step
JOIN @installation@.tasker_core_tasks AS task ON task.task_id = step.task_id
WHERE task.state = ANY (ARRAY['pending', 'in_progress', 'error'])
  AND step.state = ANY (ARRAY['pending', 'error'])
  AND NOT step.in_process
  AND NOT step.processed
  AND @unqueued@;

-- name: highest_id
-- The highest id of a table, to be compared with what its sequence has given out.
SELECT pg_catalog.max(@column@::pg_catalog.int8) FROM @installation@.@table@;
