-- The workflow patterns of the engine's tests, as templates: tasks of them have exactly these edges.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA template_patterns;
SET search_path = template_patterns, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.enforce_edges = enforce;

CREATE TABLE patterns (pattern text PRIMARY KEY, steps integer, edges text[]);
INSERT INTO patterns VALUES
    ('linear', 6, '{initialize_data>validate_input,validate_input>process_data,process_data>transform_results,transform_results>validate_output,validate_output>finalize_workflow}'),
    ('diamond', 7, '{start_workflow>branch_one_process,start_workflow>branch_two_process,branch_one_process>branch_one_validate,branch_two_process>branch_two_validate,branch_one_validate>merge_branches,branch_two_validate>merge_branches,merge_branches>end_workflow}'),
    ('parallel_merge', 7, '{fetch_user_data>process_user_data,fetch_order_data>process_order_data,process_user_data>merge_all_data,process_order_data>merge_all_data,fetch_inventory_data>merge_all_data,fetch_pricing_data>merge_all_data}'),
    ('tree', 8, '{root_initialization>branch_a_setup,root_initialization>branch_b_setup,branch_a_setup>branch_a_task_one,branch_a_setup>branch_a_task_two,branch_b_setup>branch_b_task_one,branch_b_setup>branch_b_task_two,branch_a_task_one>aggregate_results,branch_a_task_two>aggregate_results,branch_b_task_one>aggregate_results,branch_b_task_two>aggregate_results}'),
    ('mixed', 9, '{init_auth>validate_permissions,init_config>setup_environment,validate_permissions>begin_processing,setup_environment>begin_processing,begin_processing>process_critical_data,begin_processing>process_optional_data,setup_environment>cleanup_temp_files,process_critical_data>finalize_and_report,cleanup_temp_files>finalize_and_report}'),
    ('dummy', 4, '{step-two>step-three,step-three>step-four,>step-one}'),
    ('configurable_failure', 4, '{reliable_step>flaky_step,flaky_step>timeout_step,timeout_step>idempotent_step}'),
    ('api_integration', 5, '{fetch_cart>validate_products,fetch_products>validate_products,validate_products>create_order,create_order>publish_event}');

-- The steps of a template in the order of their names, which is not that of the graph. An edge from nowhere is a root.
CREATE VIEW steps AS
SELECT DISTINCT pattern, name, (SELECT coalesce(jsonb_agg(split_part(edge, '>', 1) ORDER BY place) FILTER (WHERE edge NOT LIKE '>%'), '[]')
    FROM unnest(edges) WITH ORDINALITY AS listed (edge, place) WHERE split_part(edge, '>', 2) = name) AS parents
FROM patterns, unnest(edges) AS edge, unnest(ARRAY[split_part(edge, '>', 1), split_part(edge, '>', 2)]) AS name WHERE name <> '';
SELECT count(*) AS registered FROM patterns, tasker_register_task(jsonb_build_object('name', pattern, 'step_templates', (
    SELECT jsonb_agg(jsonb_build_object('name', name, 'depends_on_steps', parents) ORDER BY name)
    FROM steps WHERE steps.pattern = patterns.pattern)));

SELECT count(*) AS created FROM tasker_create_tasks((
    SELECT jsonb_agg(jsonb_build_object('task_name', pattern, 'context', '{"id": 1}'::jsonb)) FROM patterns, generate_series(1, 2)));

WITH made AS (
    SELECT task_id, array_agg(parent_name.name || '>' || child_name.name) AS edges
    FROM tasker_workflow_step_edges AS edge
    JOIN tasker_workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
    JOIN tasker_named_steps AS parent_name ON parent_name.named_step_id = parent.named_step_id
    JOIN tasker_workflow_steps AS child USING (task_id)
    JOIN tasker_named_steps AS child_name ON child_name.named_step_id = child.named_step_id
    WHERE child.workflow_step_id = edge.to_step_id
    GROUP BY task_id
), counted AS (
    SELECT task_id, count(*) AS steps FROM tasker_workflow_steps GROUP BY task_id
)
SELECT pattern, count(*) AS tasks, bool_and(counted.steps = patterns.steps) AS steps,
    bool_and(made.edges @> wanted.edges AND made.edges <@ wanted.edges AND cardinality(made.edges) = cardinality(wanted.edges)) AS edges
FROM patterns CROSS JOIN LATERAL (
    SELECT array_agg(edge) AS edges FROM unnest(patterns.edges) AS edge WHERE edge NOT LIKE '>%'
) AS wanted
JOIN tasker_named_tasks AS named_task ON named_task.name = pattern
JOIN tasker_tasks USING (named_task_id) JOIN counted USING (task_id) JOIN made USING (task_id)
GROUP BY pattern ORDER BY pattern;
SELECT * FROM _tasker_drift('template_patterns'::regnamespace);

DROP SCHEMA template_patterns CASCADE;
