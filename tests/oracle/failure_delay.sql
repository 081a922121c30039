-- Doubling from one second, at most thirty; a NULL count waits like one attempt. The exponent is bounded
-- on both sides, since power() and the interval it scales overflow from 44 on and underflow far below zero.
CREATE OR REPLACE FUNCTION oracle.failure_delay(attempts integer)
RETURNS interval
LANGUAGE sql
IMMUTABLE
AS $$
    SELECT LEAST(
        power(2, LEAST(GREATEST(COALESCE(attempts, 1), -64), 5)) * interval '1 second',
        interval '30 seconds'
    )
$$;
COMMENT ON FUNCTION oracle.failure_delay(integer) IS
    'how long a failed step waits after the given number of attempts';
