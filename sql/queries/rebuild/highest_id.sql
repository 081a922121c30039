-- The highest id of a table, to be compared with what its sequence has given out.
SELECT pg_catalog.max(@column@::pg_catalog.int8) FROM @installation@.@table@
