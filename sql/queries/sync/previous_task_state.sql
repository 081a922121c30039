-- The state before a transition is that of the transition with the next lower sort_key: while the state machine
-- library inserts, none is current (semantics C3).
SELECT to_state::pg_catalog.text
FROM @installation@.tasker_task_transitions
WHERE task_id OPERATOR(pg_catalog.=) $1
  AND sort_key OPERATOR(pg_catalog.<) $2
ORDER BY sort_key DESC
LIMIT 1
