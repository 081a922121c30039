-- A state that does not exist, as a writer of the engine's tables may leave one: only roles that may see it are told.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA unknown_states;
SET search_path = unknown_states, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT created FROM tasker_register_task('{"name": "t", "step_templates": [{"name": "a"}, {"name": "b", "depends_on_step": "a", "wait": {"signal": "go"}}]}');
CREATE ROLE unknown_red;
CREATE ROLE unknown_blue;
GRANT USAGE ON SCHEMA unknown_states TO unknown_red, unknown_blue;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA unknown_states TO unknown_red, unknown_blue;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA unknown_states TO unknown_red, unknown_blue;
REVOKE ALL ON tasker_core_steps, tasker_core_tasks FROM unknown_red, unknown_blue;
SELECT task_id AS red FROM tasker_create_task('t', '{"tenant": "unknown_red", "n": 1}') \gset
SELECT task_id AS red_too FROM tasker_create_task('t', '{"tenant": "unknown_red", "n": 2}') \gset
SELECT task_id AS blue FROM tasker_create_task('t', '{"tenant": "unknown_blue"}') \gset
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tasker_tasks USING (context ->> 'tenant' = current_user);
CREATE POLICY own ON tasker_workflow_steps USING (EXISTS (SELECT FROM tasker_tasks AS t WHERE t.task_id = tasker_workflow_steps.task_id));
INSERT INTO tasker_workflow_step_transitions (to_state, sort_key, most_recent, workflow_step_id, created_at, updated_at)
SELECT 'secret', 10, true, min(workflow_step_id), '2026-01-01', '2026-01-01' FROM tasker_workflow_steps WHERE task_id = :red;
INSERT INTO tasker_task_transitions (to_state, sort_key, most_recent, task_id, created_at, updated_at)
VALUES ('secret too', 10, true, :red_too, '2026-01-01', '2026-01-01');
SELECT min(workflow_step_id) AS red_step FROM tasker_workflow_steps WHERE task_id = :red \gset

SET SESSION AUTHORIZATION unknown_blue;
SELECT task_id = :blue AS own, step_name FROM tasker_ready_steps_of_tasks(ARRAY[:red, :red_too, :blue]);
SELECT task_id = :blue AS own, step_name FROM tasker_step_readiness_of_tasks(ARRAY[:red, :red_too, :blue]);
SELECT task_id = :blue AS own, total_steps FROM tasker_task_context_of_tasks(ARRAY[:red, :red_too, :blue]);
SELECT count(*) FROM tasker_ready_steps(:red);
SELECT tasker_explain_task(:red);
SELECT tasker_explain_step(:red_step);
SELECT * FROM tasker_task_graph(:red_too);
SELECT tasker_task_mermaid(:red);
SELECT * FROM tasker_plan_task(:red);
SELECT * FROM tasker_cancel_task(:red);
SELECT * FROM tasker_claim_steps('worker', task_id => :red);
SELECT count(*) FROM tasker_find_steps();
SELECT task_id = :blue AS own, step_name FROM tasker_claim_steps('worker', 10);

-- Their owner is told.
\set SHOW_CONTEXT never
SET SESSION AUTHORIZATION unknown_red;
SELECT count(*) FROM tasker_ready_steps(:red);
SELECT count(*) FROM tasker_ready_steps(:red_too);
RESET SESSION AUTHORIZATION;
SELECT severity, check_name FROM tasker_doctor() WHERE check_name <> 'side_table_writer';

-- Questions about all tasks are answered without the rows that cannot be read.
SELECT array_agg(task_id = :blue) AS own FROM tasker_find_steps();
SELECT array_agg(task_id = :blue) AS own FROM tasker_find_steps('waiting');
SELECT count(*) FROM tasker_stuck_tasks('0s');
SELECT count(*) FROM tasker_next_steps();
SELECT active_tasks_count FROM tasker_analytics('2020-01-01');
SELECT count(*) FROM tasker_slowest_tasks('2020-01-01');
SELECT count(*) FROM tasker_slowest_tasks('2020-01-01', task_name => 't');
SELECT count(*) FROM tasker_slowest_steps('2020-01-01');
SELECT total_tasks FROM tasker_system_health();

-- Without infinite times the same happens.
UPDATE tasker_workflow_step_transitions SET to_state = 'complete', created_at = 'infinity' WHERE to_state = 'secret';
UPDATE tasker_task_transitions SET to_state = 'complete', created_at = '-infinity' WHERE to_state = 'secret too';
SELECT count(*) FROM tasker_slowest_steps('2020-01-01');
SELECT count(*) FROM tasker_step_durations('2020-01-01');
SELECT count(*) FROM tasker_step_trends('2020-01-01');
SELECT count(*) FROM tasker_task_durations('2020-01-01');
SELECT to_state, entered_at, duration FROM tasker_step_history(:red_step);
SELECT to_state, entered_at, duration FROM tasker_task_history(:red_too);

DROP SCHEMA unknown_states CASCADE;
DROP ROLE unknown_red;
DROP ROLE unknown_blue;
