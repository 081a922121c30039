-- The table as a chart: a bar for each row on a logarithmic scale, and a mark where its target is. To be included by
-- report.sql.
CREATE TEMPORARY VIEW bars AS
SELECT
    row_number() OVER (ORDER BY position) AS line, row_name, is_cost, met, ratio, target,
    300 + 90 * (log(greatest(ratio, 0.1)) + 1) AS bar_end,
    300 + 90 * (log(greatest(target, 0.1)) + 1) AS target_at
FROM result
-- What has no target is there for orientation, and is in the table.
WHERE target IS NOT NULL;

\o :svg
SELECT pg_catalog.format(
    E'<svg xmlns="http://www.w3.org/2000/svg" width="980" height="%1$s" viewBox="0 0 980 %1$s" font-family="sans-serif" font-size="13">\n'
    '<rect width="100%%" height="100%%" fill="#ffffff"/>\n'
    '<text x="16" y="26" font-size="16">tasker_core against %2$s: how many times faster; for writes, what they cost</text>\n',
    96 + 28 * (SELECT count(*) FROM bars),
    pg_catalog.replace(pg_catalog.replace(:'baseline_name', '&', '&amp;'), '<', '&lt;'))
|| (
    SELECT string_agg(pg_catalog.format(
        E'<line x1="%1$s" y1="48" x2="%1$s" y2="%2$s" stroke="#dddddd"/><text x="%1$s" y="44" text-anchor="middle" fill="#666666">%3$s</text>\n',
        300 + 90 * (power + 1), 56 + 28 * (SELECT count(*) FROM bars), CASE WHEN power < 0 THEN '0.1' ELSE (10 ^ power)::bigint::text END
    ), '' ORDER BY power)
    FROM pg_catalog.generate_series(-1, 5) AS power
)
|| (
    SELECT string_agg(pg_catalog.format(
        E'<text x="290" y="%1$s" text-anchor="end">%2$s</text>'
        '<rect x="390" y="%3$s" width="%4$s" height="16" fill="%5$s" transform="translate(%6$s 0)"/>'
        '<line x1="%7$s" y1="%8$s" x2="%7$s" y2="%9$s" stroke="#000000" stroke-width="2"/>'
        '<text x="%10$s" y="%1$s">%11$s×</text>\n',
        68 + 28 * (line - 1), row_name, 56 + 28 * (line - 1), round(abs(bar_end - 390), 1),
        CASE WHEN met THEN '#2f6fb3' ELSE '#d9822b' END, round(least(bar_end - 390, 0), 1), round(target_at, 1),
        52 + 28 * (line - 1), 76 + 28 * (line - 1), round(greatest(bar_end, target_at, 390) + 8, 1),
        CASE WHEN is_cost THEN 'costs ' ELSE '' END || to_char(ratio, 'FM999,990.00')
    ), '' ORDER BY line)
    FROM bars
)
|| pg_catalog.format(
    E'<rect x="16" y="%1$s" width="16" height="16" fill="#2f6fb3"/><text x="38" y="%2$s">target met</text>'
    '<rect x="136" y="%1$s" width="16" height="16" fill="#d9822b"/><text x="158" y="%2$s">not met</text>'
    '<line x1="240" y1="%1$s" x2="240" y2="%3$s" stroke="#000000" stroke-width="2"/><text x="250" y="%2$s">the target</text>\n</svg>',
    66 + 28 * (SELECT count(*) FROM bars), 79 + 28 * (SELECT count(*) FROM bars), 82 + 28 * (SELECT count(*) FROM bars));
\o
