-- The transitions of a step that has none, a second apart, the last of them at $3.
INSERT INTO @installation@.tasker_workflow_step_transitions (
    workflow_step_id, to_state, from_state, metadata, sort_key, most_recent, created_at, updated_at
)
SELECT
    $1, entry.state, pg_catalog.lag(entry.state, 1, 'pending') OVER (ORDER BY entry.place),
    '{"triggered_by": "testkit"}', 10 OPERATOR(pg_catalog.*) entry.place,
    entry.place OPERATOR(pg_catalog.=) pg_catalog.cardinality($2), moment.at, moment.at
FROM pg_catalog.unnest($2) WITH ORDINALITY AS entry (state, place),
    LATERAL (
        SELECT $3 OPERATOR(pg_catalog.-) pg_catalog.make_interval(
            secs => (pg_catalog.cardinality($2) OPERATOR(pg_catalog.-) entry.place)::pg_catalog.float8) AS at
    ) AS moment
ORDER BY entry.place
