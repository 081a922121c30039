-- The session asks the kernel about itself: private memory, of now and at its highest (less what is shared by now: a little too
-- low if more was shared later).
CREATE FUNCTION pg_temp.private_kb(OUT kb bigint) LANGUAGE sql AS $$
    SELECT sum(split_part(regexp_replace(line, '\s+', ' ', 'g'), ' ', 2)::bigint)
    FROM regexp_split_to_table(pg_read_file('/proc/self/status'), '\n') AS line
    WHERE line ~ '^RssAnon:'
$$;
CREATE FUNCTION pg_temp.calls(count integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
BEGIN
    before := pg_temp.private_kb();
    FOR n IN 1..count LOOP
        PERFORM count(*) FROM tasker_ready_steps(1 + n % 1000);
        PERFORM count(*) FROM tasker_task_context(1 + n % 1000);
        PERFORM count(*) FROM tasker_step_readiness(1 + n % 1000);
    END LOOP;
    RETURN pg_temp.private_kb() - before;
END
$$;
SELECT pg_temp.calls(100) \g /dev/null
SELECT format(' %s calls: %s kB more (target: less than 1,000)', :calls * 3, pg_temp.calls(:calls));
SELECT pg_temp.private_kb() AS before \gset
SELECT count(*) AS ready FROM tasker_ready_steps((SELECT max(task_id) FROM tasker_tasks)) \gset
SELECT format(' ready steps of a task of %s steps: %s kB more afterwards', :steps, pg_temp.private_kb() - :before);
SELECT count(*) FROM tasker_step_readiness((SELECT max(task_id) FROM tasker_tasks)) \g /dev/null
SELECT format(' all its readiness rows: the session''s highest was %s kB (target: less than 100,000 more)',
    substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::bigint
    - substring(pg_read_file('/proc/self/status') FROM 'RssShmem:\s+(\d+)')::bigint
    - substring(pg_read_file('/proc/self/status') FROM 'RssFile:\s+(\d+)')::bigint);
