-- Rules of steps: the signals, tasks and times that they wait for, and the decisions that are
-- pending.

-- name: of_steps
-- The rules of these steps, with the signals and tasks that they wait for, and whether a deadline
-- has failed the step.
SELECT rule.workflow_step_id, rule.rule, rule.decided_at, rule.waited_task_id, waited_task.state,
    signal.sent_at,
    waited_task.state IS NOT NULL AND EXISTS (
        SELECT FROM @installation@.tasker_core_steps AS step
        JOIN @installation@.tasker_workflow_step_transitions AS transition
            ON transition.workflow_step_id = step.workflow_step_id
        WHERE step.workflow_step_id = rule.workflow_step_id
          AND step.state = 'error'
          AND transition.most_recent
          AND transition.metadata @> '{"triggered_by": "timeout", "error_class": "Timeout"}'
    )
FROM @installation@.tasker_core_rules AS rule
LEFT JOIN @installation@.tasker_core_tasks AS waited_task
    ON waited_task.task_id = rule.waited_task_id
LEFT JOIN @installation@.tasker_core_signals AS signal
    ON signal.task_id = rule.task_id
   AND signal.name = rule.signal_name
WHERE rule.workflow_step_id = ANY ($1);

-- name: skipped_steps
-- Those of these steps that were skipped.
SELECT transition.workflow_step_id
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id = ANY ($1)
  AND transition.most_recent
  AND transition.to_state = 'resolved_manually'
  AND (transition.metadata ->> 'skipped') = 'true';

-- name: role
-- The role that defined the rule of a step, and the seal that proves it.
SELECT rule.laid_down_by, rule.seal
FROM @installation@.tasker_core_rules AS rule
WHERE rule.workflow_step_id = $1;

-- name: put
-- Lays down the rules of new steps.
INSERT INTO @installation@.tasker_core_rules (workflow_step_id, task_id, rule, signal_name,
    waited_task_id, creates_task,
    laid_down_by, seal)
SELECT step.workflow_step_id, step.task_id, laid_down.rule,
       (laid_down.rule -> 'wait') ->> 'signal',
       ((laid_down.rule -> 'wait') ->> 'task')::int8,
       laid_down.rule ? 'subtask',
       $3, laid_down.seal
FROM ROWS FROM (
    unnest($1), unnest($2::jsonb[]), unnest($4)
) AS laid_down (workflow_step_id, rule, seal)
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id = laid_down.workflow_step_id
ON CONFLICT DO NOTHING;

-- name: mark_steps
-- Marks these steps as having rules, which the next claim or maintenance evaluates.
WITH marked AS (
    UPDATE @installation@.tasker_core_steps
    SET has_rule = true
    WHERE workflow_step_id = ANY ($1)
    RETURNING workflow_step_id
)
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT marked.workflow_step_id, marked.workflow_step_id
FROM marked
ON CONFLICT DO NOTHING;

-- name: wake_steps
-- Marks those of these steps that have a rule for evaluation. The number of the transaction
-- distinguishes this mark from those of concurrent transactions, and from marks that are being
-- processed.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT step.workflow_step_id, - pg_current_xact_id()::text::int8
FROM @installation@.tasker_core_steps AS step
WHERE step.workflow_step_id = ANY ($1)
  AND step.has_rule
ON CONFLICT DO NOTHING;

-- name: wake_unmarked
-- Marks those of these steps that have no mark yet for evaluation. The caller has locked the steps,
-- so no other session removes a mark meanwhile.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT step.workflow_step_id, - pg_current_xact_id()::text::int8
FROM @installation@.tasker_core_steps AS step
WHERE step.workflow_step_id = ANY ($1)
  AND step.has_rule
  AND NOT EXISTS (
      SELECT FROM @installation@.tasker_core_decisions AS decision
      WHERE decision.workflow_step_id = step.workflow_step_id
  )
ON CONFLICT DO NOTHING;

-- name: wake_children
-- Marks the children with a rule of steps that have failed, or ended otherwise, for evaluation.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT DISTINCT child.workflow_step_id,
       - pg_current_xact_id()::text::int8
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_core_steps AS child
    ON child.workflow_step_id = edge.to_step_id
WHERE edge.from_step_id = ANY ($1)
  AND child.has_rule
ON CONFLICT DO NOTHING;

-- name: wake_waiters
-- Marks the steps that wait for a task for evaluation, after the task has changed its state.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT rule.workflow_step_id,
       - pg_current_xact_id()::text::int8
FROM @installation@.tasker_core_rules AS rule
WHERE rule.waited_task_id = $1
ON CONFLICT DO NOTHING;

-- name: take_decisions
-- Takes steps whose rules must be evaluated, and skips those that another session is evaluating.
SELECT workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_decisions
WHERE workflow_step_id > $2
ORDER BY workflow_step_id
LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: take_decisions_of
-- Takes the marks of these steps, and skips those that another session is evaluating.
SELECT workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_decisions
WHERE workflow_step_id = ANY ($1)
FOR UPDATE SKIP LOCKED;

-- name: see_decisions
-- The steps whose rules must be evaluated, with their tasks.
SELECT DISTINCT step.workflow_step_id, step.task_id
FROM @installation@.tasker_core_decisions AS word
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id = word.workflow_step_id
ORDER BY step.workflow_step_id;

-- name: drop_decisions
-- Deletes marks that were read. Keeps all others: a mark that came in the meantime stands for a
-- change that was not visible.
DELETE FROM @installation@.tasker_core_decisions AS decision
USING unnest($1, $2) AS seen (workflow_step_id, cause_id)
WHERE decision.workflow_step_id = seen.workflow_step_id
  AND decision.cause_id = seen.cause_id;

-- name: children
-- The pending steps with rules that depend on one of these.
SELECT DISTINCT child.workflow_step_id
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_core_steps AS child
    ON child.workflow_step_id = edge.to_step_id
WHERE edge.from_step_id = ANY ($1)
  AND child.has_rule
  AND child.state = 'pending';

-- name: begin
-- The parents of a step let it start.
UPDATE @installation@.tasker_core_rules
SET decided_at = $2
WHERE workflow_step_id = $1;

-- name: set_waited_task
-- The task that a step waits for has been found or made.
UPDATE @installation@.tasker_core_rules
SET waited_task_id = $2,
    creates_task = $3
WHERE workflow_step_id = $1;

-- name: conditions
-- Evaluates these predicates on the results of step $1's parents, or of those among $4 unless it is
-- NULL. NULL if a predicate has no value.
SELECT condition.place, bool_and(COALESCE(
    jsonb_path_match(parent.results, condition.path::jsonpath, '{}', true), false))
FROM unnest($2, $3) WITH ORDINALITY AS condition (name, path, place)
JOIN @installation@.tasker_workflow_step_edges AS edge
    ON edge.to_step_id = $1
JOIN @installation@.tasker_workflow_steps AS parent
    ON parent.workflow_step_id = edge.from_step_id
   AND ($4 IS NULL OR parent.workflow_step_id = ANY ($4))
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id = parent.named_step_id
   AND named_step.name = condition.name
GROUP BY condition.place;

-- name: list
-- The parent of step $1 with the name $2, whether it is among $4 (NULL: any is), and what the path
-- $3 finds in its results: one array stands for its elements, null for an empty list. A parent
-- without results has an empty list.
SELECT source.workflow_step_id, source.is_shown,
    COALESCE(jsonb_array_length(found.elements), 0), found.elements
FROM (
    SELECT parent.workflow_step_id, parent.results,
        $4 IS NULL OR parent.workflow_step_id = ANY ($4) AS is_shown
    FROM @installation@.tasker_workflow_step_edges AS edge
    JOIN @installation@.tasker_workflow_steps AS parent
        ON parent.workflow_step_id = edge.from_step_id
    JOIN @installation@.tasker_named_steps AS named_step
        ON named_step.named_step_id = parent.named_step_id
    WHERE edge.to_step_id = $1
      AND named_step.name = $2
    ORDER BY parent.workflow_step_id
    LIMIT 1
) AS source
LEFT JOIN LATERAL (
    SELECT CASE
        WHEN jsonb_array_length(items) = 1 AND jsonb_typeof(items -> 0) = 'array' THEN items -> 0
        WHEN items <> '[null]' THEN items
    END AS elements
    FROM jsonb_path_query_array(NULLIF(source.results, '{}'), $3::jsonpath) AS items
) AS found ON source.is_shown;

-- name: copies
-- The copies of a mapped step, in the order of the elements, with the results of those that were
-- completed or resolved.
SELECT copy.workflow_step_id,
    CASE WHEN side.state = ANY (ARRAY['complete', 'resolved_manually']) THEN copy.results END
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_workflow_steps AS copy
    ON copy.workflow_step_id = edge.from_step_id
JOIN @installation@.tasker_core_steps AS side
    ON side.workflow_step_id = copy.workflow_step_id
WHERE edge.to_step_id = $1
  AND copy.named_step_id = (
      SELECT mapped.named_step_id
      FROM @installation@.tasker_workflow_steps AS mapped
      WHERE mapped.workflow_step_id = $1
  )
ORDER BY copy.workflow_step_id;

-- name: results_of_copies
-- The results of these copies as one array, in the order of the elements: null for one that was
-- neither completed nor resolved, or is not among $2, unless that is NULL.
SELECT jsonb_agg(
    CASE
        WHEN side.state = ANY (ARRAY['complete', 'resolved_manually'])
            AND ($2 IS NULL OR copy.workflow_step_id = ANY ($2)) THEN copy.results
    END
    ORDER BY copy.workflow_step_id
)
FROM @installation@.tasker_workflow_steps AS copy
JOIN @installation@.tasker_core_steps AS side
    ON side.workflow_step_id = copy.workflow_step_id
WHERE copy.workflow_step_id = ANY ($1);

-- name: put_signal
-- A signal; one that has been sent before stays as it was.
INSERT INTO @installation@.tasker_core_signals (task_id, name, payload, sent_at, sent_by)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;

-- name: signal_exists
-- Whether a signal has been sent to a task.
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_signals AS signal
    WHERE signal.task_id = $1
      AND signal.name = $2
);

-- name: waiting_for_signal
-- The steps of a task that wait for a signal.
SELECT rule.workflow_step_id
FROM @installation@.tasker_core_rules AS rule
WHERE rule.task_id = $1
  AND rule.signal_name = $2;

-- name: signal_results
-- The results of a step that has waited for a signal: its name, payload, time and sender.
SELECT signal.name::text, signal.payload,
    to_char(signal.sent_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), signal.sent_by::text
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_signals AS signal
    ON signal.task_id = rule.task_id
   AND signal.name = rule.signal_name
WHERE rule.workflow_step_id = $1;

-- name: task_results
-- The results of a step that has waited for a task: the task's state, and the results of its steps
-- without children, or of those among $2 unless it is NULL, a row for each. A task without steps
-- has one row, without a name.
SELECT task.state::text, leaf.name::text, leaf.results
FROM @installation@.tasker_core_tasks AS task
LEFT JOIN LATERAL (
    SELECT named_step.name, step.results
    FROM @installation@.tasker_workflow_steps AS step
    JOIN @installation@.tasker_named_steps AS named_step
        ON named_step.named_step_id = step.named_step_id
    WHERE step.task_id = task.task_id
      AND ($2 IS NULL OR step.workflow_step_id = ANY ($2))
      AND NOT EXISTS (
          SELECT FROM @installation@.tasker_workflow_step_edges AS edge
          WHERE edge.from_step_id = step.workflow_step_id
      )
) AS leaf ON true
WHERE task.task_id = $1;

-- name: inputs
-- The inputs of a step.
SELECT inputs
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id = $1;

-- name: depth_of_subtask
-- For how many tasks, one for the other, a task was created by steps; no more are counted than may
-- be.
WITH RECURSIVE above (task_id, depth) AS (
    SELECT $1, 0
    UNION ALL
    SELECT rule.task_id, above.depth + 1
    FROM above
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.waited_task_id = above.task_id
    WHERE rule.creates_task
      AND above.depth < 1000
)
SELECT COALESCE(max(depth), 0)
FROM above;

-- name: waits_for_task
-- Those of the tasks $2 that wait for task $1, directly or through others: each has an open step
-- that waits for the next.
WITH RECURSIVE waits (origin, task_id) AS (
    SELECT asked.task_id, asked.task_id
    FROM unnest($2) AS asked (task_id)
    UNION
    SELECT waits.origin, rule.waited_task_id
    FROM waits
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.task_id = waits.task_id
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id = rule.workflow_step_id
    WHERE @waits_for_task@
)
SELECT DISTINCT origin
FROM waits
WHERE task_id = $1;

-- name: waits_for_itself
-- Whether a task waits for itself, at once or through others.
WITH RECURSIVE waits (task_id) AS (
    SELECT rule.waited_task_id
    FROM @installation@.tasker_core_rules AS rule
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id = rule.workflow_step_id
    WHERE rule.task_id = $1
      AND @waits_for_task@
    UNION
    SELECT rule.waited_task_id
    FROM waits
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.task_id = waits.task_id
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id = rule.workflow_step_id
    WHERE @waits_for_task@
)
SELECT EXISTS (SELECT FROM waits WHERE task_id = $1);

-- name: created_tasks
-- The open tasks that these steps have created.
SELECT rule.waited_task_id
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_tasks AS task
    ON task.task_id = rule.waited_task_id
WHERE rule.workflow_step_id = ANY ($1)
  AND rule.creates_task
  AND task.state = ANY (ARRAY['pending', 'in_progress', 'error'])
ORDER BY rule.waited_task_id;

-- name: open_steps_of_tasks
-- The steps with rules in these tasks that have neither started nor finished.
SELECT rule.workflow_step_id, rule.task_id
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id = rule.workflow_step_id
WHERE rule.task_id = ANY ($1)
  AND step.state = ANY (ARRAY['pending', 'error'])
ORDER BY rule.workflow_step_id;

-- name: open_waiters
-- The steps that wait for one of these tasks, each with its own task.
SELECT rule.workflow_step_id, rule.task_id
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id = rule.workflow_step_id
WHERE rule.waited_task_id = ANY ($1)
  AND step.state = ANY (ARRAY['pending', 'error'])
ORDER BY rule.workflow_step_id;

-- name: delete
-- A step is gone, and its rule with it. Marks that another session has locked are left to that
-- session.
WITH decisions AS (
    DELETE FROM @installation@.tasker_core_decisions
    WHERE ctid = ANY (ARRAY(
        SELECT queued.ctid
        FROM @installation@.tasker_core_decisions AS queued
        WHERE queued.workflow_step_id = $1
        FOR UPDATE SKIP LOCKED
    ))
)
DELETE FROM @installation@.tasker_core_rules
WHERE workflow_step_id = $1;

-- name: delete_signals
-- A task is gone, and the signals that were sent to it.
DELETE FROM @installation@.tasker_core_signals
WHERE task_id = $1;

-- name: put_decisions
-- Marks these children of finished parents for evaluation.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT word.workflow_step_id, word.cause_id
FROM unnest($1, $2) AS word (workflow_step_id, cause_id)
ON CONFLICT DO NOTHING;
