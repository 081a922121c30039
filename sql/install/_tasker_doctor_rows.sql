CREATE FUNCTION @extschema@._tasker_doctor_rows(installation regnamespace)
RETURNS TABLE (severity text, check_name text, object text, detail text, fix text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    named CONSTANT integer := 20;   -- rows that are named; the others are counted
    transitions record;
    seen record;
BEGIN
    FOR transitions IN
        SELECT t.table_name, format('%s.%I', installation, t.table_name) AS relation,
            t.parent_column, t.parent_name
        FROM (VALUES ('tasker_workflow_step_transitions', 'workflow_step_id', 'workflow step'),
                     ('tasker_task_transitions', 'task_id', 'task'))
                         AS t (table_name, parent_column, parent_name)
    LOOP
        FOR seen IN
            SELECT u.to_state, u.transitions, u.first_parent_id AS parent_id
            FROM @extschema@._tasker_unknown_states(installation) AS u
            WHERE u.table_name = transitions.table_name
        LOOP
            severity := 'error';
            check_name := 'unknown_state';
            object := format('table %s', transitions.relation);
            detail := format('"%s" is no state, but current transitions lead to it: %s in all, the '
                             'first one of %s %s',
                             seen.to_state, seen.transitions, transitions.parent_name,
                             seen.parent_id);
            fix := format('UPDATE %s SET to_state = ... WHERE most_recent AND to_state = %L;',
                          transitions.relation, seen.to_state);
            RETURN NEXT;
        END LOOP;

        FOR seen IN
            SELECT c.parent_id, c.transitions, c.total,
                row_number() OVER (ORDER BY c.parent_id) AS found_position
            FROM @extschema@._tasker_several_current_transitions(installation) AS c
            WHERE c.table_name = transitions.table_name
            ORDER BY c.parent_id
        LOOP
            severity := 'error';
            check_name := 'several_current_transitions';
            IF seen.found_position <= named THEN
                object := format('%s %s', transitions.parent_name, seen.parent_id);
                detail := format('%s transitions are marked most_recent', seen.transitions);
                fix := format('UPDATE %1$s SET most_recent = false WHERE %2$I = %3$s '
                              'AND most_recent AND id <> (SELECT t.id FROM %1$s AS t WHERE t.%2$I '
                              '= %3$s AND t.most_recent ORDER BY t.sort_key DESC, t.id DESC LIMIT '
                              '1);',
                              transitions.relation, transitions.parent_column, seen.parent_id);
            ELSE
                object := format('table %s', transitions.relation);
                detail := format('and %s more', seen.total - named);
                fix := '';
            END IF;
            RETURN NEXT;
        END LOOP;
    END LOOP;

    RETURN QUERY
        WITH found AS (
            SELECT d.side_table, d.row_id, d.problem,
                   row_number() OVER (ORDER BY d.side_table, d.row_id) AS found_position,
                   count(*) OVER () AS total
            FROM @extschema@._tasker_drift(installation) AS d
        )
        SELECT 'error', 'drift', format('row %s of %s.%I', f.row_id, installation, f.side_table),
               f.problem,
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM found AS f
        WHERE f.found_position <= named
        UNION ALL
        SELECT 'error', 'drift', format('schema %s', installation),
               format('and %s more', f.total - named),
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM found AS f
        WHERE f.found_position = named + 1;

    RETURN QUERY
        WITH found AS (
            SELECT s.workflow_step_id, s.task_id,
                   row_number() OVER (ORDER BY s.workflow_step_id) AS found_position,
                   count(*) OVER () AS total
            FROM @extschema@._tasker_unqueued_steps(installation) AS s
        )
        SELECT 'warning', 'step_not_queued', format('workflow step %s', f.workflow_step_id),
               format('it may run, now or when its wait is over, but it has neither a hint nor a '
                      'timer: no claim will find it unless it asks for task %s', f.task_id),
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM found AS f
        WHERE f.found_position <= named
        UNION ALL
        SELECT 'warning', 'step_not_queued', format('schema %s', installation),
               format('and %s more', f.total - named),
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM found AS f
        WHERE f.found_position = named + 1;

    -- An installation of an earlier version may not have the table yet: side_table_missing says so.
    IF to_regclass(format('%s.tasker_core_troubles', installation)) IS NOT NULL THEN
        FOR seen IN
            SELECT t.*, row_number() OVER () AS found_position
            FROM @extschema@._tasker_troubles(installation, named + 1) AS t
        LOOP
            severity := 'warning';
            check_name := 'put_aside';
            IF seen.found_position <= named THEN
                object := CASE WHEN seen.kind IN ('step', 'claim')
                               THEN format('workflow step %s', seen.subject_id)
                               WHEN seen.kind IN ('task', 'purge')
                               THEN format('task %s', seen.subject_id)
                               ELSE seen.kind END;
                detail := format('%s was refused %s times since %s, next try at %s: %s (SQLSTATE '
                                 '%s)',
                                 CASE WHEN seen.kind = 'claim' THEN 'its claim'
                                      WHEN seen.kind = 'task' THEN 'its end'
                                      WHEN seen.kind = 'purge' THEN 'its deletion'
                                      ELSE 'its recovery or its rule' END,
                                 seen.attempts, seen.since, seen.next_try, seen.message,
                                 seen.sqlstate);
                fix := '-- Change the constraint, trigger or row that the message names; the work '
                       'is then tried again automatically.';
            ELSE
                object := format('schema %s', installation);
                detail := format('and %s more', seen.total - named);
                fix := '';
            END IF;
            RETURN NEXT;
        END LOOP;
    END IF;

    -- As above: an installation of layout 1 has no deadlines.
    IF to_regclass(format('%s.tasker_core_deadlines', installation)) IS NOT NULL THEN
        FOR seen IN EXECUTE format(
            'SELECT d.task_id, count(*) OVER () AS total,
                 row_number() OVER (ORDER BY d.task_id) AS found_position
             FROM %1$s.tasker_core_deadlines AS d
             JOIN %1$s.tasker_core_tasks AS t ON t.task_id = d.task_id
             WHERE t.state IN (''pending'', ''in_progress'')
                 AND NOT EXISTS (
                     SELECT FROM %1$s.tasker_core_timers AS i
                     WHERE i.kind = ''task'' AND i.subject_id = d.task_id
                         AND i.due_at >= d.deadline_at)
             ORDER BY d.task_id LIMIT %2$s', installation, named + 1)
        LOOP
            severity := 'warning';
            check_name := 'deadline_not_queued';
            object := CASE WHEN seen.found_position <= named THEN format('task %s', seen.task_id)
                           ELSE format('schema %s', installation) END;
            detail := CASE WHEN seen.found_position <= named
                           THEN 'it has a deadline, but no timer: nothing will end it in time'
                           ELSE format('and %s more', seen.total - named) END;
            fix := @extschema@._tasker_repair('tasker_rebuild', installation);
            RETURN NEXT;
        END LOOP;
    END IF;

    -- Until the claim is committed, other sessions see the step as it was, and cannot claim it.
    FOR seen IN
        SELECT s.workflow_step_id, o.who, o.since, o.remedy, count(*) OVER () AS total,
               row_number() OVER (ORDER BY o.since, s.workflow_step_id) AS found_position
        FROM @extschema@._tasker_locked_steps(installation) AS s
        JOIN (SELECT backend_xid::text::bigint AS number, format('process %s', pid) AS who,
            xact_start AS since,
                     format('SELECT pg_terminate_backend(%s); -- or let the session commit',
                            pid) AS remedy
              FROM pg_stat_activity
              UNION ALL
              SELECT transaction::text::bigint, format('the prepared transaction %L', gid),
                     prepared,
                     format('ROLLBACK PREPARED %L; -- or COMMIT PREPARED', gid)
              FROM pg_prepared_xacts) AS o ON o.number = s.transaction_number
        WHERE o.since < coalesce(
            nullif(current_setting('tasker_core.fake_now', true), '')::timestamptz,
            clock_timestamp())
                        - interval '5 minutes'
        ORDER BY found_position LIMIT named + 1
    LOOP
        severity := 'warning';
        check_name := 'uncommitted_claim';
        IF seen.found_position <= named THEN
            object := format('workflow step %s', seen.workflow_step_id);
            detail := format('%s has changed or locked it in a transaction that has been open '
                             'since %s', seen.who, seen.since);
            fix := seen.remedy;
        ELSE
            object := format('schema %s', installation);
            detail := format('and %s more', seen.total - named);
            fix := '';
        END IF;
        RETURN NEXT;
    END LOOP;

    -- Tasks that wait for themselves, through their own steps or those of other tasks. Such a wait
    -- is refused where it is laid down by tasker_add_steps(); a template or a write to the side
    -- tables can still bring one about.
    FOR seen IN
        SELECT w.task_id AS origin, w.workflow_step_id AS step_id, w.total,
            row_number() OVER () AS found_position
        FROM @extschema@._tasker_wait_cycles(installation, named + 1) AS w
    LOOP
        severity := 'error';
        check_name := 'wait_cycle';
        IF seen.found_position <= named THEN
            object := format('task %s', seen.origin);
            detail := format('its workflow step %s waits for a task that waits for task %s',
                             seen.step_id, seen.origin);
            fix := format('SELECT * FROM tasker_cancel_step(%s); -- or another step of the cycle',
                          seen.step_id);
        ELSE
            object := format('schema %s', installation);
            detail := format('and %s more', seen.total - named);
            fix := '';
        END IF;
        RETURN NEXT;
    END LOOP;

    RETURN QUERY
        SELECT 'error', 'miscounted', format('table %s.tasker_core_counts', installation),
               CASE WHEN m.counted = m.present
                    THEN format('the %s are counted in other states than they are in', m.kind)
                    ELSE format('%s %s are counted, but there are %s', m.counted, m.kind,
                                m.present) END,
               @extschema@._tasker_repair('tasker_rebuild', installation)
        FROM @extschema@._tasker_miscounts(installation) AS m;

    -- Sequences are not replicated: a subscriber that takes over begins at 1.
    RETURN QUERY
        SELECT 'warning', 'sequence_behind', format('sequence %s', q.sequence_name),
               format('it has given out %s, but the highest id in %s.%I is %s: once this '
                      'subscriber takes over, INSERT fails',
                      COALESCE(q.last_value::text, 'no id'), installation, q.table_name, q.highest),
               format('SELECT setval(%L, %s);', q.sequence_name, q.highest)
        FROM (
            SELECT e.table_name, fed.sequence_name,
                   pg_sequence_last_value(to_regclass(fed.sequence_name)) AS last_value,
                   @extschema@._tasker_highest_id(installation, e.table_name, e.column_name)
                       AS highest
            FROM @extschema@._tasker_expected_columns() AS e
            JOIN pg_class AS c ON c.relnamespace = installation AND c.relname = e.table_name
                AND c.relkind = 'r'
            JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = e.column_name
                AND NOT a.attisdropped
            CROSS JOIN LATERAL (
                SELECT pg_get_serial_sequence(format('%s.%I', installation, e.table_name),
                a.attname)
                                AS sequence_name) AS fed
            WHERE e.sequence_name IS NOT NULL AND has_table_privilege(c.oid, 'SELECT')
                AND has_sequence_privilege(to_regclass(fed.sequence_name), 'SELECT')
                AND EXISTS (SELECT FROM pg_subscription_rel AS s WHERE s.srrelid = c.oid)
        ) AS q
        WHERE q.highest > COALESCE(q.last_value, 0)
        ORDER BY q.table_name;

    -- A cycle never runs; the other defects are read like any edge.
    RETURN QUERY
        WITH found AS (
            SELECT d.defect, d.task_id, d.edge_id, d.detail AS description,
                   row_number() OVER (PARTITION BY d.defect ORDER BY d.task_id, d.edge_id)
                       AS found_position,
                   count(*) OVER (PARTITION BY d.defect) AS total
            FROM @extschema@._tasker_graph_defects(installation) AS d
        )
        SELECT CASE WHEN f.defect IN ('cycle', 'self_edge') THEN 'error' ELSE 'warning' END,
               f.defect,
               concat_ws(', ', 'task ' || f.task_id, 'edge ' || f.edge_id), f.description,
               CASE WHEN f.edge_id IS NOT NULL
                    THEN format('DELETE FROM %s.tasker_workflow_step_edges WHERE id = %s;',
                                installation, f.edge_id)
                    -- The edge that closes the cycle as it is described.
                    ELSE format('DELETE FROM %s.tasker_workflow_step_edges WHERE from_step_id = %s '
                                'AND to_step_id = %s; -- or another edge of the cycle',
                                installation,
                                substring(f.description FROM '([0-9]+) -> [0-9]+$'),
                                substring(f.description FROM '[0-9]+ -> ([0-9]+)$')) END
        FROM found AS f
        WHERE f.found_position <= named
        UNION ALL
        SELECT CASE WHEN f.defect IN ('cycle', 'self_edge') THEN 'error' ELSE 'warning' END,
               f.defect,
               format('schema %s', installation), format('and %s more', f.total - named), ''
        FROM found AS f
        WHERE f.found_position = named + 1;
END
$$;

COMMENT ON FUNCTION @extschema@._tasker_doctor_rows(regnamespace) IS
'Returns the problems that tasker_doctor() finds in transitions, side rows, queues and graphs. It '
'names at most 20 rows of a kind, and counts the others.

Errors: 42501. Privileges: SELECT on the Tasker tables and the side tables. Complexity: one pass '
'over steps, edges, transitions and side rows.';
