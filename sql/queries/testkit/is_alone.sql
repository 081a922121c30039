-- Whether nobody but us and the foreign keys may have a say in what the test kit writes in schema $1: the caller is a
-- superuser, and the tables have no triggers or rules of others. Besides, session_replication_role as it is.
SELECT
    role.rolsuper AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_class AS class
        WHERE class.relnamespace OPERATOR(pg_catalog.=) $1::pg_catalog.oid
          AND class.relname OPERATOR(pg_catalog.=) ANY (
              ARRAY['tasker_tasks', 'tasker_workflow_steps', 'tasker_workflow_step_edges']::pg_catalog.name[])
          AND (class.relhasrules OR EXISTS (
              SELECT FROM pg_catalog.pg_trigger AS fired
              WHERE fired.tgrelid OPERATOR(pg_catalog.=) class.oid
                AND NOT fired.tgisinternal
                AND NOT (fired.tgname OPERATOR(pg_catalog.~~) 'tasker\_core\_%')))
    ),
    pg_catalog.current_setting('session_replication_role')
FROM pg_catalog.pg_roles AS role
WHERE role.rolname OPERATOR(pg_catalog.=) CURRENT_USER
