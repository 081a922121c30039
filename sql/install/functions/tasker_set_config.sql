CREATE FUNCTION @extschema@.tasker_set_config(section text, options jsonb,
                                              scope text DEFAULT 'global')
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_set_config';

COMMENT ON FUNCTION @extschema@.tasker_set_config(text, jsonb, text) IS
'Sets options of a section (tasker_config_sections() lists the sections), and returns the number '
'of the change. options: the options to set. null removes an option, so that a wider scope or the '
'default applies again; options that you do not name stay as they are. scope: global, '
'namespace:NAME, task_name:NAME, step_name:NAME or task:ID. Nothing changes unless every option '
'exists and has a valid value; all problems are reported at once. A change takes effect everywhere '
'when it is committed. tasker_core_config_versions keeps every version, with role and time.

Example: SELECT tasker_set_config(''backoff'', ''{"mode": "exponential", "base_seconds": 5, '
'"jitter_enabled": true}'', ''step_name:charge_card'').

Errors: 22004, 22023 (in DETAIL a line for each problem); 42P01, 55000; 42501. Privileges: UPDATE '
'on the Tasker tables; none of their rows may be hidden by row-level security. Complexity: '
'constant; changes wait for each other.';
