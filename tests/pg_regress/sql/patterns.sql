-- The engine's workflow patterns (semantics 11.3): their levels and what its view says of them, as the engine's own
-- function and view answer.
\getenv abs_srcdir PG_ABS_SRCDIR
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA patterns;
SET search_path = patterns, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\i :helpers
SELECT count(*) AS replaced FROM tasker_replace_rails_functions();

CREATE TABLE patterns (task_id bigint, pattern text, edges text);
INSERT INTO patterns VALUES
    (1, 'linear', 'initialize_data>validate_input validate_input>process_data process_data>transform_results transform_results>validate_output validate_output>finalize_workflow'),
    (2, 'diamond', 'start_workflow>branch_one_process start_workflow>branch_two_process branch_one_process>branch_one_validate branch_two_process>branch_two_validate branch_one_validate>merge_branches branch_two_validate>merge_branches merge_branches>end_workflow'),
    (3, 'parallel merge', 'fetch_user_data>process_user_data fetch_order_data>process_order_data process_user_data>merge_all_data process_order_data>merge_all_data fetch_inventory_data>merge_all_data fetch_pricing_data>merge_all_data'),
    (4, 'tree', 'root_initialization>branch_a_setup root_initialization>branch_b_setup branch_a_setup>branch_a_task_one branch_a_setup>branch_a_task_two branch_b_setup>branch_b_task_one branch_b_setup>branch_b_task_two branch_a_task_one>aggregate_results branch_a_task_two>aggregate_results branch_b_task_one>aggregate_results branch_b_task_two>aggregate_results'),
    (5, 'mixed', 'init_auth>validate_permissions init_config>setup_environment validate_permissions>begin_processing setup_environment>begin_processing begin_processing>process_critical_data begin_processing>process_optional_data setup_environment>cleanup_temp_files process_critical_data>finalize_and_report cleanup_temp_files>finalize_and_report'),
    (6, 'dummy', 'step-two>step-three step-three>step-four step-one>'),
    (7, 'configurable failure', 'reliable_step>flaky_step flaky_step>timeout_step timeout_step>idempotent_step'),
    (8, 'api integration', 'fetch_cart>validate_products fetch_products>validate_products validate_products>create_order create_order>publish_event');

CREATE TABLE pairs AS
SELECT task_id, place, split_part(pair, '>', 1) AS parent, nullif(split_part(pair, '>', 2), '') AS child
FROM patterns, unnest(string_to_array(edges, ' ')) WITH ORDINALITY AS pairs (pair, place);
CREATE TABLE names AS
SELECT 1000 * task_id + row_number() OVER (PARTITION BY task_id ORDER BY min(place), min(half)) AS workflow_step_id, task_id, name
FROM (SELECT task_id, place, 1 AS half, parent AS name FROM pairs UNION ALL SELECT task_id, place, 2, child FROM pairs WHERE child IS NOT NULL) AS both_ends
GROUP BY task_id, name;
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
SELECT task_id, 1, '2026-01-01', pattern, '2026-01-01', '2026-01-01' FROM patterns;
INSERT INTO tasker_named_steps (named_step_id, dependent_system_id, name, created_at, updated_at)
SELECT workflow_step_id, 1, name, '2026-01-01', '2026-01-01' FROM names;
INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, created_at, updated_at)
SELECT workflow_step_id, task_id, workflow_step_id, '2026-01-01', '2026-01-01' FROM names ORDER BY workflow_step_id;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT upper.workflow_step_id, lower.workflow_step_id, 'provides', '2026-01-01', '2026-01-01'
FROM pairs
JOIN names AS upper ON upper.task_id = pairs.task_id AND upper.name = pairs.parent
JOIN names AS lower ON lower.task_id = pairs.task_id AND lower.name = pairs.child
ORDER BY pairs.task_id, pairs.place;

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
