CREATE FUNCTION @extschema@.tasker_parse_retry_after(header text, now timestamptz)
RETURNS integer
LANGUAGE c IMMUTABLE PARALLEL SAFE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_parse_retry_after';

COMMENT ON FUNCTION @extschema@.tasker_parse_retry_after(text, timestamptz) IS
'How many seconds a Retry-After header asks to wait: a number of seconds, or a date in one of the three formats of HTTP, counted from now and rounded up; a year of two digits is the last such year that is not more than 50 years after now. 0 for a date that has passed, 2147483647 for that many and more, NULL for a header that is NULL or blank. Of a list ("120, 60", as proxies join headers) the longest wait.

Errors: 22004 when now is NULL and the header is not, 22023 for any other header, which the error names. Privileges: none. Complexity: constant. RFC 9110 (5.6.7 and 10.2.3), semantics 4.6.';
