CREATE FUNCTION @extschema@.tasker_backoff_seconds(
    attempt integer,
    mode text DEFAULT 'v02',
    base double precision DEFAULT 1,
    multiplier double precision DEFAULT 2,
    cap double precision DEFAULT NULL,
    jitter double precision DEFAULT 0,
    seed bigint DEFAULT 0,
    progression integer[] DEFAULT NULL
)
RETURNS double precision
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_backoff_seconds';

COMMENT ON FUNCTION @extschema@.tasker_backoff_seconds(integer, text, double precision,
    double precision, double precision, double precision, bigint, integer[]) IS
'Returns how many seconds a step waits after a failed attempt. attempt: its number, from 1. mode: '
'v02 (2 ^ attempt, as in the readiness rule), progression (the list progression, 1 2 4 8 16 32 by '
'default, then attempt ^ multiplier without its fraction: the engine''s Ruby), exponential (base * '
'multiplier ^ (attempt - 1)), polynomial (base * attempt ^ multiplier), linear (base * attempt), '
'fibonacci (base * 1, 1, 2, 3, 5 …), constant (base), none. With a multiplier below 1, '
'exponential waits become shorter.

cap: the longest wait; NULL: 30 for v02, else 300. NULL elements of progression are ignored. '
'jitter: the share of the wait, 0 to 1, by which it may be shorter or longer; a wait with jitter '
'never exceeds the cap. seed: the same seed gives the same wait. Waits are rounded to the '
'microsecond. Before the first attempt, the wait is 0.

Errors: 22004 for a NULL other than cap and progression, 22023 for an unknown mode or an invalid '
'number. Privileges: none. Complexity: constant. Corrects the engine''s defects R7, R8 '
'(docs/readiness.md).';
