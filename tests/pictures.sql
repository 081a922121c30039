-- Tasks to be drawn: a diamond with a retry, the engine's mixed pattern in all states, names of every kind, sixty steps
-- at random, two hundred in layers, two thousand, a ladder, a cycle.
SET tasker_core.enforce_edges = off;
SELECT setseed(0.42);

SELECT make_task(1, 10, 4, '{{1,2},{1,3},{2,4},{3,4}}');
SELECT move_step(10, 'in_progress', '2026-01-01 12:00:00'), move_step(10, 'complete', '2026-01-01 12:02:00'),
       move_step(11, 'in_progress', '2026-01-01 12:03:00'), move_step(11, 'error', '2026-01-01 12:05:00'),
       move_step(11, 'pending', '2026-01-01 12:05:02'), move_step(11, 'in_progress', '2026-01-01 12:06:00'),
       move_step(11, 'complete', '2026-01-01 12:10:00'), move_step(12, 'in_progress', '2026-01-01 12:02:10');

SELECT make_task(2, 100, 9, '{{1,2},{3,4},{2,5},{4,5},{5,6},{5,7},{4,8},{6,9},{8,9}}');
SELECT move_step(100, 'in_progress', '2026-01-01 12:00:00'), move_step(100, 'complete', '2026-01-01 12:01:00'),
       move_step(101, 'resolved_manually', '2026-01-01 12:05:00'), move_step(102, 'in_progress', '2026-01-01 12:01:00'),
       move_step(102, 'complete', '2026-01-01 12:04:00'), move_step(103, 'in_progress', '2026-01-01 12:05:00'),
       move_step(103, 'complete', '2026-01-01 12:06:00'), move_step(104, 'in_progress', '2026-01-01 12:07:00'),
       move_step(104, 'complete', '2026-01-01 12:08:00'), move_step(105, 'in_progress', '2026-01-01 12:09:00'),
       move_step(105, 'error', '2026-01-01 12:12:00'), move_step(106, 'cancelled', '2026-01-01 12:12:00'),
       move_step(107, 'in_progress', '2026-01-01 12:20:00');
UPDATE tasker_workflow_steps SET attempts = 3 WHERE workflow_step_id = 105;

SELECT make_task(3, 200, 6, '{{1,2},{2,3},{3,4},{4,5},{5,6}}');
UPDATE tasker_named_steps SET name = names.name
FROM (VALUES (1, '<script>alert("&amp;")</script>'), (2, 'a name that is so long that no reader would ever want to read it to its end'),
             (3, E'line\nbreak\tand \\ backslash'), (4, '数据处理 и обработка'), (5, E'\x01 control \x7f'), (6, 'emoji 🚀🚀🚀')) AS names (id, name)
WHERE named_step_id = 290 + names.id;
UPDATE tasker_workflow_steps SET named_step_id = 291 + workflow_step_id - 200 WHERE task_id = 3;

SELECT make_task(4, 300, 60, (
    SELECT array_agg(ARRAY[parent, child])
    FROM (SELECT DISTINCT greatest(1, child - 1 - floor(random() * 12)::integer) AS parent, child
          FROM generate_series(2, 60) AS child, generate_series(1, 2)) AS pairs
));
SELECT make_task(5, 1000, 200, (SELECT array_agg(ARRAY[at, at + 8 + at % 3]) FROM generate_series(1, 190) AS at));
SELECT make_task(6, 2000, 2000, (SELECT array_agg(ARRAY[at, at + 20 + at % 5]) FROM generate_series(1, 1970) AS at));
SELECT move_step(at, 'complete') FROM generate_series(2000, 2600) AS at;
SELECT make_task(7, 5000, 40, (SELECT array_agg(ARRAY[2 * rung + side, 2 * rung + 2 + other])
                               FROM generate_series(0, 18) AS rung, generate_series(1, 2) AS side, generate_series(1, 2) AS other));
SELECT make_task(8, 6000, 5, '{{1,2},{2,3},{3,4},{4,2},{4,5}}');
