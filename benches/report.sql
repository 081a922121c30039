-- The table, its JSON and its chart, from the samples. A ratio is the median of the rounds' own ratios: the two runs of a
-- round lie close together in time, and share what else the machine was doing. The ratio of the server's CPU
-- time is told beside it: where the two differ much, the machine was busy, or the time went elsewhere (the
-- client, the disk).
\set ON_ERROR_STOP on
CREATE TEMPORARY TABLE measured_rows (
    position integer GENERATED ALWAYS AS IDENTITY, row_name text, target numeric, is_cost boolean
);
CREATE TEMPORARY TABLE samples (row_name text, side text, round integer, milliseconds numeric, cpu_ms numeric);
\copy measured_rows (row_name, target, is_cost) FROM PROGRAM 'cat "$WORK/rows.tsv"' WITH (NULL '-')
\copy samples FROM PROGRAM 'cat "$WORK/samples.tsv"' WITH (NULL '-')

CREATE TEMPORARY VIEW rounds AS
SELECT b.row_name, b.round, b.milliseconds AS baseline_ms, t.milliseconds AS tasker_ms,
    b.cpu_ms AS baseline_cpu_ms, t.cpu_ms AS tasker_cpu_ms,
    CASE WHEN r.is_cost THEN t.milliseconds / b.milliseconds ELSE b.milliseconds / t.milliseconds END AS ratio,
    CASE WHEN r.is_cost THEN t.cpu_ms / b.cpu_ms ELSE b.cpu_ms / t.cpu_ms END AS cpu_ratio
FROM samples AS b
JOIN samples AS t ON t.row_name = b.row_name AND t.round = b.round AND t.side = 'tasker'
JOIN measured_rows AS r ON r.row_name = b.row_name
WHERE b.side = 'baseline';

CREATE TEMPORARY TABLE result AS
SELECT
    r.position, r.row_name, r.target, r.is_cost,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY s.baseline_ms))::numeric, 4) AS baseline_ms,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY s.tasker_ms))::numeric, 4) AS tasker_ms,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY s.ratio))::numeric, 3) AS ratio,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY s.baseline_cpu_ms))::numeric, 4) AS baseline_cpu_ms,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY s.tasker_cpu_ms))::numeric, 4) AS tasker_cpu_ms,
    round((percentile_cont(0.5) WITHIN GROUP (ORDER BY s.cpu_ratio))::numeric, 3) AS cpu_ratio,
    round(min(s.ratio), 3) AS ratio_min,
    round(max(s.ratio), 3) AS ratio_max,
    pg_catalog.jsonb_agg(s.baseline_ms ORDER BY s.round) AS baseline_samples,
    pg_catalog.jsonb_agg(s.tasker_ms ORDER BY s.round) AS tasker_samples
FROM measured_rows AS r
JOIN rounds AS s ON s.row_name = r.row_name
GROUP BY r.position, r.row_name, r.target, r.is_cost;
ALTER TABLE result ADD COLUMN met boolean;
UPDATE result SET met = CASE WHEN is_cost THEN ratio <= target ELSE ratio >= target END;

\pset footer off
\pset null ''
\echo
SELECT
    row_name AS "row",
    to_char(baseline_ms, 'FM99990.0000') AS "baseline ms",
    to_char(tasker_ms, 'FM99990.0000') AS "tasker ms",
    to_char(ratio, 'FM99990.00') || '×' AS ratio,
    CASE WHEN is_cost THEN '≤ ' ELSE '≥ ' END || target || '×' AS target,
    CASE met WHEN true THEN 'yes' WHEN false THEN 'no' END AS met,
    to_char(ratio_min, 'FM99990.00') || ' .. ' || to_char(ratio_max, 'FM99990.00') AS spread,
    to_char(cpu_ratio, 'FM99990.00') || '×' AS "cpu ratio"
FROM result
ORDER BY position;

\pset format unaligned
\pset tuples_only on
\o :json
SELECT pg_catalog.jsonb_pretty(pg_catalog.jsonb_build_object(
    'taken_at', to_char(timezone('UTC', now()), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'baseline', :'baseline_name',
    'baseline_md5', (SELECT pg_catalog.md5(pg_catalog.string_agg(p.prosrc, '' ORDER BY p.oid::regprocedure::text))
                     FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = :'baseline'::regnamespace),
    'extension_version', (SELECT e.extversion FROM pg_catalog.pg_extension AS e WHERE e.extname = 'tasker_core'),
    'machine', pg_catalog.jsonb_build_object(
        'cpus', :cpus, 'cpu', :'cpu', 'load_before', :load, 'postgresql', pg_catalog.version()),
    'settings', (SELECT pg_catalog.jsonb_object_agg(s.name, current_setting(s.name))
                 FROM pg_catalog.pg_settings AS s WHERE s.source = 'configuration file'
                     AND s.name = ANY (string_to_array(:'settings', ' '))),
    'data', pg_catalog.jsonb_build_object(
        'tasks', (SELECT count(*) FROM tasker_tasks),
        'steps', (SELECT count(*) FROM tasker_workflow_steps),
        'edges', (SELECT count(*) FROM tasker_workflow_step_edges),
        'indexes', (SELECT count(*) FROM pg_catalog.pg_indexes AS i
                    WHERE i.schemaname = 'public' AND i.tablename LIKE 'tasker%'
                        AND i.tablename NOT LIKE 'tasker\_core\_%')),
    'rounds', :rounds,
    'seconds_a_run', :seconds,
    'rows', (SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                 'row', row_name, 'baseline_ms', baseline_ms, 'tasker_ms', tasker_ms, 'ratio', ratio,
                 'ratio_of', CASE WHEN is_cost THEN 'tasker / baseline' ELSE 'baseline / tasker' END,
                 'baseline_cpu_ms', baseline_cpu_ms, 'tasker_cpu_ms', tasker_cpu_ms, 'cpu_ratio', cpu_ratio,
                 'ratio_min', ratio_min, 'ratio_max', ratio_max, 'target', target, 'met', met,
                 'baseline_samples_ms', baseline_samples, 'tasker_samples_ms', tasker_samples) ORDER BY position)
             FROM result)));
\o

\ir chart.sql
