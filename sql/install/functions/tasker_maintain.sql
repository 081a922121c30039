CREATE FUNCTION @extschema@.tasker_maintain(max_rows integer DEFAULT 1000)
RETURNS TABLE (
    promoted integer,
    leases_expired integer,
    stale_recovered integer,
    hinted integer,
    decided integer,
    finalized integer,
    trimmed integer,
    put_aside integer
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_maintain';

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
