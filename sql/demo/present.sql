CREATE FUNCTION demo.present()
RETURNS timestamp
LANGUAGE sql
AS $$
    SELECT clock_timestamp() AT TIME ZONE 'UTC';
$$;

COMMENT ON FUNCTION demo.present() IS
'The time, as the tables keep it: UTC, without a zone. It goes on within a statement.';
