-- Checks the history of the finished task against ten rules, and raises an error if the run broke
-- one. Expects task_id.

\echo
\echo '== Checks after the run: what the transitions say'
\echo

-- Each transition of a step, with the transition before it. To order the transitions of several
-- steps, compare ids, not times: four sessions wrote them, and each transition has a higher id than
-- those that its writer saw.
CREATE TEMPORARY TABLE step_change AS
SELECT workflow_step_id, named_step.name, change.id, change.to_state, change.created_at,
       change.most_recent,
       change.metadata ->> 'worker' AS worker,
       change.metadata ->> 'claim_token' AS claim_token,
       (change.metadata ->> 'lease_until')::timestamp AS lease_until,
       lag(change.to_state, 1, 'pending') OVER history AS from_state,
       lag(change.created_at) OVER history AS previous_at,
       lag(change.id) OVER history AS previous_id,
       lead(change.id) OVER history IS NULL AS is_last,
       count(*) FILTER (WHERE change.to_state = 'in_progress') OVER history AS attempt
FROM tasker_workflow_steps AS step
JOIN tasker_named_steps AS named_step USING (named_step_id)
JOIN tasker_workflow_step_transitions AS change USING (workflow_step_id)
WHERE step.task_id = :task_id
WINDOW history AS (PARTITION BY workflow_step_id ORDER BY change.sort_key);

-- Each execution of a step: from the claim to the transition that ended it.
CREATE TEMPORARY TABLE execution AS
SELECT start.workflow_step_id, start.name, start.attempt, start.worker, start.claim_token,
       start.lease_until, start.created_at AS started_at, finish.created_at AS ended_at,
       finish.worker AS ended_by, finish.claim_token AS ended_with,
       -- How many steps were running when this one was claimed, including itself.
       count(*) FILTER (WHERE other.started_at <= start.created_at
                            AND other.ended_at > start.created_at) AS at_once
FROM step_change AS start
LEFT JOIN step_change AS finish ON finish.previous_id = start.id
CROSS JOIN LATERAL (
    SELECT busy.created_at AS started_at, done.created_at AS ended_at
    FROM step_change AS busy
    JOIN step_change AS done ON done.previous_id = busy.id
    WHERE busy.to_state = 'in_progress'
) AS other
WHERE start.to_state = 'in_progress'
GROUP BY start.workflow_step_id, start.name, start.attempt, start.worker, start.claim_token,
         start.lease_until, start.created_at, finish.created_at, finish.worker, finish.claim_token;

-- Each rule with the problems that break it.
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
    SELECT 1, format('%s: the transition to %s is older than the one before it', name, to_state)
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
                            AND finish.id < start.id)

    UNION ALL
    SELECT 3, format('%s, attempt %s: there was no claim', name, attempt)
    FROM execution
    WHERE worker IS NULL OR claim_token IS NULL OR lease_until IS NULL
    UNION ALL
    SELECT 3, format('%s, attempt %s: claimed by %s, ended by %s under another claim',
                     name, attempt, worker, ended_by)
    FROM execution
    WHERE (worker, claim_token) IS DISTINCT FROM (ended_by, ended_with)
    UNION ALL
    SELECT 3, format('%s, attempt %s: ended after its lease had expired', name, attempt)
    FROM execution
    WHERE ended_at > lease_until
    UNION ALL
    SELECT 3, format('%s executions under the claim %s', count(*), claim_token)
    FROM execution
    GROUP BY claim_token
    HAVING count(*) > 1
    UNION ALL
    SELECT 3, format('%s still holds step %s', worker, workflow_step_id)
    FROM tasker_core_leases
    WHERE task_id = :task_id

    UNION ALL
    SELECT 4, format('%s was executed by %s and %s at the same time',
                     one.name, one.worker, other.worker)
    FROM execution AS one
    JOIN execution AS other ON other.workflow_step_id = one.workflow_step_id
        AND other.attempt > one.attempt
    WHERE (one.started_at, one.ended_at) OVERLAPS (other.started_at, other.ended_at)
    UNION ALL
    SELECT 4, format('%s executed %s and %s at the same time',
                     one.worker, one.name, other.name)
    FROM execution AS one
    JOIN execution AS other ON other.worker = one.worker AND other.claim_token > one.claim_token
    WHERE (one.started_at, one.ended_at) OVERLAPS (other.started_at, other.ended_at)

    UNION ALL
    SELECT 5, format('workers: %s; steps at the same time: %s',
                     count(DISTINCT worker), max(at_once))
    FROM execution
    HAVING count(DISTINCT worker) < 2 OR max(at_once) < 2

    UNION ALL
    SELECT 6, format('%s ran again %s after attempt %s failed', failure.name,
                     retry.created_at - failure.created_at, failure.attempt)
    FROM step_change AS failure
    JOIN step_change AS retry ON retry.workflow_step_id = failure.workflow_step_id
        AND retry.to_state = 'in_progress' AND retry.attempt = failure.attempt + 1
    WHERE failure.to_state = 'error'
        AND retry.created_at
            < failure.created_at + LEAST(2 ^ failure.attempt, 30) * interval '1 second'
    UNION ALL
    SELECT 6, format('%s failures, but the demo makes one step fail once', count(*))
    FROM step_change
    WHERE to_state = 'error'
    HAVING count(*) <> 1

    UNION ALL
    SELECT 7, format('%s: state %s, %s attempts counted, %s executions',
                     step.name, last.to_state, step.attempts, last.attempt)
    FROM step
    LEFT JOIN step_change AS last ON last.workflow_step_id = step.workflow_step_id AND last.is_last
    WHERE NOT step.processed OR step.in_process
        OR last.to_state IS DISTINCT FROM 'complete' OR last.attempt IS DISTINCT FROM step.attempts
    UNION ALL
    SELECT 7, format('%s steps instead of 11', count(*)) FROM step HAVING count(*) <> 11

    UNION ALL
    SELECT 8, format('the task went from %s to %s', from_state, to_state)
    FROM task_change
    WHERE NOT EXISTS (SELECT FROM task_rule
                      WHERE task_rule.from_state = task_change.from_state
                          AND task_change.to_state = ANY (task_rule.to_states))
    UNION ALL
    SELECT 8, 'the task is not complete'
    FROM tasker_tasks
    WHERE task_id = :task_id
        AND NOT (complete
                 AND EXISTS (SELECT FROM task_change
                             WHERE is_last AND most_recent AND to_state = 'complete'))
    UNION ALL
    SELECT 8, format('%s went to %s while the task was not in progress', name, to_state)
    FROM step_change
    WHERE created_at < (SELECT min(created_at) FROM task_change WHERE to_state = 'in_progress')
        OR created_at > (SELECT min(created_at) FROM task_change WHERE to_state = 'complete')

    UNION ALL
    SELECT 9, format('tasker_task_context(): %s, %s, advice %s, %s of %s steps', status,
                     execution_status, recommended_action, completed_steps, total_steps)
    FROM tasker_task_context(:task_id)
    WHERE (status, execution_status, recommended_action)
            IS DISTINCT FROM ('complete', 'closed', 'none')
        OR completed_steps <> total_steps
    UNION ALL
    SELECT 9, format('%s is still ready', step_name) FROM tasker_ready_steps(:task_id)

    UNION ALL
    SELECT 10, format('%s: %s: %s: %s', severity, check_name, object, detail) FROM tasker_doctor()
)
SELECT rule.number, rule.title,
    ARRAY(SELECT problem.problem FROM problem WHERE problem.rule = rule.number) AS problems
FROM (
    VALUES (1, 'every transition of a step is one that the state machine allows'),
           (2, 'no step started before all its parents were complete'),
           (3, 'every execution had a claim of its own, and ended under it, within its lease'),
           (4, 'no step had two executions at the same time, and no worker two steps'),
           (5, (SELECT format('%s workers shared the work; up to %s steps ran at the same time',
                              count(DISTINCT worker), max(at_once))
                FROM execution)),
           (6, 'one step failed, and was retried only after its backoff had elapsed'),
           (7, 'all eleven steps are complete, and every attempt is counted'),
           (8, 'the task went to in_progress, then to complete; its steps changed only in between'),
           (9, 'tasker_task_context(): complete, closed; tasker_ready_steps(): no step'),
           (10, 'tasker_doctor(): no problem')
) AS rule (number, title);

SELECT format('   %s %s%s', CASE WHEN problems = '{}' THEN '✔' ELSE '✘' END, title,
              E'\n        ' || NULLIF(array_to_string(problems, E'\n        '), ''))
FROM verdict
ORDER BY number;

DO $$
BEGIN
    IF EXISTS (SELECT FROM verdict WHERE problems <> '{}') THEN
        RAISE EXCEPTION 'the run broke a rule: see the lines with a cross';
    END IF;
END
$$;
