CREATE FUNCTION @extschema@._tasker_lock_tables(installation regnamespace, lock_mode text)
RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    present text[];
    names text[];
    changed text;
    qualified text;
    lock_timeout text := current_setting('lock_timeout');
    began timestamptz := clock_timestamp();
    last_end timestamptz;
    attempt_end timestamptz;
    attempt_length interval;
    longest_attempt interval;
BEGIN
    -- The order in which the engine writes them, so that this waits for
    -- writers, but no writer waits for this while this waits for it.
    SELECT array_agg(format('%s.%I', installation, t.table_name) ORDER BY t.table_position),
           array_agg(t.table_name ORDER BY t.table_position)
        INTO present, names
        FROM unnest(ARRAY['tasker_tasks',
                          'tasker_workflow_steps',
                          'tasker_workflow_step_edges',
                          'tasker_workflow_step_transitions',
                          'tasker_task_transitions',
                          'tasker_core_steps',
                          'tasker_core_tasks',
                          'tasker_core_leases',
                          'tasker_core_hints',
                          'tasker_core_timers',
                          'tasker_core_limits',
                          'tasker_core_buckets',
                          'tasker_core_holds',
                          'tasker_core_parked',
                          'tasker_core_endings',
                          'tasker_core_task_leases',
                          'tasker_core_rules',
                          'tasker_core_signals',
                          'tasker_core_decisions',
                          'tasker_core_attempted',
                          'tasker_core_config',
                          'tasker_core_config_versions',
                          'tasker_core_counts',
                          'tasker_core_troubles',
                          'tasker_core_step_times',
                          'tasker_core_deadlines',
                          'tasker_core_schedules',
                          'tasker_core_forks',
                          'tasker_core_shares',
                          'tasker_core_consumers',
                          'tasker_core_events']) WITH ORDINALITY AS t (table_name, table_position)
        JOIN pg_class AS c
            ON c.relnamespace = installation AND c.relname = t.table_name AND c.relkind = 'r';
    IF present IS NULL THEN
        RETURN;
    END IF;
    IF lock_mode <> 'ACCESS EXCLUSIVE' THEN
        EXECUTE format('LOCK TABLE %s IN %s MODE', array_to_string(present, ', '), lock_mode);
    ELSE
        -- Readers lock the tables in any order. So each attempt ends, and releases its locks,
        -- before a session that waits for them can look for a deadlock.
        SELECT make_interval(secs => d.setting::double precision / 2000),
               began + make_interval(secs => nullif(l.setting::double precision, 0) / 1000)
            INTO longest_attempt, last_end
            FROM pg_settings AS d
            JOIN pg_settings AS l ON l.name = 'lock_timeout'
            WHERE d.name = 'deadlock_timeout';
        LOOP
            -- Mostly short: what is not free after some transactions waits for this.
            attempt_length := longest_attempt * (0.02 + 0.98 * random() ^ 3);
            BEGIN
                attempt_end := least(clock_timestamp() + attempt_length, last_end);
                -- First the table with which completions and failures begin, and at which claims
                -- are soon: later calls wait there and hold little or nothing, and earlier ones
                -- end. Then the one with which reads begin.
                FOR qualified IN
                    SELECT p.qualified
                    FROM unnest(present, names) WITH ORDINALITY AS p (qualified, name, place)
                    ORDER BY p.name <> 'tasker_workflow_steps', p.name <> 'tasker_core_tasks',
                        p.place
                LOOP
                    PERFORM set_config('lock_timeout', greatest(1, ceil(1000 * extract(epoch FROM
                                           attempt_end - clock_timestamp())))::text, true);
                    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', qualified);
                END LOOP;
                EXIT;
            EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
                IF clock_timestamp() >= last_end THEN
                    RAISE;
                END IF;
            END;
            -- The sessions that have waited go first.
            PERFORM pg_sleep(extract(epoch FROM attempt_length));
        END LOOP;
        PERFORM set_config('lock_timeout', lock_timeout, true);
    END IF;
    -- During the wait, another session may have replaced a table by a view.
    SELECT string_agg(format('%s.%I', installation, c.relname), ', ' ORDER BY c.relname)
        INTO changed
        FROM pg_class AS c
        WHERE c.relnamespace = installation AND c.relkind <> 'r' AND c.relname = ANY (names);
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s: not an ordinary table', changed),
            HINT = 'Only ordinary tables can be adopted: no views, partitioned or foreign tables.';
    END IF;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_lock_tables(regnamespace, text) IS
'Locks the Tasker tables that side rows are made of, then the side tables, until the end of the '
'transaction; always in the same order, and only existing ones.

Errors: 42809 when another object has taken the name of a table meanwhile; 40P01 and 55P03 as LOCK '
'TABLE. Privileges: those of LOCK TABLE in that mode. Complexity: waits for the transactions that '
'hold conflicting locks; for ACCESS EXCLUSIVE in attempts, between which other sessions work.';
