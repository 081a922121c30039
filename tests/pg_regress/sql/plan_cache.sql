-- The plans that a backend keeps for installations: they are bounded, and given back when they are of no use any more.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS tasker_core;
\set ECHO none
SELECT format('CREATE SCHEMA plan_cache_%s', n) FROM generate_series(1, 12) AS n \gexec
SELECT format('SELECT count(*) > 0 AS installed FROM tasker_install(%L)', 'plan_cache_' || n) FROM generate_series(1, 12) AS n \gexec
\c -
\set ECHO all
SET client_min_messages = error;
-- A call in each of some installations.
CREATE FUNCTION pg_temp.touch(first integer, last integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE found bigint := 0; path text := current_setting('search_path');
BEGIN
    FOR n IN first..last LOOP
        PERFORM set_config('search_path', format('plan_cache_%s, public', n), true);
        found := found + (SELECT count(*) FROM tasker_find_tasks()) + (SELECT count(*) FROM tasker_find_steps())
            + (SELECT count(*) FROM tasker_failures()) + (SELECT count(*) FROM tasker_limits());
    END LOOP;
    PERFORM set_config('search_path', path, true);
    RETURN found;
END
$$;
-- Whose plans are kept.
CREATE FUNCTION pg_temp.kept(OUT installations bigint, OUT has_plans boolean) LANGUAGE sql AS $$
    SELECT count(DISTINCT substring(ident FROM 'plan_cache_[0-9a-z]+\.')), count(*) > 0 FROM pg_backend_memory_contexts
    WHERE name = 'CachedPlanSource' AND ident ~ 'plan_cache_[0-9a-z]+\.tasker'
$$;
CREATE FUNCTION pg_temp.memory() RETURNS numeric LANGUAGE sql AS $$
    SELECT sum(total_bytes) FROM pg_backend_memory_contexts WHERE name IN ('CachedPlanSource', 'CachedPlanQuery', 'CachedPlan', 'SPI Plan')
$$;
SELECT * FROM pg_temp.kept();
SELECT pg_temp.touch(1, 8);
SELECT * FROM pg_temp.kept();
SELECT pg_temp.memory() AS before \gset
SELECT pg_temp.touch(5, 12);
SELECT * FROM pg_temp.kept();
SELECT pg_temp.touch(1, 12), pg_temp.touch(1, 12);
SELECT * FROM pg_temp.kept();
SELECT pg_temp.memory() < 1.1 * :before AS is_bounded;
-- Those that were used last are kept.
SELECT pg_temp.touch(1, 1), pg_temp.touch(5, 5);
SELECT DISTINCT substring(ident FROM 'plan_cache_([0-9]+)\.')::integer AS kept FROM pg_backend_memory_contexts
WHERE name = 'CachedPlanSource' AND ident ~ 'plan_cache_[0-9]+\.tasker' ORDER BY 1;

-- DISCARD gives them back.
DISCARD PLANS;
SELECT * FROM pg_temp.kept();
SELECT pg_temp.touch(1, 3);
SELECT * FROM pg_temp.kept();
-- So does dropping or renaming a schema; in a transaction that is rolled back, too.
DROP SCHEMA plan_cache_3 CASCADE;
SELECT * FROM pg_temp.kept();
SELECT pg_temp.touch(1, 2);
ALTER SCHEMA plan_cache_2 RENAME TO plan_cache_3;
SELECT * FROM pg_temp.kept();
SELECT pg_temp.touch(3, 3), pg_temp.touch(1, 1);
SELECT * FROM pg_temp.kept();
BEGIN;
ALTER SCHEMA plan_cache_3 RENAME TO plan_cache_2;
SELECT pg_temp.touch(2, 2);
ROLLBACK;
SELECT * FROM pg_temp.kept();
SELECT pg_temp.touch(3, 3);

-- A plan that is being executed stays, whatever its triggers do: use other installations, create and drop schemas.
CREATE FUNCTION plan_cache_1.visit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.touch(3, 12);
    CREATE SCHEMA plan_cache_new;
    DROP SCHEMA plan_cache_new;
    PERFORM pg_temp.touch(1, 1), pg_temp.touch(3, 12);
    RETURN NEW;
END
$$;
CREATE TRIGGER visit BEFORE INSERT OR UPDATE ON plan_cache_1.tasker_tasks FOR EACH ROW EXECUTE FUNCTION plan_cache_1.visit();
CREATE TRIGGER visit BEFORE INSERT OR UPDATE ON plan_cache_1.tasker_workflow_steps FOR EACH ROW EXECUTE FUNCTION plan_cache_1.visit();
SET search_path = plan_cache_1, public;
SELECT created FROM tasker_register_task('{"name": "t", "step_templates": [{"name": "a"}, {"name": "b", "depends_on_step": "a"}]}');
SELECT count(*) FROM tasker_create_task('t', '{}');
SELECT state, (SELECT count(*) FROM tasker_claim_steps('worker')) FROM tasker_claim_steps('worker'), tasker_complete_step(workflow_step_id, '{}', claim_token);
SELECT step_name, current_state FROM tasker_find_steps() ORDER BY 1;
SELECT installations FROM pg_temp.kept();

-- DISCARD ALL, which takes the functions of this test with it.
DISCARD ALL;
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'CachedPlanSource' AND ident ~ 'plan_cache_[0-9a-z]+\.tasker';
SELECT count(*) FROM tasker_find_tasks();
SET search_path = plan_cache_1, public;
SELECT count(*) FROM tasker_find_tasks();

SET client_min_messages = error;
\set ECHO none
SELECT format('DROP SCHEMA IF EXISTS plan_cache_%s CASCADE', n) FROM generate_series(1, 12) AS n \gexec
