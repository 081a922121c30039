-- Waits: by policy, and as a header asks.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;
\pset null -
SELECT attempt, tasker_backoff_seconds(attempt) AS v02, tasker_backoff_seconds(attempt, 'progression') AS ruby,
       tasker_backoff_seconds(attempt, 'exponential', 0.5, 3) AS exponential, tasker_backoff_seconds(attempt, 'polynomial', 2) AS polynomial,
       tasker_backoff_seconds(attempt, 'linear', 10) AS linear, tasker_backoff_seconds(attempt, 'fibonacci', 1.5) AS fibonacci,
       tasker_backoff_seconds(attempt, 'constant', 7) AS constant, tasker_backoff_seconds(attempt, 'none') AS none
FROM unnest('{-1,0,1,2,3,4,5,6,7,8,18,1000,2147483647}'::integer[]) AS attempt;
SELECT tasker_backoff_seconds(3, 'progression', progression => '{5,60,600}', cap => 1000) AS listed,
       tasker_backoff_seconds(9, 'exponential', cap => 12.5) AS capped;
SELECT tasker_backoff_seconds(4, jitter => 0.25, seed => 42) = tasker_backoff_seconds(4, jitter => 0.25, seed => 42) AS repeatable,
       count(DISTINCT tasker_backoff_seconds(4, jitter => 0.25, seed => seed)) > 90 AS spread,
       min(tasker_backoff_seconds(4, jitter => 0.25, seed => seed)) >= 12 AS not_too_short,
       max(tasker_backoff_seconds(5, jitter => 0.25, seed => seed)) <= 30 AS never_above_the_cap,
       count(DISTINCT tasker_backoff_seconds(5, jitter => 0.25, seed => seed)) > 90 AS spread_below_the_cap
FROM generate_series(1, 100) AS seed;
-- Seeds may be negative; no base is no wait, however fast it grows; a decimal stays what it is; no attempt, no wait.
SELECT tasker_backoff_seconds(1, 'constant', 100, jitter => 0.5, seed => -9223372036854775808) BETWEEN 50 AND 150 AS any_seed,
       tasker_backoff_seconds(2000, 'exponential', base => 0) AS no_base, tasker_backoff_seconds(1, 'constant', 8.2) AS decimal,
       tasker_backoff_seconds(-2147483648, 'linear') AS before;
-- As the planner sees it: a constant.
EXPLAIN (COSTS OFF, VERBOSE) SELECT tasker_backoff_seconds(3), tasker_parse_retry_after('120', '2026-01-01 00:00:00+00');

SELECT tasker_backoff_seconds(1, 'quadratic');
SELECT tasker_backoff_seconds(1, jitter => 1.5);
SELECT tasker_backoff_seconds(1, base => 'NaN');
SELECT tasker_backoff_seconds(1, cap => '-Infinity');
SELECT tasker_backoff_seconds(1, progression => '{}');
SELECT tasker_backoff_seconds(1, progression => '{1,-1}');
SELECT tasker_backoff_seconds(1, multiplier => -1);
SELECT tasker_backoff_seconds(NULL);

SELECT header, tasker_parse_retry_after(header, '1994-11-06 08:49:00+00')
FROM unnest(ARRAY['120', 'Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994',
                  'Sat, 05 Nov 1994 00:00:00 GMT', '99999999999', ' ', NULL]) AS header;
SELECT tasker_parse_retry_after('tomorrow', now());
SELECT tasker_parse_retry_after('1.5', now());
SELECT tasker_parse_retry_after('1', NULL);
SELECT tasker_parse_retry_after(NULL, NULL);
-- Two digits of a year mean the last one that is not more than 50 years ahead.
SELECT tasker_parse_retry_after('Thursday, 01-Jan-71 00:00:00 GMT', '2070-12-31 23:59:00+00') AS this_century,
       tasker_parse_retry_after('Friday, 01-Jan-71 00:00:00 GMT', '2020-12-31 23:59:59+00') AS the_last;
SELECT tasker_parse_retry_after('Sat, 06 Nov 94 08:49:37 GMT', '1994-11-06 08:49:00+00');
SELECT tasker_parse_retry_after('Mon, 06 Nov 1994 08:49:37 GMT', '1994-11-06 08:49:00+00');
-- The session's time zone does not matter.
SET TimeZone = 'America/New_York';
SELECT tasker_parse_retry_after('Sun Nov  6 08:49:37 1994', '1994-11-06 03:49:00');
