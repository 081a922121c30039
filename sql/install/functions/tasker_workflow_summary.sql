CREATE FUNCTION @extschema@.tasker_workflow_summary(task_id bigint)
RETURNS TABLE (
    task_id                  bigint,
    task_state               text,
    execution_status         text,
    health_status            text,
    total_steps              integer,
    total_levels             integer,
    max_parallel_steps       integer,
    root_step_ids            bigint[],
    leaf_step_ids            bigint[],
    ready_step_ids           bigint[],
    running_step_ids         bigint[],
    unready_step_ids         bigint[],
    blocking_reasons         jsonb,
    parallelism              text,
    parallelism_efficiency   numeric,
    single_points_of_failure bigint[]
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_workflow_summary';

COMMENT ON FUNCTION @extschema@.tasker_workflow_summary(bigint) IS
'Summarizes a task: its state, its shape, and its steps by what they do. unready_step_ids: '
'unfinished steps that cannot run and are not running. blocking_reasons: how many steps have each '
'blocking_reason of tasker_step_readiness(). max_parallel_steps: the widest level. parallelism: '
'high (more than five steps can start now), moderate (more than one), sequential (one) or none. '
'parallelism_efficiency: the percentage of levels in which several steps can start. '
'single_points_of_failure: the steps that lie on every path from a root to a leaf, in topological '
'order; all other ids are in ascending order.

Errors: P0002 no such task, 22004; 42P19 when its steps wait for each other; 42P01, 55000; 42501. '
'Privileges: SELECT on the Tasker tables; row-level security hides tasks and steps, and edges to '
'these. Complexity: O(steps + edges) of the task.';
