-- jsonb comes back exactly as it was given, or is refused with 22023: numbers beyond double precision and with zeros at the
-- end, deep nesting, keys that mean something to a library.
\set abs_srcdir `echo "$PG_ABS_SRCDIR"`
\pset null -
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
CREATE SCHEMA json_values;
SET search_path = json_values, public;
SELECT count(*) > 0 AS installed FROM tasker_install();
SET tasker_core.fake_now = '2026-01-01 12:00:00+00';
\set VERBOSITY terse

CREATE FUNCTION odd() RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$SELECT '{"long": 123456789012345678901, "zero": 1.10, "fine": 0.12345678901234567890123, "huge": 1e400, "tiny": 1e-400}'::jsonb$$;
CREATE FUNCTION deep(levels integer) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
$$SELECT (repeat('{"k":', levels) || '1' || repeat('}', levels))::jsonb$$;
-- jsonb compares 1.10 and 1.1 as equal: its text does not.
CREATE FUNCTION same(is_now jsonb, given jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT is_now::text = given::text$$;

-- Templates: handlers, custom events, environments, subtasks.
SELECT jsonb_build_object('name', 'odd', 'handler_config', odd(), 'custom_events', jsonb_build_array(odd()),
    'step_templates', jsonb_build_array(
        jsonb_build_object('name', 'a', 'handler_config', odd(), 'custom_events', jsonb_build_array(odd())),
        jsonb_build_object('name', 'b', 'depends_on_step', 'a',
            'subtask', jsonb_build_object('task_name', 'leaf', 'context', odd()))),
    'environments', jsonb_build_object('test', jsonb_build_object('step_templates', jsonb_build_array(
        jsonb_build_object('name', 'a', 'handler_config', jsonb_build_object('more', odd()))))))  AS template \gset
SELECT created FROM tasker_register_task('{"name": "leaf", "step_templates": [{"name": "l"}]}');
SELECT created FROM tasker_register_task('{"name": "inherits", "step_templates": [{"name": "s", "subtask": {"task_name": "leaf"}}]}');
SELECT created FROM tasker_register_task('{"name": "plain", "step_templates": [{"name": "p"}, {"name": "q", "depends_on_step": "p"}]}');
SELECT created FROM tasker_register_task('{"name": "signalled", "step_templates": [{"name": "w", "wait": {"signal": "go"}}]}');
SELECT created FROM tasker_register_task(:'template');
SELECT same(stored -> 'handler_config', odd()) AS of_task, same(stored -> 'custom_events' -> 0, odd()) AS event,
       same(stored #> '{step_templates,0,handler_config}', odd()) AS of_step,
       same(stored #> '{step_templates,0,custom_events,0}', odd()) AS step_event,
       same(stored #> '{step_templates,1,subtask,context}', odd()) AS of_subtask
FROM tasker_template('odd') AS stored;
SELECT created, changed FROM tasker_register_task(:'template');
SELECT changed FROM tasker_register_task(:'template', 'test');
SELECT same(tasker_template('odd') #> '{step_templates,0,handler_config,more}', odd()) AS overridden;

-- Contexts, tags, inputs; a subtask's context; results, their children's view of them, errors, metadata, annotations.
SELECT task_id AS t FROM tasker_create_task('odd', odd(), options => jsonb_build_object('tags', jsonb_build_array(odd()))) \gset
SELECT same(context, odd()) AS context, same(tags -> 0, odd()) AS tag FROM tasker_tasks WHERE task_id = :t;
SELECT task_id AS listed FROM tasker_create_tasks(jsonb_build_array(jsonb_build_object('task_name', 'plain', 'context', odd()))) \gset
SELECT same(context, odd()) AS of_list FROM tasker_tasks WHERE task_id = :listed;
SELECT created FROM tasker_add_steps(:t, jsonb_build_array(jsonb_build_object('name', 'c', 'inputs', odd(), 'depends_on', 'a')));
SELECT same(inputs, odd()) AS inputs FROM tasker_workflow_steps WHERE task_id = :t ORDER BY workflow_step_id DESC LIMIT 1;
SELECT workflow_step_id AS s, claim_token AS k FROM tasker_claim_steps('w', task_id => :t) \gset
SELECT status FROM tasker_heartbeat(ARRAY[:'k'::uuid], progress => odd());
SELECT same(tasker_explain_step(:s) #> '{lease,progress}', odd()) AS progress;
SELECT state FROM tasker_complete_step(:s, odd(), :'k');
SELECT same(context, odd()) AS of_subtask FROM tasker_tasks WHERE task_id > :t ORDER BY task_id DESC LIMIT 1;
SELECT workflow_step_id AS s, claim_token AS k, same(parent_results -> 'a', odd()) AS handed_over, same(inputs, odd()) AS inputs,
       same(context, odd()) AS context FROM tasker_claim_steps('w', task_id => :t) \gset
\echo :handed_over :inputs :context
SELECT same(results, odd()) AS of_ancestor FROM tasker_ancestors(:s, true);
SELECT state FROM tasker_fail_step(:s, odd() || '{"error": "no"}', false, claim_token => :'k');
SELECT same(results, odd() || '{"error": "no"}') AS error FROM tasker_workflow_steps WHERE workflow_step_id = :s;
SELECT to_state FROM tasker_transition_step(:s, 'pending', odd());
SELECT same(metadata, odd()) AS metadata FROM tasker_workflow_step_transitions WHERE workflow_step_id = :s AND most_recent;
SELECT tasker_annotate_task(:t, 'note', odd()) > 0 AS annotated;
SELECT same(annotation, odd()) AS annotation FROM tasker_task_annotations;
SELECT is_new FROM tasker_signal(:listed, 'go', odd());
SELECT created FROM tasker_add_steps(:listed, '[{"name": "w", "wait": {"signal": "go"}}]');
SELECT same(step.results -> 'payload', odd()) AS payload FROM tasker_workflow_steps AS step JOIN tasker_named_steps USING (named_step_id)
WHERE task_id = :listed AND name = 'w';
-- A subtask with the inputs of the step.
SELECT task_id AS i FROM tasker_create_task('inherits', odd()) \gset
SELECT same(context, odd()) AS inherited FROM tasker_tasks WHERE task_id > :i;
-- Events: those of clients, and payloads from the tables.
SELECT tasker_subscribe('all') AS is_new;
SELECT tasker_publish_event(:t, NULL, 'odd.one', odd()) AS is_kept;
SELECT same((SELECT jsonb_object_agg(key, value) FROM jsonb_each(payload) WHERE key IN (SELECT jsonb_object_keys(odd()))), odd()) AS of_event
FROM tasker_read_events('all');
SELECT task_id AS told FROM tasker_create_task('odd', odd()) \gset
SELECT same(payload -> 'task_context', odd()) AS of_task FROM tasker_read_events('all') WHERE task_id = :told AND event = 'task.created';
-- A wait named by a transition beyond any number.
SELECT task_id AS t FROM tasker_create_task('plain', '{}') \gset
SELECT workflow_step_id AS s, claim_token AS k FROM tasker_claim_steps('w', task_id => :t) \gset
SELECT state FROM tasker_fail_step(:s, '"x"', claim_token => :'k');
SELECT tasker_retry_step(:s) IS NOT NULL AS retried;
SELECT to_state FROM tasker_transition_step(:s, 'in_progress', '{}');
SELECT to_state FROM tasker_transition_step(:s, 'error', '{"backoff_seconds": 1e400}');
SELECT next_retry_at AT TIME ZONE 'UTC' > '2050-01-01' AS in_thirty_years FROM tasker_step_readiness(:t::bigint) WHERE workflow_step_id = :s;
-- Options.
SELECT tasker_set_config('backoff', '{"jitter_max_percentage": 0.10}') > 0 AS set;
SELECT value FROM tasker_config('backoff') WHERE option_name = 'jitter_max_percentage';
SELECT options FROM tasker_config_history();
SELECT tasker_set_config('backoff', '{"jitter_max_percentage": 1e400}');
SELECT tasker_set_config('backoff', '{"jitter_max_percentage": 0.10000000000000000000001}') > 0 AS set;

-- Nested deep: 200 levels everywhere, 600 where nothing has to read it.
SELECT task_id AS t FROM tasker_create_task('plain', deep(200)) \gset
SELECT same(context, deep(200)) AS context FROM tasker_tasks WHERE task_id = :t;
SELECT workflow_step_id AS s, claim_token AS k FROM tasker_claim_steps('w', task_id => :t) \gset
SELECT status FROM tasker_heartbeat(ARRAY[:'k'::uuid], progress => deep(200));
SELECT same(tasker_explain_step(:s) #> '{lease,progress}', deep(200)) AS progress;
SELECT state FROM tasker_complete_step(:s, deep(600), :'k');
SELECT workflow_step_id AS s, claim_token AS k, same(parent_results -> 'p', deep(600)) AS handed_over, same(inputs, deep(200)) AS inputs
FROM tasker_claim_steps('w', task_id => :t) \gset
\echo :handed_over :inputs
SELECT same(results, deep(600)) AS of_ancestor FROM tasker_ancestors(:s, true);
SELECT state FROM tasker_fail_step(:s, deep(200), claim_token => :'k');
SELECT same(results, deep(200) || '{"error": "unknown error"}') AS error FROM tasker_workflow_steps WHERE workflow_step_id = :s;
SELECT is_new FROM tasker_signal(:t, 'deep', deep(600));
SELECT tasker_annotate_task(:t, 'note', deep(600)) > 0 AS annotated;
\set VERBOSITY sqlstate
SELECT tasker_create_task('plain', deep(600));
SELECT tasker_create_tasks(jsonb_build_array(jsonb_build_object('task_name', 'plain', 'context', deep(600))));
SELECT tasker_create_task('plain', '{}', options => deep(600));
SELECT tasker_add_steps(:t, jsonb_build_array(jsonb_build_object('name', 'deep', 'inputs', deep(600))));
SELECT tasker_heartbeat(ARRAY[:'k'::uuid], progress => deep(600));
SELECT tasker_publish_event(:t, NULL, 'deep.one', deep(600));
SELECT tasker_fail_step(:s, deep(600));
SELECT tasker_transition_step(:s, 'pending', deep(600));
SELECT tasker_set_config('backoff', deep(600));
SELECT tasker_import_config(deep(600));
SELECT tasker_validate_template(jsonb_build_object('name', 'u', 'handler_config', deep(600)));
SELECT tasker_register_task(jsonb_build_object('name', 'u', 'handler_config', deep(600)));
SELECT tasker_create_task('plain', '{"$serde_json::private::Number": "1"}');
\set VERBOSITY terse
SELECT tasker_create_task('plain', deep(600));
-- A schema cannot bound what no double can hold.
SELECT created FROM tasker_register_task('{"name": "bounded", "schema": {"properties": {"n": {"maximum": 5}}}, "step_templates": [{"name": "a"}]}');
\set VERBOSITY default
SELECT tasker_create_task('bounded', '{"n": 1e400}');
\set VERBOSITY terse
SELECT created FROM tasker_create_task('bounded', '{"n": 5.0}');

-- What any writer has stored concerns its own rows alone.
SELECT task_id AS i FROM tasker_create_task('inherits', '{}', options => '{"start_at": "2026-01-01T13:00:00Z"}') \gset
UPDATE tasker_workflow_steps SET inputs = deep(600) WHERE task_id = :i;
UPDATE tasker_workflow_step_transitions SET metadata = deep(600) WHERE workflow_step_id = :s AND most_recent;
UPDATE tasker_named_tasks SET configuration = jsonb_set(configuration, '{handler_config}', deep(600), true) WHERE name = 'bounded';
SELECT tasker_reset_step(:s) IS NOT NULL AS reset;
SELECT tasker_step_history(:s) IS NOT NULL AS told LIMIT 1;
SET tasker_core.fake_now = '2026-01-01 14:00:00+00';
SELECT task_id AS healthy FROM tasker_create_task('plain', '{}') \gset
SELECT count(*) AS claimed FROM tasker_claim_steps('w', 100) WHERE task_id = :healthy;
SELECT step.state, told.results ->> 'error' AS error
FROM (SELECT s.*, n.name AS step_name FROM tasker_core_steps AS s JOIN tasker_named_steps AS n USING (named_step_id)) AS step JOIN tasker_workflow_steps AS told USING (workflow_step_id) WHERE step.task_id = :i;
SELECT tasker_create_task('bounded', '{}');

-- An aggregate over no rows is NULL: an empty list.
SELECT * FROM tasker_add_steps(:healthy, (SELECT jsonb_agg(jsonb_build_object('name', e)) FROM jsonb_array_elements('[]') AS e));
SELECT * FROM tasker_create_tasks((SELECT jsonb_agg(e) FROM jsonb_array_elements('[]') AS e));
SELECT * FROM tasker_complete_steps((SELECT array_agg(i) FROM generate_series(1, 0) AS i));
SELECT * FROM tasker_heartbeat((SELECT array_agg(t) FROM unnest('{}'::uuid[]) AS t));
SELECT * FROM tasker_add_steps(NULL, NULL);
SELECT * FROM tasker_add_steps(4711, NULL);

-- A Retry-After that cannot be read does not keep a step from failing; a list counts.
SELECT workflow_step_id AS s FROM tasker_core_steps JOIN tasker_named_steps USING (named_step_id) WHERE task_id = :healthy AND name = 'p' \gset
SELECT claim_token AS k FROM tasker_core_leases WHERE workflow_step_id = :s \gset
SELECT state, next_eligible_at, repeated FROM tasker_fail_step(:s, '"429"', retry_after => '  Sat, 28 Nov 2026 12:02:00 UTC', claim_token => :'k');
SELECT metadata ->> 'unreadable_retry_after' AS noted FROM tasker_workflow_step_transitions WHERE workflow_step_id = :s AND most_recent;
SELECT state, next_eligible_at, repeated FROM tasker_fail_step(:s, '"429"', retry_after => repeat('x', 1000), claim_token => :'k');
SELECT tasker_retry_step(:s) IS NOT NULL AS retried;
SELECT workflow_step_id = :s AS again, claim_token AS k FROM tasker_claim_steps('w', task_id => :healthy) \gset
SELECT state, next_eligible_at FROM tasker_fail_step(:s, '"429"', retry_after => '120, 60', claim_token => :'k');
SELECT metadata ? 'unreadable_retry_after' AS noted FROM tasker_workflow_step_transitions WHERE workflow_step_id = :s AND most_recent;

DROP SCHEMA json_values CASCADE;
