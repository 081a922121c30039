CREATE FUNCTION @extschema@._tasker_doctor_indexes(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp
SET quote_all_identifiers = off
AS $$
    WITH present AS (
        SELECT p.index_id, p.table_name, p.index_name, p.access_method, p.key_columns,
            p.key_details,
               p.other_columns, p.index_predicate,
               cardinality(p.key_details) AS key_length,
               cardinality(p.other_columns) AS other_length,
               p.is_unique OR p.is_bound
                   OR p.index_name
                       IN (SELECT e.index_name FROM @extschema@._tasker_expected_indexes() AS e
                                       WHERE e.table_name = p.table_name) AS is_needed,
               -- The one predicate that cannot come true: a state that does not exist.
               substring(p.index_predicate FROM '^[(][(]to_state[)]::text = '
                                                '''([^'']*)''::text[)]$') AS only_state
        FROM @extschema@._tasker_present_indexes(installation) AS p
        WHERE p.is_usable
    ), redundant AS (
        SELECT x.index_id, x.index_name,
               CASE WHEN x.only_state NOT IN
                        ('pending', 'in_progress', 'complete', 'error', 'cancelled',
                         'resolved_manually')
                    THEN format('always empty: there is no state "%s"', x.only_state)
                    WHEN best.index_name IS NOT NULL
                    THEN format('%s index "%s" (%s), which serves the same queries',
                                CASE WHEN best.key_length = x.key_length
                                    AND best.other_length = x.other_length
                                     THEN 'a copy of' ELSE 'the beginning of' END,
                                best.index_name, array_to_string(best.key_columns, ', ')) END
                                    AS reason
        FROM present AS x
        -- The first of those that cover x is needed, or covered by none: it is not reported
        -- itself, so that every lookup keeps an index after all fixes have been run.
        LEFT JOIN LATERAL (
            SELECT y.index_name, y.key_columns, y.key_length, y.other_length
            FROM present AS y
            WHERE y.table_name = x.table_name AND y.index_id <> x.index_id
                AND y.access_method = x.access_method
                AND y.index_predicate IS NOT DISTINCT FROM x.index_predicate
                AND y.other_columns @> x.other_columns
                AND x.key_details = y.key_details[1:x.key_length]
                AND (x.key_length = y.key_length
                     OR (x.access_method = 'btree' AND x.other_length = 0))
                AND (x.key_length < y.key_length
                    OR x.other_length < y.other_length
                    OR y.is_needed
                    OR y.index_id < x.index_id)
            ORDER BY y.is_needed DESC, y.key_length DESC, y.other_length DESC, y.index_id
            LIMIT 1) AS best ON true
        WHERE NOT x.is_needed
    )
    SELECT 'info', 'redundant_index', format('index %s.%I', installation, r.index_name),
           format('%s (%s)', r.reason, pg_size_pretty(pg_relation_size(r.index_id))),
           format('DROP INDEX CONCURRENTLY %s.%I;', installation, r.index_name)
    FROM redundant AS r
    WHERE r.reason IS NOT NULL
    ORDER BY r.index_name
$$;

COMMENT ON FUNCTION @extschema@._tasker_doctor_indexes(regnamespace) IS
'Returns the indexes of the Tasker tables that only cost: copies, prefixes of other indexes, and '
'indexes that are always empty. Never an index that is unique, belongs to a constraint or is '
'listed as needed, and never both of a pair.

Errors: none. Privileges: none. Complexity: quadratic in the number of indexes of one table.';
