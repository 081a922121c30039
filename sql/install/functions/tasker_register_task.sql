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
'Registers a template: the content of a YAML file of the Rails engine, as JSON. Several versions '
'can exist. Registering the same template again changes nothing; a different one replaces the '
'template of its version (changed is true) for new tasks. environment: a key of the template''s '
'environments; the call first merges its value into the steps.

The template, with all its defaults filled in, is stored in tasker_named_tasks.configuration. The '
'call also writes the rows of namespaces, systems and named steps that the engine would write.

Errors: 22023 with a line for each problem in DETAIL, as tasker_validate_template() lists them; '
'22004; 42P01, 55000; 42501. Privileges: SELECT, INSERT and UPDATE on tasker_named_tasks and '
'tasker_named_tasks_named_steps, DELETE on the latter, SELECT and INSERT on '
'tasker_task_namespaces, tasker_dependent_systems and tasker_named_steps, USAGE on their '
'sequences. Complexity: O(length of the template).';
