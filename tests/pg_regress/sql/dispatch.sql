-- What a claim says of the work that it hands out, and by what workers choose.
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA dispatch;
SET search_path = dispatch, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET client_min_messages = notice;

CREATE PROCEDURE register(namespace text, task_name text, version text, config jsonb) LANGUAGE sql AS $$
    SELECT count(*) FROM tasker_register_task(jsonb_build_object('name', task_name, 'namespace_name', namespace, 'version', version,
        'handler_config', '{"of": "the task"}'::jsonb,
        'step_templates', jsonb_build_array(
            jsonb_build_object('name', 'fetch', 'handler_class', 'Shop::Fetch', 'handler_config', config,
                'dependent_system', 'api'),
            jsonb_build_object('name', 'mail', 'dependent_system', 'smtp'))));
$$;
CALL register('shop', 'order', '1.0.0', '{"url": "v1", "limit": 123456789012345678901, "price": 1.10}');
CALL register('shop', 'order', '2.0.0', '{"url": "v2"}');
CALL register('shop', 'refund', '1.0.0', NULL);
CALL register('books', 'order', '1.0.0', '{}');
SELECT count(*) FROM (VALUES ('order', 'shop', '1.0.0', 5), ('order', 'shop', '2.0.0', 0), ('refund', 'shop', '1.0.0', -5),
        ('order', 'books', '1.0.0', 0)) AS wanted (name, namespace, version, priority),
    tasker_create_task(name, '{}', namespace, version, jsonb_build_object('priority', priority));

-- Each look is undone, so that every one finds all.
CREATE FUNCTION claimed(arguments text)
RETURNS TABLE (namespace text, task_name text, version text, step_name text)
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT namespace, task_name, version, step_name FROM tasker_claim_steps(''w'', 100%s) '
        'ORDER BY 1, 2, 3, 4', arguments);
    RAISE EXCEPTION USING MESSAGE = '', ERRCODE = 'P0009';
EXCEPTION WHEN SQLSTATE 'P0009' THEN
END;
$$;

SELECT namespace, task_name, version, step_name, handler_class, handler_config, priority, attempt, retry_limit
FROM tasker_claim_steps('w', 100, interval '1 second') ORDER BY workflow_step_id;
SELECT count(*) FROM tasker_core_leases, LATERAL tasker_release_step(workflow_step_id, claim_token);

SELECT * FROM claimed(', namespaces => ''{books,shop}'', step_names => ''{mail}''');
SELECT * FROM claimed(', task_names => ''{refund,order}'', version => ''2.0.0''');
SELECT * FROM claimed(', namespaces => ''{shop}'', task_names => ''{order}'', dependent_systems => ''{smtp}''');
SELECT * FROM claimed(', dependent_systems => ''{smtp,api}'', task_names => ''{refund}''');
-- Leaves out the work of other workers. An empty list leaves out nothing, and selects nothing.
SELECT * FROM claimed(', exclude => ''{"namespaces": ["shop"]}''');
SELECT * FROM claimed(', exclude => ''{"task_names": ["order"], "dependent_systems": ["api"]}''');
SELECT * FROM claimed(', namespaces => ''{shop}'', exclude => ''{"step_names": ["mail"]}''');
SELECT count(*) FROM claimed(', exclude => ''{}''');
SELECT count(*) FROM claimed(', exclude => ''{"step_names": [], "namespaces": null}''');
SELECT count(*) FROM claimed(', step_names => ''{}''');
SELECT count(*) FROM claimed(', step_names => ''{NULL}''');
SELECT * FROM claimed(', exclude => ''{"steps": ["mail"]}''');
SELECT * FROM claimed(', exclude => ''["mail"]''');
SELECT * FROM claimed(', exclude => ''{"step_names": "mail"}''');
SELECT * FROM claimed(', task_id => 1, exclude => ''{}''');

-- A slip of the pen is told once in a session.
SELECT * FROM claimed(', namespaces => ''{shop,shoop}'', task_names => ''{ordr}'', version => ''9.0.0''');
SELECT * FROM claimed(', namespaces => ''{shop,shoop}'', task_names => ''{ordr}'', version => ''9.0.0''');
SELECT * FROM claimed(', step_names => ''{fecth}'', dependent_systems => ''{pop}''');

-- Templates that are none: written by hand, by the engine's default, without a list, with elements that are no objects.
UPDATE tasker_named_tasks SET configuration = template.stored::jsonb
FROM (VALUES ('1.0.0', 'books', '"{}"'), ('2.0.0', 'shop', '{"step_templates": [1, null, "fetch", {}, {"name": 1}, {"name": "fetch", "handler_class": 7, "handler_config": [1]}]}'),
    ('1.0.0', 'shop', '{"step_templates": {"name": "fetch"}}')) AS template (version, namespace, stored)
JOIN tasker_task_namespaces AS namespace ON namespace.name = template.namespace
WHERE tasker_named_tasks.version = template.version AND tasker_named_tasks.task_namespace_id = namespace.task_namespace_id;
SELECT namespace, task_name, version, step_name, handler_class, handler_config FROM tasker_claim_steps('w', 100)
WHERE step_name = 'fetch' ORDER BY workflow_step_id;
SELECT count(*) FROM tasker_core_leases, LATERAL tasker_release_step(workflow_step_id, claim_token);

-- Under row-level security the same is said of what is shown, and names that are hidden do not exist.
CALL register('shop', 'order', '1.0.0', '{"url": "v1"}');
CREATE ROLE dispatch_tenant;
GRANT USAGE ON SCHEMA dispatch TO dispatch_tenant;
GRANT SELECT, INSERT, UPDATE ON tasker_tasks, tasker_task_transitions, tasker_workflow_steps, tasker_workflow_step_transitions TO dispatch_tenant;
GRANT SELECT ON tasker_workflow_step_edges, tasker_named_steps, tasker_named_tasks TO dispatch_tenant;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA dispatch TO dispatch_tenant;
ALTER TABLE tasker_tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_tasks USING (named_task_id = 1);
SET ROLE dispatch_tenant;
SELECT workflow_step_id FROM tasker_claim_steps('w', 100);
RESET ROLE;
GRANT SELECT ON tasker_task_namespaces TO dispatch_tenant;
SET ROLE dispatch_tenant;
SELECT namespace, task_name, version, step_name, handler_class, handler_config, priority
FROM tasker_claim_steps('w', 100) ORDER BY workflow_step_id;
-- Who may not read all names is not told which of them exist.
SELECT workflow_step_id FROM tasker_claim_steps('w', 100, step_names => '{other}');
RESET ROLE;
GRANT SELECT ON tasker_dependent_systems TO dispatch_tenant;
ALTER TABLE tasker_task_namespaces ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tasker_task_namespaces USING (name = 'shop');
SET ROLE dispatch_tenant;
SELECT workflow_step_id FROM tasker_claim_steps('w', 100, namespaces => '{books}');
RESET ROLE;
-- What the worker could not be told of is not claimed: it would be lost until its attempts are used up.
SELECT count(*) FROM tasker_core_leases, LATERAL tasker_release_step(workflow_step_id, claim_token);
ALTER TABLE tasker_named_tasks ENABLE ROW LEVEL SECURITY;
SET ROLE dispatch_tenant;
SELECT workflow_step_id FROM tasker_claim_steps('w', 100);
SELECT workflow_step_id FROM tasker_claim_steps('w', 100, task_id => 1);
RESET ROLE;
SELECT count(*) AS claimed FROM tasker_core_leases;
DROP OWNED BY dispatch_tenant;
DROP ROLE dispatch_tenant;
SET client_min_messages = warning;
DROP SCHEMA dispatch CASCADE;
