CREATE FUNCTION @extschema@.tasker_unregister_config_section(
    section text,
    force boolean DEFAULT false
)
RETURNS bigint
LANGUAGE c VOLATILE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_unregister_config_section';

COMMENT ON FUNCTION @extschema@.tasker_unregister_config_section(text, boolean) IS
'Removes a registered section, and returns the number of the change. If options of the section are '
'set, the call raises 55000; with force, it removes these options, too. tasker_config_history() '
'keeps them.

Errors: 22004, 22023, 55000 when options are set; XX001; 42P01; 42501. Privileges: as '
'tasker_set_config(). Complexity: O(scopes).';
