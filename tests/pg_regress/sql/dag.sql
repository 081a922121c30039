-- What depends on what: levels, order, relatives, the graph as a document, and the engine's view and function.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\set helpers :abs_srcdir /helpers.sql
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA dag;
SET search_path = dag, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
\set ECHO none
\i :helpers
\set ECHO all
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';

-- The mixed pattern, and a shortcut from the first step to the last.
SELECT make_task(1, 1, 9, '{{1,2},{3,4},{2,5},{4,5},{5,6},{5,7},{4,8},{6,9},{8,9},{1,9}}');
UPDATE tasker_workflow_steps SET results = '{"token": 7}' WHERE workflow_step_id = 1;
SELECT move_step(1, 'in_progress'), move_step(1, 'complete'), move_step(3, 'in_progress');
SELECT * FROM tasker_dependency_levels(1);
SELECT * FROM tasker_topological_order(1);
SELECT * FROM tasker_ancestors(6, include_results => true);
SELECT * FROM tasker_descendants(4);
SELECT tasker_task_graph(1) -> 'graph' AS graph;
SELECT node FROM jsonb_array_elements(tasker_task_graph(1) -> 'nodes') AS node WHERE (node ->> 'id')::bigint IN (1, 2, 5);
SELECT count(*) AS edges, jsonb_agg(edge) FILTER (WHERE (edge ->> 'redundant')::boolean) AS redundant
FROM jsonb_array_elements(tasker_task_graph(1) -> 'edges') AS edge;

-- The engine's function and view: its columns, its order.
SELECT object, action FROM tasker_replace_rails_functions();
SELECT * FROM calculate_dependency_levels(1);
SELECT * FROM tasker_step_dag_relationships WHERE task_id = 1 ORDER BY workflow_step_id;
-- One step, or one task, concerns that one alone, whatever else there is.
SELECT make_task(1000 + task, task * 10000, 50, (SELECT array_agg(ARRAY[at, at + 1]) FROM generate_series(1, 49) AS at)) FROM generate_series(1, 40) AS task \g /dev/null
ANALYZE tasker_workflow_steps, tasker_workflow_step_edges;
CREATE FUNCTION scans(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ 'Scan' AND line !~ 'Bitmap Heap' THEN RETURN NEXT regexp_replace(btrim(line), '^-> *', ''); END IF;
    END LOOP;
END $$;
SELECT scans('SELECT * FROM tasker_step_dag_relationships WHERE workflow_step_id = 10007');
SELECT scans('SELECT * FROM tasker_step_dag_relationships WHERE task_id = 1001');
SELECT min_depth_from_root, is_root_step, is_leaf_step FROM tasker_step_dag_relationships WHERE workflow_step_id IN (10000, 10049) ORDER BY 1;
SELECT count(*) AS steps, sum(min_depth_from_root) AS depths, sum(parent_count) AS edges FROM tasker_step_dag_relationships;

-- The cache of depths never outlives what it was computed from.
BEGIN;
SELECT min_depth_from_root FROM tasker_step_dag_relationships WHERE workflow_step_id = 9;
DELETE FROM tasker_workflow_step_edges WHERE from_step_id = 1 AND to_step_id = 9;
SELECT min_depth_from_root FROM tasker_step_dag_relationships WHERE workflow_step_id = 9;
SAVEPOINT before;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) VALUES (3, 9, 'x', now(), now());
SELECT min_depth_from_root FROM tasker_step_dag_relationships WHERE workflow_step_id = 9;
ROLLBACK TO before;
SELECT min_depth_from_root FROM tasker_step_dag_relationships WHERE workflow_step_id = 9;
ROLLBACK;
SELECT min_depth_from_root FROM tasker_step_dag_relationships WHERE workflow_step_id = 9;

-- Who may read the view may read it; who may not read the tables may not call the functions.
CREATE ROLE regress_dag;
GRANT USAGE ON SCHEMA dag TO regress_dag;
GRANT SELECT ON tasker_step_dag_relationships TO regress_dag;
SET ROLE regress_dag;
SELECT min_depth_from_root FROM tasker_step_dag_relationships WHERE workflow_step_id = 9;
SELECT * FROM tasker_dependency_levels(1);
SELECT tasker_task_graph(1);
RESET ROLE;
GRANT SELECT ON ALL TABLES IN SCHEMA dag TO regress_dag;
-- Row-level security hides steps, and edges to them.
ALTER TABLE tasker_workflow_steps ENABLE ROW LEVEL SECURITY;
CREATE POLICY regress_some ON tasker_workflow_steps TO regress_dag USING (workflow_step_id IN (1, 2, 5, 9));
SET ROLE regress_dag;
SELECT * FROM tasker_dependency_levels(1);
SELECT step_name, distance FROM tasker_ancestors(9);
SELECT * FROM tasker_ancestors(3);
SELECT jsonb_array_length(tasker_task_graph(1) -> 'nodes') AS nodes;
RESET ROLE;
ALTER TABLE tasker_workflow_steps DISABLE ROW LEVEL SECURITY;
DROP POLICY regress_some ON tasker_workflow_steps;

-- The original view is kept, and comes back with its owner, grants and comment.
SELECT object, action FROM tasker_restore_rails_functions();
CREATE VIEW tasker_step_dag_relationships AS
SELECT 1::bigint AS workflow_step_id, 2::bigint AS task_id, 3 AS named_step_id, '[]'::jsonb AS parent_step_ids, '[]'::jsonb AS child_step_ids,
       0::bigint AS parent_count, 0::bigint AS child_count, true AS is_root_step, true AS is_leaf_step, 0 AS min_depth_from_root;
COMMENT ON VIEW tasker_step_dag_relationships IS 'the engine''s';
ALTER VIEW tasker_step_dag_relationships OWNER TO regress_dag;
GRANT SELECT ON tasker_step_dag_relationships TO PUBLIC;
CREATE VIEW depends_on_it AS SELECT task_id FROM tasker_step_dag_relationships;
SELECT object, action, detail FROM tasker_replace_rails_functions() WHERE object LIKE 'view%';
-- From 17 on, an owner has MAINTAIN as well.
SELECT c.relname, c.relowner::regrole, granted.privileges, obj_description(c.oid, 'pg_class')
FROM pg_class AS c CROSS JOIN LATERAL (
    SELECT string_agg(format('%s by %s to %s', a.privilege_type, a.grantor::regrole,
        CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END), E'\n' ORDER BY a.grantee = 0, a.privilege_type) AS privileges
    FROM aclexplode(c.relacl) AS a WHERE a.privilege_type <> 'MAINTAIN') AS granted
WHERE c.relname LIKE '%dag_relationships' AND c.relnamespace = 'dag'::regnamespace ORDER BY c.relname COLLATE "C";
SELECT task_id FROM depends_on_it;
SELECT object, action, detail FROM tasker_replace_rails_functions() WHERE object LIKE 'view%';
-- A migration that drops and creates the view is noticed.
DROP VIEW tasker_step_dag_relationships;
CREATE VIEW tasker_step_dag_relationships AS SELECT * FROM tasker_core_original_tasker_step_dag_relationships;
SELECT severity, check_name, object FROM tasker_doctor() WHERE object LIKE 'view%';
DROP VIEW tasker_step_dag_relationships;
SELECT severity, check_name, object, detail FROM tasker_doctor() WHERE object LIKE 'view%';
SELECT object, action, detail FROM tasker_replace_rails_functions() WHERE object LIKE 'view%';
SELECT object, action, detail FROM tasker_restore_rails_functions() WHERE object LIKE 'view%';
SELECT relowner::regrole, obj_description(oid, 'pg_class'), pg_get_viewdef(oid) LIKE '%1%' AS is_original FROM pg_class WHERE oid = 'tasker_step_dag_relationships'::regclass;
-- One with other columns, and a table of that name, are left alone.
DROP VIEW depends_on_it, tasker_step_dag_relationships;
CREATE TABLE tasker_step_dag_relationships (task_id bigint);
SELECT object, action, detail FROM tasker_replace_rails_functions() WHERE object LIKE 'view%';
DROP TABLE tasker_step_dag_relationships;

-- A stored cycle: a clear answer from every function.
SET tasker_core.enforce_edges = off;
INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at) VALUES (9, 5, 'x', now(), now());
\set SHOW_CONTEXT never
SELECT * FROM tasker_dependency_levels(1);
SELECT * FROM tasker_topological_order(1);
SELECT * FROM tasker_descendants(1);
SELECT tasker_task_graph(1) -> 'graph' AS graph;
SELECT object, action FROM tasker_replace_rails_functions() WHERE object LIKE 'view%';
SELECT workflow_step_id, min_depth_from_root FROM tasker_step_dag_relationships WHERE task_id = 1 ORDER BY 1;
RESET tasker_core.enforce_edges;

-- No task, and no steps.
INSERT INTO tasker_tasks (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at) VALUES (2, 1, '2026-01-01', 'empty', '2026-01-01', '2026-01-01');
SELECT * FROM tasker_dependency_levels(2);
SELECT tasker_task_graph(2) AS graph;
SELECT count(*) FROM tasker_dependency_levels(99);
SELECT count(*) FROM tasker_dependency_levels(NULL);
SELECT count(*) FROM tasker_topological_order(NULL);
SELECT tasker_task_graph(99);
SELECT tasker_task_graph(NULL);
SELECT * FROM tasker_ancestors(99);
SELECT * FROM tasker_descendants(NULL);
SELECT * FROM tasker_ancestors(1, NULL);

SELECT count(*) > 0 AS uninstalled FROM tasker_uninstall();
DROP OWNED BY regress_dag;
DROP ROLE regress_dag;
DROP SCHEMA dag CASCADE;
