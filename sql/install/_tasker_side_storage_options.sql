CREATE FUNCTION @extschema@._tasker_side_storage_options(side_table text)
RETURNS TABLE (storage_options text, index_options text)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        CASE
            -- Room in each page, so that updates stay in it.
            WHEN side_table IN ('tasker_core_steps', 'tasker_core_tasks', 'tasker_core_leases',
                                'tasker_core_buckets') THEN 'fillfactor = 70'
            -- A few rows, written again with every commit.
            WHEN side_table = 'tasker_core_counts' THEN 'fillfactor = 30'
            -- Queues: rows come and go, and the dead ones stand where every claim begins to read.
            ELSE 'autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 5000, '
                 'autovacuum_vacuum_cost_delay = 0'
        END,
        CASE
            WHEN side_table IN ('tasker_core_steps', 'tasker_core_tasks')
            THEN 'deduplicate_items = on'
            -- The rows of one statement have one rank. As one entry of the index they would be
            -- marked as dead only when the last of them is, and each claim would read all before it
            -- again.
            ELSE 'deduplicate_items = off'
        END
$$;

COMMENT ON FUNCTION @extschema@._tasker_side_storage_options(text) IS
'The storage parameters with which a side table and its indexes are created; a DBA may change them '
'afterwards.

Data only: raises nothing, needs no privilege, constant cost.';
