-- One call of every function of the extension, found in the catalog: a new function must be given arguments here.

CREATE FUNCTION calls(arguments jsonb) RETURNS TABLE (signature text, call text)
LANGUAGE sql
BEGIN ATOMIC
    SELECT p.oid::regprocedure::text,
           format('%s(%s)', p.oid::regproc,
                  string_agg(format('%I => %s', a.name, coalesce(arguments ->> (p.proname || '.' || a.name),
                                                                 arguments ->> a.name, '$' || a.name)),
                             ', ' ORDER BY a.place)
                      FILTER (WHERE a.place > 0 AND (arguments ? a.name OR arguments ? (p.proname || '.' || a.name)
                                  OR a.place <= p.pronargs - p.pronargdefaults)))
    FROM pg_proc AS p
    JOIN pg_depend AS d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
    JOIN pg_extension AS e ON e.oid = d.refobjid AND e.extname = 'tasker_core'
    CROSS JOIN LATERAL (
        SELECT n.place, n.name
        FROM unnest(p.proargnames) WITH ORDINALITY AS n (name, place)
        WHERE n.place <= p.pronargs
        UNION ALL
        SELECT 0, '' WHERE p.pronargs = 0
    ) AS a
    WHERE p.prorettype <> 'trigger'::regtype
    GROUP BY p.oid;
END;

-- What comes of a call: "done", or an SQLSTATE. Errors leave nothing behind.
CREATE FUNCTION attempt(call text) RETURNS text
LANGUAGE plpgsql
AS $$
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || call;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;

-- What the tables of a schema contain.
CREATE FUNCTION contents(installation regnamespace) RETURNS TABLE (table_name text, digest text)
LANGUAGE plpgsql
AS $$
BEGIN
    FOR table_name IN
        SELECT c.oid::regclass::text FROM pg_class AS c WHERE c.relnamespace = installation AND c.relkind = 'r'
    LOOP
        EXECUTE format('SELECT md5(string_agg(row_to_json(t)::text, E''\n'' ORDER BY row_to_json(t)::text)) FROM %s AS t',
                       table_name) INTO digest;
        RETURN NEXT;
    END LOOP;
    FOR table_name, digest IN
        SELECT format('%I.%I', s.schemaname, s.sequencename), coalesce(s.last_value::text, 'none')
        FROM pg_sequences AS s WHERE s.schemaname = installation::text
    LOOP
        RETURN NEXT;
    END LOOP;
END
$$;
