CREATE FUNCTION @extschema@.tasker_register_task(template jsonb, environment text DEFAULT NULL)
RETURNS TABLE (
    named_task_id integer,
    namespace     text,
    task_name     text,
    version       text,
    created       boolean,
    changed       boolean
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 1
AS 'MODULE_PATHNAME', 'tasker_register_task';

COMMENT ON FUNCTION @extschema@.tasker_register_task(jsonb, text) IS
'Registers a kind of task: the template of the Rails engine''s YAML files, as JSON. Versions stand side by side. Registering a template again changes nothing; one that says something else replaces the one of its version (changed), for tasks that are created from then on. environment: what the template says under environments goes over its steps first.

The template, with everything that it leaves to the defaults, is kept in tasker_named_tasks.configuration. Namespace, systems, named steps and their defaults get the rows that the engine gives them.

Errors: 22023 with a line for each problem in DETAIL, as tasker_validate_template() lists them; 22004; 42P01, 55000; 42501. Privileges: SELECT, INSERT and UPDATE on tasker_named_tasks and tasker_named_tasks_named_steps, DELETE on the latter, SELECT and INSERT on tasker_task_namespaces, tasker_dependent_systems and tasker_named_steps, USAGE on their sequences. Complexity: O(length of the template).';
