-- Every function that is about one task or one step answers alike where there is none, where it is hidden, and for NULL. The calls
-- are made from the catalog, so that a new function is among them.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA unknown_ids;
SET search_path = unknown_ids, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SELECT count(*) FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "fetch"}]}');
SELECT count(*) FROM tasker_create_task('order');

CREATE VIEW asked AS
SELECT function.oid::regprocedure AS signature, function.proname AS name, argument.names[1] AS subject, argument.names, argument.types,
    function.pronargs - function.pronargdefaults AS required
FROM pg_proc AS function
JOIN pg_depend AS member ON member.objid = function.oid AND member.deptype = 'e'
JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'tasker_core'
CROSS JOIN LATERAL (SELECT function.proargnames[1:function.pronargs] AS names, function.proargtypes::oid[] AS types) AS argument
WHERE argument.names[1] IN ('task_id', 'workflow_step_id')
  -- Searches and actions on many have no rows, tests write what they like, the engine's functions answer as the engine's do, and an event needs no task.
  AND function.proname !~ '^tasker_((find|rails|testkit)_|publish_event$|.*_many$)';
-- A value for each argument that has no default, so that nothing but the first one is wrong.
CREATE FUNCTION call(asked asked, id text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s(%s)', asked.name, string_agg(CASE
        WHEN place = 1 THEN format('%L::bigint', id)
        WHEN asked.names[place] IN ('to_state', 'state') THEN '''complete'''
        ELSE CASE format_type(asked.types[place - 1], NULL)
            WHEN 'uuid' THEN '''00000000-0000-0000-0000-000000000000'''
            WHEN 'jsonb' THEN CASE asked.names[place] WHEN 'steps' THEN '''[]''' ELSE '''{}''' END
            WHEN 'integer' THEN '1'
            ELSE '''x''' END
        END, ', ' ORDER BY place))
    FROM generate_series(1, greatest(1, asked.required)) AS place
$$;
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT count(*) FROM ' || call;
    RETURN 'answered';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END;
$$;

SELECT count(*) > 40 AS many FROM asked;
SELECT signature, attempt(call(asked, '4711')) FROM asked WHERE attempt(call(asked, '4711')) <> 'P0002' ORDER BY 1::text;
SELECT signature, attempt(call(asked, NULL)) FROM asked WHERE attempt(call(asked, NULL)) <> '22004' ORDER BY 1::text;
-- Extremes are ids like any other.
SELECT signature FROM asked WHERE attempt(call(asked, '-9223372036854775808')) <> 'P0002' OR attempt(call(asked, '0')) <> 'P0002' ORDER BY 1::text;

CREATE ROLE unknown_ids_tenant;
GRANT USAGE ON SCHEMA unknown_ids TO unknown_ids_tenant;
GRANT ALL ON ALL TABLES IN SCHEMA unknown_ids TO unknown_ids_tenant;
GRANT ALL ON ALL SEQUENCES IN SCHEMA unknown_ids TO unknown_ids_tenant;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
SET ROLE unknown_ids_tenant;
SELECT signature, attempt(call(asked, '1')) FROM asked WHERE attempt(call(asked, '1')) <> 'P0002' ORDER BY 1::text;
RESET ROLE;
-- The same calls are answered where there is such a task and such a step.
ALTER TABLE tasker_tasks DISABLE ROW LEVEL SECURITY;
ALTER TABLE tasker_workflow_steps DISABLE ROW LEVEL SECURITY;
SELECT attempt(call(asked, '1')) AS answer, count(*) FROM asked WHERE name ~ '^tasker_(ready|step_|task_|explain|plan|parent|dependency|topological)' GROUP BY 1;
DROP OWNED BY unknown_ids_tenant;
DROP ROLE unknown_ids_tenant;
DROP SCHEMA unknown_ids CASCADE;
