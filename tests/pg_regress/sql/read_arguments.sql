-- What the read functions make of their arguments: NULL, empty, repeated, unknown.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA read_arguments;
SET search_path = read_arguments, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
SELECT make_task(1, 101, 3, '{{1,2},{2,3}}'), make_task(2, 201, 2, '{{1,2}}'), make_task(3, 301, 0);
SELECT move_step(101, 'complete');

-- The answers.
SELECT * FROM tasker_ready_steps(1);
SELECT * FROM tasker_ready_steps_of_tasks(ARRAY[2, 1]);
SELECT workflow_step_id, ready_for_execution, blocking_reason FROM tasker_step_readiness(1);
SELECT task_id, status, total_steps, ready_steps, execution_status, completion_percentage FROM tasker_task_context_of_tasks(ARRAY[3, 2, 1]);

-- Named arguments.
SELECT count(*) FROM tasker_ready_steps(task_id => 1);
SELECT count(*) FROM tasker_ready_steps_of_tasks(task_ids => '{1,2}');
SELECT count(*) FROM tasker_step_readiness(task_id => 1, step_ids => '{101}');
SELECT count(*) FROM tasker_task_context_of_tasks(task_ids => '{1,2}');
SELECT tasker_explain_step(workflow_step_id => 102) ->> 'summary' AS summary;

-- NULL, empty, unknown: no rows.
SELECT count(*) FROM tasker_ready_steps(NULL::bigint);
SELECT count(*) FROM tasker_ready_steps_of_tasks(NULL::bigint[]);
SELECT count(*) FROM tasker_ready_steps_of_tasks('{}'::bigint[]);
SELECT count(*) FROM tasker_ready_steps(-1);
SELECT count(*) FROM tasker_step_readiness(NULL::bigint);
SELECT count(*) FROM tasker_step_readiness(NULL, '{101}');
SELECT count(*) FROM tasker_step_readiness_of_tasks(NULL::bigint[]);
SELECT count(*) FROM tasker_task_context(NULL::bigint);
SELECT count(*) FROM tasker_task_context_of_tasks('{}'::bigint[]);
SELECT count(*) FROM tasker_task_context(9223372036854775807);

-- NULL elements are passed over, a repeated id is answered once, and a matrix is a list.
SELECT workflow_step_id FROM tasker_ready_steps_of_tasks(ARRAY[1, NULL, 1, 2, NULL, 4711]);
SELECT workflow_step_id FROM tasker_step_readiness_of_tasks(ARRAY[2, 2, NULL]);
SELECT task_id FROM tasker_task_context_of_tasks(ARRAY[[2, 1], [1, NULL]]);

-- step_ids: NULL is all, an empty array none, foreign and unknown ids nothing; parents count all the same.
SELECT workflow_step_id FROM tasker_step_readiness(1, NULL);
SELECT workflow_step_id FROM tasker_step_readiness(1, '{}');
SELECT workflow_step_id, completed_parents FROM tasker_step_readiness(1, '{102, 102, 201, 4711, NULL}');

-- The functions behind the Rails names do the same, but repeat a repeated task's context, as the engine does.
SELECT count(*) FROM tasker_rails_get_step_readiness_status(NULL, NULL);
SELECT count(*) FROM tasker_rails_get_step_readiness_status(1, '{}');
SELECT count(*) FROM tasker_rails_get_step_readiness_status_batch('{}');
SELECT count(*) FROM tasker_rails_get_step_readiness_status_batch('{1,1,NULL}');
SELECT count(*) FROM tasker_rails_get_task_execution_context(NULL);
SELECT task_id, total_steps FROM tasker_rails_get_task_execution_contexts_batch('{2,NULL,1,2,4711}');

-- In joins and laterals.
SELECT task.task_id, ready.step_name
FROM tasker_tasks AS task
LEFT JOIN LATERAL tasker_ready_steps(task.task_id) AS ready ON true
ORDER BY task.task_id, ready.step_name;

DROP SCHEMA read_arguments CASCADE;
