-- Registers the workflow of an order, and creates a task for one order. A program of yours makes
-- these two calls, too. The handler_config tells the simulated workers how long a step takes, and
-- which error its first attempt ends with.

SELECT count(*) AS registered FROM tasker_register_task('{
    "name": "order_fulfilment", "namespace_name": "shop", "default_dependent_system": "shop",
    "step_templates": [
        {"name": "validate_order",
         "handler_config": {"work_seconds": 0.5}},
        {"name": "reserve_stock", "depends_on_step": "validate_order",
         "handler_config": {"work_seconds": 0.6}},
        {"name": "pick_books", "depends_on_step": "reserve_stock",
         "handler_config": {"work_seconds": 1.4}},
        {"name": "pick_games", "depends_on_step": "reserve_stock",
         "handler_config": {"work_seconds": 2.2}},
        {"name": "pick_music", "depends_on_step": "reserve_stock",
         "handler_config": {"work_seconds": 1.8}},
        {"name": "check_fraud", "depends_on_step": "validate_order",
         "handler_config": {"work_seconds": 0.9}},
        {"name": "charge_payment", "depends_on_step": "check_fraud",
         "handler_config": {"work_seconds": 0.7, "fails_once_with": "gateway timeout"}},
        {"name": "send_invoice", "depends_on_step": "charge_payment",
         "handler_config": {"work_seconds": 0.5}},
        {"name": "pack_order", "depends_on_steps": ["pick_books", "pick_games", "pick_music"],
         "handler_config": {"work_seconds": 0.5}},
        {"name": "ship_order", "depends_on_steps": ["pack_order", "send_invoice"],
         "handler_config": {"work_seconds": 0.6}},
        {"name": "notify_customer", "depends_on_step": "ship_order",
         "handler_config": {"work_seconds": 0.4}}]}')
\gset

SELECT task_id FROM tasker_create_task('order_fulfilment', '{"order": 1001}', 'shop')
\gset

\echo 'tasker_register_task(): order_fulfilment'
\echo 'tasker_create_task(): task' :task_id
\echo
\echo 'One order has eleven steps, in two branches that join in ship_order. Four workers wait.'
\echo

SELECT rtrim(format('     %s %s', rpad(tree.line, 24),
                    COALESCE('joins ' || tree.joined_names,
                             'will fail once: "'
                                 || (step #>> '{handler_config,fails_once_with}') || '"')))
FROM demo.tree AS tree
JOIN jsonb_array_elements(tasker_template('order_fulfilment', 'shop') -> 'step_templates') AS step
    ON step ->> 'name' = tree.name
ORDER BY tree.path;
