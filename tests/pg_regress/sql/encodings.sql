-- Databases that are not in UTF-8 are refused, by the installation and by whatever finds one that is there all the same.
CREATE DATABASE tasker_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE tasker_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';
\c tasker_latin1
\set SHOW_CONTEXT never
CREATE EXTENSION tasker_core;
\set VERBOSITY default
SELECT count(*) FROM tasker_install();
\set VERBOSITY sqlstate
SELECT count(*) FROM tasker_install();
-- As an older version has left it there.
CREATE TABLE tasker_workflow_steps (workflow_step_id bigint);
CREATE TABLE tasker_core_steps (workflow_step_id bigint);
SELECT count(*) FROM tasker_ready_steps(1);
SELECT count(*) FROM tasker_claim_steps('worker');
SELECT tasker_register_task('{"name": "t", "step_templates": [{"name": "a"}]}');
CREATE TRIGGER follow AFTER INSERT ON tasker_workflow_steps FOR EACH ROW EXECUTE FUNCTION _tasker_sync_steps();
INSERT INTO tasker_workflow_steps VALUES (1);
\set VERBOSITY default
\c tasker_ascii
CREATE EXTENSION tasker_core;
SELECT count(*) FROM tasker_install();
CREATE TABLE tasker_workflow_steps (workflow_step_id bigint);
CREATE TABLE tasker_core_steps (workflow_step_id bigint);
SELECT count(*) FROM tasker_ready_steps(1);
-- What needs no installation answers all the same.
SELECT tasker_backoff_seconds(3);
\c tasker_regress
DROP DATABASE tasker_latin1;
DROP DATABASE tasker_ascii;
