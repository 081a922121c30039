-- What stands in a task's way, and pictures of it.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA analysis;
SET search_path = analysis, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:10:00+00';

-- Executions of step_1 before the task: 10, 20 and 60 seconds.
SELECT make_task(1, 1, 1), make_task(2, 2, 1), make_task(3, 3, 1);
SELECT move_step(1, 'in_progress', '2026-01-01 11:00:00'), move_step(1, 'complete', '2026-01-01 11:00:10'),
       move_step(2, 'in_progress', '2026-01-01 11:00:00'), move_step(2, 'complete', '2026-01-01 11:00:20'),
       move_step(3, 'in_progress', '2026-01-01 11:00:00'), move_step(3, 'complete', '2026-01-01 11:01:00');
UPDATE tasker_workflow_steps SET processed = true WHERE workflow_step_id < 4;

-- A diamond: one branch has failed, the other one runs.
SELECT make_task(10, 11, 6, '{{1,2},{1,3},{2,4},{3,4},{4,5},{4,6}}');
SELECT move_step(11, 'in_progress', '2026-01-01 12:00:00'), move_step(11, 'complete', '2026-01-01 12:01:00'),
       move_step(12, 'in_progress', '2026-01-01 12:01:00'), move_step(12, 'error', '2026-01-01 12:02:00'),
       move_step(13, 'in_progress', '2026-01-01 12:09:50'), move_task(10, 'in_progress', '2026-01-01 12:00:00');
UPDATE tasker_workflow_steps SET processed = workflow_step_id = 11, attempts = CASE workflow_step_id WHEN 12 THEN 2 WHEN 11 THEN 1 ELSE 0 END WHERE task_id = 10;
SELECT * FROM tasker_bottlenecks(10);
SELECT * FROM tasker_parallelism(10);
\x
SELECT * FROM tasker_workflow_summary(10);
\x
SELECT jsonb_pretty(tasker_critical_path(10));
-- The weights are settings, of this task alone.
SELECT tasker_set_config('dependency_graph', '{"severity_thresholds": {"critical": 1000}, "duration_estimates": {"base_step_seconds": 600}}', 'task:10');
SELECT workflow_step_id, impact_score, severity FROM tasker_bottlenecks(10);
SELECT tasker_critical_path(10) -> 'remaining_seconds' AS remaining;

-- Pictures, whatever stands in a name.
UPDATE tasker_named_steps SET name = E'say "hi" & <b>bye</b>\\\n|{}[]`' WHERE named_step_id = 4;
\t on
\pset format unaligned
SELECT tasker_task_mermaid(10);
SELECT tasker_task_dot(10);
\t off
\pset format aligned
SELECT xml_is_well_formed_document(tasker_task_svg(10)) AS svg, xml_is_well_formed_document(tasker_task_timeline_svg(10)) AS timeline;
SELECT count(*) AS boxes FROM unnest(xpath('//svg:g[starts-with(@id, "s1")]', tasker_task_svg(10)::xml, '{{svg,http://www.w3.org/2000/svg}}')) AS box;
SELECT tasker_task_svg(10) ~ 'https?://(?!www\.w3\.org)|<script|javascript:|@import|url\(' AS loads_or_runs_anything;
SELECT tasker_task_timeline_svg(10) LIKE '%10 min%' AS ten_minutes;

-- A cycle: pictures are drawn, the rest says so.
SET tasker_core.enforce_edges = off;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) VALUES (16, 12, 'x', '2026-01-01', '2026-01-01');
\set SHOW_CONTEXT never
SELECT xml_is_well_formed_document(tasker_task_svg(10)) AS svg, tasker_task_dot(10) LIKE '%s16 -> s12%' AS dot, tasker_task_mermaid(10) LIKE '%s16 -->%s12%' AS mermaid;
SELECT * FROM tasker_bottlenecks(10);
SELECT tasker_critical_path(10);
SELECT * FROM tasker_workflow_summary(10);
SELECT * FROM tasker_parallelism(10);
RESET tasker_core.enforce_edges;

-- A task without steps, one that is done, none at all.
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at) VALUES (20, 1, '2026-01-01', 'empty', '2026-01-01', '2026-01-01');
SELECT * FROM tasker_bottlenecks(20);
SELECT * FROM tasker_parallelism(20);
\x
SELECT * FROM tasker_workflow_summary(20);
\x
SELECT tasker_critical_path(20);
SELECT tasker_critical_path(1) ->> 'estimated_completion_at' AS done_at, tasker_critical_path(1) ->> 'criticality_score' AS criticality;
SELECT xml_is_well_formed_document(tasker_task_svg(20)) AS svg, xml_is_well_formed_document(tasker_task_timeline_svg(20)) AS timeline, tasker_task_dot(20) LIKE 'digraph%' AS dot;
SELECT * FROM tasker_bottlenecks(99);
SELECT * FROM tasker_bottlenecks(10, -1);
SELECT * FROM tasker_bottlenecks(NULL);
SELECT * FROM tasker_parallelism(NULL);
SELECT * FROM tasker_workflow_summary(99);
SELECT tasker_critical_path(NULL);
SELECT tasker_task_svg(99);
SELECT tasker_task_timeline_svg(NULL);

-- Two hundred steps are drawn one by one, more by level.
SELECT make_task(30, 10000, 2000, (SELECT array_agg(ARRAY[at, at + 10]) FROM generate_series(1, 1990) AS at));
SELECT length(tasker_task_svg(30)) < 200000 AS is_short, xml_is_well_formed_document(tasker_task_svg(30)) AS svg, xml_is_well_formed_document(tasker_task_timeline_svg(30)) AS timeline;

-- Who may not read the tables gets nothing.
CREATE ROLE regress_analysis;
GRANT USAGE ON SCHEMA analysis TO regress_analysis;
GRANT SELECT ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, tasker_workflow_step_transitions, tasker_named_steps TO regress_analysis;
SET ROLE regress_analysis;
SELECT count(*) FROM tasker_parallelism(1);
SELECT tasker_task_svg(1);
RESET ROLE;
REVOKE SELECT ON tasker_named_steps FROM regress_analysis;
SET ROLE regress_analysis;
SELECT * FROM tasker_bottlenecks(1);
RESET ROLE;
DROP OWNED BY regress_analysis;
DROP ROLE regress_analysis;
SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA analysis CASCADE;
