-- Draws the pictures of README.md and docs/tutorial.md: the order of the tutorial, at fixed times. Expects images, a folder.

\set order :images /order.svg
\set timeline :images /order-timeline.svg
\o /dev/null
SELECT FROM tasker_install();
SET tasker_core.fake_now = '2026-01-31 12:00:00+00';
SELECT FROM tasker_register_task('{
    "name": "order", "namespace_name": "shop",
    "step_templates": [
        {"name": "validate_order"},
        {"name": "charge_payment", "depends_on_step": "validate_order"},
        {"name": "reserve_stock", "depends_on_step": "validate_order"},
        {"name": "ship_order", "depends_on_steps": ["charge_payment", "reserve_stock"]}]}');
SELECT FROM tasker_create_task('order', '{"cart": 7}', 'shop');

SET tasker_core.fake_now = '2026-01-31 12:00:00.3+00';
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1') \gset
SET tasker_core.fake_now = '2026-01-31 12:00:00.8+00';
SELECT FROM tasker_complete_step(:step, '{"total": 30}', :'token');

SET tasker_core.fake_now = '2026-01-31 12:00:01+00';
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1', step_names => '{charge_payment}') \gset
SET tasker_core.fake_now = '2026-01-31 12:00:01.4+00';
SELECT FROM tasker_fail_step(:step, '{"class": "Timeout", "message": "the payment service did not answer"}',
    claim_token => :'token');
\o :order
SELECT rtrim(tasker_task_svg(1), E'\n') \g (format=unaligned tuples_only=on)
\o /dev/null

SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 2') \gset
SET tasker_core.fake_now = '2026-01-31 12:00:02.6+00';
SELECT FROM tasker_complete_step(:step, '{"shelf": "B12"}', :'token');

SET tasker_core.fake_now = '2026-01-31 12:00:03.5+00';
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 2') \gset
SET tasker_core.fake_now = '2026-01-31 12:00:04.2+00';
SELECT FROM tasker_complete_step(:step, '{"paid": 30}', :'token');

SET tasker_core.fake_now = '2026-01-31 12:00:04.4+00';
SELECT workflow_step_id AS step, claim_token AS token FROM tasker_claim_steps('worker 1') \gset
SET tasker_core.fake_now = '2026-01-31 12:00:05.2+00';
SELECT FROM tasker_complete_step(:step, '{"parcel": "A-7"}', :'token');
\o :timeline
SELECT rtrim(tasker_task_timeline_svg(1), E'\n') \g (format=unaligned tuples_only=on)
\o
