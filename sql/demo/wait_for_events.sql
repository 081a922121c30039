CREATE TABLE demo.shown (
    subject text,
    id      bigint,
    PRIMARY KEY (subject, id)
);

COMMENT ON TABLE demo.shown IS
'The transitions that a picture has shown. To keep only the highest id would not be enough: a '
'transition with a lower id may become visible later.';

CREATE FUNCTION demo.wait_for_events(waiting_task_id bigint)
RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    deadline CONSTANT timestamp := demo.present() + interval '20 seconds';
    headline text;
BEGIN
    WHILE NOT EXISTS (SELECT FROM demo.events
                      WHERE task_id = waiting_task_id
                          AND (subject, id) NOT IN (SELECT shown.subject, shown.id FROM demo.shown))
    LOOP
        IF demo.present() > deadline THEN
            RAISE EXCEPTION 'task % is stuck: nothing has happened for 20 seconds', waiting_task_id;
        END IF;
        PERFORM pg_sleep(0.02);
    END LOOP;

    -- Waits a moment, so that the picture also shows how other workers react to the event.
    PERFORM pg_sleep(0.2);
    WITH
    news AS (
        SELECT subject, id, created_at, event
        FROM demo.events
        WHERE task_id = waiting_task_id
            AND (subject, id) NOT IN (SELECT shown.subject, shown.id FROM demo.shown)
    ),
    noted AS (
        INSERT INTO demo.shown (subject, id)
        SELECT subject, id FROM news
    )
    SELECT string_agg(event, E'\n        ' ORDER BY created_at, subject, id)
    INTO headline
    FROM news;
    RETURN headline;
END
$$;

COMMENT ON FUNCTION demo.wait_for_events(bigint) IS
'Waits for events of the workers, and returns a line for each. Raises an error after 20 idle '
'seconds.';
