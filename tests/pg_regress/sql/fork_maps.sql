-- Forks of tasks with mapped steps.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA fork_maps;
SET search_path = fork_maps, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 10:00:00+00';
SELECT created FROM tasker_register_task('{"name": "mailing", "step_templates": [{"name": "list"},
    {"name": "each", "depends_on_step": "list", "for_each": {"step": "list", "join": "any"}}, {"name": "after", "depends_on_step": "each"}]}');
CREATE VIEW shown AS
SELECT step.task_id, named.name || coalesce('[' || (step.inputs #>> '{for_each,element}') || ']', '') AS step, side.state, step.results
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named USING (named_step_id) JOIN tasker_core_steps AS side USING (workflow_step_id)
ORDER BY named.name DESC, step.workflow_step_id;
-- Ends the ready steps of a task: the list has these elements; the copy for "bob" fails.
CREATE FUNCTION work(task bigint, elements jsonb DEFAULT NULL) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    claimed record;
    ended integer := 0;
BEGIN
    FOR claimed IN SELECT c.* FROM tasker_claim_steps('worker', 10, task_id => task) AS c ORDER BY c.workflow_step_id LOOP
        IF claimed.inputs #>> '{for_each,element}' = 'bob' THEN
            PERFORM tasker_fail_step(claimed.workflow_step_id, '{"message": "no"}', retryable => false, claim_token => claimed.claim_token);
        ELSE
            PERFORM tasker_complete_step(claimed.workflow_step_id, coalesce(elements, claimed.inputs #> '{for_each,element}', '{}'), claimed.claim_token);
        END IF;
        ended := ended + 1;
    END LOOP;
    RETURN ended;
END
$$;

SELECT task_id AS old FROM tasker_create_task('mailing') \gset
SELECT work(:old, '["ann", "bob", "cid"]');
SELECT work(:old);
SELECT work(:old);
SELECT step, state, results FROM shown WHERE task_id = :old;

-- A name means the mapped step. The list is copied, and so are the copies; what failed runs again, and the mapped step gathers anew.
SELECT task_id AS new, created, copied_steps, open_steps FROM tasker_fork_task(:old, 'each') \gset
SELECT :'created' AS created, :copied_steps AS copied, :open_steps AS open;
SELECT step, state, results FROM shown WHERE task_id = :new;
SELECT work(:new);
SELECT step, state, results FROM shown WHERE task_id = :new;
SELECT execution_status FROM tasker_task_context(:new);

-- From a copy, which is named by its id.
SELECT workflow_step_id AS copy FROM tasker_workflow_steps WHERE task_id = :old AND inputs #>> '{for_each,element}' = 'cid' \gset
SELECT task_id AS new FROM tasker_fork_task(:old, :'copy') \gset
SELECT step, state FROM shown WHERE task_id = :new;

-- The list is made again: with other elements, and a copy for each.
SELECT task_id AS new, created, copied_steps, open_steps FROM tasker_fork_task(:old, 'list') \gset
SELECT :'created' AS created, :copied_steps AS copied, :open_steps AS open;
SELECT step, state FROM shown WHERE task_id = :new;
SELECT work(:new, '["dan", "eve"]');
SELECT work(:new);
SELECT work(:new);
SELECT step, state, results FROM shown WHERE task_id = :new;
SELECT execution_status FROM tasker_task_context(:new);

-- A fork of the fork, when all of it has ended: the list again.
SELECT task_id AS again, copied_steps AS copied, open_steps AS open FROM tasker_fork_task(:new, 'list') \gset
SELECT work(:again, '[]');
SELECT step, state, results FROM shown WHERE task_id = :again;
SELECT concat_ws(' ', severity, check_name, object, detail) AS problem FROM tasker_doctor() WHERE check_name NOT LIKE 'owner%' AND severity = 'error';
DROP SCHEMA fork_maps CASCADE;
