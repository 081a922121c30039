-- Hints that are not locked, as arrays of their steps and tasks: a tenant may look at very many of them.
SELECT pg_catalog.array_agg(seen.workflow_step_id), pg_catalog.array_agg(seen.task_id), pg_catalog.max(seen.rank)
FROM (
@hints@
) AS seen
