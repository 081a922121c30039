-- Whether anything is left in the queue of a bucket.
SELECT EXISTS (
    SELECT FROM @installation@.tasker_core_parked WHERE bucket OPERATOR(pg_catalog.=) $1
) AS is_waiting
