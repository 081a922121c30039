\echo Use "ALTER EXTENSION tasker_core UPDATE" to load this file. \quit

-- Three functions take one more argument, wait. Both forms exist until the new one has the
-- privileges of the old one.

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

CREATE FUNCTION @extschema@.tasker_complete_and_claim(
    workflow_step_id bigint,
    results jsonb,
    claim_token uuid,
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
AS 'MODULE_PATHNAME', 'tasker_complete_and_claim_or_wait';

COMMENT ON FUNCTION @extschema@.tasker_complete_and_claim(bigint, jsonb, uuid, text, integer,
    interval, bigint, text[], text[], text, text[], text[], jsonb, interval) IS
'Completes one step and claims the next in one transaction: tasker_complete_step(workflow_step_id, '
'results, claim_token), then tasker_claim_steps() with the other arguments. So a worker needs one '
'round trip and one commit for each step. Returns the claimed steps, which may include a step that '
'the completion has made ready; no rows if no step is ready.

If one of the two fails, for example because the claim is lost, the call changes nothing. If you '
'repeat the call with the same token, it completes nothing and claims other steps. The steps that '
'the first call claimed can be claimed again when their leases expire.

wait: a call that completes a step does not wait, because others see its results only when it '
'commits. With workflow_step_id, results and claim_token NULL, it only claims, and waits as '
'tasker_claim_steps(). So one statement is enough for the loop of a worker.

Errors, privileges, complexity: as tasker_complete_step() and tasker_claim_steps().';

CREATE FUNCTION @extschema@.tasker_due_tasks(
    scheduler text,
    max_rows integer DEFAULT 10,
    lease     interval DEFAULT '1 minute',
    wait      interval DEFAULT NULL
)
RETURNS TABLE (
    task_id     bigint,
    namespace   text,
    task_name   text,
    reason      text,
    ready_steps integer,
    lease_until timestamptz
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_due_tasks_or_wait';

COMMENT ON FUNCTION @extschema@.tasker_due_tasks(text, integer, interval, interval) IS
'Returns tasks that have something to do now to a scheduler, which enqueues jobs of its framework '
'for them. Until lease_until (UTC), no other call returns the task, unless '
'tasker_release_due_task() gives it back. If a scheduler dies, others get its tasks when the lease '
'expires. Workers may claim steps of these tasks meanwhile.

Order: as claims, by priority, then by age. reason: ready_steps_available; or, with finalize = '
'manual, all_steps_complete or steps_in_error_state for a task that waits for '
'tasker_finalize_task(). Before that, the call does due work, as tasker_claim_steps() does. '
'wait: as in tasker_claim_steps().

Errors: 22004, 22023, 0A000; 42P01, 55000; 42501; 40001 at REPEATABLE READ. Privileges: SELECT on '
'the Tasker tables, UPDATE on tasker_tasks; row-level security hides tasks. Complexity: O(steps + '
'edges) of the returned tasks, however many wait; under row-level security, a check of the '
'policies for each task in front of them.';

DO $$
DECLARE
    old pg_catalog.regprocedure;
    new pg_catalog.regprocedure;
    grantee pg_catalog.text;
    grant_option pg_catalog.text;
BEGIN
    FOR old, new IN
        SELECT replaced.old, replaced.new
        FROM (VALUES
            ('@extschema@.tasker_claim_steps(text, integer, interval, bigint, text[], text[], '
             'text, text[], text[], jsonb)'::pg_catalog.regprocedure,
             '@extschema@.tasker_claim_steps(text, integer, interval, bigint, text[], text[], '
             'text, text[], text[], jsonb, interval)'::pg_catalog.regprocedure),
            ('@extschema@.tasker_complete_and_claim(bigint, jsonb, uuid, text, integer, interval, '
             'bigint, text[], text[], text, text[], text[], jsonb)',
             '@extschema@.tasker_complete_and_claim(bigint, jsonb, uuid, text, integer, interval, '
             'bigint, text[], text[], text, text[], text[], jsonb, interval)'),
            ('@extschema@.tasker_due_tasks(text, integer, interval)',
             '@extschema@.tasker_due_tasks(text, integer, interval, interval)')
        ) AS replaced (old, new)
        JOIN pg_catalog.pg_proc AS function ON function.oid OPERATOR(pg_catalog.=) replaced.old
        WHERE function.proacl IS NOT NULL
    LOOP
        EXECUTE pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', new);
        FOR grantee, grant_option IN
            SELECT
                CASE
                    WHEN privilege.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'
                    ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(privilege.grantee))
                END,
                CASE WHEN privilege.is_grantable THEN 'WITH GRANT OPTION' ELSE '' END
            FROM pg_catalog.pg_proc AS function
            CROSS JOIN LATERAL pg_catalog.aclexplode(function.proacl) AS privilege
            WHERE function.oid OPERATOR(pg_catalog.=) old
        LOOP
            EXECUTE pg_catalog.format(
                'GRANT EXECUTE ON FUNCTION %s TO %s %s', new, grantee, grant_option);
        END LOOP;
    END LOOP;
END
$$;

DROP FUNCTION @extschema@.tasker_claim_steps(text, integer, interval, bigint, text[], text[], text,
    text[], text[], jsonb);
DROP FUNCTION @extschema@.tasker_complete_and_claim(bigint, jsonb, uuid, text, integer, interval,
    bigint, text[], text[], text, text[], text[], jsonb);
DROP FUNCTION @extschema@.tasker_due_tasks(text, integer, interval);

CREATE FUNCTION @extschema@.tasker_task_timeline(task_id bigint)
RETURNS TABLE (
    at timestamptz,
    event text,
    workflow_step_id bigint,
    step_name text,
    from_state text,
    to_state text,
    attempt integer,
    cause text,
    actor text,
    lasted interval,
    details jsonb
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 50
AS 'MODULE_PATHNAME', 'tasker_task_timeline';

COMMENT ON FUNCTION @extschema@.tasker_task_timeline(bigint) IS
'Returns what happened to a task and its steps, in the order of time: transitions with what caused '
'them, by whom and after how long; heartbeats, signals, a pause. lasted: how long the state before '
'lasted.

Errors: P0002, 22004; 42P01, 55000; 42501. Privileges: as tasker_step_history() and '
'tasker_task_history(). Complexity: O(n log n) of the transitions.';
