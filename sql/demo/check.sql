-- Was the run legal? The transitions themselves are asked; any problem is an error. Expects task_id.

\echo
\echo '== Checked afterwards, from the transitions'
\echo

CREATE TEMPORARY TABLE verdict AS
WITH
step_rule (from_state, to_states) AS (
    VALUES ('pending',     '{in_progress, error, cancelled, resolved_manually}'::text[]),
           ('in_progress', '{complete, error, cancelled}'),
           ('error',       '{pending, resolved_manually}')
),
task_rule (from_state, to_states) AS (
    VALUES ('pending',     '{in_progress, cancelled, error}'::text[]),
           ('in_progress', '{complete, error, cancelled, pending}'),
           ('error',       '{pending, resolved_manually}'),
           ('complete',    '{cancelled}')
),
step AS (
    SELECT workflow_step_id, name, attempts, processed, in_process
    FROM tasker_workflow_steps
    JOIN tasker_named_steps USING (named_step_id)
    WHERE task_id = :task_id
),
-- Every change of a step with what came before it. The ids tell the true order: one session wrote them all.
step_change AS (
    SELECT step.workflow_step_id, step.name, change.id, change.to_state, change.created_at, change.most_recent,
           lag(change.to_state, 1, 'pending') OVER history AS from_state,
           lag(change.created_at) OVER history AS previous_at,
           lag(change.id) OVER history AS previous_id,
           lead(change.id) OVER history IS NULL AS is_last,
           count(*) FILTER (WHERE change.to_state = 'in_progress') OVER history AS attempt
    FROM step
    JOIN tasker_workflow_step_transitions AS change USING (workflow_step_id)
    WINDOW history AS (PARTITION BY change.workflow_step_id ORDER BY change.sort_key)
),
task_change AS (
    SELECT id, to_state, created_at, most_recent,
           lag(to_state, 1, 'pending') OVER history AS from_state,
           lead(id) OVER history IS NULL AS is_last
    FROM tasker_task_transitions
    WHERE task_id = :task_id
    WINDOW history AS (ORDER BY sort_key)
),
problem (rule, problem) AS (
    SELECT 1, format('%s went from %s to %s', name, from_state, to_state)
    FROM step_change
    WHERE NOT EXISTS (SELECT FROM step_rule
                      WHERE step_rule.from_state = step_change.from_state
                          AND step_change.to_state = ANY (step_rule.to_states))
    UNION ALL
    SELECT 1, format('%s: the history is out of order at %s', name, to_state)
    FROM step_change
    WHERE previous_id > id OR previous_at > created_at
    UNION ALL
    SELECT 1, format('%s: the current transition is not the last one', name)
    FROM step_change
    WHERE most_recent <> is_last

    UNION ALL
    SELECT 2, format('%s started before %s had finished', start.name, parent.name)
    FROM step_change AS start
    JOIN tasker_workflow_step_edges AS edge ON edge.to_step_id = start.workflow_step_id
    JOIN step AS parent ON parent.workflow_step_id = edge.from_step_id
    WHERE start.to_state = 'in_progress'
        AND NOT EXISTS (SELECT FROM step_change AS finish
                        WHERE finish.workflow_step_id = parent.workflow_step_id
                            AND finish.to_state IN ('complete', 'resolved_manually')
                            AND finish.id < start.id AND finish.created_at <= start.created_at)

    UNION ALL
    SELECT 3, format('%s ran again %s after attempt %s failed', failure.name,
                     retry.created_at - failure.created_at, failure.attempt)
    FROM step_change AS failure
    JOIN step_change AS retry ON retry.workflow_step_id = failure.workflow_step_id
        AND retry.to_state = 'in_progress' AND retry.attempt = failure.attempt + 1
    WHERE failure.to_state = 'error'
        AND retry.created_at < failure.created_at + LEAST(2 ^ failure.attempt, 30) * interval '1 second'
    UNION ALL
    SELECT 3, format('%s failures instead of the one that was arranged', count(*))
    FROM step_change
    WHERE to_state = 'error'
    HAVING count(*) <> 1

    UNION ALL
    SELECT 4, format('%s: state %s, attempts %s, started %s times',
                     step.name, last.to_state, step.attempts, last.attempt)
    FROM step
    LEFT JOIN step_change AS last ON last.workflow_step_id = step.workflow_step_id AND last.is_last
    WHERE NOT step.processed OR step.in_process
        OR last.to_state IS DISTINCT FROM 'complete' OR last.attempt IS DISTINCT FROM step.attempts
    UNION ALL
    SELECT 4, format('%s steps', count(*)) FROM step HAVING count(*) <> 9

    UNION ALL
    SELECT 5, format('the task went from %s to %s', from_state, to_state)
    FROM task_change
    WHERE NOT EXISTS (SELECT FROM task_rule
                      WHERE task_rule.from_state = task_change.from_state
                          AND task_change.to_state = ANY (task_rule.to_states))
    UNION ALL
    SELECT 5, 'the task is not complete'
    FROM tasker_tasks
    WHERE task_id = :task_id
        AND NOT (complete AND EXISTS (SELECT FROM task_change WHERE is_last AND most_recent AND to_state = 'complete'))
    UNION ALL
    SELECT 5, format('%s became %s while the task was not in progress', step_change.name, step_change.to_state)
    FROM step_change
    WHERE step_change.created_at < (SELECT min(created_at) FROM task_change WHERE to_state = 'in_progress')
        OR step_change.created_at > (SELECT min(created_at) FROM task_change WHERE to_state = 'complete')

    UNION ALL
    SELECT 6, format('the context says: %s, %s, %s of %s steps', status, execution_status, completed_steps, total_steps)
    FROM tasker_task_context(:task_id)
    WHERE (status, execution_status, recommended_action) IS DISTINCT FROM ('complete', 'closed', 'none')
        OR completed_steps <> total_steps
    UNION ALL
    SELECT 6, format('%s is still ready', name) FROM tasker_ready_steps(:task_id)

    UNION ALL
    SELECT 7, format('%s: %s: %s: %s', severity, check_name, object, detail) FROM tasker_doctor()
)
SELECT rule.title, ARRAY(SELECT problem.problem FROM problem WHERE problem.rule = rule.number) AS problems
FROM (
    VALUES (1, 'every step moved only as the state machine permits'),
           (2, 'no step started before all its parents had finished'),
           (3, 'the one failed step was retried, and not before its backoff had elapsed'),
           (4, 'all nine steps are complete, and every attempt was counted'),
           (5, 'the task went from pending to in_progress to complete, and no step moved outside that time'),
           (6, 'tasker_task_context: complete, closed; tasker_ready_steps: none'),
           (7, 'tasker_doctor: nothing to report')
) AS rule (number, title)
ORDER BY rule.number;

SELECT format('   %s %s%s', CASE WHEN problems = '{}' THEN '✔' ELSE '✘' END, title,
              E'\n        ' || NULLIF(array_to_string(problems, E'\n        '), ''))
FROM verdict;

DO $$
BEGIN
    IF EXISTS (SELECT FROM verdict WHERE problems <> '{}') THEN
        RAISE EXCEPTION 'the run was not legal';
    END IF;
END
$$;
