CREATE FUNCTION @extschema@._tasker_rails_view(installation regnamespace)
RETURNS TABLE (view_name text, result_columns text, definition text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    SELECT 'tasker_step_dag_relationships',
           'workflow_step_id bigint, task_id bigint, named_step_id integer, parent_step_ids jsonb,'
           ' child_step_ids jsonb, parent_count bigint, child_count bigint, is_root_step boolean,'
           ' is_leaf_step boolean, min_depth_from_root integer',
           -- Each step is looked up by index, so that a condition on one step or one task concerns
           -- that one alone.
           format('CREATE OR REPLACE VIEW %1$s.tasker_step_dag_relationships AS '
                  'SELECT step.workflow_step_id, step.task_id, step.named_step_id,'
                  ' COALESCE(parents.ids, ''[]'') AS parent_step_ids,'
                  ' COALESCE(children.ids, ''[]'') AS child_step_ids,'
                  ' parents.edges AS parent_count, children.edges AS child_count,'
                  ' parents.edges = 0 AS is_root_step, children.edges = 0 AS is_leaf_step,'
                  ' @extschema@._tasker_minimum_depth('
                  'step.tableoid, step.task_id, step.workflow_step_id)'
                  ' AS min_depth_from_root '
                  'FROM %1$s.tasker_workflow_steps AS step '
                  'CROSS JOIN LATERAL ('
                  'SELECT jsonb_agg(edge.from_step_id ORDER BY edge.from_step_id) AS ids, '
                  'count(*) AS edges'
                  ' FROM %1$s.tasker_workflow_step_edges AS edge'
                  ' WHERE edge.to_step_id = step.workflow_step_id'
                  ') AS parents '
                  'CROSS JOIN LATERAL ('
                  'SELECT jsonb_agg(edge.to_step_id ORDER BY edge.to_step_id) AS ids, '
                  'count(*) AS edges'
                  ' FROM %1$s.tasker_workflow_step_edges AS edge'
                  ' WHERE edge.from_step_id = step.workflow_step_id'
                  ') AS children', installation)
$$;

COMMENT ON FUNCTION @extschema@._tasker_rails_view(regnamespace) IS
'Returns the view of the Rails engine that the extension can replace, with the columns that the '
'engine reads and the command that creates the wrapper.

Errors: none. Privileges: none. Complexity: constant.';
