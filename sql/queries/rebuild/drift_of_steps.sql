-- Where the side rows of steps differ from what the Rails tables say. Run with a pinned search_path.
SELECT
    COALESCE(facts.workflow_step_id, side.workflow_step_id) AS row_id,
    CASE
        WHEN side.workflow_step_id IS NULL THEN 'missing'
        WHEN facts.workflow_step_id IS NULL THEN 'extra'
        ELSE 'differs: ' || concat_ws(', ',
        CASE WHEN facts.task_id IS DISTINCT FROM side.task_id THEN 'task_id' END,
        CASE WHEN facts.created_at IS DISTINCT FROM side.created_at THEN 'created_at' END,
        CASE WHEN facts.state_since IS DISTINCT FROM side.state_since THEN 'state_since' END,
        CASE WHEN facts.last_attempted_at IS DISTINCT FROM side.last_attempted_at THEN 'last_attempted_at' END,
        CASE WHEN facts.named_step_id IS DISTINCT FROM side.named_step_id THEN 'named_step_id' END,
        CASE WHEN facts.attempts IS DISTINCT FROM side.attempts THEN 'attempts' END,
        CASE WHEN facts.retry_limit IS DISTINCT FROM side.retry_limit THEN 'retry_limit' END,
        CASE WHEN facts.backoff_request_seconds IS DISTINCT FROM side.backoff_request_seconds THEN 'backoff_request_seconds' END,
        CASE WHEN facts.retryable IS DISTINCT FROM side.retryable THEN 'retryable' END,
        CASE WHEN facts.in_process IS DISTINCT FROM side.in_process THEN 'in_process' END,
        CASE WHEN facts.processed IS DISTINCT FROM side.processed THEN 'processed' END,
        CASE WHEN facts.skippable IS DISTINCT FROM side.skippable THEN 'skippable' END,
        CASE WHEN facts.state IS DISTINCT FROM side.state THEN 'state' END,
        CASE WHEN facts.parent_step_ids IS DISTINCT FROM side.parent_step_ids THEN 'parent_step_ids' END,
        CASE WHEN facts.backoff_seconds IS DISTINCT FROM side.backoff_seconds THEN 'backoff_seconds' END,
        CASE WHEN facts.has_rule IS DISTINCT FROM side.has_rule THEN 'has_rule' END)
    END AS problem
FROM (
@step_facts@
) AS facts
FULL JOIN @installation@.tasker_core_steps AS side ON side.workflow_step_id = facts.workflow_step_id
WHERE ROW(facts.*) IS DISTINCT FROM ROW(
    side.workflow_step_id, side.task_id, side.created_at, side.state_since, side.last_attempted_at,
    side.named_step_id, side.attempts, side.retry_limit, side.backoff_request_seconds, side.retryable,
    side.in_process, side.processed, side.skippable, side.state, side.parent_step_ids, side.backoff_seconds,
    side.has_rule
)
ORDER BY row_id
