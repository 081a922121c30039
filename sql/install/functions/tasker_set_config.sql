CREATE FUNCTION @extschema@.tasker_set_config(section text, options jsonb, scope text DEFAULT 'global')
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_set_config';

COMMENT ON FUNCTION @extschema@.tasker_set_config(text, jsonb, text) IS
'Changes options of a section (tasker_config_sections() lists them), and returns the number of the change. options: the options to set; null gives one up, so that a wider scope or the default applies again; those not named stay as they are. scope: global, namespace:NAME, task_name:NAME, step_name:NAME or task:ID. Nothing is changed unless every option exists and has a value that makes sense; all that is wrong is said at once. It takes effect everywhere as soon as it is committed. Every version is kept in tasker_core_config_versions, with who and when.

Example: SELECT tasker_set_config(''backoff'', ''{"mode": "exponential", "base_seconds": 5, "jitter_enabled": true}'', ''step_name:charge_card'').

Errors: 22004, 22023 (in DETAIL a line for each problem); 42P01, 55000; 42501. Privileges: UPDATE on the Tasker tables; none of their rows may be hidden by row-level security. Complexity: constant; changes take turns.';
