CREATE FUNCTION @extschema@.tasker_task_graph(task_id bigint)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_task_graph';

COMMENT ON FUNCTION @extschema@.tasker_task_graph(bigint) IS
'Returns the graph of a task as a document in the node-link form that graph libraries read. nodes: '
'id, name, state, level, ready, blocking_reason, attempts, retry_limit, next_eligible_at (RFC '
'3339, UTC). edges: source, target, and redundant if another path already orders the two steps. '
'graph: the task''s id, state and paused, total_steps, total_levels, max_parallel_steps (the '
'widest level), root_step_ids, leaf_step_ids, single_points_of_failure (the steps that lie on '
'every path from a root to a leaf), and cycle: the steps that wait for each other, in which case '
'no step has a level; else null.

Errors: P0002 no such task, 22004; 54000 for more than 20,000 steps or 100,000 edges; 42P01, '
'55000; 42501. Privileges: SELECT on the Tasker tables; row-level security hides tasks and steps, '
'and edges to these. Complexity: O(steps * edges / 64) in the worst case, where steps have many '
'children; can be interrupted.';
