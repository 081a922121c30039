CREATE FUNCTION @extschema@.tasker_explain_step(workflow_step_id bigint)
RETURNS jsonb
LANGUAGE c STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'tasker_explain_step';

COMMENT ON FUNCTION @extschema@.tasker_explain_step(bigint) IS
'Explains why a step is ready or not, as a document: the decision and a sentence about it, the '
'state of the task and of every parent, the attempts left, each wait and its end, and the flags. '
'lease, while a worker holds the step: worker, attempt, claimed_at, lease_until, heartbeat_at, '
'progress. put_aside: work on the step (its recovery, its rule, its claim) that a constraint or '
'trigger refused, with attempts, next_try, sqlstate, message, since. locked_by: the session (pid, '
'since) whose open transaction has changed or locked the step. Times are RFC 3339 in UTC.

Errors: P0002 no such step, or row-level security hides it; 22004 for NULL; 42P01 when no Tasker '
'tables are in the search_path, 55000 when tasker_install() has not been run there, 42501, XX001 '
'when a transition names a state that does not exist. Privileges: SELECT on tasker_tasks, '
'tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_edges, '
'tasker_workflow_step_transitions and tasker_named_steps. Complexity: O(steps + edges) of the '
'task.';
