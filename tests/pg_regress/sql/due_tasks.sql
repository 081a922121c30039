-- The feed that a framework's scheduler polls: tasks that have something to do, each for one scheduler at a time.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA due_tasks;
SET search_path = due_tasks, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

CREATE FUNCTION due(scheduler text, max_rows integer DEFAULT 10, lease interval DEFAULT '1 minute')
RETURNS TABLE (task bigint, name text, reason text, ready integer, until time) LANGUAGE sql
AS $$ SELECT task_id, namespace || '/' || task_name, reason, ready_steps, lease_until::time
      FROM tasker_due_tasks(scheduler, max_rows, lease) $$;

-- Nothing to do.
SELECT * FROM due('one');

-- Tasks in their order; one that waits is not among them. Each is handed out once.
SELECT make_task(task, task * 10, 3, '{{1,3},{2,3}}') FROM generate_series(1, 4) AS task;
SELECT tasker_set_task_priority(3, 5);
SELECT tasker_pause_task(4);
SELECT * FROM due('one', 1);
SELECT * FROM due('two');
SELECT * FROM due('three');
SELECT task_id, scheduler, reason, handed_at::time, lease_until::time FROM tasker_core_task_leases ORDER BY task_id;
-- Schedulers skip their hints, but claims still find them.
SELECT workflow_step_id, offered_until FROM tasker_core_hints ORDER BY 1;
SELECT workflow_step_id FROM tasker_claim_steps('worker', 2, task_names => '{order}') ORDER BY 1;

-- A scheduler that was killed: its tasks are handed out again when the lease has run out, and not before.
SET tasker_core.fake_now = '2026-01-01 12:00:59+00';
SELECT * FROM due('four');
SET tasker_core.fake_now = '2026-01-01 12:01:00+00';
SELECT * FROM due('four');
-- What has nothing to do any more is not.
SELECT task_id, scheduler FROM tasker_core_task_leases ORDER BY task_id;

-- Given back: due at once if there is something to do, and only by the one whose it is.
SELECT tasker_release_due_task(1, 'one') AS not_own, tasker_release_due_task(1, 'four') AS own, tasker_release_due_task(1, 'four') AS again;
SELECT * FROM due('five');

-- New hints of a task belong to the scheduler that has it.
SELECT move_step(step, 'in_progress'), move_step(step, 'complete') FROM generate_series(10, 11) AS step;
SELECT ready_step FROM tasker_ready_steps(1) AS ready (ready_step);
SELECT * FROM due('six');
SET tasker_core.fake_now = '2026-01-01 12:02:00+00';
SELECT * FROM due('six');

-- A resumed task is due again.
SELECT tasker_resume_task(4);
SELECT * FROM due('six');

-- The wait of a failed step is over: its task is due for every scheduler.
SELECT make_task(5, 50, 1);
SELECT tasker_transition_step(50, 'in_progress');
SELECT tasker_transition_step(50, 'error');
SELECT * FROM due('seven');
SET tasker_core.fake_now = '2026-01-01 12:02:02+00';
SELECT * FROM due('seven');

-- Tasks that are not to be finalized by themselves, and are over: one that is done, one that has failed for good.
SELECT tasker_set_config('engine', '{"finalize": "manual"}') > 0 AS set;
SELECT make_task(6, 60, 1), make_task(7, 70, 1), make_task(8, 80, 2);
SELECT tasker_transition_step(step, 'in_progress') IS NOT NULL AS moved FROM unnest('{60,70,80}'::bigint[]) AS step;
SELECT tasker_transition_step(60, 'complete') IS NOT NULL AS moved;
SELECT state FROM tasker_fail_step(70, '"no"', false);
SELECT tasker_transition_step(80, 'complete') IS NOT NULL AS moved;
SELECT task_id, noted_at::time, offered_until FROM tasker_core_endings ORDER BY task_id;
SELECT * FROM due('eight');
SELECT * FROM due('nine');
SELECT action, reason FROM tasker_finalize_task(6);
SELECT task_id FROM tasker_core_endings ORDER BY task_id;
-- Not finalized in time: handed out again. What the engine ends itself is forgotten.
SET tasker_core.fake_now = '2026-01-01 12:03:02+00';
SELECT * FROM due('nine') WHERE task = 7;
SELECT move_task(7, 'error');
SELECT task_id FROM tasker_core_endings ORDER BY task_id;
-- One that goes on after all is not handed out as over.
SELECT tasker_transition_step(81, 'in_progress') IS NOT NULL AS moved;
SELECT tasker_transition_step(81, 'error') IS NOT NULL AS moved;
SELECT tasker_skip_step(81, force => true) IS NOT NULL AS skipped;
SELECT task_id FROM tasker_core_endings ORDER BY task_id;
SELECT make_task(9, 90, 1), move_step(90, 'in_progress');
INSERT INTO tasker_core_endings (task_id, noted_by, noted_at) VALUES (9, 1, '2026-01-01');
SET tasker_core.fake_now = '2026-01-01 12:04:30+00';
SELECT * FROM due('ten') WHERE task = 9;
SELECT DISTINCT task_id FROM tasker_core_endings;

-- What is gone with its task, and what is left of both: nothing.
DELETE FROM tasker_workflow_step_transitions;
DELETE FROM tasker_workflow_step_edges;
DELETE FROM tasker_workflow_steps;
DELETE FROM tasker_task_transitions;
DELETE FROM tasker_tasks;
SELECT * FROM due('ten');
SET tasker_core.fake_now = '2026-01-02 12:00:00+00';
SELECT * FROM due('ten');
SELECT (SELECT count(*) FROM tasker_core_hints) AS hints, (SELECT count(*) FROM tasker_core_task_leases) AS leases,
    (SELECT count(*) FROM tasker_core_endings) AS endings;

-- A task of many ready steps does not hide the others.
SELECT make_task(20, 2000, 200), make_task(21, 3000, 1);
SELECT * FROM due('ten', 2);

-- Arguments.
\set SHOW_CONTEXT never
SELECT * FROM tasker_due_tasks(NULL);
SELECT * FROM tasker_due_tasks('one', -1);
SELECT * FROM tasker_due_tasks('one', lease => '0');
SELECT count(*) FROM tasker_due_tasks('one', 0);
SELECT tasker_release_due_task(NULL, 'one');
SELECT tasker_release_due_task(20, NULL);

-- A role that may write tasks: one that may only read is refused. What row-level security hides is left to others.
CREATE ROLE regress_due_tasks;
GRANT USAGE ON SCHEMA due_tasks TO regress_due_tasks;
SET ROLE regress_due_tasks;
SELECT * FROM tasker_due_tasks('one');
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA due_tasks TO regress_due_tasks;
SET ROLE regress_due_tasks;
SELECT * FROM tasker_due_tasks('one');
RESET ROLE;
GRANT UPDATE ON tasker_tasks TO regress_due_tasks;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_task_21 ON tasker_tasks FOR SELECT TO regress_due_tasks USING (task_id = 21);
SELECT tasker_release_due_task(task, 'ten') FROM unnest('{20,21}'::bigint[]) AS task;
SET ROLE regress_due_tasks;
SELECT task_id, ready_steps FROM tasker_due_tasks('one');
RESET ROLE;
SELECT task_id, ready_steps FROM tasker_due_tasks('two');
-- Nor does it give back what it may not see.
SET ROLE regress_due_tasks;
SELECT tasker_release_due_task(20, 'two');
SELECT tasker_release_due_task(21, 'one');
RESET ROLE;
DROP POLICY only_task_21 ON tasker_tasks;
DROP OWNED BY regress_due_tasks;
DROP ROLE regress_due_tasks;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA due_tasks CASCADE;
