CREATE FUNCTION @extschema@._tasker_expected_side_columns()
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
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 118
AS $$
    VALUES
        ('tasker_core_steps', 1, true, 'workflow_step_id', 'bigint', true, NULL, 'the step'),
        ('tasker_core_steps', 2, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_steps', 3, false, 'created_at', 'timestamp without time zone', true, NULL, 'when the step was created (UTC)'),
        ('tasker_core_steps', 4, false, 'state_since', 'timestamp without time zone', false, NULL, 'when its current transition was made (UTC); NULL when there is none'),
        ('tasker_core_steps', 5, false, 'last_attempted_at', 'timestamp without time zone', false, NULL, 'as in the step (UTC)'),
        ('tasker_core_steps', 6, false, 'named_step_id', 'integer', true, NULL, 'as in the step'),
        ('tasker_core_steps', 7, false, 'attempts', 'integer', false, NULL, 'as in the step'),
        ('tasker_core_steps', 8, false, 'retry_limit', 'integer', false, NULL, 'as in the step'),
        ('tasker_core_steps', 9, false, 'backoff_request_seconds', 'integer', false, NULL, 'as in the step'),
        ('tasker_core_steps', 10, false, 'retryable', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 11, false, 'in_process', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 12, false, 'processed', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 13, false, 'skippable', 'boolean', true, NULL, 'as in the step'),
        ('tasker_core_steps', 14, false, 'state', 'text', true, NULL, 'the state that its current transition leads to; pending when there is none'),
        ('tasker_core_steps', 15, false, 'parent_step_ids', 'bigint[]', true, NULL, 'where its incoming edges come from, in order; a duplicate edge is a duplicate id'),
        ('tasker_core_steps', 16, false, 'backoff_seconds', 'double precision', false, NULL, 'the wait after its failure that its current transition names; NULL: as the engine lets it wait'),
        ('tasker_core_steps', 17, false, 'has_rule', 'boolean', true, 'false', 'whether tasker_core_rules says more of what it waits for'),
        ('tasker_core_tasks', 1, true, 'task_id', 'bigint', true, NULL, 'the task'),
        ('tasker_core_tasks', 2, false, 'named_task_id', 'integer', true, NULL, 'as in the task'),
        ('tasker_core_tasks', 3, false, 'priority', 'integer', true, '0', 'set through tasker_core, not derived from the Tasker tables'),
        ('tasker_core_tasks', 4, false, 'state', 'text', true, NULL, 'the state that its current transition leads to; pending when there is none'),
        ('tasker_core_tasks', 5, false, 'paused_at', 'timestamp without time zone', false, NULL, 'since when no step of it may be claimed (UTC); NULL: not paused. Not derived either'),
        ('tasker_core_tasks', 6, false, 'paused_by', 'text', false, NULL, 'who had logged in when it was paused'),
        ('tasker_core_tasks', 7, false, 'pause_reason', 'text', false, NULL, 'why it was paused'),
        ('tasker_core_tasks', 8, false, 'state_since', 'timestamp without time zone', false, NULL, 'when its current transition was made (UTC); NULL when there is none'),
        ('tasker_core_tasks', 9, false, 'parent_task_id', 'bigint', false, NULL, 'the task that it was created for; NULL: none. Not derived either'),
        ('tasker_core_tasks', 10, false, 'created_at', 'timestamp without time zone', true, NULL, 'as in the task (UTC)'),

        ('tasker_core_counts', 1, true, 'kind', 'text', true, NULL, 'steps or tasks'),
        ('tasker_core_counts', 2, true, 'shard', 'bigint', true, NULL, 'whichever; the sum over all of them counts'),
        ('tasker_core_counts', 3, false, 'fresh', 'bigint', true, NULL, 'without any transition'),
        ('tasker_core_counts', 4, false, 'pending', 'bigint', true, NULL, 'with a transition to pending'),
        ('tasker_core_counts', 5, false, 'in_progress', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 6, false, 'complete', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 7, false, 'error', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 8, false, 'cancelled', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 9, false, 'resolved_manually', 'bigint', true, NULL, 'in that state'),
        ('tasker_core_counts', 10, false, 'retryable', 'bigint', true, NULL, 'in error, with attempts left'),
        ('tasker_core_counts', 11, false, 'retryable_v02', 'bigint', true, NULL, 'in error, and retryable as the engine counts it (semantics R13)'),
        ('tasker_core_counts', 12, false, 'in_backoff_v02', 'bigint', true, NULL, 'in error, and in backoff as the engine counts it'),
        ('tasker_core_counts', 13, false, 'exhausted_v02', 'bigint', true, NULL, 'in error, and exhausted as the engine counts it'),
        ('tasker_core_counts', 14, false, 'permanent', 'bigint', true, NULL, 'in error, and not to be tried again'),

        ('tasker_core_leases', 1, true, 'workflow_step_id', 'bigint', true, NULL, 'the step that a worker holds'),
        ('tasker_core_leases', 2, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_leases', 3, false, 'claim_token', 'uuid', true, NULL, 'what the worker has to show: a new one for each claim'),
        ('tasker_core_leases', 4, false, 'worker', 'text', true, NULL, 'what the worker calls itself'),
        ('tasker_core_leases', 5, false, 'attempt', 'integer', true, NULL, 'which execution of the step this is, from 1'),
        ('tasker_core_leases', 6, false, 'claimed_at', 'timestamp without time zone', true, NULL, 'when it was claimed (UTC)'),
        ('tasker_core_leases', 7, false, 'lease_until', 'timestamp without time zone', true, NULL, 'when anybody may take it back (UTC)'),
        ('tasker_core_leases', 8, false, 'lease_length', 'interval', true, NULL, 'by how much a heartbeat extends it'),
        ('tasker_core_leases', 9, false, 'heartbeat_at', 'timestamp without time zone', false, NULL, 'when the worker was last heard of after the claim (UTC)'),
        ('tasker_core_leases', 10, false, 'progress', 'jsonb', false, NULL, 'what the worker last said of its progress'),
        ('tasker_core_leases', 11, false, 'ended_as', 'text', false, NULL, 'cancelled: the step was, and the worker has not noticed yet'),
        ('tasker_core_leases', 12, false, 'due_at', 'timestamp without time zone', true, NULL, 'when somebody has to look whether it has run out (UTC); not later than lease_until, unless it is cancelled: infinity'),

        ('tasker_core_hints', 1, true, 'workflow_step_id', 'bigint', true, NULL, 'a step that may have become ready'),
        ('tasker_core_hints', 2, true, 'cause_id', 'bigint', true, NULL, 'the parent that finished, the step itself, or, negative, the transaction that let it in under a limit: who writes a hint never waits for another'),
        ('tasker_core_hints', 3, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_hints', 4, false, 'named_step_id', 'integer', true, NULL, 'as in the step'),
        ('tasker_core_hints', 5, false, 'named_task_id', 'integer', true, NULL, 'as in the task'),
        ('tasker_core_hints', 6, false, 'rank', 'timestamp without time zone', true, NULL, 'when it was hinted, earlier by the priority of the task; the smallest is claimed first'),
        ('tasker_core_hints', 7, false, 'offered_until', 'timestamp without time zone', true, '''-infinity''::timestamp without time zone', 'until when (UTC) its task is some scheduler''s, so that it is not offered to another; -infinity: to nobody'),

        ('tasker_core_timers', 1, true, 'kind', 'text', true, NULL, 'step, task, or bucket and the name of one'),
        ('tasker_core_timers', 2, true, 'subject_id', 'bigint', true, NULL, 'which step or task has to be looked at; 0 for a bucket'),
        ('tasker_core_timers', 3, true, 'due_at', 'timestamp without time zone', true, NULL, 'when (UTC): a wait or a lease is over then, or the task may be'),

        ('tasker_core_endings', 1, true, 'task_id', 'bigint', true, NULL, 'a task that may be over, and is not to be finalized by itself'),
        ('tasker_core_endings', 2, true, 'noted_by', 'bigint', true, NULL, 'the transaction that found so: who notes it never waits for another'),
        ('tasker_core_endings', 3, false, 'noted_at', 'timestamp without time zone', true, NULL, 'when (UTC)'),
        ('tasker_core_endings', 4, false, 'offered_until', 'timestamp without time zone', true, '''-infinity''::timestamp without time zone', 'as in a hint'),

        ('tasker_core_task_leases', 1, true, 'task_id', 'bigint', true, NULL, 'the task that a scheduler was handed'),
        ('tasker_core_task_leases', 2, false, 'scheduler', 'text', true, NULL, 'what the scheduler calls itself'),
        ('tasker_core_task_leases', 3, false, 'reason', 'text', true, NULL, 'what was to be done'),
        ('tasker_core_task_leases', 4, false, 'handed_at', 'timestamp without time zone', true, NULL, 'when (UTC)'),
        ('tasker_core_task_leases', 5, false, 'lease_until', 'timestamp without time zone', true, NULL, 'when another scheduler may be handed it (UTC)'),

        ('tasker_core_limits', 1, true, 'scope', 'text', true, NULL, 'namespace, task_name, step_name, dependent_system or key'),
        ('tasker_core_limits', 2, true, 'name', 'text', true, NULL, 'which one; for a key: the key of the task''s context, each value of which has a limit of its own'),
        ('tasker_core_limits', 3, false, 'max_running', 'integer', false, NULL, 'how many claimed steps may run at once'),
        ('tasker_core_limits', 4, false, 'max_starts', 'integer', false, NULL, 'how many may be claimed in the time of per'),
        ('tasker_core_limits', 5, false, 'per', 'interval', false, NULL, 'the time for max_starts'),
        ('tasker_core_limits', 6, false, 'paused_at', 'timestamp without time zone', false, NULL, 'since when nothing may be claimed (UTC)'),
        ('tasker_core_limits', 7, false, 'reason', 'text', false, NULL, 'why it is paused'),

        ('tasker_core_buckets', 1, true, 'bucket', 'text', true, NULL, 'a limit, or one value of its key'),
        ('tasker_core_buckets', 2, false, 'tokens', 'double precision', true, NULL, 'starts that were left'),
        ('tasker_core_buckets', 3, false, 'refilled_at', 'timestamp without time zone', true, NULL, 'at that time (UTC)'),

        ('tasker_core_holds', 1, true, 'bucket', 'text', true, NULL, 'a bucket in which'),
        ('tasker_core_holds', 2, true, 'place', 'integer', true, NULL, 'this place, counted from 0,'),
        ('tasker_core_holds', 3, false, 'workflow_step_id', 'bigint', true, NULL, 'is that of this claimed step'),

        ('tasker_core_parked', 1, true, 'bucket', 'text', true, NULL, 'the bucket that was full'),
        ('tasker_core_parked', 2, true, 'workflow_step_id', 'bigint', true, NULL, 'a step that waits for a place in it'),
        ('tasker_core_parked', 3, true, 'parked_by', 'bigint', true, NULL, 'the transaction that let it stand aside: nobody who does waits for another'),
        ('tasker_core_parked', 4, false, 'task_id', 'bigint', true, NULL, 'as in its hint'),
        ('tasker_core_parked', 5, false, 'named_step_id', 'integer', true, NULL, 'as in its hint'),
        ('tasker_core_parked', 6, false, 'named_task_id', 'integer', true, NULL, 'as in its hint'),
        ('tasker_core_parked', 7, false, 'rank', 'timestamp without time zone', true, NULL, 'as in its hint'),

        ('tasker_core_rules', 1, true, 'workflow_step_id', 'bigint', true, NULL, 'a step that waits for more than the engine''s steps do'),
        ('tasker_core_rules', 2, false, 'task_id', 'bigint', true, NULL, 'its task'),
        ('tasker_core_rules', 3, false, 'rule', 'jsonb', true, NULL, 'what it waits for, as it was laid down with the step'),
        ('tasker_core_rules', 4, false, 'signal_name', 'text', false, NULL, 'the signal among that'),
        ('tasker_core_rules', 5, false, 'waited_task_id', 'bigint', false, NULL, 'the task among that, once there is one'),
        ('tasker_core_rules', 6, false, 'creates_task', 'boolean', true, 'false', 'whether that task is the step''s own: cancelled with it'),
        ('tasker_core_rules', 7, false, 'decided_at', 'timestamp without time zone', false, NULL, 'since when its parents let it start and its wait goes on (UTC)'),

        ('tasker_core_signals', 1, true, 'task_id', 'bigint', true, NULL, 'the task that a signal was sent to'),
        ('tasker_core_signals', 2, true, 'name', 'text', true, NULL, 'what the signal is called'),
        ('tasker_core_signals', 3, false, 'payload', 'jsonb', false, NULL, 'what came with it'),
        ('tasker_core_signals', 4, false, 'sent_at', 'timestamp without time zone', true, NULL, 'when (UTC)'),
        ('tasker_core_signals', 5, false, 'sent_by', 'text', true, NULL, 'who had logged in'),

        ('tasker_core_attempted', 1, true, 'workflow_step_id', 'bigint', true, NULL, 'a step that is in error, or pending and not as it was created: every one that has failed or waits for a backoff is here'),

        ('tasker_core_decisions', 1, true, 'workflow_step_id', 'bigint', true, NULL, 'a step with a rule over which somebody may have to decide'),
        ('tasker_core_decisions', 2, true, 'cause_id', 'bigint', true, NULL, 'the parent that finished, the step itself, or (negative) the transaction that has changed something: who writes here never waits for another'),

        ('tasker_core_config', 1, true, 'section', 'text', true, NULL, 'a group of options'),
        ('tasker_core_config', 2, true, 'scope', 'text', true, NULL, 'what they apply to: global, namespace:NAME, task_name:NAME, step_name:NAME or task:ID'),
        ('tasker_core_config', 3, false, 'options', 'jsonb', true, NULL, 'what the scope sets'),
        ('tasker_core_config', 4, false, 'version', 'bigint', true, NULL, 'since which version'),

        ('tasker_core_config_versions', 1, true, 'version', 'bigint', true, NULL, 'which change, from 1'),
        ('tasker_core_config_versions', 2, false, 'section', 'text', true, NULL, 'of which group of options'),
        ('tasker_core_config_versions', 3, false, 'scope', 'text', true, NULL, 'of what they apply to'),
        ('tasker_core_config_versions', 4, false, 'options', 'jsonb', true, NULL, 'what the scope has set since; {}: nothing'),
        ('tasker_core_config_versions', 5, false, 'changed_at', 'timestamp without time zone', true, NULL, 'when (UTC)'),
        ('tasker_core_config_versions', 6, false, 'changed_by', 'text', true, NULL, 'who had logged in')
$$;

COMMENT ON FUNCTION @extschema@._tasker_expected_side_columns() IS
'The columns of the side tables of an installation, in order.

Data only: raises nothing, needs no privilege, constant cost.';
