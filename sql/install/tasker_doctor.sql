CREATE FUNCTION @extschema@.tasker_doctor(target_schema name DEFAULT NULL)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
        SELECT d.severity, d.check_name, d.object, d.detail, d.fix
        FROM @extschema@._tasker_doctor(@extschema@._tasker_target_schema(target_schema))
            WITH ORDINALITY AS d (severity, check_name, object, detail, fix, found_position)
        -- A unique index can only be made where nothing violates it any more.
        ORDER BY pg_catalog.array_position(ARRAY['error', 'warning', 'info'], d.severity),
                 d.check_name OPERATOR(pg_catalog.<>) 'several_current_transitions',
                 d.found_position;
END
$$;

COMMENT ON FUNCTION @extschema@.tasker_doctor(name) IS
'Examines an installation and changes nothing. Returns a row for each problem, the worst first, '
'and no rows if there are no problems. fix: the command that repairs the problem; replace ... in '
'it by a value that only you know. target_schema: as for tasker_install().

severity: error (answers are wrong, or soon will be), warning (it works, but not as it should), '
'info (it costs more than necessary). check_name: not_installed, installation_outdated, '
'installation_newer, missing_table, table_inherited, column_differs, constraint_differs, '
'index_differs, trigger_missing, trigger_disabled, trigger_altered, trigger_foreign, '
'trigger_surplus, view_missing, view_altered, view_foreign, side_table_missing, '
'side_table_altered, side_table_extended, side_table_foreign, side_index_missing, '
'side_table_owner, wrapper_missing, wrapper_altered, wrapper_overwritten, schema_usage, '
'owner_cannot_read, side_table_writer, table_owner, foreign_trigger, publication_incomplete, '
'subscription_incomplete, unknown_state, several_current_transitions, drift, step_not_queued, '
'put_aside, deadline_not_queued, wait_cycle, uncommitted_claim, miscounted, sequence_behind, '
'cycle, self_edge, duplicate_edge, cross_task_edge, redundant_index. A check of rows names at most '
'20 of them, and counts the others.

Errors: 3F000 when there is no such schema; 42501. Privileges: SELECT on the Tasker tables and the '
'side tables, which their owner has; for a caller with the rights of the owner, such as a '
'superuser, rows are read as the owner. Complexity: one pass over steps, edges, transitions and '
'side rows; no lock beyond that of a SELECT.';
