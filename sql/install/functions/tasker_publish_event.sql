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
