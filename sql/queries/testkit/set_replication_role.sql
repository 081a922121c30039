-- Until the end of the transaction, unless it is set again.
SELECT pg_catalog.set_config('session_replication_role', $1, true)
