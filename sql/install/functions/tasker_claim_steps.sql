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
    exclude jsonb DEFAULT NULL
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
AS 'MODULE_PATHNAME', 'tasker_claim_steps';

COMMENT ON FUNCTION @extschema@.tasker_claim_steps(text, integer, interval, bigint, text[], text[], text, text[], text[], jsonb) IS
'Gives up to max_rows ready steps to a worker, who holds them until lease_until and extends that by tasker_heartbeat(). A claimed step is in_progress with in_process = true, its task in_progress; claim_token is what completing, failing or releasing it needs. parent_results: an object of each parent''s results by its name (a step whose parents'' results together exceed the 256 MB of a jsonb value fails for good instead, error_class parent_results_too_large); attempt: which execution this is, from 1. lease: setting tasker_core.default_lease when NULL.

Steps are taken in the order in which they became ready, earlier by tasker_core.priority_interval for each point of their task''s priority. namespace, task_name, version, step_name, handler_class and handler_config say whose work it is; the last two come from the registered template, and are NULL where there is none. lease_until is the deadline.

Filters: one task, or any of namespaces, task_names, version, step_names and dependent_systems together. exclude leaves work to others: {"namespaces": […], "task_names": […], "step_names": […], "dependent_systems": […]}. A name that does not exist finds nothing, and is told by a NOTICE, once in a session.

Before that it does up to 100 of the things that tasker_maintain() does. It waits for no lock: what somebody else holds is passed over.

Errors: 22004 when worker or max_rows is NULL, 22023 when max_rows is negative, lease not positive, task_id combined with other filters, or exclude is no such object; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: SELECT on the Tasker tables, UPDATE on tasker_tasks and tasker_workflow_steps, INSERT and UPDATE on both transition tables, USAGE on their sequences. Row-level security hides steps from a claim. Complexity: O(log n + parents) a step, with n steps waiting; for one task O(steps + edges) of it. Hints at steps that are not ready are looked at once, by whichever claim comes first, at most 50,000 in a call. Under row-level security, a look at the policies for each waiting step in front of the callers.';
