-- The workflow of together.sh, what its handlers write, and what the log says about their executions. As the owner of the
-- installation, with its schema in the search path.
CREATE TABLE together.effects (
    worker text, workflow_step_id bigint, attempt integer, claim_token uuid,
    written_at timestamptz DEFAULT clock_timestamp()
);
-- Handlers that do not return.
CREATE TABLE together.kept (
    worker text, workflow_step_id bigint, attempt integer, claim_token uuid, after_effect boolean
);

-- Which language handles which step.
CREATE TABLE together.languages (step_name text, language text);
INSERT INTO together.languages VALUES
    ('validate', 'ruby'), ('reserve', 'python'), ('charge', 'node'),
    ('pack', 'ruby'), ('ship', 'python'), ('notify', 'node');

SELECT FROM tasker_set_config('backoff', '{"mode": "constant", "base_seconds": 1}');
SELECT FROM tasker_register_task('{
    "name": "order", "namespace_name": "together", "step_templates": [
        {"name": "validate"},
        {"name": "reserve", "depends_on_step": "validate"},
        {"name": "charge", "depends_on_step": "validate"},
        {"name": "pack", "depends_on_steps": ["reserve", "charge"]},
        {"name": "ship", "depends_on_step": "pack"},
        {"name": "notify", "depends_on_steps": ["ship", "charge", "validate"]}
    ]}');
SELECT FROM (SELECT DISTINCT language FROM together.languages) AS known, LATERAL tasker_register_task(jsonb_build_object(
    'name', 'stuck', 'namespace_name', 'stuck ' || language, 'step_templates', '[{"name": "hangs", "timeout_seconds": 1}]'::jsonb));

-- What each language must read and write without a change.
SELECT FROM generate_series(1, 30) AS number, LATERAL tasker_create_task('order', jsonb_build_object('number', number, 'document', $json$ {
    "texts": ["Grüße 😀 e\u0301 שלום", "\u2028\u2029", "\u0001\u007f \"quoted\" \\ \n\t", "", "{}", "null", "9007199254740993"],
    "integers": [0, -1, 9007199254740993, -9223372036854775808, 18446744073709551616, 123456789012345678901234567890],
    "numbers": [0.1, -2.5, 1e-7, 1.7976931348623157e308, 5e-324],
    "nested": {"a": [{"b": [[], {}, [null, true, false]]}], "": 1, "__proto__": {"c": 2}, "constructor": 3, "10": 4, "9": 5, "ключ 😀": []}
} $json$::jsonb), 'together');

-- Each execution: from the claim of its step until it was complete, or its lease had expired.
CREATE VIEW together.executions AS
SELECT step.task_id, step.workflow_step_id, named.name AS step_name, language, history.*
FROM tasker_find_tasks(namespace => 'together', max_rows => NULL) AS task
JOIN tasker_workflow_steps AS step USING (task_id)
JOIN tasker_named_steps AS named USING (named_step_id)
JOIN together.languages ON step_name = named.name
CROSS JOIN LATERAL (
    SELECT to_state, metadata ->> 'worker' AS worker, (metadata ->> 'attempt_number')::integer AS attempt,
        (metadata ->> 'claim_token')::uuid AS claim_token, entered_at AS began, left_at AS ended,
        lead(to_state) OVER following AS ended_as, lead(metadata ->> 'triggered_by') OVER following AS cause,
        lead(metadata ->> 'worker') OVER following AS ended_by
    FROM tasker_step_history(workflow_step_id)
    WINDOW following AS (ORDER BY sort_key)
) AS history
WHERE to_state = 'in_progress';

-- What the log says about the executions of a step. A claim has the time at which it began to look, which can be shortly before another
-- session made the step pending again; so that line is left out.
CREATE FUNCTION together.story(step bigint) RETURNS text LANGUAGE sql BEGIN ATOMIC
    SELECT string_agg(concat_ws(' ', to_state, attempt, cause, actor), ', ' ORDER BY number)
    FROM tasker_workflow_steps AS one
    CROSS JOIN LATERAL ROWS FROM (tasker_task_timeline(one.task_id)) WITH ORDINALITY AS line(at, event, workflow_step_id,
        step_name, from_state, to_state, attempt, cause, actor, lasted, details, number)
    WHERE one.workflow_step_id = step AND line.workflow_step_id = step AND attempt IS NOT NULL;
END;
