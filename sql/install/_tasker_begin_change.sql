CREATE FUNCTION @extschema@._tasker_begin_change(installation regnamespace)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN
        RAISE EXCEPTION USING
            ERRCODE = 'read_only_sql_transaction',
            MESSAGE = 'a Tasker installation cannot be changed in a read-only transaction';
    END IF;
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('a Tasker installation cannot be changed in a %s transaction',
                             upper(current_setting('transaction_isolation'))),
            DETAIL = 'Changes committed after the snapshot of the transaction would be missed.',
            HINT = 'Run it in a READ COMMITTED transaction.';
    END IF;
    PERFORM @extschema@._tasker_lock_schema(installation);
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_begin_change(regnamespace) IS
'Makes the management functions of one installation wait for each other until the end of the '
'transaction.

Errors: 25006 in a read-only transaction, 55000 in a REPEATABLE READ or SERIALIZABLE one, 42501. '
'Privileges: CREATE on the schema, or ownership of the Tasker tables in it. Complexity: one lock.';
