CREATE FUNCTION @extschema@._tasker_summary(objects text[], actions text[], details text[])
RETURNS TABLE (object text, action text, detail text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
    WITH report AS (
        SELECT r.object, r.action, r.detail, r.place,
               CASE WHEN r.object LIKE 'rows of %' THEN 'rows of % side table'
                    WHEN r.object LIKE 'table %' AND r.object ~ '[."]tasker_core_[a-z_]+"?$'
                    THEN '% side table'
                    ELSE '% ' || split_part(r.object, ' ', 1) END AS kind,
               -- What was made or found as it should be is counted; anything else is told of each.
               r.action IN ('created', 'adopted', 'unchanged') OR r.detail = ''
                   AND r.object !~ '^schema ' AS is_counted
        FROM ROWS FROM (unnest(objects), unnest(actions), unnest(details)) WITH ORDINALITY
            AS r (object, action, detail, place)
    )
    SELECT s.object, s.action, s.detail
    FROM (
        SELECT replace(r.kind, '%', count(*)::text)
                   || CASE WHEN count(*) = 1 THEN '' WHEN r.kind LIKE '%index' THEN 'es'
                           ELSE 's' END,
               r.action, '', min(r.place)
            FROM report AS r
            WHERE r.is_counted
            GROUP BY r.kind, r.action
        UNION ALL
        SELECT r.object, r.action, r.detail, r.place FROM report AS r WHERE NOT r.is_counted
    ) AS s (object, action, detail, place)
    ORDER BY s.place
$$;

COMMENT ON FUNCTION @extschema@._tasker_summary(text[], text[], text[]) IS
'Summarizes the report of a management function: one row for each kind of object and action, with '
'their number, and one for each object that needs a remark.

Errors: none. Privileges: none. Complexity: O(n log n) of the objects.';
