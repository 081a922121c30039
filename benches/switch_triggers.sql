-- Our triggers off for the side `baseline`, on (as installed: ALWAYS) for the side `tasker`.
SELECT pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', t.tgrelid::pg_catalog.regclass,
    CASE :'side' WHEN 'baseline' THEN 'DISABLE' ELSE 'ENABLE ALWAYS' END, t.tgname)
FROM pg_catalog.pg_trigger AS t
WHERE t.tgname LIKE 'tasker\_core\_%'
\gexec
