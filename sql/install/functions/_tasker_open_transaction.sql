CREATE FUNCTION @extschema@._tasker_open_transaction(transaction_id xid)
RETURNS xid
LANGUAGE c STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'tasker_open_transaction';

COMMENT ON FUNCTION @extschema@._tasker_open_transaction(xid) IS
'Returns the open or prepared transaction of another session that has this number, or a '
'subtransaction of this number, as in xmax of a row; otherwise NULL.

Errors: none. Privileges: none. Complexity: constant.';
