-- Rows of one table, by a time in one column.
SELECT @columns@
FROM @table@ AS kept
WHERE @key@ OPERATOR(pg_catalog.>) $1
