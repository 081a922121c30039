CREATE FUNCTION demo.present()
RETURNS timestamp
LANGUAGE sql
AS $$
    SELECT clock_timestamp() AT TIME ZONE 'UTC';
$$;

COMMENT ON FUNCTION demo.present() IS
'The present time as the tables store it: UTC, without a zone. It advances during a statement.';
