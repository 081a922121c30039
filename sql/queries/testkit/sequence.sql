-- The sequence that makes the values of column $3 of table $2 in schema $1, and from one to the next; none if something
-- else makes them, or if sessions hold values of it that they have not used.
SELECT sequence.seqrelid::pg_catalog.int8, sequence.seqincrement
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_attribute AS attribute
  ON attribute.attrelid OPERATOR(pg_catalog.=) class.oid
 AND attribute.attname OPERATOR(pg_catalog.=) $3::pg_catalog.name
JOIN pg_catalog.pg_attrdef AS made
  ON made.adrelid OPERATOR(pg_catalog.=) attribute.attrelid
 AND made.adnum OPERATOR(pg_catalog.=) attribute.attnum
JOIN pg_catalog.pg_sequence AS sequence
  ON sequence.seqrelid OPERATOR(pg_catalog.=)
     pg_catalog.pg_get_serial_sequence(class.oid::pg_catalog.regclass::pg_catalog.text, $3)::pg_catalog.regclass
WHERE class.relnamespace OPERATOR(pg_catalog.=) $1::pg_catalog.oid
  AND class.relname OPERATOR(pg_catalog.=) $2::pg_catalog.name
  AND pg_catalog.pg_get_expr(made.adbin, made.adrelid) OPERATOR(pg_catalog.~~) 'nextval(%'
  AND sequence.seqcache OPERATOR(pg_catalog.=) 1
  AND NOT sequence.seqcycle
