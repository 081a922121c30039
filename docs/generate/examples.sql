-- The tasks that the examples of docs/reference.md are about: 1 in progress, 2 complete, 3 failed for good, 4 waiting for a signal, 5 cancelled.
CREATE EXTENSION tasker_core;
SELECT FROM tasker_install('tasker', create_schema => true) \g /dev/null
SET search_path = public, tasker;
SET tasker_core.testkit = on;
SET tasker_core.fake_now = '2026-01-31 12:00:00+00';
SELECT FROM tasker_register_task('{"name": "order", "namespace_name": "shop", "step_templates": [
    {"name": "validate_order"},
    {"name": "charge_payment", "depends_on_step": "validate_order"},
    {"name": "reserve_stock", "depends_on_step": "validate_order"},
    {"name": "ship_order", "depends_on_steps": ["charge_payment", "reserve_stock"]}]}');
SELECT FROM tasker_register_task('{"name": "approval", "namespace_name": "shop", "step_templates": [
    {"name": "approve", "wait": {"signal": "approved"}},
    {"name": "publish", "depends_on_step": "approve"}]}');
SELECT FROM tasker_create_tasks('[
    {"task_name": "order", "namespace": "shop", "context": {"cart": 5}},
    {"task_name": "order", "namespace": "shop", "context": {"cart": 6}},
    {"task_name": "order", "namespace": "shop", "context": {"cart": 7}},
    {"task_name": "approval", "namespace": "shop"}]');
SELECT tasker_testkit_set_step(step, 'complete', age => '1 minute', results => '{"total": 30}')
FROM unnest('{1,5,6,7,8,9,11}'::bigint[]) AS step \g /dev/null
SELECT tasker_testkit_set_task(2, 'complete', age => '1 minute') \g /dev/null
SELECT tasker_subscribe('mail') \g /dev/null
SELECT FROM tasker_fail_step(2, '{"class": "Timeout", "message": "no answer"}', claim_token => (
    SELECT claim_token FROM tasker_claim_steps('worker 1', step_names => '{charge_payment}')));
SELECT FROM tasker_fail_step(10, '{"class": "Refused", "message": "no such card"}', retryable => false, claim_token => (
    SELECT claim_token FROM tasker_claim_steps('worker 1', step_names => '{charge_payment}')));
SELECT FROM tasker_create_task('order', '{"cart": 7}', 'shop', options => '{"parent_task_id": 1}');
SELECT FROM tasker_cancel_task(5);
SELECT FROM tasker_schedule('nightly', 'order', '0 3 * * *', time_zone => 'Europe/Berlin', namespace => 'shop') \g /dev/null
