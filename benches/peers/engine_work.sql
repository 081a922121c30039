-- The engine's writes to run a step, and its query for ready steps, in one transaction. There are no claims: each
-- client has tasks of its own, and takes their steps in order. The engine's Ruby is not in it.
\set i :i + 1
\set task :first + :i / 10 * :clients + :client_id + 1
\set step (:task - 1) * 10 + :i % 10 + 1
BEGIN;
UPDATE tasker_workflow_step_transitions SET most_recent = false, updated_at = now() AT TIME ZONE 'UTC'
    WHERE workflow_step_id = :step AND most_recent = true;
INSERT INTO tasker_workflow_step_transitions
    (to_state, metadata, sort_key, most_recent, workflow_step_id, created_at, updated_at)
    VALUES ('in_progress', '{}', 10, true, :step, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC') RETURNING id;
UPDATE tasker_workflow_steps
    SET attempts = 1, last_attempted_at = now() AT TIME ZONE 'UTC', processed = true,
        processed_at = now() AT TIME ZONE 'UTC', results = '{}', updated_at = now() AT TIME ZONE 'UTC'
    WHERE workflow_step_id = :step;
UPDATE tasker_workflow_step_transitions SET most_recent = false, updated_at = now() AT TIME ZONE 'UTC'
    WHERE workflow_step_id = :step AND most_recent = true;
INSERT INTO tasker_workflow_step_transitions
    (to_state, metadata, sort_key, most_recent, workflow_step_id, created_at, updated_at)
    VALUES ('complete', '{}', 20, true, :step, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC') RETURNING id;
SELECT count(*) FROM get_step_readiness_status(:task, NULL) WHERE ready_for_execution;
COMMIT;
