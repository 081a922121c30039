CREATE FUNCTION @extschema@.tasker_claim_steps(
    worker text,
    max_rows integer DEFAULT 1,
    lease interval DEFAULT NULL,
    task_id bigint DEFAULT NULL,
    namespaces text[] DEFAULT NULL,
    task_names text[] DEFAULT NULL,
    version text DEFAULT NULL,
    step_names text[] DEFAULT NULL,
    dependent_systems text[] DEFAULT NULL,
    exclude jsonb DEFAULT NULL,
    wait interval DEFAULT NULL
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    named_step_id integer,
    namespace text,
    task_name text,
    version text,
    step_name text,
    handler_class text,
    handler_config jsonb,
    priority integer,
    attempt integer,
    retry_limit integer,
    claim_token uuid,
    lease_until timestamptz,
    inputs jsonb,
    context jsonb,
    parent_results jsonb
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_claim_or_wait';

COMMENT ON FUNCTION @extschema@.tasker_claim_steps(text, integer, interval, bigint, text[], text[],
    text, text[], text[], jsonb, interval) IS
'Claims up to max_rows ready steps for a worker. The worker holds them until lease_until; '
'tasker_heartbeat() extends this time. A claimed step is in_progress with in_process = true, and '
'its task is in_progress. To complete, fail or release a step, the worker needs its claim_token. '
'lease NULL: the setting tasker_core.default_lease.

Result: namespace, task_name, version, step_name, handler_class and handler_config identify the '
'work; handler_class and handler_config come from the registered template, and are NULL if there '
'is none. attempt: the number of this execution, from 1. lease_until: the end of the lease (UTC). '
'parent_results: an object with each parent''s results by its name. If these exceed the 256 MB of '
'a jsonb value, the step fails for good (error_class parent_results_too_large).

Order: steps are claimed in the order in which they became ready; each point of task priority '
'counts as one more tasker_core.priority_interval of waiting. Filters: task_id alone, or any '
'combination of namespaces, task_names, version, step_names and dependent_systems. exclude leaves '
'steps out: {"namespaces": […], "task_names": […], "step_names": […], "dependent_systems": '
'[…]}. A name that does not exist matches nothing; a NOTICE says so, once in a session.

wait: if no step is ready, the call waits for one, up to this time and tasker_core.max_wait, and '
'returns as soon as there is one. It returns without rows when its time is over, or earlier, when '
'it has done due work that others must see. A transaction that has written does not wait.

Before it claims, the call does up to 100 items of due work, as tasker_maintain() does. It waits '
'for no lock: it skips rows that another session has locked.

Errors: 22004 when worker or max_rows is NULL, 22023 when max_rows is negative, lease not '
'positive, task_id combined with other filters, or exclude is no such object, or '
'wait is negative; 0A000 when it waits at REPEATABLE READ or SERIALIZABLE; 42P01 and 55000 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables, UPDATE on tasker_tasks and '
'tasker_workflow_steps, INSERT and UPDATE on both transition tables, USAGE on their sequences. '
'Row-level security hides steps from a claim. Complexity: O(log n + parents) a step, with n steps '
'waiting; with task_id O(steps + edges) of the task. All claims together look at a hint for a step '
'that is not ready once, at most 50,000 in a call. Under row-level security, a check of the '
'policies for each waiting step in front of the caller''s.';
