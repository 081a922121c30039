-- The engine's workflow patterns: their levels and what its view says of them, as the engine's own
-- function and view answer.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA patterns;
SET search_path = patterns, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT count(*) AS replaced FROM tasker_replace_rails_functions();

SET tasker_core.testkit = on;
CREATE TABLE patterns AS
SELECT tasker_testkit_task(pattern) AS task_id, pattern
FROM unnest('{linear,diamond,parallel_merge,tree,mixed,dummy,configurable_failure,api_integration}'::text[]) AS pattern;
CREATE VIEW names AS
SELECT step.workflow_step_id, step.task_id, named.name
FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named USING (named_step_id);

SELECT pattern, count(DISTINCT workflow_step_id) AS steps,
       (SELECT count(*) FROM tasker_workflow_step_edges AS edge JOIN names AS upper ON upper.workflow_step_id = edge.from_step_id WHERE upper.task_id = patterns.task_id) AS edges
FROM patterns JOIN names USING (task_id) GROUP BY patterns.task_id, pattern ORDER BY patterns.task_id;
SELECT pattern, workflow_step_id, name, dependency_level
FROM patterns, calculate_dependency_levels(task_id) WITH ORDINALITY AS levels (workflow_step_id, dependency_level, place)
JOIN names USING (workflow_step_id) ORDER BY patterns.task_id, place;
SELECT workflow_step_id, task_id, named_step_id, parent_step_ids, child_step_ids, parent_count, child_count, is_root_step, is_leaf_step, min_depth_from_root
FROM tasker_step_dag_relationships ORDER BY workflow_step_id;

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP SCHEMA patterns CASCADE;
