CREATE FUNCTION @extschema@.tasker_recommended_concurrency(
    pool_size        integer DEFAULT NULL,
    busy_connections integer DEFAULT NULL,
    task_id          bigint DEFAULT NULL,
    active_tasks     bigint DEFAULT NULL,
    total_tasks      bigint DEFAULT NULL,
    active_steps     bigint DEFAULT NULL,
    total_steps      bigint DEFAULT NULL
)
RETURNS integer
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_recommended_concurrency';

COMMENT ON FUNCTION @extschema@.tasker_recommended_concurrency(integer, integer, bigint, bigint,
    bigint, bigint, bigint) IS
'Returns how many steps a process should run at once: as many as both the load of the system and '
'the connections of the process allow, by the engine''s rules, within the bounds of the '
'configuration section execution. pool_size, busy_connections: the connections of the process, and '
'how many of them are in use; without them, only the load counts. task_id: uses the configuration '
'for that task. active_*: the numbers of pending and running tasks and steps; unless you pass all '
'four, they are those of the installation, whatever row-level security hides.

Errors: 22023; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: constant.';
