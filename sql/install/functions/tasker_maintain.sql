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
'Does what has become due, at most max_rows of it: failed steps whose waits are over go back to pending (promoted), expired leases are taken back and count as failed attempts (leases_expired), likewise steps that have been in_progress without a lease for longer than tasker_core.stale_after (stale_recovered); steps whose requested wait is over are offered again (hinted), steps with rules are decided over of which somebody has left word (decided), tasks whose end nobody noticed are ended (finalized), leases of cancelled steps are removed (trimmed). What a constraint or a trigger of the application refuses is put aside with its error (put_aside): it is tried again after ten seconds, then after twice as long each time, an hour at most, and keeps nothing else waiting; tasker_doctor() lists it. A step whose rule can never be decided, because what is stored cannot be read or is too large, fails for good. An unchanged Rails engine retries and recovers by it (semantics R1, R21).

May be run anywhere, at any time, by any number of sessions: what somebody else holds is left for the next run. Every claim does a part of it.

Errors: 22004; 42P01, 55000; 42501. Privileges: SELECT on the Tasker tables, UPDATE on tasker_tasks and tasker_workflow_steps; it writes as their owner, and counts nothing (NULL) for a role under row-level security. Complexity: O(log n) for each thing that is due, nothing for the rest.';
