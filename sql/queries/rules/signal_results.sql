-- What a step has to show for the signal that it has waited for: its name, payload, and when and by whom it was sent.
SELECT signal.name::pg_catalog.text, signal.payload,
    pg_catalog.to_char(signal.sent_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), signal.sent_by::pg_catalog.text
FROM @installation@.tasker_core_rules AS rule
JOIN @installation@.tasker_core_signals AS signal
    ON signal.task_id OPERATOR(pg_catalog.=) rule.task_id
   AND signal.name OPERATOR(pg_catalog.=) rule.signal_name
WHERE rule.workflow_step_id OPERATOR(pg_catalog.=) $1
