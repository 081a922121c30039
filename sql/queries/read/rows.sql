-- Rows of one table, by the values of one column.
SELECT @columns@
FROM @table@ AS kept
WHERE @key@ OPERATOR(pg_catalog.=) ANY ($1)
