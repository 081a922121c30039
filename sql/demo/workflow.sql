-- The order-fulfilment workflow, and one order: the rows that the engine writes when a task is requested.
-- The inputs tell the pretended workers how long a step takes, and what goes wrong at its first attempt.

BEGIN;

CREATE TEMPORARY TABLE template (
    position integer PRIMARY KEY,
    name     text NOT NULL,
    parents  text[] NOT NULL,
    inputs   jsonb NOT NULL
);

INSERT INTO template (position, name, parents, inputs)
VALUES
    ( 1, 'validate_order',  '{}',                                 '{"work_seconds": 0.5}'),
    ( 2, 'reserve_stock',   '{validate_order}',                   '{"work_seconds": 0.6}'),
    ( 3, 'pick_books',      '{reserve_stock}',                    '{"work_seconds": 1.4}'),
    ( 4, 'pick_games',      '{reserve_stock}',                    '{"work_seconds": 2.2}'),
    ( 5, 'pick_music',      '{reserve_stock}',                    '{"work_seconds": 1.8}'),
    ( 6, 'check_fraud',     '{validate_order}',                   '{"work_seconds": 0.9}'),
    ( 7, 'charge_payment',  '{check_fraud}',                      '{"work_seconds": 0.7, "fails_once_with": "gateway timeout"}'),
    ( 8, 'send_invoice',    '{charge_payment}',                   '{"work_seconds": 0.5}'),
    ( 9, 'pack_order',      '{pick_books,pick_games,pick_music}', '{"work_seconds": 0.5}'),
    (10, 'ship_order',      '{pack_order,send_invoice}',          '{"work_seconds": 0.6}'),
    (11, 'notify_customer', '{ship_order}',                       '{"work_seconds": 0.4}');

INSERT INTO tasker_task_namespaces (name, created_at, updated_at)
VALUES ('shop', demo.present(), demo.present());

INSERT INTO tasker_dependent_systems (name, created_at, updated_at)
VALUES ('shop', demo.present(), demo.present());

INSERT INTO tasker_named_tasks (name, task_namespace_id, created_at, updated_at)
SELECT 'order_fulfilment', task_namespace_id, demo.present(), demo.present()
FROM tasker_task_namespaces;

INSERT INTO tasker_named_steps (name, dependent_system_id, created_at, updated_at)
SELECT template.name, system.dependent_system_id, demo.present(), demo.present()
FROM template
CROSS JOIN tasker_dependent_systems AS system
ORDER BY template.position;

INSERT INTO tasker_tasks (named_task_id, requested_at, context, identity_hash, created_at, updated_at)
SELECT named_task_id, demo.present(), '{"order": 1001}', 'order 1001', demo.present(), demo.present()
FROM tasker_named_tasks
RETURNING task_id
\gset

INSERT INTO tasker_workflow_steps (task_id, named_step_id, attempts, inputs, created_at, updated_at)
SELECT :task_id, named_step.named_step_id, 0, template.inputs, demo.present(), demo.present()
FROM template
JOIN tasker_named_steps AS named_step USING (name)
ORDER BY template.position;

INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
SELECT parent.workflow_step_id, child.workflow_step_id, 'provides', demo.present(), demo.present()
FROM template
CROSS JOIN LATERAL unnest(template.parents) AS parent_name
JOIN tasker_named_steps AS named_parent ON named_parent.name = parent_name
JOIN tasker_named_steps AS named_child ON named_child.name = template.name
JOIN tasker_workflow_steps AS parent ON parent.named_step_id = named_parent.named_step_id
JOIN tasker_workflow_steps AS child ON child.named_step_id = named_child.named_step_id
ORDER BY template.position;

COMMIT;

\echo
\echo 'One order comes in: eleven steps, two branches that meet again in ship_order; four workers are waiting.'
\echo

SELECT rtrim(format('     %s %s', rpad(tree.line, 24),
                    COALESCE('joins ' || tree.joined_names,
                             'will fail once: "' || (step.inputs ->> 'fails_once_with') || '"')))
FROM demo.tree AS tree
JOIN tasker_workflow_steps AS step USING (workflow_step_id)
ORDER BY tree.path;
