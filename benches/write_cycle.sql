-- What the Rails engine writes to run one step: two transactions, statement by statement as its state machine
-- and its step executor send them. Takes step after step of the tasks that have not begun (every fourth).
\set i :i + 1
\set step (:i / 10 * 4 + 2) * 10 + :i % 10 + 1
BEGIN;
UPDATE tasker_workflow_step_transitions SET most_recent = false, updated_at = now() AT TIME ZONE 'UTC'
    WHERE workflow_step_id = :step AND most_recent = true;
INSERT INTO tasker_workflow_step_transitions
    (to_state, metadata, sort_key, most_recent, workflow_step_id, created_at, updated_at)
    VALUES ('in_progress', '{}', 10, true, :step, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC') RETURNING id;
COMMIT;
BEGIN;
UPDATE tasker_workflow_steps
    SET attempts = 1, last_attempted_at = now() AT TIME ZONE 'UTC', processed = true,
        processed_at = now() AT TIME ZONE 'UTC', results = '{"status": "ok", "reference": 4711}',
        updated_at = now() AT TIME ZONE 'UTC'
    WHERE workflow_step_id = :step;
UPDATE tasker_workflow_step_transitions SET most_recent = false, updated_at = now() AT TIME ZONE 'UTC'
    WHERE workflow_step_id = :step AND most_recent = true;
INSERT INTO tasker_workflow_step_transitions
    (to_state, metadata, sort_key, most_recent, workflow_step_id, created_at, updated_at)
    VALUES ('complete', '{}', 20, true, :step, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC') RETURNING id;
COMMIT;
