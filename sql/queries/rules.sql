-- Rules of steps: the signals, tasks and times that they wait for, and the decisions that are pending.

-- name: of_steps
-- The rules of these steps, with the signals and tasks that they wait for.
SELECT rule.workflow_step_id, rule.rule, rule.decided_at, rule.waited_task_id, waited_task.state, signal.sent_at
FROM @installation@.tasker_core_rules AS rule
LEFT JOIN @installation@.tasker_core_tasks AS waited_task
    ON waited_task.task_id OPERATOR(pg_catalog.=) rule.waited_task_id
LEFT JOIN @installation@.tasker_core_signals AS signal
    ON signal.task_id OPERATOR(pg_catalog.=) rule.task_id
   AND signal.name OPERATOR(pg_catalog.=) rule.signal_name
WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1);

-- name: skipped_steps
-- Those of these steps that were left out.
SELECT transition.workflow_step_id
FROM @installation@.tasker_workflow_step_transitions AS transition
WHERE transition.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND transition.most_recent
  AND transition.to_state OPERATOR(pg_catalog.=) 'resolved_manually'
  AND (transition.metadata OPERATOR(pg_catalog.->>) 'skipped') OPERATOR(pg_catalog.=) 'true';

-- name: role
-- Who laid down the rule of a step, and what proves it.
SELECT rule.laid_down_by, rule.seal
FROM @installation@.tasker_core_rules AS rule
WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: put
-- Lays down the rules of new steps.
INSERT INTO @installation@.tasker_core_rules (workflow_step_id, task_id, rule, signal_name, waited_task_id, creates_task,
    laid_down_by, seal)
SELECT step.workflow_step_id, step.task_id, laid_down.rule,
       (laid_down.rule OPERATOR(pg_catalog.->) 'wait') OPERATOR(pg_catalog.->>) 'signal',
       ((laid_down.rule OPERATOR(pg_catalog.->) 'wait') OPERATOR(pg_catalog.->>) 'task')::pg_catalog.int8,
       laid_down.rule OPERATOR(pg_catalog.?) 'subtask',
       $3, laid_down.seal
FROM ROWS FROM (
    pg_catalog.unnest($1), pg_catalog.unnest($2::pg_catalog.jsonb[]), pg_catalog.unnest($4)
) AS laid_down (workflow_step_id, rule, seal)
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) laid_down.workflow_step_id
ON CONFLICT DO NOTHING;

-- name: mark_steps
-- These steps have rules from now on; whoever looks at them next decides.
WITH marked AS (
    UPDATE @installation@.tasker_core_steps
    SET has_rule = true
    WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
    RETURNING workflow_step_id
)
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT marked.workflow_step_id, marked.workflow_step_id
FROM marked
ON CONFLICT DO NOTHING;

-- name: wake_steps
-- Something has happened to these steps: over those with a rule somebody has to decide. The number of the transaction
-- keeps those apart who say so at once, and from those who are just looking.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT step.workflow_step_id, OPERATOR(pg_catalog.-) pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8
FROM @installation@.tasker_core_steps AS step
WHERE step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND step.has_rule
ON CONFLICT DO NOTHING;

-- name: wake_children
-- Steps have ended otherwise than well: over their children with a rule somebody has to decide.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT DISTINCT child.workflow_step_id,
       OPERATOR(pg_catalog.-) pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_core_steps AS child
    ON child.workflow_step_id OPERATOR(pg_catalog.=) edge.to_step_id
WHERE edge.from_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND child.has_rule
ON CONFLICT DO NOTHING;

-- name: wake_waiters
-- A task has got into another state: over the steps that wait for it somebody has to decide.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT rule.workflow_step_id,
       OPERATOR(pg_catalog.-) pg_catalog.pg_current_xact_id()::pg_catalog.text::pg_catalog.int8
FROM @installation@.tasker_core_rules AS rule
WHERE rule.waited_task_id OPERATOR(pg_catalog.=) $1
ON CONFLICT DO NOTHING;

-- name: take_decisions
-- Steps over which somebody has to decide, past those that somebody else is just deciding.
SELECT workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_decisions
WHERE workflow_step_id OPERATOR(pg_catalog.>) $2
ORDER BY workflow_step_id
LIMIT $1
FOR UPDATE SKIP LOCKED;

-- name: take_decisions_of
-- What says that somebody has to decide over these steps, past what somebody else is just deciding.
SELECT workflow_step_id, cause_id, xmin
FROM @installation@.tasker_core_decisions
WHERE workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
FOR UPDATE SKIP LOCKED;

-- name: see_decisions
-- Steps over which somebody has to decide, with their tasks.
SELECT DISTINCT step.workflow_step_id, step.task_id
FROM @installation@.tasker_core_decisions AS word
JOIN @installation@.tasker_core_steps AS step
    ON step.workflow_step_id OPERATOR(pg_catalog.=) word.workflow_step_id
ORDER BY step.workflow_step_id;

-- name: drop_decisions
-- These have been looked at. No others: one that has come in the meantime stands for what was not visible.
DELETE FROM @installation@.tasker_core_decisions AS decision
USING ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS seen (workflow_step_id, cause_id)
WHERE decision.workflow_step_id OPERATOR(pg_catalog.=) seen.workflow_step_id
  AND decision.cause_id OPERATOR(pg_catalog.=) seen.cause_id;

-- name: children
-- The pending steps with rules that depend on one of these.
SELECT DISTINCT child.workflow_step_id
FROM @installation@.tasker_workflow_step_edges AS edge
JOIN @installation@.tasker_core_steps AS child
    ON child.workflow_step_id OPERATOR(pg_catalog.=) edge.to_step_id
WHERE edge.from_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND child.has_rule
  AND child.state OPERATOR(pg_catalog.=) 'pending';

-- name: begin
-- The parents of a step let it start.
UPDATE @installation@.tasker_core_rules
SET decided_at = $2
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: set_waited_task
-- The task that a step waits for has been found or made.
UPDATE @installation@.tasker_core_rules
SET waited_task_id = $2,
    creates_task = $3
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: conditions
-- What the results of the parents of step $1, with $4 of those among them alone, say to these predicates; NULL where that
-- cannot be said.
SELECT condition.place, pg_catalog.bool_and(COALESCE(
    pg_catalog.jsonb_path_match(parent.results, condition.path::pg_catalog.jsonpath, '{}', true), false))
FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3)) WITH ORDINALITY AS condition (name, path, place)
JOIN @installation@.tasker_workflow_step_edges AS edge
    ON edge.to_step_id OPERATOR(pg_catalog.=) $1
JOIN @installation@.tasker_workflow_steps AS parent
    ON parent.workflow_step_id OPERATOR(pg_catalog.=) edge.from_step_id
   AND ($4 IS NULL OR parent.workflow_step_id OPERATOR(pg_catalog.=) ANY ($4))
JOIN @installation@.tasker_named_steps AS named_step
    ON named_step.named_step_id OPERATOR(pg_catalog.=) parent.named_step_id
   AND named_step.name OPERATOR(pg_catalog.=) condition.name
GROUP BY condition.place;

-- name: put_signal
-- A signal; one that has been sent before stays as it was.
INSERT INTO @installation@.tasker_core_signals (task_id, name, payload, sent_at, sent_by)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING;

-- name: signal_exists
-- Whether a signal has been sent to a task.
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_signals AS signal
    WHERE signal.task_id OPERATOR(pg_catalog.=) $1
      AND signal.name OPERATOR(pg_catalog.=) $2
);

-- name: waiting_for_signal
-- The steps of a task that wait for a signal.
SELECT rule.workflow_step_id
FROM @installation@.tasker_core_rules AS rule
WHERE rule.task_id OPERATOR(pg_catalog.=) $1
  AND rule.signal_name OPERATOR(pg_catalog.=) $2;

-- name: signal_results
-- What a step has to show for the signal that it has waited for: its name, payload, and when and by whom it was sent.
SELECT signal.name::pg_catalog.text, signal.payload,
    pg_catalog.to_char(signal.sent_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), signal.sent_by::pg_catalog.text
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_signals AS signal
    ON signal.task_id OPERATOR(pg_catalog.=) rule.task_id
   AND signal.name OPERATOR(pg_catalog.=) rule.signal_name
WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: task_results
-- What a step has to show for the task that it has waited for: its state, and the results of the steps on which no other
-- depends, with $2 of those among them alone, a row for each. A task without steps has one row, without a name.
SELECT task.state::pg_catalog.text, leaf.name::pg_catalog.text, leaf.results
FROM @installation@.tasker_core_tasks AS task
LEFT JOIN LATERAL (
    SELECT named_step.name, step.results
    FROM @installation@.tasker_workflow_steps AS step
    JOIN @installation@.tasker_named_steps AS named_step
        ON named_step.named_step_id OPERATOR(pg_catalog.=) step.named_step_id
    WHERE step.task_id OPERATOR(pg_catalog.=) task.task_id
      AND ($2 IS NULL OR step.workflow_step_id OPERATOR(pg_catalog.=) ANY ($2))
      AND NOT EXISTS (
          SELECT FROM @installation@.tasker_workflow_step_edges AS edge
          WHERE edge.from_step_id OPERATOR(pg_catalog.=) step.workflow_step_id
      )
) AS leaf ON true
WHERE task.task_id OPERATOR(pg_catalog.=) $1;

-- name: inputs
-- What a step was given.
SELECT inputs
FROM @installation@.tasker_workflow_steps
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: depth_of_subtask
-- For how many tasks, one for the other, a task was created by steps; no more are counted than may be.
WITH RECURSIVE above (task_id, depth) AS (
    SELECT $1, 0
    UNION ALL
    SELECT rule.task_id, above.depth OPERATOR(pg_catalog.+) 1
    FROM above
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.waited_task_id OPERATOR(pg_catalog.=) above.task_id
    WHERE rule.creates_task
      AND above.depth OPERATOR(pg_catalog.<) 1000
)
SELECT COALESCE(pg_catalog.max(depth), 0)
FROM above;

-- name: waits_for_task
-- Those of the tasks $2 that wait for task $1, themselves or through others: each has an open step that waits for the next.
WITH RECURSIVE waits (origin, task_id) AS (
    SELECT asked.task_id, asked.task_id
    FROM pg_catalog.unnest($2) AS asked (task_id)
    UNION
    SELECT waits.origin, rule.waited_task_id
    FROM waits
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.task_id OPERATOR(pg_catalog.=) waits.task_id
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) rule.workflow_step_id
    WHERE rule.waited_task_id IS NOT NULL
      AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
)
SELECT DISTINCT origin
FROM waits
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: waits_for_itself
-- Whether a task waits for itself, at once or through others.
WITH RECURSIVE waits (task_id) AS (
    SELECT rule.waited_task_id
    FROM @installation@.tasker_core_rules AS rule
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) rule.workflow_step_id
    WHERE rule.task_id OPERATOR(pg_catalog.=) $1
      AND rule.waited_task_id IS NOT NULL
      AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
    UNION
    SELECT rule.waited_task_id
    FROM waits
    JOIN @installation@.tasker_core_rules AS rule
        ON rule.task_id OPERATOR(pg_catalog.=) waits.task_id
    JOIN @installation@.tasker_core_steps AS step
        ON step.workflow_step_id OPERATOR(pg_catalog.=) rule.workflow_step_id
    WHERE rule.waited_task_id IS NOT NULL
      AND step.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
)
SELECT EXISTS (SELECT FROM waits WHERE task_id OPERATOR(pg_catalog.=) $1);

-- name: created_tasks
-- The open tasks that these steps have created.
SELECT rule.waited_task_id
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_tasks AS task
    ON task.task_id OPERATOR(pg_catalog.=) rule.waited_task_id
WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) ANY ($1)
  AND rule.creates_task
  AND task.state OPERATOR(pg_catalog.=) ANY (ARRAY['pending', 'in_progress', 'error'])
ORDER BY rule.waited_task_id;

-- name: delete
-- A step is gone, and its rule with it.
DELETE FROM @installation@.tasker_core_rules
WHERE workflow_step_id OPERATOR(pg_catalog.=) $1;

-- name: delete_signals
-- A task is gone, and the signals that were sent to it.
DELETE FROM @installation@.tasker_core_signals
WHERE task_id OPERATOR(pg_catalog.=) $1;

-- name: put_decisions
-- Parents have finished: over these children of theirs somebody has to decide.
INSERT INTO @installation@.tasker_core_decisions (workflow_step_id, cause_id)
SELECT word.workflow_step_id, word.cause_id
FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS word (workflow_step_id, cause_id)
ON CONFLICT DO NOTHING;
