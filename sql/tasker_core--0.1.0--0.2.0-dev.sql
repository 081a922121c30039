\echo Use "ALTER EXTENSION tasker_core UPDATE" to load this file. \quit

-- Three functions take one more argument, wait, and tasker_next_steps returns more columns. Both
-- forms exist until the new one has the privileges of the old one.

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

ALTER FUNCTION @extschema@.tasker_next_steps(integer) RENAME TO _tasker_next_steps_of_0_1;

CREATE FUNCTION @extschema@.tasker_next_steps(max_rows integer DEFAULT 20)
RETURNS TABLE (
    place integer,
    workflow_step_id bigint,
    task_id bigint,
    task_name text,
    step_name text,
    source text,
    runs_at timestamptz,
    queued_at timestamptz,
    bucket text,
    start_by timestamptz,
    timeout interval,
    deadline_at timestamptz
)
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT ROWS 20
AS 'MODULE_PATHNAME', 'tasker_next_steps_with_limits';

COMMENT ON FUNCTION @extschema@.tasker_next_steps(integer) IS
'Returns which steps will run next, and when: first the steps that the next claims will return '
'(source queue), then ready steps that a limit delays (limit, with its bucket), then steps that '
'wait for a time (timer, with runs_at), each in its order. The queue is ordered by queued_at, '
'which is earlier for a task with priority. Steps that are not ready, or that row-level security '
'hides, are skipped. start_by: until when a worker must claim the step; timeout: how long one '
'execution may last; deadline_at: until when its task must end; NULL without such a limit.

Errors: 22023 max_rows is negative; 42P01, 55000 and XX001 as tasker_ready_steps(); 42501. '
'Privileges: SELECT on the Tasker tables that tasker_ready_steps() reads and on '
'tasker_named_tasks. Complexity: O(log n) for each row of the queues up to the last one shown.';

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
             '@extschema@.tasker_due_tasks(text, integer, interval, interval)'),
            ('@extschema@._tasker_next_steps_of_0_1(integer)',
             '@extschema@.tasker_next_steps(integer)')
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
DROP FUNCTION @extschema@._tasker_next_steps_of_0_1(integer);

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

-- Layout 2: the event stream.

CREATE OR REPLACE FUNCTION @extschema@._tasker_current_layout()
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT 2
$$;

CREATE OR REPLACE FUNCTION @extschema@._tasker_expected_side_columns()
RETURNS TABLE (
    table_name         text,
    column_position    integer,
    in_primary_key     boolean,
    column_name        text,
    type_name          text,
    not_null           boolean,
    default_expression text,
    meaning            text
)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 193
AS $$
    VALUES
        ('tasker_core_steps', 1, true, 'workflow_step_id', 'bigint', true, NULL, 'the step'),
        ('tasker_core_steps', 2, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_steps', 3, false, 'created_at', 'timestamp without time zone', true, NULL,
         'when the step was created (UTC)'),
        ('tasker_core_steps', 4, false, 'state_since', 'timestamp without time zone', false, NULL,
         'when its current transition was made (UTC); NULL when there is none'),
        ('tasker_core_steps', 5, false, 'last_attempted_at', 'timestamp without time zone', false,
         NULL, 'as in the step (UTC)'),
        ('tasker_core_steps', 6, false, 'named_step_id', 'integer', true, NULL, 'as in the step'),
        ('tasker_core_steps', 7, false, 'attempts', 'integer', false, NULL, 'as in the step'),
        ('tasker_core_steps', 8, false, 'retry_limit', 'integer', false, NULL, 'as in the step'),
        ('tasker_core_steps', 9, false, 'backoff_request_seconds', 'integer', false, NULL,
         'as in the step'),
        ('tasker_core_steps', 10, false, 'retryable', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 11, false, 'in_process', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 12, false, 'processed', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 13, false, 'skippable', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 14, false, 'state', 'text', true, NULL,
         'the state that its current transition leads to; pending when there is none'),
        ('tasker_core_steps', 15, false, 'parent_step_ids', 'bigint[]', true, NULL,
         'where its incoming edges come from, in order; a duplicate edge is a duplicate id'),
        ('tasker_core_steps', 16, false, 'backoff_seconds', 'double precision', false, NULL,
         'the wait after its failure, from its current transition; NULL: the engine''s wait'),
        ('tasker_core_steps', 17, false, 'has_rule', 'boolean', true, 'false',
         'whether it has a rule in tasker_core_rules'),
        ('tasker_core_tasks', 1, true, 'task_id', 'bigint', true, NULL, 'the task'),
        ('tasker_core_tasks', 2, false, 'named_task_id', 'integer', true, NULL, 'as in the task'),
        ('tasker_core_tasks', 3, false, 'priority', 'integer', true, '0',
         'set through tasker_core, not derived from the Tasker tables'),
        ('tasker_core_tasks', 4, false, 'state', 'text', true, NULL,
         'the state that its current transition leads to; pending when there is none'),
        ('tasker_core_tasks', 5, false, 'paused_at', 'timestamp without time zone', false, NULL,
         'since when no step of it may be claimed (UTC); NULL: not paused. Not derived either'),
        ('tasker_core_tasks', 6, false, 'paused_by', 'text', false, NULL,
         'the login role that paused it'),
        ('tasker_core_tasks', 7, false, 'pause_reason', 'text', false, NULL, 'why it was paused'),
        ('tasker_core_tasks', 8, false, 'state_since', 'timestamp without time zone', false, NULL,
         'when its current transition was made (UTC); NULL when there is none'),
        ('tasker_core_tasks', 9, false, 'parent_task_id', 'bigint', false, NULL,
         'the task that it was created for; NULL: none. Not derived either'),
        ('tasker_core_tasks', 10, false, 'created_at', 'timestamp without time zone', true, NULL,
         'as in the task (UTC)'),

        ('tasker_core_counts', 1, true, 'kind', 'text', true, NULL, 'steps or tasks'),
        ('tasker_core_counts', 2, true, 'shard', 'bigint', true, NULL,
         'any number; only the sum over all shards counts'),
        ('tasker_core_counts', 3, false, 'fresh', 'bigint', true, NULL, 'without any transition'),
        ('tasker_core_counts', 4, false, 'pending', 'bigint', true, NULL,
         'with a transition to pending'),
        ('tasker_core_counts', 5, false, 'in_progress', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 6, false, 'complete', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 7, false, 'error', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 8, false, 'cancelled', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 9, false, 'resolved_manually', 'bigint', true, NULL,
         'in that state'),
        ('tasker_core_counts', 10, false, 'retryable', 'bigint', true, NULL,
         'in error, with attempts left'),
        ('tasker_core_counts', 11, false, 'retryable_v02', 'bigint', true, NULL,
         'in error, and retryable as the engine counts it (its defect R13)'),
        ('tasker_core_counts', 12, false, 'in_backoff_v02', 'bigint', true, NULL,
         'in error, and in backoff as the engine counts it'),
        ('tasker_core_counts', 13, false, 'exhausted_v02', 'bigint', true, NULL,
         'in error, and exhausted as the engine counts it'),
        ('tasker_core_counts', 14, false, 'permanent', 'bigint', true, NULL,
         'in error, and not retryable'),

        ('tasker_core_leases', 1, true, 'workflow_step_id', 'bigint', true, NULL,
         'the step that a worker holds'),
        ('tasker_core_leases', 2, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_leases', 3, false, 'claim_token', 'uuid', true, NULL,
         'the fencing token: a new one for each claim'),
        ('tasker_core_leases', 4, false, 'worker', 'text', true, NULL,
         'the name that the worker gave'),
        ('tasker_core_leases', 5, false, 'attempt', 'integer', true, NULL,
         'which execution of the step this is, from 1'),
        ('tasker_core_leases', 6, false, 'claimed_at', 'timestamp without time zone', true, NULL,
         'when it was claimed (UTC)'),
        ('tasker_core_leases', 7, false, 'lease_until', 'timestamp without time zone', true, NULL,
         'from when the step may be taken back (UTC)'),
        ('tasker_core_leases', 8, false, 'lease_length', 'interval', true, NULL,
         'by how much a heartbeat extends it'),
        ('tasker_core_leases', 9, false, 'heartbeat_at', 'timestamp without time zone', false, NULL,
         'when the worker last sent a heartbeat (UTC)'),
        ('tasker_core_leases', 10, false, 'progress', 'jsonb', false, NULL,
         'the progress that the worker last reported'),
        ('tasker_core_leases', 11, false, 'ended_as', 'text', false, NULL,
         'cancelled: the step was, and the worker has not noticed yet'),
        ('tasker_core_leases', 12, false, 'due_at', 'timestamp without time zone', true, NULL,
         'when to check whether the lease has expired (UTC); not later than lease_until, unless it '
         'is cancelled (infinity) or could not be taken back (then the time of the next try)'),

        ('tasker_core_hints', 1, true, 'workflow_step_id', 'bigint', true, NULL,
         'a step that may have become ready'),
        ('tasker_core_hints', 2, true, 'cause_id', 'bigint', true, NULL,
         'the parent that finished, the step itself, or (negative) the transaction that returned '
         'it from a limit, so that writers of hints never wait for each other'),
        ('tasker_core_hints', 3, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_hints', 4, false, 'named_step_id', 'integer', true, NULL, 'as in the step'),
        ('tasker_core_hints', 5, false, 'named_task_id', 'integer', true, NULL, 'as in the task'),
        ('tasker_core_hints', 6, false, 'rank', 'timestamp without time zone', true, NULL,
         'when it was hinted, earlier by the priority of the task; the smallest is claimed first'),
        ('tasker_core_hints', 7, false, 'offered_until', 'timestamp without time zone', true,
         '''-infinity''::timestamp without time zone',
         'until when (UTC) a scheduler has its task, so that no other is offered it; -infinity: no '
         'scheduler has it'),

        ('tasker_core_timers', 1, true, 'kind', 'text', true, NULL,
         'step, task, or bucket and the name of one'),
        ('tasker_core_timers', 2, true, 'subject_id', 'bigint', true, NULL,
         'the step or task to look at; 0 for a bucket'),
        ('tasker_core_timers', 3, true, 'due_at', 'timestamp without time zone', true, NULL,
         'when to look (UTC): when a wait or a lease ends, or the task may have ended'),

        ('tasker_core_endings', 1, true, 'task_id', 'bigint', true, NULL,
         'a task that may have ended, with finalize = manual'),
        ('tasker_core_endings', 2, true, 'noted_by', 'bigint', true, NULL,
         'the transaction that found this, so that writers never wait for each other'),
        ('tasker_core_endings', 3, false, 'noted_at', 'timestamp without time zone', true, NULL,
         'when (UTC)'),
        ('tasker_core_endings', 4, false, 'offered_until', 'timestamp without time zone', true,
         '''-infinity''::timestamp without time zone', 'as in a hint'),

        ('tasker_core_task_leases', 1, true, 'task_id', 'bigint', true, NULL,
         'the task that a scheduler was handed'),
        ('tasker_core_task_leases', 2, false, 'scheduler', 'text', true, NULL,
         'the name that the scheduler gave'),
        ('tasker_core_task_leases', 3, false, 'reason', 'text', true, NULL, 'why it was due'),
        ('tasker_core_task_leases', 4, false, 'handed_at', 'timestamp without time zone', true,
         NULL, 'when (UTC)'),
        ('tasker_core_task_leases', 5, false, 'lease_until', 'timestamp without time zone', true,
         NULL, 'when another scheduler may be handed it (UTC)'),

        ('tasker_core_limits', 1, true, 'scope', 'text', true, NULL,
         'namespace, task_name, step_name, dependent_system or key'),
        ('tasker_core_limits', 2, true, 'name', 'text', true, NULL,
         'which one; for a key: the key of the task''s context; each of its values has its own '
         'limit'),
        ('tasker_core_limits', 3, false, 'max_running', 'integer', false, NULL,
         'how many claimed steps may run at once'),
        ('tasker_core_limits', 4, false, 'max_starts', 'integer', false, NULL,
         'how many may be claimed in the time of per'),
        ('tasker_core_limits', 5, false, 'per', 'interval', false, NULL, 'the time for max_starts'),
        ('tasker_core_limits', 6, false, 'paused_at', 'timestamp without time zone', false, NULL,
         'since when nothing may be claimed (UTC)'),
        ('tasker_core_limits', 7, false, 'reason', 'text', false, NULL, 'why it is paused'),

        ('tasker_core_buckets', 1, true, 'bucket', 'text', true, NULL,
         'a limit, or one value of its key'),
        ('tasker_core_buckets', 2, false, 'tokens', 'double precision', true, NULL,
         'how many starts were left'),
        ('tasker_core_buckets', 3, false, 'refilled_at', 'timestamp without time zone', true, NULL,
         'at that time (UTC)'),

        ('tasker_core_holds', 1, true, 'bucket', 'text', true, NULL, 'the bucket'),
        ('tasker_core_holds', 2, true, 'place', 'integer', true, NULL,
         'the slot in the bucket, from 0'),
        ('tasker_core_holds', 3, false, 'workflow_step_id', 'bigint', true, NULL,
         'the claimed step that has the slot'),

        ('tasker_core_parked', 1, true, 'bucket', 'text', true, NULL, 'the bucket that was full'),
        ('tasker_core_parked', 2, true, 'workflow_step_id', 'bigint', true, NULL,
         'a step that waits for a slot in it'),
        ('tasker_core_parked', 3, true, 'parked_by', 'bigint', true, NULL,
         'the transaction that parked it, so that sessions that park never wait for each other'),
        ('tasker_core_parked', 4, false, 'task_id', 'bigint', true, NULL, 'as in its hint'),
        ('tasker_core_parked', 5, false, 'named_step_id', 'integer', true, NULL, 'as in its hint'),
        ('tasker_core_parked', 6, false, 'named_task_id', 'integer', true, NULL, 'as in its hint'),
        ('tasker_core_parked', 7, false, 'rank', 'timestamp without time zone', true, NULL,
         'as in its hint'),

        ('tasker_core_rules', 1, true, 'workflow_step_id', 'bigint', true, NULL,
         'a step with a rule'),
        ('tasker_core_rules', 2, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_rules', 3, false, 'rule', 'jsonb', true, NULL,
         'the rule, as it was defined with the step'),
        ('tasker_core_rules', 4, false, 'signal_name', 'text', false, NULL,
         'the signal that the rule waits for'),
        ('tasker_core_rules', 5, false, 'waited_task_id', 'bigint', false, NULL,
         'the task that the rule waits for, once there is one'),
        ('tasker_core_rules', 6, false, 'creates_task', 'boolean', true, 'false',
         'whether the step created that task: it is cancelled with the step'),
        ('tasker_core_rules', 7, false, 'decided_at', 'timestamp without time zone', false, NULL,
         'since when its join is satisfied and its wait runs (UTC)'),
        ('tasker_core_rules', 8, false, 'laid_down_by', 'text', false, NULL,
         'the role that defined the rule, with whose rights it reads and creates; NULL: the owner '
         'of the tables'),
        ('tasker_core_rules', 9, false, 'seal', 'text', false, NULL,
         'proves to this server that the role defined the rule'),

        ('tasker_core_signals', 1, true, 'task_id', 'bigint', true, NULL,
         'the task that a signal was sent to'),
        ('tasker_core_signals', 2, true, 'name', 'text', true, NULL, 'the name of the signal'),
        ('tasker_core_signals', 3, false, 'payload', 'jsonb', false, NULL, 'the payload'),
        ('tasker_core_signals', 4, false, 'sent_at', 'timestamp without time zone', true, NULL,
         'when (UTC)'),
        ('tasker_core_signals', 5, false, 'sent_by', 'text', true, NULL, 'the login role'),

        ('tasker_core_attempted', 1, true, 'workflow_step_id', 'bigint', true, NULL,
         'a step that is in error, or pending and changed since its creation; this includes every '
         'step that has failed or waits for a backoff'),

        ('tasker_core_decisions', 1, true, 'workflow_step_id', 'bigint', true, NULL,
         'a step whose rule must be evaluated again'),
        ('tasker_core_decisions', 2, true, 'cause_id', 'bigint', true, NULL,
         'the parent that finished, the step itself, or (negative) the transaction that has '
         'changed something, so that writers never wait for each other'),

        ('tasker_core_troubles', 1, true, 'subject_id', 'bigint', true, NULL,
         'the step or task that recovery, a rule or a claim cannot work on; 0 for a bucket'),
        ('tasker_core_troubles', 2, true, 'kind', 'text', true, NULL,
         'step (its recovery or its rule), claim (of a step), task, or bucket and the name of one'),
        ('tasker_core_troubles', 3, false, 'attempts', 'integer', true, NULL,
         'how often in a row the work was refused'),
        ('tasker_core_troubles', 4, false, 'next_try', 'timestamp without time zone', true, NULL,
         'when it is tried again (UTC)'),
        ('tasker_core_troubles', 5, false, 'sqlstate', 'text', true, NULL, 'of the last error'),
        ('tasker_core_troubles', 6, false, 'message', 'text', true, NULL, 'of the last error'),
        ('tasker_core_troubles', 7, false, 'since', 'timestamp without time zone', true, NULL,
         'when the work was first refused (UTC)'),

        ('tasker_core_config', 1, true, 'section', 'text', true, NULL, 'a group of options'),
        ('tasker_core_config', 2, true, 'scope', 'text', true, NULL,
         'what they apply to: global, namespace:NAME, task_name:NAME, step_name:NAME or task:ID'),
        ('tasker_core_config', 3, false, 'options', 'jsonb', true, NULL, 'what the scope sets'),
        ('tasker_core_config', 4, false, 'version', 'bigint', true, NULL, 'since which version'),

        ('tasker_core_config_versions', 1, true, 'version', 'bigint', true, NULL,
         'which change, from 1'),
        ('tasker_core_config_versions', 2, false, 'section', 'text', true, NULL,
         'the group of options'),
        ('tasker_core_config_versions', 3, false, 'scope', 'text', true, NULL,
         'the scope that the options apply to'),
        ('tasker_core_config_versions', 4, false, 'options', 'jsonb', true, NULL,
         'what the scope has set since; {}: nothing'),
        ('tasker_core_config_versions', 5, false, 'changed_at', 'timestamp without time zone', true,
         NULL, 'when (UTC)'),
        ('tasker_core_config_versions', 6, false, 'changed_by', 'text', true, NULL,
         'the login role'),

        ('tasker_core_step_times', 1, true, 'workflow_step_id', 'bigint', true, NULL,
         'a step with a limit of time'),
        ('tasker_core_step_times', 2, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_step_times', 3, false, 'timeout_seconds', 'integer', false, NULL,
         'how long one execution may last'),
        ('tasker_core_step_times', 4, false, 'heartbeat_seconds', 'integer', false, NULL,
         'the length of its lease'),
        ('tasker_core_step_times', 5, false, 'start_within_seconds', 'integer', false, NULL,
         'how long it may be ready before a worker claims it'),
        ('tasker_core_step_times', 6, false, 'claim_token', 'uuid', false, NULL,
         'the token of its last execution with a limit'),
        ('tasker_core_step_times', 7, false, 'ends_at', 'timestamp without time zone', false, NULL,
         'when that execution must have ended (UTC)'),

        ('tasker_core_deadlines', 1, true, 'task_id', 'bigint', true, NULL,
         'a task that must end in time'),
        ('tasker_core_deadlines', 2, false, 'deadline_at', 'timestamp without time zone', true,
         NULL, 'when it must have ended (UTC)'),
        ('tasker_core_deadlines', 3, false, 'on_deadline', 'text', true, NULL,
         'fail or cancel: what happens to it then'),

        ('tasker_core_schedules', 1, true, 'schedule', 'text', true, NULL,
         'the name of a schedule'),
        ('tasker_core_schedules', 2, false, 'schedule_id', 'bigint', true, NULL,
         'its number, a random one'),
        ('tasker_core_schedules', 3, false, 'template', 'text', true, NULL,
         'the template of its tasks'),
        ('tasker_core_schedules', 4, false, 'namespace', 'text', true, NULL,
         'the namespace of the template'),
        ('tasker_core_schedules', 5, false, 'version', 'text', false, NULL,
         'its version; NULL: the latest'),
        ('tasker_core_schedules', 6, false, 'cron', 'text', false, NULL, 'a pattern of cron'),
        ('tasker_core_schedules', 7, false, 'every', 'interval', false, NULL,
         'an interval instead of a pattern'),
        ('tasker_core_schedules', 8, false, 'time_zone', 'text', true, NULL,
         'the time zone of the pattern'),
        ('tasker_core_schedules', 9, false, 'context', 'jsonb', true, NULL,
         'the context of its tasks'),
        ('tasker_core_schedules', 10, false, 'options', 'jsonb', true, NULL,
         'its options, and those of its tasks'),
        ('tasker_core_schedules', 11, false, 'overlap', 'text', true, NULL,
         'allow, skip or queue: a run while the last task has not ended'),
        ('tasker_core_schedules', 12, false, 'catch_up', 'text', true, NULL,
         'none, latest or all: runs that were missed'),
        ('tasker_core_schedules', 13, false, 'role', 'text', true, NULL,
         'the role that has defined it, and creates its tasks'),
        ('tasker_core_schedules', 14, false, 'seal', 'text', true, NULL,
         'proves to this server that this role did'),
        ('tasker_core_schedules', 15, false, 'first_at', 'timestamp without time zone', false, NULL,
         'the first run of an interval (UTC)'),
        ('tasker_core_schedules', 16, false, 'planned_at', 'timestamp without time zone', false,
         NULL, 'the next run (UTC); NULL: there is none any more'),
        ('tasker_core_schedules', 17, false, 'due_at', 'timestamp without time zone', false, NULL,
         'when it is looked at (UTC); NULL: it is paused or over'),
        ('tasker_core_schedules', 18, false, 'seen_at', 'timestamp without time zone', false, NULL,
         'since when the next run waits for the last task (UTC)'),
        ('tasker_core_schedules', 19, false, 'paused_at', 'timestamp without time zone', false,
         NULL, 'when it was paused (UTC)'),
        ('tasker_core_schedules', 20, false, 'last_run_at', 'timestamp without time zone', false,
         NULL, 'the planned time of its last run (UTC)'),
        ('tasker_core_schedules', 21, false, 'last_task_id', 'bigint', false, NULL,
         'the task of its last run'),
        ('tasker_core_schedules', 22, false, 'runs', 'bigint', true, '0',
         'how many runs there were'),
        ('tasker_core_schedules', 23, false, 'skipped', 'bigint', true, '0',
         'how many were left out because the last task had not ended'),
        ('tasker_core_schedules', 24, false, 'missed', 'bigint', true, '0',
         'how many were missed and left out'),
        ('tasker_core_schedules', 25, false, 'failures', 'integer', true, '0',
         'how often in a row a run was refused'),
        ('tasker_core_schedules', 26, false, 'last_error', 'text', false, NULL,
         'why a run was last refused'),
        ('tasker_core_schedules', 27, false, 'last_error_at', 'timestamp without time zone', false,
         NULL, 'when (UTC)'),
        ('tasker_core_schedules', 28, false, 'defined_at', 'timestamp without time zone', true,
         NULL, 'when it was last defined (UTC)'),
        ('tasker_core_forks', 1, true, 'task_id', 'bigint', true, NULL,
         'a task that tasker_fork_task() has made from another one'),
        ('tasker_core_forks', 2, false, 'forked_from_task_id', 'bigint', true, NULL,
         'that task, which may be gone'),
        ('tasker_core_forks', 3, false, 'from_step_id', 'bigint', false, NULL,
         'the step of that task from which it runs again; NULL: what had not ended well'),
        ('tasker_core_forks', 4, false, 'forked_at', 'timestamp without time zone', true, NULL,
         'when (UTC)'),
        ('tasker_core_forks', 5, false, 'forked_by', 'text', true, NULL, 'the login role'),
        ('tasker_core_forks', 6, false, 'copied_step_ids', 'bigint[]', true, NULL,
         'its steps that were copied with their ends'),
        ('tasker_core_shares', 1, true, 'workflow_step_id', 'bigint', true, NULL,
         'a step in a fair queue that may have become ready'),
        ('tasker_core_shares', 2, true, 'cause_id', 'bigint', true, NULL,
         'as in a hint; (negative) the transaction that has parked it'),
        ('tasker_core_shares', 3, true, 'bucket', 'text', true, NULL,
         'the bucket of a limit that was full; empty: claims may take it'),
        ('tasker_core_shares', 4, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_shares', 5, false, 'named_step_id', 'integer', true, NULL, 'as in the step'),
        ('tasker_core_shares', 6, false, 'named_task_id', 'integer', true, NULL, 'as in the task'),
        ('tasker_core_shares', 7, false, 'rank', 'timestamp without time zone', true, NULL,
         'as in a hint; the smallest of its share is claimed first'),
        ('tasker_core_shares', 8, false, 'priority', 'integer', true, NULL,
         'the priority of its task; the shares of each priority take turns'),
        ('tasker_core_shares', 9, false, 'share', 'bigint', true, NULL,
         'a hash of the key and of its value in the context of the task'),

        ('tasker_core_consumers', 1, true, 'consumer', 'text', true, NULL,
         'the name of a consumer of the event stream'),
        ('tasker_core_consumers', 2, false, 'patterns', 'text[]', true, NULL,
         'patterns of the events that it reads'),
        ('tasker_core_consumers', 3, false, 'role', 'text', true, NULL,
         'the role that may read and acknowledge for it'),
        ('tasker_core_consumers', 4, false, 'progress', 'text', true, NULL,
         'which transactions it has acknowledged'),
        ('tasker_core_consumers', 5, false, 'subscribed_at', 'timestamp without time zone', true,
         NULL, 'when it subscribed (UTC)'),
        ('tasker_core_consumers', 6, false, 'acknowledged_at', 'timestamp without time zone', false,
         NULL, 'when it last acknowledged events (UTC)'),
        ('tasker_core_consumers', 7, false, 'missed', 'bigint', true, '0',
         'how many events were removed before it read them'),

        ('tasker_core_events', 1, true, 'cluster', 'bigint', true, NULL,
         'the database cluster in which the events were recorded'),
        ('tasker_core_events', 2, true, 'log', 'bigint', true, NULL,
         'where the write-ahead log was then: a transaction that saw another one is behind it'),
        ('tasker_core_events', 3, true, 'transaction', 'bigint', true, NULL,
         'the transaction that recorded them'),
        ('tasker_core_events', 4, false, 'noted_at', 'timestamp without time zone', true, NULL,
         'when (UTC)'),
        ('tasker_core_events', 5, false, 'number', 'smallint', true, NULL,
         'how many events of that transaction the row has'),
        ('tasker_core_events', 6, false, 'events', 'bytea', true, NULL,
         'their names, tasks, steps and transitions'),
        ('tasker_core_events', 7, false, 'payload', 'jsonb', false, NULL,
         'the payload of its only event, if the tables do not show it')
$$;

CREATE OR REPLACE FUNCTION @extschema@._tasker_expected_side_indexes()
RETURNS TABLE (table_name text, index_name text, column_list text, is_unique boolean, serves text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 26
AS $$
    VALUES
        ('tasker_core_steps', 'tasker_core_steps_task_id_idx', 'task_id', false,
         'the side rows of the steps of given tasks'),
        ('tasker_core_steps', 'tasker_core_steps_created_at_idx', 'created_at', false,
         'the steps of a period'),
        ('tasker_core_tasks', 'tasker_core_tasks_created_at_idx', 'created_at', false,
         'the tasks of a period'),
        ('tasker_core_tasks', 'tasker_core_tasks_state_task_id_idx', 'state, task_id', false,
         'the tasks in given states'),
        ('tasker_core_tasks', 'tasker_core_tasks_paused_at_idx', 'paused_at', false,
         'the tasks that are paused'),
        ('tasker_core_tasks', 'tasker_core_tasks_parent_task_id_idx', 'parent_task_id', false,
         'the tasks that belong to a task'),
        ('tasker_core_leases', 'tasker_core_leases_due_at_idx', 'due_at', false,
         'what has run out'),
        ('tasker_core_hints', 'tasker_core_hints_rank_idx', 'rank', false, 'claims of any step'),
        ('tasker_core_hints', 'tasker_core_hints_named_step_id_rank_idx', 'named_step_id, rank',
         false, 'claims of steps of given names'),
        ('tasker_core_hints', 'tasker_core_hints_named_task_id_rank_idx', 'named_task_id, rank',
         false, 'claims of steps in tasks of given names'),
        ('tasker_core_hints', 'tasker_core_hints_offered_until_rank_idx', 'offered_until, rank',
         false, 'schedulers'),
        ('tasker_core_rules', 'tasker_core_rules_task_id_signal_name_idx', 'task_id, signal_name',
         false, 'signals'),
        ('tasker_core_rules', 'tasker_core_rules_waited_task_id_idx', 'waited_task_id', false,
         'tasks that end'),
        ('tasker_core_endings', 'tasker_core_endings_offered_until_noted_at_idx',
         'offered_until, noted_at', false, 'schedulers'),
        ('tasker_core_task_leases', 'tasker_core_task_leases_lease_until_idx', 'lease_until', false,
         'what has run out'),
        ('tasker_core_timers', 'tasker_core_timers_due_at_idx', 'due_at', false, 'what is due'),
        ('tasker_core_holds', 'tasker_core_holds_workflow_step_id_idx', 'workflow_step_id', false,
         'the places of a step that ends'),
        ('tasker_core_parked', 'tasker_core_parked_bucket_rank_idx', 'bucket, rank', false,
         'who is next in a bucket'),
        ('tasker_core_parked', 'tasker_core_parked_workflow_step_id_idx', 'workflow_step_id', false,
         'a step that moves on'),
        ('tasker_core_schedules', 'tasker_core_schedules_due_at_idx', 'due_at', false,
         'what is due'),
        ('tasker_core_schedules', 'tasker_core_schedules_schedule_id_idx', 'schedule_id', true,
         'a schedule that a timer leads to'),
        ('tasker_core_forks', 'tasker_core_forks_forked_from_task_id_idx', 'forked_from_task_id',
         false, 'the forks of a task'),
        ('tasker_core_forks', 'tasker_core_forks_forked_at_idx', 'forked_at', false,
         'the forks of a period'),
        ('tasker_core_shares', 'tasker_core_shares_bucket_idx',
         'bucket, priority, share, rank', false, 'shares that take turns'),
        ('tasker_core_shares', 'tasker_core_shares_named_step_id_idx',
         'named_step_id, bucket, priority, share, rank', false,
         'the same, of steps of given names'),
        ('tasker_core_shares', 'tasker_core_shares_named_task_id_idx',
         'named_task_id, bucket, priority, share, rank', false,
         'the same, of steps in tasks of given names')
$$;

CREATE OR REPLACE FUNCTION @extschema@._tasker_lock_tables(installation regnamespace,
                                                           lock_mode text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    present text[];
    names text[];
    changed text;
    qualified text;
    lock_timeout text := current_setting('lock_timeout');
    began timestamptz := clock_timestamp();
    last_end timestamptz;
    attempt_end timestamptz;
    attempt_length interval;
    longest_attempt interval;
BEGIN
    -- The order in which the engine writes them, so that this waits for
    -- writers, but no writer waits for this while this waits for it.
    SELECT array_agg(format('%s.%I', installation, t.table_name) ORDER BY t.table_position),
           array_agg(t.table_name ORDER BY t.table_position)
        INTO present, names
        FROM unnest(ARRAY['tasker_tasks',
                          'tasker_workflow_steps',
                          'tasker_workflow_step_edges',
                          'tasker_workflow_step_transitions',
                          'tasker_task_transitions',
                          'tasker_core_steps',
                          'tasker_core_tasks',
                          'tasker_core_leases',
                          'tasker_core_hints',
                          'tasker_core_timers',
                          'tasker_core_limits',
                          'tasker_core_buckets',
                          'tasker_core_holds',
                          'tasker_core_parked',
                          'tasker_core_endings',
                          'tasker_core_task_leases',
                          'tasker_core_rules',
                          'tasker_core_signals',
                          'tasker_core_decisions',
                          'tasker_core_attempted',
                          'tasker_core_config',
                          'tasker_core_config_versions',
                          'tasker_core_counts',
                          'tasker_core_troubles',
                          'tasker_core_step_times',
                          'tasker_core_deadlines',
                          'tasker_core_schedules',
                          'tasker_core_forks',
                          'tasker_core_shares',
                          'tasker_core_consumers',
                          'tasker_core_events']) WITH ORDINALITY AS t (table_name, table_position)
        JOIN pg_class AS c
            ON c.relnamespace = installation AND c.relname = t.table_name AND c.relkind = 'r';
    IF present IS NULL THEN
        RETURN;
    END IF;
    IF lock_mode <> 'ACCESS EXCLUSIVE' THEN
        EXECUTE format('LOCK TABLE %s IN %s MODE', array_to_string(present, ', '), lock_mode);
    ELSE
        -- Readers lock the tables in any order. So each attempt ends, and releases its locks,
        -- before a session that waits for them can look for a deadlock.
        SELECT make_interval(secs => d.setting::double precision / 2000),
               began + make_interval(secs => nullif(l.setting::double precision, 0) / 1000)
            INTO longest_attempt, last_end
            FROM pg_settings AS d
            JOIN pg_settings AS l ON l.name = 'lock_timeout'
            WHERE d.name = 'deadlock_timeout';
        LOOP
            -- Mostly short: what is not free after some transactions waits for this.
            attempt_length := longest_attempt * (0.02 + 0.98 * random() ^ 3);
            BEGIN
                attempt_end := least(clock_timestamp() + attempt_length, last_end);
                -- First the table with which completions and failures begin, and at which claims
                -- are soon: later calls wait there and hold little or nothing, and earlier ones
                -- end. Then the one with which reads begin.
                FOR qualified IN
                    SELECT p.qualified
                    FROM unnest(present, names) WITH ORDINALITY AS p (qualified, name, place)
                    ORDER BY p.name <> 'tasker_workflow_steps', p.name <> 'tasker_core_tasks',
                        p.place
                LOOP
                    PERFORM set_config('lock_timeout', greatest(1, ceil(1000 * extract(epoch FROM
                                           attempt_end - clock_timestamp())))::text, true);
                    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', qualified);
                END LOOP;
                EXIT;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
                IF clock_timestamp() >= last_end THEN
                    RAISE;
                END IF;
            END;
            -- The sessions that have waited go first.
            PERFORM pg_sleep(extract(epoch FROM attempt_length));
        END LOOP;
        PERFORM set_config('lock_timeout', lock_timeout, true);
    END IF;
    -- During the wait, another session may have replaced a table by a view.
    SELECT string_agg(format('%s.%I', installation, c.relname), ', ' ORDER BY c.relname)
        INTO changed
        FROM pg_class AS c
        WHERE c.relnamespace = installation AND c.relkind <> 'r' AND c.relname = ANY (names);
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s: not an ordinary table', changed),
            HINT = 'Only ordinary tables can be adopted: no views, partitioned or foreign tables.';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION @extschema@._tasker_doctor_rows(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named CONSTANT integer := 20;   -- rows that are named; the others are counted
    transitions record;
    seen record;
BEGIN
    FOR transitions IN
        SELECT t.table_name, format('%s.%I', installation, t.table_name) AS relation,
            t.parent_column, t.parent_name
        FROM (VALUES ('tasker_workflow_step_transitions', 'workflow_step_id', 'workflow step'),
                     ('tasker_task_transitions', 'task_id', 'task'))
                         AS t (table_name, parent_column, parent_name)
    LOOP
        FOR seen IN
            SELECT u.to_state, u.transitions, u.first_parent_id AS parent_id
            FROM @extschema@._tasker_unknown_states(installation) AS u
            WHERE u.table_name = transitions.table_name
        LOOP
            severity := 'error';
            check_name := 'unknown_state';
            object := format('table %s', transitions.relation);
            detail := format('"%s" is no state, but current transitions lead to it: %s in all, the '
                             'first one of %s %s',
                             seen.to_state, seen.transitions, transitions.parent_name,
                             seen.parent_id);
            fix := format('UPDATE %s SET to_state = ... WHERE most_recent AND to_state = %L;',
                          transitions.relation, seen.to_state);
            RETURN NEXT;
        END LOOP;

        FOR seen IN
            SELECT c.parent_id, c.transitions, c.total,
                row_number() OVER (ORDER BY c.parent_id) AS found_position
            FROM @extschema@._tasker_several_current_transitions(installation) AS c
            WHERE c.table_name = transitions.table_name
            ORDER BY c.parent_id
        LOOP
            severity := 'error';
            check_name := 'several_current_transitions';
            IF seen.found_position <= named THEN
                object := format('%s %s', transitions.parent_name, seen.parent_id);
                detail := format('%s transitions are marked most_recent', seen.transitions);
                fix := format('UPDATE %1$s SET most_recent = false WHERE %2$I = %3$s '
                              'AND most_recent AND id <> (SELECT t.id FROM %1$s AS t WHERE t.%2$I '
                              '= %3$s AND t.most_recent ORDER BY t.sort_key DESC, t.id DESC LIMIT '
                              '1);',
                              transitions.relation, transitions.parent_column, seen.parent_id);
            ELSE
                object := format('table %s', transitions.relation);
                detail := format('and %s more', seen.total - named);
                fix := '';
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;

    RETURN QUERY
        WITH found AS (
            SELECT d.side_table, d.row_id, d.problem,
                   row_number() OVER (ORDER BY d.side_table, d.row_id) AS found_position,
                   count(*) OVER () AS total
            FROM @extschema@._tasker_drift(installation) AS d
        )
        SELECT 'error', 'drift', format('row %s of %s.%I', f.row_id, installation, f.side_table),
               f.problem,
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM found AS f
        WHERE f.found_position <= named
        UNION ALL
        SELECT 'error', 'drift', format('schema %s', installation),
               format('and %s more', f.total - named),
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM found AS f
        WHERE f.found_position = named + 1;

    RETURN QUERY
        WITH found AS (
            SELECT s.workflow_step_id, s.task_id,
                   row_number() OVER (ORDER BY s.workflow_step_id) AS found_position,
                   count(*) OVER () AS total
            FROM @extschema@._tasker_unqueued_steps(installation) AS s
        )
        SELECT 'warning', 'step_not_queued', format('workflow step %s', f.workflow_step_id),
               format('it may run, now or when its wait is over, but it has neither a hint nor a '
                      'timer: no claim will find it unless it asks for task %s', f.task_id),
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM found AS f
        WHERE f.found_position <= named
        UNION ALL
        SELECT 'warning', 'step_not_queued', format('schema %s', installation),
               format('and %s more', f.total - named),
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM found AS f
        WHERE f.found_position = named + 1;

    -- An installation of an earlier version may not have the table yet: side_table_missing says so.
    IF to_regclass(format('%s.tasker_core_troubles', installation)) IS NOT NULL THEN
        FOR seen IN
            SELECT t.*, row_number() OVER () AS found_position
            FROM @extschema@._tasker_troubles(installation, named + 1) AS t
        LOOP
            severity := 'warning';
            check_name := 'put_aside';
            IF seen.found_position <= named THEN
                object := CASE WHEN seen.kind IN ('step', 'claim')
                               THEN format('workflow step %s', seen.subject_id)
                               WHEN seen.kind IN ('task', 'purge')
                               THEN format('task %s', seen.subject_id)
                               ELSE seen.kind END;
                detail := format('%s was refused %s times since %s, next try at %s: %s (SQLSTATE '
                                 '%s)',
                                 CASE WHEN seen.kind = 'claim' THEN 'its claim'
                                      WHEN seen.kind = 'task' THEN 'its end'
                                      WHEN seen.kind = 'purge' THEN 'its deletion'
                                      ELSE 'its recovery or its rule' END,
                                 seen.attempts, seen.since, seen.next_try, seen.message,
                                 seen.sqlstate);
                fix := '-- Change the constraint, trigger or row that the message names; the work '
                       'is then tried again automatically.';
            ELSE
                object := format('schema %s', installation);
                detail := format('and %s more', seen.total - named);
                fix := '';
            END IF;
            RETURN NEXT;
        END LOOP;
    END IF;

    -- As above: an installation of layout 1 has no deadlines.
    IF to_regclass(format('%s.tasker_core_deadlines', installation)) IS NOT NULL THEN
        FOR seen IN EXECUTE format(
            'SELECT d.task_id, count(*) OVER () AS total,
                 row_number() OVER (ORDER BY d.task_id) AS found_position
             FROM %1$s.tasker_core_deadlines AS d
             JOIN %1$s.tasker_core_tasks AS t ON t.task_id = d.task_id
             WHERE t.state IN (''pending'', ''in_progress'')
                 AND NOT EXISTS (
                     SELECT FROM %1$s.tasker_core_timers AS i
                     WHERE i.kind = ''task'' AND i.subject_id = d.task_id
                         AND i.due_at >= d.deadline_at)
             ORDER BY d.task_id LIMIT %2$s', installation, named + 1)
        LOOP
            severity := 'warning';
            check_name := 'deadline_not_queued';
            object := CASE WHEN seen.found_position <= named THEN format('task %s', seen.task_id)
                           ELSE format('schema %s', installation) END;
            detail := CASE WHEN seen.found_position <= named
                           THEN 'it has a deadline, but no timer: nothing will end it in time'
                           ELSE format('and %s more', seen.total - named) END;
            fix := @extschema@._tasker_repair('tasker_rebuild', installation);
            RETURN NEXT;
        END LOOP;
    END IF;

    -- Until the claim is committed, other sessions see the step as it was, and cannot claim it.
    FOR seen IN
        SELECT s.workflow_step_id, o.who, o.since, o.remedy, count(*) OVER () AS total,
               row_number() OVER (ORDER BY o.since, s.workflow_step_id) AS found_position
        FROM @extschema@._tasker_locked_steps(installation) AS s
        JOIN (SELECT backend_xid::text::bigint AS number, format('process %s', pid) AS who,
            xact_start AS since,
                     format('SELECT pg_terminate_backend(%s); -- or let the session commit',
                            pid) AS remedy
              FROM pg_stat_activity
              UNION ALL
              SELECT transaction::text::bigint, format('the prepared transaction %L', gid),
                     prepared,
                     format('ROLLBACK PREPARED %L; -- or COMMIT PREPARED', gid)
              FROM pg_prepared_xacts) AS o ON o.number = s.transaction_number
        WHERE o.since < coalesce(
            nullif(current_setting('tasker_core.fake_now', true), '')::timestamptz,
            clock_timestamp())
                        - interval '5 minutes'
        ORDER BY found_position LIMIT named + 1
    LOOP
        severity := 'warning';
        check_name := 'uncommitted_claim';
        IF seen.found_position <= named THEN
            object := format('workflow step %s', seen.workflow_step_id);
            detail := format('%s has changed or locked it in a transaction that has been open '
                             'since %s', seen.who, seen.since);
            fix := seen.remedy;
        ELSE
            object := format('schema %s', installation);
            detail := format('and %s more', seen.total - named);
            fix := '';
        END IF;
        RETURN NEXT;
    END LOOP;

    -- Tasks that wait for themselves, through their own steps or those of other tasks. Such a wait
    -- is refused where it is laid down by tasker_add_steps(); a template or a write to the side
    -- tables can still bring one about.
    FOR seen IN
        SELECT w.task_id AS origin, w.workflow_step_id AS step_id, w.total,
            row_number() OVER () AS found_position
        FROM @extschema@._tasker_wait_cycles(installation, named + 1) AS w
    LOOP
        severity := 'error';
        check_name := 'wait_cycle';
        IF seen.found_position <= named THEN
            object := format('task %s', seen.origin);
            detail := format('its workflow step %s waits for a task that waits for task %s',
                             seen.step_id, seen.origin);
            fix := format('SELECT * FROM tasker_cancel_step(%s); -- or another step of the cycle',
                          seen.step_id);
        ELSE
            object := format('schema %s', installation);
            detail := format('and %s more', seen.total - named);
            fix := '';
        END IF;
        RETURN NEXT;
    END LOOP;

    RETURN QUERY
        SELECT 'error', 'miscounted', format('table %s.tasker_core_counts', installation),
               CASE WHEN m.counted = m.present
                    THEN format('the %s are counted in other states than they are in', m.kind)
                    ELSE format('%s %s are counted, but there are %s', m.counted, m.kind,
                                m.present) END,
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM @extschema@._tasker_miscounts(installation) AS m;

    -- Sequences are not replicated: a subscriber that takes over begins at 1.
    RETURN QUERY
        SELECT 'warning', 'sequence_behind', format('sequence %s', q.sequence_name),
               format('it has given out %s, but the highest id in %s.%I is %s: once this '
                      'subscriber takes over, INSERT fails',
                      COALESCE(q.last_value::text, 'no id'), installation, q.table_name, q.highest),
               format('SELECT setval(%L, %s);', q.sequence_name, q.highest)
        FROM (
            SELECT e.table_name, fed.sequence_name,
                   pg_sequence_last_value(to_regclass(fed.sequence_name)) AS last_value,
                   @extschema@._tasker_highest_id(installation, e.table_name, e.column_name)
                       AS highest
            FROM @extschema@._tasker_expected_columns() AS e
            JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = e.table_name
                AND c.relkind = 'r'
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = e.column_name
                AND NOT a.attisdropped
            CROSS JOIN LATERAL (
                SELECT pg_get_serial_sequence(format('%s.%I', installation, e.table_name),
                a.attname)
                                AS sequence_name) AS fed
            WHERE e.sequence_name IS NOT NULL AND has_table_privilege(c.oid, 'SELECT')
                AND has_sequence_privilege(to_regclass(fed.sequence_name), 'SELECT')
                AND EXISTS (SELECT FROM pg_subscription_rel AS s WHERE s.srrelid = c.oid)
        ) AS q
        WHERE q.highest > COALESCE(q.last_value, 0)
        ORDER BY q.table_name;

    -- A cycle never runs; the other defects are read like any edge.
    RETURN QUERY
        WITH found AS (
            SELECT d.defect, d.task_id, d.edge_id, d.detail AS description,
                   row_number() OVER (PARTITION BY d.defect ORDER BY d.task_id, d.edge_id)
                       AS found_position,
                   count(*) OVER (PARTITION BY d.defect) AS total
            FROM @extschema@._tasker_graph_defects(installation) AS d
        )
        SELECT CASE WHEN f.defect IN ('cycle', 'self_edge') THEN 'error' ELSE 'warning' END,
               f.defect,
               concat_ws(', ', 'task ' || f.task_id, 'edge ' || f.edge_id), f.description,
               CASE WHEN f.edge_id IS NOT NULL
                    THEN format('DELETE FROM %s.tasker_workflow_step_edges WHERE id = %s;',
                                installation, f.edge_id)
                    -- The edge that closes the cycle as it is described.
                    ELSE format('DELETE FROM %s.tasker_workflow_step_edges WHERE from_step_id = %s '
                                'AND to_step_id = %s; -- or another edge of the cycle',
                                installation,
                                substring(f.description FROM '([0-9]+) -> [0-9]+$'),
                                substring(f.description FROM '[0-9]+ -> ([0-9]+)$')) END
        FROM found AS f
        WHERE f.found_position <= named
        UNION ALL
        SELECT CASE WHEN f.defect IN ('cycle', 'self_edge') THEN 'error' ELSE 'warning' END,
               f.defect,
               format('schema %s', installation), format('and %s more', f.total - named), ''
        FROM found AS f
        WHERE f.found_position = named + 1;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_maintain(integer) IS
'Does work that has become due, at most max_rows items. promoted: failed steps whose wait is over '
'return to pending. leases_expired: steps with expired leases are taken back, and the attempts '
'count as failed; so do steps that no worker has claimed in time. stale_recovered: the same for '
'steps that have been in_progress without a lease for longer than tasker_core.stale_after. '
'hinted: pending steps whose requested wait is over get a hint. decided: rules that must be '
'evaluated again are evaluated. finalized: tasks that have no step left to run, but were not '
'finalized, are ended; so are those whose deadlines have passed. trimmed: leases of cancelled '
'steps, events that the stream no longer keeps, and ended tasks that the section retention of the '
'configuration no longer keeps, are removed. So an unchanged Rails engine also retries '
'failed steps, and steps of dead processes are recovered (defects R1 and R21 of the engine).

put_aside counts work that a constraint or trigger of the application refused. The call puts this '
'work aside with its error, and later calls try it again: after ten seconds, then after twice as '
'long each time, at most an hour. No other work waits for it, and tasker_doctor() lists it. A step '
'whose rule can never be evaluated, because stored data cannot be read or is too large, fails for '
'good.

Any number of sessions may run it at any time: each skips rows that another has locked. Every '
'claim does a part of this work.

Errors: 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, UPDATE on '
'tasker_tasks and tasker_workflow_steps; it writes as their owner, and returns no counts (NULL) '
'for a role under row-level security. Complexity: O(log n) for each due item, nothing for the '
'rest.';

COMMENT ON FUNCTION @extschema@.tasker_heartbeat(uuid[], interval, jsonb) IS
'Extends the leases with these tokens. A lease then ends after the duration lease from now (NULL: '
'after the duration for which it was claimed); it never becomes shorter. progress is stored with '
'the lease (NULL keeps the stored one). Returns one row for each token, none for NULL '
'claim_tokens. status: held; cancelled (stop: the step was cancelled); timed_out (stop: its '
'timeout_seconds are over); lost (stop: the step was taken back, or the execution has ended).

Errors: 22023 when lease is not positive or progress is nested more than 512 levels deep; 42P01, '
'55000; 42501. Privileges: SELECT and UPDATE on tasker_workflow_steps; a token of a step that '
'row-level security hides is lost. Complexity: O(log n) a token. It waits for no lock.';

COMMENT ON FUNCTION @extschema@.tasker_add_steps(bigint, jsonb) IS
'Adds steps to a running task, for example one for each element of a list, the next batch, or the '
'branch that a step has chosen. steps: an array of objects. Required: name. Optional: depends_on '
'(the steps that the new step waits for) and before (the steps that will wait for it, and must not '
'have started), both with names of steps of the task or of this call; inputs (default: the context '
'of the task), retryable (true), retry_limit (3), skippable (false), dependent_system (unknown), '
'description; timeout_seconds, heartbeat_seconds, start_within_seconds (docs/workers.md). join, '
'when, wait, subtask and for_each define a rule (docs/dynamic-workflows.md), which this call also '
'evaluates.

If the task already has a step of that name, the step and its edges stay as they are (created = '
'false). So you can repeat the call after a crash. NULL steps, which an aggregate over no rows '
'returns, add nothing. The call adds all steps or none, in the caller''s transaction. A worker '
'adds steps before it completes its own step.

Errors: P0002 no such task, or a task that a step is to wait for does not exist; 22004 when '
'task_id is NULL; 22023 with a line in DETAIL for each problem, for example a cycle, an unknown '
'name, or a step that has started; 55000 when the task is closed; 42P01, 55000; 42501. Privileges: '
'SELECT on the Tasker tables, UPDATE on tasker_tasks and tasker_workflow_steps and their '
'transitions (to lock them), INSERT on tasker_workflow_steps, tasker_workflow_step_edges, '
'tasker_named_steps and tasker_dependent_systems; USAGE on the sequences. Complexity: O(steps + '
'edges) of the task. Waits for transactions that are changing one of the named steps.';

COMMENT ON FUNCTION @extschema@.tasker_create_task(text, jsonb, text, text, jsonb) IS
'Creates a task of a registered template with its steps and edges. version NULL: the latest. The '
'context must be a JSON object that satisfies the template''s JSON Schema.

options: initiator, source_system, reason (text); tags (list); bypass_steps (names of skippable '
'steps to leave out from the beginning); priority (-100 to 100); parent_task_id (an existing task; '
'see tasker_parent_task()); start_at (no step runs before; RFC 3339); requested_at (now); '
'deadline_seconds, on_deadline (fail or cancel); identity, identity_key.

identity: none (default). hash: requests in the same minute with the same name, namespace, '
'version, context, initiator, source_system, reason and bypass_steps are the same. key: requests '
'with the same name, namespace and identity_key are the same. If a request is the same as an '
'earlier or a concurrent one, the call returns the existing task with created = false, and changes '
'nothing.

Errors: P0002 no such template; 22023 with a line for each problem in DETAIL; 22004; XX001; 23505 '
'when a row that you may not see has the identity_hash; 40001 at REPEATABLE READ; 40P01 when two '
'transactions create tasks by key in several calls and in opposite orders; 42P01, 55000; 42501. '
'Privileges: SELECT on the tables of templates as tasker_template(), tasker_dependent_systems, '
'tasker_named_steps and tasker_named_tasks_named_steps; SELECT and INSERT on tasker_tasks and '
'tasker_workflow_steps, INSERT on tasker_workflow_step_edges, USAGE on their sequences; for '
'bypass_steps those of tasker_skip_step(). Complexity: O(steps + edges), and the length of '
'template and context.';

COMMENT ON FUNCTION @extschema@.tasker_doctor(name) IS
'Examines an installation and changes nothing. Returns a row for each problem, the worst first, '
'and no rows if there are no problems. fix: the command that repairs the problem; replace ... in '
'it by a value that only you know. target_schema: as for tasker_install().

severity: error (answers are wrong, or soon will be), warning (it works, but not as it should), '
'info (it costs more than necessary). check_name: not_installed, installation_outdated, '
'installation_newer, missing_table, table_inherited, column_differs, constraint_differs, '
'index_differs, trigger_missing, trigger_disabled, trigger_altered, trigger_foreign, '
'trigger_surplus, view_missing, view_altered, view_foreign, side_table_missing, '
'side_table_altered, side_table_extended, side_table_foreign, side_index_missing, '
'side_table_owner, wrapper_missing, wrapper_altered, wrapper_overwritten, schema_usage, '
'owner_cannot_read, side_table_writer, table_owner, foreign_trigger, publication_incomplete, '
'subscription_incomplete, unknown_state, several_current_transitions, drift, step_not_queued, '
'put_aside, deadline_not_queued, wait_cycle, uncommitted_claim, miscounted, sequence_behind, '
'cycle, self_edge, duplicate_edge, cross_task_edge, redundant_index. A check of rows names at most '
'20 of them, and counts the others.

Errors: 3F000 when there is no such schema; 42501. Privileges: SELECT on the Tasker tables and the '
'side tables, which their owner has; for a caller with the rights of the owner, such as a '
'superuser, rows are read as the owner. Complexity: one pass over steps, edges, transitions and '
'side rows; no lock beyond that of a SELECT.';

COMMENT ON FUNCTION @extschema@.tasker_rebuild(name) IS
'Corrects the side rows of an installation from its Tasker tables, and returns how many were '
'wrong; priorities stay. Steps and deadlines that should have a hint or a timer, and have none, '
'get one. You need it only if tasker_doctor() reports drift, step_not_queued or '
'deadline_not_queued. target_schema: as for tasker_install().

action: backfilled or unchanged.

Errors: 3F000 when there is no such schema; 25006 in a read-only transaction; 55000 when nothing '
'is installed in it, when a table of it is missing or altered (DETAIL lists the problems), or in a '
'REPEATABLE READ or SERIALIZABLE transaction. Privileges: ownership of the tables. Complexity: one '
'pass over tasks, steps, edges and transitions, which are locked SHARE ROW EXCLUSIVE (readers go '
'on, writers wait) until the transaction ends.';

CREATE FUNCTION @extschema@.tasker_event_types()
RETURNS TABLE (
    event text,
    category text,
    recorded_by text,
    fired_by text,
    payload_schema jsonb
)
LANGUAGE c STABLE CALLED ON NULL INPUT ROWS 80
AS 'MODULE_PATHNAME', 'tasker_event_types';

COMMENT ON FUNCTION @extschema@.tasker_event_types() IS
'Returns the catalogue of events: all names of the engine, those of the extension, and the '
'custom_events of registered templates, if you may read these. recorded_by: database (in the '
'stream, whichever program writes), client (if one calls tasker_publish_event()) or nothing. '
'payload_schema: a JSON Schema.

Errors: none. Privileges: none. Complexity: O(templates).';

CREATE FUNCTION @extschema@.tasker_subscribe(
    consumer text,
    patterns text[] DEFAULT '{*}',
    start_at text DEFAULT NULL,
    role text DEFAULT NULL
)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_subscribe';

COMMENT ON FUNCTION @extschema@.tasker_subscribe(text, text[], text, text) IS
'Creates a consumer of the event stream, or replaces its patterns; true: it is new. Patterns: '
'step.*, *.failed, *. start_at: now, oldest or a position; NULL: now for a new consumer, else '
'where it is. role: who may use it; NULL: you, or no change.

Errors: 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, UPDATE on '
'tasker_tasks; those of its old and new role. Complexity: constant.';

CREATE FUNCTION @extschema@.tasker_unsubscribe(consumer text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_unsubscribe';

COMMENT ON FUNCTION @extschema@.tasker_unsubscribe(text) IS
'Removes a consumer of the event stream; false: there was none. Without a consumer, no events '
'are recorded.

Errors: 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, and those '
'of the role of the consumer. Complexity: constant.';

CREATE FUNCTION @extschema@.tasker_subscriptions()
RETURNS TABLE (
    consumer text,
    patterns text[],
    role text,
    subscribed_at timestamptz,
    acknowledged_at timestamptz,
    lag bigint,
    oldest_event_at timestamptz,
    missed bigint
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_subscriptions';

COMMENT ON FUNCTION @extschema@.tasker_subscriptions() IS
'Returns the consumers of the event stream that the caller may use. lag: events of any name that '
'are not acknowledged; oldest_event_at: the first of them. missed: events that were removed '
'unread. These are NULL under row-level security.

Errors: 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: O(lag).';

CREATE FUNCTION @extschema@.tasker_read_events(
    consumer text,
    max_events integer DEFAULT 100,
    wait interval DEFAULT NULL
)
RETURNS TABLE (
    "position" text,
    event text,
    at timestamptz,
    task_id bigint,
    workflow_step_id bigint,
    payload jsonb
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_read_events';

COMMENT ON FUNCTION @extschema@.tasker_read_events(text, integer, interval) IS
'Returns the next events of a consumer, after the last acknowledged one. wait: as in '
'tasker_claim_steps(). The caller gets events of tasks that it may see.

Errors: P0002; 55000 if events were removed unread; 22023, 22004, 0A000; 42P01; 42501. '
'Privileges: SELECT on the Tasker tables, and those of the role of the consumer. Complexity: '
'O(log n) an event.';

CREATE FUNCTION @extschema@.tasker_ack_events(consumer text, up_to text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_ack_events';

COMMENT ON FUNCTION @extschema@.tasker_ack_events(text, text) IS
'Acknowledges the events up to a position (up_to) that tasker_read_events() has returned: the '
'consumer does not get them again. false: this position or a later one is acknowledged already.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, and '
'those of the role of the consumer. Complexity: constant.';

CREATE FUNCTION @extschema@.tasker_publish_event(
    task_id bigint,
    workflow_step_id bigint,
    name text,
    payload jsonb DEFAULT NULL
)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_publish_event';

COMMENT ON FUNCTION @extschema@.tasker_publish_event(bigint, bigint, text, jsonb) IS
'Puts an event into the stream when the transaction commits: one that only a client knows, or '
'one of your own, such as billing.paid. Task and step may be NULL. false: there is no consumer, '
'and the event is not kept.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, '
'UPDATE on tasker_workflow_steps. Complexity: O(log n).';

CREATE FUNCTION @extschema@.tasker_purge(
    older_than interval,
    states text[] DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    initiator text DEFAULT NULL,
    tag text DEFAULT NULL,
    annotation_type text DEFAULT NULL,
    annotation_key text DEFAULT NULL,
    annotation_value text DEFAULT NULL,
    parent_task_id bigint DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    dry_run boolean DEFAULT true,
    max_rows integer DEFAULT 1000
)
RETURNS TABLE (
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    state text,
    ended_at timestamptz,
    steps bigint,
    done boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_purge';

COMMENT ON FUNCTION @extschema@.tasker_purge(interval, text[], text, text, text, text, text, text,
    text, text, bigint, bigint, boolean, integer) IS
'Deletes tasks that ended longer ago than older_than, as tasker_delete_task(), in the order of '
'their ids. Filters: as in tasker_find_tasks(). states NULL: the closed ones, without error. '
'dry_run only shows them. Only your own triggers can make it wait; refusal: why a task stays.

Errors: 22004; 22023; 42P01, 55000; 42501; 40001. Privileges: as tasker_delete_task(); dry_run: as '
'tasker_find_tasks(). Complexity: O(rows deleted).';

CREATE FUNCTION @extschema@.tasker_export_task(task_id bigint)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_export_task';

COMMENT ON FUNCTION @extschema@.tasker_export_task(bigint) IS
'Returns a task as one document, as the caller may see it: the rows of the task, its template, '
'steps, edges, transitions and annotations, with all columns, and its signals and pause. format is '
'1. Without UPDATE on the steps, fencing tokens are left out.

Errors: P0002; 22004; 42P01, 55000; 42501; 54000. Privileges: SELECT on the Tasker tables. '
'Complexity: O(rows of the task).';

CREATE FUNCTION @extschema@.tasker_cancel_many(
    task_id bigint DEFAULT NULL,
    states text[] DEFAULT NULL,
    active boolean DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    initiator text DEFAULT NULL,
    tag text DEFAULT NULL,
    annotation_type text DEFAULT NULL,
    annotation_key text DEFAULT NULL,
    annotation_value text DEFAULT NULL,
    created_since timestamptz DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    parent_task_id bigint DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    reason text DEFAULT NULL,
    dry_run boolean DEFAULT true,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    current_state text,
    action text,
    done boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_cancel_many';

COMMENT ON FUNCTION @extschema@.tasker_cancel_many(bigint, text[], boolean, text, text, text,
    text, text, text, text, text, timestamptz, timestamptz, bigint, bigint, text, boolean,
    integer) IS
'Cancels open tasks, found by the filters of tasker_find_tasks(), each as tasker_cancel_task(). '
'Unless dry_run is false, it only shows them. refusal: why a task was left as it is.

Errors: 22004; 22023 no filter and no dry run, or max_rows is negative; 42501; 40001. '
'Privileges: those of tasker_find_tasks() and tasker_cancel_task(). Complexity: the search, and '
'O(steps + edges) of each task.';

CREATE FUNCTION @extschema@.tasker_pause_many(
    task_id bigint DEFAULT NULL,
    states text[] DEFAULT NULL,
    active boolean DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    initiator text DEFAULT NULL,
    tag text DEFAULT NULL,
    annotation_type text DEFAULT NULL,
    annotation_key text DEFAULT NULL,
    annotation_value text DEFAULT NULL,
    created_since timestamptz DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    parent_task_id bigint DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    reason text DEFAULT NULL,
    dry_run boolean DEFAULT true,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    current_state text,
    action text,
    done boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_pause_many';

COMMENT ON FUNCTION @extschema@.tasker_pause_many(bigint, text[], boolean, text, text, text,
    text, text, text, text, text, timestamptz, timestamptz, bigint, bigint, text, boolean,
    integer) IS
'Pauses open tasks, found by the filters of tasker_find_tasks(), each as tasker_pause_task(). '
'Paused tasks do not match. Unless dry_run is false, it only shows the tasks. refusal: why a task '
'was left as it is.

Errors: 22004; 22023 max_rows is negative; 42501; 40001. Privileges: those of '
'tasker_find_tasks() and tasker_pause_task(). Complexity: the search, and O(log n) for each task.';

CREATE FUNCTION @extschema@.tasker_resume_many(
    task_id bigint DEFAULT NULL,
    states text[] DEFAULT NULL,
    active boolean DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    initiator text DEFAULT NULL,
    tag text DEFAULT NULL,
    annotation_type text DEFAULT NULL,
    annotation_key text DEFAULT NULL,
    annotation_value text DEFAULT NULL,
    created_since timestamptz DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    parent_task_id bigint DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    reason text DEFAULT NULL,
    dry_run boolean DEFAULT true,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    current_state text,
    action text,
    done boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_resume_many';

COMMENT ON FUNCTION @extschema@.tasker_resume_many(bigint, text[], boolean, text, text, text,
    text, text, text, text, text, timestamptz, timestamptz, bigint, bigint, text, boolean,
    integer) IS
'Resumes paused tasks, found by the filters of tasker_find_tasks(), each as tasker_resume_task(). '
'Unless dry_run is false, it only shows them. refusal: why a task was left as it is.

Errors: 22004; 22023 max_rows is negative; 42501; 40001. Privileges: those of '
'tasker_find_tasks() and tasker_resume_task(). Complexity: O(paused tasks), and O(steps) of each '
'task.';

CREATE FUNCTION @extschema@.tasker_resolve_many(
    condition text DEFAULT 'exhausted',
    task_id bigint DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    step_name text DEFAULT NULL,
    error_class text DEFAULT NULL,
    created_since timestamptz DEFAULT NULL,
    failed_since timestamptz DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    results jsonb DEFAULT NULL,
    resolved_by text DEFAULT NULL,
    reason text DEFAULT NULL,
    dry_run boolean DEFAULT true,
    max_rows integer DEFAULT 100
)
RETURNS TABLE (
    workflow_step_id bigint,
    task_id bigint,
    task_name text,
    step_name text,
    error_class text,
    error text,
    action text,
    done boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_resolve_many';

COMMENT ON FUNCTION @extschema@.tasker_resolve_many(text, bigint, text, text, text, text, text,
    timestamptz, timestamptz, bigint, jsonb, text, text, boolean, integer) IS
'Resolves failed steps, found by filters, each as tasker_resolve_step(). condition as in '
'tasker_retry_many(). Unless dry_run is false, it only shows them. refusal: why a step was left '
'as it is.

Errors: 22004; 22023 no filter and no dry run, another condition, or max_rows is negative; '
'42501; 40001. Privileges: those of tasker_resolve_step(). Complexity: as tasker_retry_many().';

CREATE FUNCTION @extschema@.tasker_fork_task(
    task_id   bigint,
    from_step text  DEFAULT NULL,
    options   jsonb DEFAULT '{}'
)
RETURNS TABLE (
    task_id       bigint,
    created       boolean,
    identity_hash text,
    copied_steps  bigint,
    open_steps    bigint
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_fork_task';

COMMENT ON FUNCTION @extschema@.tasker_fork_task(bigint, text, jsonb) IS
'Runs a task again from a step (name or id; NULL: what has not ended well), as a new task; '
'what ended well is copied. options: context, initiator, source_system, reason, tags, '
'priority, deadline_seconds, on_deadline, identity_key, subtasks.

Errors: P0002; 22023; 22004; 23505; 40001; 42P01, 55000; 42501. Privileges: SELECT; INSERT on '
'tasks, steps, edges, transitions. Complexity: O(steps + edges).';

CREATE FUNCTION @extschema@.tasker_schedule(
    name text,
    template text,
    cron text DEFAULT NULL,
    every interval DEFAULT NULL,
    time_zone text DEFAULT 'UTC',
    context jsonb DEFAULT '{}',
    namespace text DEFAULT 'default',
    version text DEFAULT NULL,
    options jsonb DEFAULT '{}',
    overlap text DEFAULT 'allow',
    catch_up text DEFAULT 'latest'
)
RETURNS TABLE (
    schedule text,
    created boolean,
    changed boolean,
    next_run_at timestamptz
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_schedule';

COMMENT ON FUNCTION @extschema@.tasker_schedule(text, text, text, interval, text, jsonb, text, text,
                                                jsonb, text, text) IS
'Defines a schedule, which creates tasks of a template by cron or every. overlap: allow, skip, '
'queue; catch_up: none, latest, all (docs/schedules.md). The tasks are created with the rights of '
'the role that called last.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: those of tasker_create_task(); for '
'an existing schedule, those of its role. Complexity: O(length of the template).';

CREATE FUNCTION @extschema@.tasker_unschedule(name text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_unschedule';

COMMENT ON FUNCTION @extschema@.tasker_unschedule(text) IS
'Removes a schedule; false: there is none of this name. Its tasks stay.

Errors: 22023, 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, and those of '
'the role of the schedule. Complexity: constant.';

CREATE FUNCTION @extschema@.tasker_pause_schedule(name text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_pause_schedule';

COMMENT ON FUNCTION @extschema@.tasker_pause_schedule(text) IS
'Pauses a schedule: it creates no task until tasker_resume_schedule(). false: it was paused.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: as tasker_unschedule(). Complexity: '
'constant.';

CREATE FUNCTION @extschema@.tasker_resume_schedule(name text)
RETURNS boolean
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_resume_schedule';

COMMENT ON FUNCTION @extschema@.tasker_resume_schedule(text) IS
'Ends the pause of a schedule; its catch_up decides about the runs that were due meanwhile. false: '
'it was not paused.

Errors: P0002, 22023, 22004; 42P01, 55000; 42501. Privileges: as tasker_unschedule(). Complexity: '
'constant.';

CREATE FUNCTION @extschema@.tasker_trigger_schedule(name text)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_trigger_schedule';

COMMENT ON FUNCTION @extschema@.tasker_trigger_schedule(text) IS
'Creates a task of a schedule now, outside of its plan, whatever overlap says, and returns its id. '
'The task is created with the rights of the role of the schedule.

Errors: P0002, 22023, 22004; XX001; 42P01, 55000; 42501. Privileges: as tasker_unschedule(). '
'Complexity: that of tasker_create_task().';

CREATE FUNCTION @extschema@.tasker_schedules()
RETURNS TABLE (
    schedule text,
    template text,
    namespace text,
    version text,
    cron text,
    every interval,
    time_zone text,
    context jsonb,
    options jsonb,
    overlap text,
    catch_up text,
    role text,
    paused_at timestamptz,
    next_run_at timestamptz,
    due_at timestamptz,
    last_run_at timestamptz,
    last_task_id bigint,
    last_task_state text,
    runs bigint,
    skipped bigint,
    missed bigint,
    failures integer,
    last_error text,
    last_error_at timestamptz
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 10
AS 'MODULE_PATHNAME', 'tasker_schedules';

COMMENT ON FUNCTION @extschema@.tasker_schedules() IS
'Returns the schedules that the caller may use. next_run_at, last_run_at: planned times. due_at: '
'when it is looked at again, later if a run waits or was refused. failures: how often in a row, '
'last_error: why.

Errors: 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables. Complexity: O(schedules).';

COMMENT ON FUNCTION @extschema@.tasker_find_tasks(bigint, text[], boolean, text, text, text, text,
    text, text, text, text, timestamptz, timestamptz, timestamptz, bigint, bigint, integer) IS
'Finds tasks by their stored data, in the order of their ids. A NULL argument does not filter; a '
'task must match all other arguments. active: in pending or in_progress. tag: an element of tags. '
'annotation_key and annotation_value: a key and its value in an annotation of annotation_type. '
'completed_since and failed_since: the task has been complete or resolved, or in error, since '
'then. parent_task_id: the children of that task. state_since: for a task without a transition, '
'its creation. To page, pass the last id as after_id; max_rows NULL returns all.

Errors: 22023 max_rows is negative; 42P01 and 55000 as tasker_ready_steps(); 42501. Privileges: '
'SELECT on tasker_tasks, tasker_task_transitions, tasker_named_tasks and tasker_task_namespaces; '
'on the annotations if you filter by them. Row-level security filters the rows. Complexity: O(log '
'n) for task_id, O(children) for parent_task_id, O(tasks of the template) for namespace and name, '
'else the tasks up to the last row, in the order of an index; with nothing but states, active => '
'true or failed_since, and without row-level security, only the tasks in these states.';

COMMENT ON FUNCTION @extschema@.tasker_find_steps(text, bigint, text[], text, text, text, text,
    timestamptz, timestamptz, timestamptz, bigint, integer) IS
'Finds steps by their stored data and by what they wait for, in the order of their ids. A NULL '
'argument does not filter; a step must match all other arguments. condition: ready, running, stuck '
'(in progress, but the lease has expired, or it has had no lease for longer than '
'tasker_core.stale_after), waiting (for steps, or for its rule), waiting_for_backoff (until '
'next_eligible_at), retryable (failed, and may run again), exhausted (no attempts left, or not '
'retryable), blocked (it cannot run without an operator: exhausted, or marked as processed), '
'cut_off (below a cancelled step), paused. blocked_by_step_id: the blocked or cancelled step that '
'a step waits for. blocking_reason as in tasker_step_readiness(). To page, pass the last id as '
'after_id; max_rows NULL returns all.

Errors: 22023 an unknown condition, or max_rows is negative; 42P01, 55000 and XX001 as '
'tasker_ready_steps(); 42501. Privileges: SELECT on the tables of tasks, steps, edges, '
'transitions, named tasks, named steps and namespaces. Row-level security filters the rows. '
'Complexity: with task_id O(steps + edges) of the task; else the steps up to the last row, in the '
'order of an index, with their tasks; for waiting_for_backoff, retryable, exhausted, blocked and '
'paused only the steps that have failed or are paused; for ready alone, without '
'row-level security, those and the steps in the queues.';

-- The doctor takes half the time.

CREATE OR REPLACE FUNCTION @extschema@._tasker_column_differences(installation regnamespace)
RETURNS TABLE (object text, detail text, fix text, is_blocking boolean)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH present AS (
        SELECT c.relname, a.attname, a.attnum, a.attnotnull,
               format_type(a.atttypid, a.atttypmod) AS type_name,
               -- A domain is stored as what it is over.
               CASE WHEN y.typtype <> 'd' THEN format_type(a.atttypid, NULL)
                   ELSE (WITH RECURSIVE layer AS (
                             SELECT a.atttypid AS id
                             UNION ALL
                             SELECT t.typbasetype FROM layer AS l JOIN pg_type AS t ON t.oid = l.id
                                 AND t.typtype = 'd'
                         )
                         SELECT format_type(l.id, NULL) FROM layer AS l
                         JOIN pg_type AS t ON t.oid = l.id AND t.typtype <> 'd') END AS base_type,
               pg_get_expr(d.adbin, d.adrelid) AS default_expression,
               a.attgenerated <> '' AS is_generated,
               a.attidentity <> '' AS is_identity
        FROM pg_class AS c
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type AS y ON y.oid = a.atttypid
        LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = installation AND c.relkind = 'r'
    ), expected AS (
        SELECT e.table_name, e.column_name, e.type_name, e.not_null, e.is_needed,
               e.sequence_name IS NOT NULL AS is_fed,
               -- What the sequence that feeds the column lacks: the command before, and after, it
               -- is used.
               CASE WHEN e.sequence_name IS NOT NULL
                        AND to_regclass(format('%s.%I', installation, e.sequence_name)) IS NULL
                    THEN format('CREATE SEQUENCE %s.%I AS %s; ', installation, e.sequence_name,
                                e.type_name)
                    END AS create_sequence,
               CASE WHEN e.sequence_name IS NOT NULL
                        AND to_regclass(format('%s.%I', installation, e.sequence_name)) IS NULL
                    THEN format(' ALTER SEQUENCE %1$s.%2$I OWNER TO %5$s;'
                                ' ALTER SEQUENCE %1$s.%2$I OWNED BY %1$s.%3$I.%4$I;'
                                ' SELECT setval(%6$L, COALESCE(max(%4$I), 0) + 1, false) FROM '
                                '%1$s.%3$I;',
                                installation, e.sequence_name, e.table_name, e.column_name,
                                c.relowner::regrole, format('%s.%I', installation, e.sequence_name))
                    END AS bind_sequence,
               regexp_replace(e.type_name, '[(][0-9]+[)]', '') AS base_type,
               CASE WHEN e.sequence_name IS NULL THEN e.default_expression
                    ELSE format('nextval(%L::regclass)',
                                format('%s.%I', installation, e.sequence_name))
                    END AS default_expression
        FROM @extschema@._tasker_expected_columns() AS e
        JOIN pg_class AS c
            ON c.relnamespace = installation AND c.relname = e.table_name AND c.relkind = 'r'
    ), compared AS (
        SELECT e.table_name, e.column_name, e.is_needed, e.create_sequence, e.bind_sequence,
               e.type_name, e.not_null, e.default_expression, p.attnum IS NULL AS is_missing,
               e.base_type <> p.base_type
                   AND NOT (e.base_type = 'character varying'
                            AND p.base_type = 'text') AS is_incompatible,
               concat_ws(' ', e.type_name,
                         CASE WHEN e.not_null THEN 'NOT NULL' END,
                         'DEFAULT ' || e.default_expression) AS expected_definition,
               concat_ws(' ', seen.type_name,
                         CASE WHEN p.attnotnull THEN 'NOT NULL' END,
                         CASE WHEN seen.is_fed THEN 'DEFAULT ' || e.default_expression
                              WHEN p.is_identity THEN 'GENERATED AS IDENTITY'
                              WHEN p.is_generated
                              THEN 'GENERATED ALWAYS AS (' || p.default_expression || ')'
                              ELSE 'DEFAULT ' || p.default_expression END) AS present_definition,
               seen.type_name AS present_type, p.attnotnull AS present_not_null,
               CASE WHEN seen.is_fed THEN e.default_expression
                   ELSE p.default_expression END AS present_default
        FROM expected AS e
        LEFT JOIN present AS p ON p.relname = e.table_name AND p.attname = e.column_name
        -- Any sequence, and an identity column, will do where the engine has a sequence; so will
        -- text where it has a string of any length.
        CROSS JOIN LATERAL (
            SELECT COALESCE(e.is_fed AND (p.is_identity OR p.default_expression LIKE 'nextval(%'),
                            false),
                   CASE WHEN e.type_name = 'character varying' AND p.type_name = 'text'
                        THEN e.type_name ELSE p.type_name END) AS seen (is_fed, type_name)
    )
    SELECT format('column %s.%I.%I', installation, d.table_name, d.column_name),
           CASE WHEN d.is_missing
                THEN format('expected %s, but the column is missing', d.expected_definition)
                ELSE format('expected %s, found %s', d.expected_definition,
                            d.present_definition) END,
           concat(CASE WHEN d.default_expression IS DISTINCT FROM d.present_default
               THEN d.create_sequence END,
                  format('ALTER TABLE %s.%I ', installation, d.table_name))
               || CASE WHEN d.is_missing
                       THEN format('ADD COLUMN %I %s', d.column_name, d.expected_definition)
                  ELSE concat_ws(', ',
                      CASE WHEN d.present_type <> d.type_name
                           THEN format('ALTER COLUMN %I TYPE %s', d.column_name, d.type_name)
                               || CASE WHEN d.type_name LIKE '% without time zone'
                                           AND d.present_type LIKE '% with time zone'
                                       -- The engine stores UTC.
                                       THEN format(' USING %I AT TIME ZONE ''UTC''', d.column_name)
                                       WHEN d.is_incompatible
                                       THEN format(' USING %I::%s', d.column_name, d.type_name)
                                       ELSE '' END
                           END,
                      CASE WHEN d.present_not_null <> d.not_null
                           THEN format('ALTER COLUMN %I %s NOT NULL', d.column_name,
                                       CASE WHEN d.not_null THEN 'SET' ELSE 'DROP' END) END,
                      CASE WHEN d.default_expression IS NULL AND d.present_default IS NOT NULL
                           THEN format('ALTER COLUMN %I DROP DEFAULT', d.column_name)
                           WHEN d.default_expression IS DISTINCT FROM d.present_default
                           THEN format('ALTER COLUMN %I SET DEFAULT %s', d.column_name,
                                       d.default_expression) END)
                  END || ';'
               || CASE WHEN d.default_expression IS DISTINCT FROM d.present_default
                       THEN COALESCE(d.bind_sequence, '') ELSE '' END,
           d.is_needed AND (d.is_missing OR d.is_incompatible
               OR (d.not_null AND NOT d.present_not_null))
    FROM compared AS d
    WHERE d.expected_definition <> d.present_definition OR d.is_missing
    UNION ALL
    -- An added column does no harm, unless a row cannot be inserted without it.
    SELECT format('column %s.%I.%I', installation, p.relname, p.attname),
           format('not a column of Tasker, and %s without a default: rows inserted without it are '
                  'rejected',
                  p.type_name || ' NOT NULL'),
           format('ALTER TABLE %s.%I ALTER COLUMN %I DROP NOT NULL;', installation, p.relname,
                  p.attname),
           false
    FROM present AS p
    WHERE p.attnotnull AND p.default_expression IS NULL AND NOT p.is_identity
        AND EXISTS (SELECT FROM expected AS e WHERE e.table_name = p.relname)
        AND NOT EXISTS (SELECT FROM expected AS e
                        WHERE e.table_name = p.relname AND e.column_name = p.attname)
    ORDER BY 1
$$;

CREATE OR REPLACE FUNCTION @extschema@._tasker_doctor(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
-- Its estimates are high, and compiling takes longer than what it finds.
SET jit = off
AS $$
DECLARE
    is_sound boolean := true;
BEGIN
    IF to_regclass(format('%s.tasker_workflow_steps', installation)) IS NULL
        OR NOT EXISTS (SELECT FROM pg_class AS c
                       WHERE c.relnamespace = installation
                           AND c.relname IN (SELECT e.table_name
                               FROM @extschema@._tasker_expected_side_columns() AS e))
    THEN
        RETURN QUERY VALUES ('error', 'not_installed', format('schema %s', installation),
                             'tasker_core is not installed in this schema',
                             @extschema@._tasker_repair('tasker_install', installation));
        RETURN;
    END IF;

    FOR severity, check_name, object, detail, fix IN
        SELECT s.severity, s.check_name, s.object, s.detail, s.fix
        FROM @extschema@._tasker_doctor_layout(installation) AS s
        -- Installing, which most fixes do, needs sound tables.
        ORDER BY s.severity,
                 CASE s.check_name WHEN 'column_differs' THEN 0 WHEN 'side_table_altered' THEN 1
                                   WHEN 'side_table_foreign' THEN 2
                                   WHEN 'installation_outdated' THEN 3
                                   WHEN 'installation_newer' THEN 3 ELSE 4 END,
                 s.check_name, s.object, s.detail
    LOOP
        is_sound := is_sound AND severity <> 'error';
        RETURN NEXT;
    END LOOP;
    RETURN QUERY
        SELECT f.severity, f.check_name, f.object, f.detail, f.fix
        FROM @extschema@._tasker_doctor_functions(installation) AS f
        ORDER BY f.check_name, f.object;
    RETURN QUERY
        SELECT a.severity, a.check_name, a.object, a.detail, a.fix
        FROM @extschema@._tasker_doctor_access(installation) AS a
        ORDER BY a.check_name, a.object, a.detail;

    -- Rows can only be looked at where the tables have the shape for it, and as their owner.
    IF (is_sound OR @extschema@._tasker_structure_damage(installation) IS NULL)
        AND NOT EXISTS (SELECT FROM @extschema@._tasker_doctor_access(installation) AS a
                        WHERE a.check_name = 'owner_cannot_read')
    THEN
        RETURN QUERY
            SELECT r.severity, r.check_name, r.object, r.detail, r.fix
            FROM @extschema@._tasker_doctor_rows(installation) AS r;
    END IF;

    RETURN QUERY
        SELECT i.severity, i.check_name, i.object, i.detail, i.fix
        FROM @extschema@._tasker_doctor_indexes(installation) AS i;
END
$$;
