CREATE FUNCTION @extschema@.tasker_parse_retry_after(header text, now timestamptz)
RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_parse_retry_after';

COMMENT ON FUNCTION @extschema@.tasker_parse_retry_after(text, timestamptz) IS
'Returns how many seconds a Retry-After header asks to wait. The header is a number of seconds, or '
'a date in one of the three formats of HTTP, counted from now and rounded up. A year of two digits '
'means the latest year with these digits that is at most 50 years after now. A list ("120, 60", as '
'proxies join headers) gives its longest wait. 0 for a date that has passed; 2147483647 for longer '
'waits; NULL for a NULL or blank header.

Errors: 22004 when now is NULL and the header is not, 22023 for any other header, which the '
'message contains. Privileges: none. Complexity: constant. RFC 9110 (5.6.7 and 10.2.3), semantics '
'4.6.';
