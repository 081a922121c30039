-- `tasks` runs of one flow, `shape` chain (of ten) or wide (1 -> 100 -> 1), and the worker that start_tasks() wants.
SELECT pgflow.create_flow(:'shape');
SELECT pgflow.add_step(:'shape', 's' || place, CASE WHEN place > 1 THEN ARRAY['s' || place - 1] ELSE '{}' END)
FROM generate_series(1, 10) AS place
WHERE :'shape' = 'chain'
ORDER BY place;
SELECT pgflow.add_step(:'shape', 's' || place, CASE
        WHEN place = 1 THEN '{}'
        WHEN place = 102 THEN (SELECT array_agg('s' || parent) FROM generate_series(2, 101) AS parent)
        ELSE ARRAY['s1']
    END)
FROM generate_series(1, 102) AS place
WHERE :'shape' = 'wide'
ORDER BY place;
SELECT count(*) FROM generate_series(1, :tasks) AS task, pgflow.start_flow(:'shape', jsonb_build_object('task', task));
INSERT INTO pgflow.workers (worker_id, queue_name, function_name)
VALUES ('00000000-0000-4000-8000-000000000001', :'shape', 'bench')
ON CONFLICT DO NOTHING;
