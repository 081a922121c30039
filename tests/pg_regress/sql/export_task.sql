-- A task as one document.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA export_task;
SET search_path = export_task, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 12:00:00.5+00';
SELECT created FROM tasker_register_task('{"name": "order", "namespace_name": "shop", "version": "1.0.0", "description": "Ships", "step_templates": [
    {"name": "pay", "dependent_system": "bank"}, {"name": "part", "depends_on_step": "pay", "subtask": {"task_name": "job"}}]}');
SELECT created FROM tasker_register_task('{"name": "job", "step_templates": [{"name": "run"}]}');
SELECT task_id AS t FROM tasker_create_task('order', '{"n": 1.10, "big": 12345678901234567890.120, "text": "Zoë \"x\""}', 'shop', options => '{"initiator": "Ann", "priority": 7, "tags": ["a"]}') \gset
SELECT tasker_annotate_task(:t, 'note', '{"by": "Ann"}') > 0 AS annotated;
SELECT tasker_signal(:t, 'go', '{"x": 1.0}') IS NOT NULL AS sent;
SELECT count(*) FROM tasker_claim_steps('worker') AS claimed, tasker_complete_step(claimed.workflow_step_id, '{"total": 30.00}', claimed.claim_token);
SELECT decided FROM tasker_maintain();
SELECT tasker_pause_task(:t, 'later');
SELECT count(*) FROM tasker_create_task('order', '{"n": 2}', 'shop');

-- Everything, but what differs from run to run.
\pset format unaligned
SELECT regexp_replace(regexp_replace(jsonb_pretty(tasker_export_task(:t)), '"claim_token": "[-0-9a-f]{36}"', '"claim_token": "…"', 'g'), '"identity_hash": "[^"]*"', '"identity_hash": "…"') AS document;
\pset format aligned
SELECT document ->> 'parent_task_id' AS parent, jsonb_array_length(document -> 'steps') AS steps, document -> 'subtask_ids' AS subtasks, document -> 'pause' AS pause
FROM tasker_find_tasks(task_name => 'job') AS job, tasker_export_task(job.task_id) AS document;
-- Times do not depend on the session.
SELECT tasker_export_task(:t) AS here \gset
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'German';
SELECT tasker_export_task(:t) = :'here'::jsonb AS same;
RESET TimeZone;
RESET DateStyle;
-- Columns of the application are in it, too.
ALTER TABLE tasker_tasks ADD COLUMN shop text DEFAULT 'north';
SELECT tasker_export_task(:t) #>> '{task,shop}' AS shop;

-- No such task.
SELECT tasker_export_task(4711);
SELECT tasker_export_task(NULL);

-- Roles. Who may not update steps does not see fencing tokens.
CREATE ROLE export_task_role;
GRANT USAGE ON SCHEMA export_task TO export_task_role;
SET ROLE export_task_role;
SELECT tasker_export_task(:t);
RESET ROLE;
GRANT SELECT ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions,
    tasker_named_tasks, tasker_named_steps, tasker_task_namespaces, tasker_dependent_systems TO export_task_role;
SET ROLE export_task_role;
SELECT tasker_export_task(:t);
RESET ROLE;
GRANT SELECT ON tasker_task_annotations, tasker_annotation_types TO export_task_role;
SET ROLE export_task_role;
SELECT tasker_export_task(:t)::text ~ 'claim_token' AS shows_tokens, tasker_export_task(:t) -> 'steps' -> 0 -> 'transitions' -> 0 -> 'metadata' ? 'worker' AS shows_worker;
RESET ROLE;
SELECT tasker_export_task(:t)::text ~ 'claim_token' AS shows_tokens;
GRANT UPDATE ON tasker_workflow_steps TO export_task_role;
SET ROLE export_task_role;
SELECT tasker_export_task(:t)::text ~ 'claim_token' AS shows_tokens;
RESET ROLE;
-- Policies hide a task, steps, the subtask and names.
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON tasker_tasks USING (initiator = 'Ann');
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY odd ON tasker_workflow_steps USING (workflow_step_id % 2 = 1);
ALTER TABLE tasker_named_tasks ENABLE ROW LEVEL SECURITY;
SET ROLE export_task_role;
SELECT document -> 'subtask_ids' AS subtasks, jsonb_path_query_array(document, '$.steps[*].name') AS steps, document -> 'edges' AS edges, document -> 'named_task' AS named_task
FROM tasker_export_task(:t) AS document;
SELECT tasker_export_task(:t + 1);
SET row_security = off;
SELECT tasker_export_task(:t);
RESET row_security;
RESET ROLE;

DROP SCHEMA export_task CASCADE;
DROP OWNED BY export_task_role;
DROP ROLE export_task_role;
