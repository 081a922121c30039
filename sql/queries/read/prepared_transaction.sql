-- The name of a prepared transaction, and since when it is prepared (UTC).
SELECT prepared.gid, (prepared.prepared AT TIME ZONE 'UTC')::pg_catalog.timestamp
FROM pg_catalog.pg_prepared_xacts AS prepared
WHERE prepared.transaction OPERATOR(pg_catalog.=) $1
