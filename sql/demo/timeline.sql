-- Prints a bar for each step, which shows when it waited, and when which worker ran it. Expects
-- task_id.

\echo
\echo '== Timeline: how each step spent its time, in seconds'
\echo

WITH
scale AS (
    SELECT min(starts_at) AS origin,
           EXTRACT(epoch FROM max(ends_at) - min(starts_at)) / 48 AS seconds_per_column
    FROM demo.spans
    WHERE task_id = :task_id
),
charted AS (
    SELECT span.workflow_step_id, span.kind, span.starts_at,
           EXTRACT(epoch FROM span.ends_at - span.starts_at) AS seconds,
           -- Rounds the ends of a span, not its length, so that the bars of all steps stay in line.
           -- The cross is the failure that begins a backoff.
           regexp_replace(
               repeat(CASE span.kind WHEN 'running' THEN right(span.worker, 1)
                                     WHEN 'backoff' THEN '░'
                                     ELSE '·' END,
                      round(EXTRACT(epoch FROM span.ends_at - scale.origin)
                            / scale.seconds_per_column)::integer
                      - round(EXTRACT(epoch FROM span.starts_at - scale.origin)
                              / scale.seconds_per_column)::integer),
               '^░', '✘') AS bar
    FROM demo.spans AS span
    CROSS JOIN scale
    WHERE span.task_id = :task_id
),
line AS (
    SELECT NULL::bigint[] AS path, '' AS name,
           '· waiting  1234 the worker  ✘ failure  ░ backoff' AS bar,
           'waiting' AS waiting, 'running' AS running, 'backoff' AS backoff
    UNION ALL
    SELECT tree.path, tree.name, string_agg(charted.bar, '' ORDER BY charted.starts_at),
           to_char(sum(charted.seconds) FILTER (WHERE charted.kind = 'waiting'), 'FM990.0'),
           to_char(sum(charted.seconds) FILTER (WHERE charted.kind = 'running'), 'FM990.0'),
           to_char(sum(charted.seconds) FILTER (WHERE charted.kind = 'backoff'), 'FM990.0')
    FROM charted
    JOIN demo.tree AS tree USING (workflow_step_id)
    GROUP BY tree.path, tree.name
)
SELECT format('   %s %s %s %s %s', rpad(name, 16), rpad(bar, 48),
              lpad(waiting, 8), lpad(running, 8), lpad(COALESCE(backoff, '-'), 8))
FROM line
ORDER BY path NULLS FIRST;
