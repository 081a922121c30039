CREATE FUNCTION demo.wait_for_event(waiting_task_id bigint)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    work_done_at CONSTANT timestamp :=
        (SELECT min(ends_at) FROM demo.running_steps WHERE task_id = waiting_task_id);
    retry_at CONSTANT timestamp :=
        (SELECT next_eligible_at FROM tasker_task_context(waiting_task_id));
    event_at CONSTANT timestamp := LEAST(work_done_at, retry_at);
BEGIN
    IF event_at IS NULL THEN
        RAISE EXCEPTION 'task % is stuck: nothing is ready, nothing runs, nothing waits for a retry', waiting_task_id;
    END IF;
    PERFORM pg_sleep(EXTRACT(epoch FROM event_at - demo.present()) + 0.005);

    IF work_done_at = event_at THEN
        RETURN (SELECT demo.finish_step(workflow_step_id)
                FROM demo.running_steps
                WHERE task_id = waiting_task_id
                ORDER BY ends_at
                LIMIT 1);
    END IF;
    RETURN (SELECT format('the backoff of %s has elapsed: nothing was written, time alone has passed',
                          string_agg(name, ' and '))
            FROM tasker_step_readiness(waiting_task_id)
            WHERE next_eligible_at = retry_at);
END
$$;

COMMENT ON FUNCTION demo.wait_for_event(bigint) IS
'Sleeps until the work of a running step is done, and ends that step; or, if that comes first, until a retry is due. Returns what happened.';
