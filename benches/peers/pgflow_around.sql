-- What pgflow's SQL calls of Supabase, and an own PostgreSQL does not have. Its events go nowhere.
CREATE SCHEMA realtime;
CREATE FUNCTION realtime.send(payload jsonb, event text, topic text, private boolean DEFAULT true) RETURNS void
    LANGUAGE sql AS '';

CREATE SCHEMA cron;
CREATE TABLE cron.job_run_details (jobid bigint, end_time timestamptz);
CREATE FUNCTION cron.schedule(job_name text, schedule text, command text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
CREATE FUNCTION cron.unschedule(job_name text) RETURNS boolean LANGUAGE sql AS 'SELECT true';

CREATE SCHEMA net;
CREATE FUNCTION net.http_post(url text, headers jsonb, body jsonb) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';

CREATE SCHEMA vault;
CREATE VIEW vault.decrypted_secrets AS SELECT NULL::text AS name, NULL::text AS decrypted_secret WHERE false;
