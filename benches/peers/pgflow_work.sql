-- A step's life as pgflow's workers drive it: read the message, start the task, complete it.
SELECT coalesce(max(msg_id), 0) AS message FROM pgmq.read(:shape, 30, 1) \gset
\if :message
SELECT coalesce(max(run_id::text), '') AS run, coalesce(max(step_slug), '') AS step, coalesce(max(task_index), 0) AS task
FROM pgflow.start_tasks(:shape, ARRAY[:message::bigint], '00000000-0000-4000-8000-000000000001') \gset
SELECT count(*) FROM pgflow.complete_task(nullif(:run, '')::uuid, :step, :task::integer, '{}');
\endif
