CREATE FUNCTION @extschema@._tasker_open_transaction(transaction_id xid)
RETURNS xid
LANGUAGE c STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'tasker_open_transaction';

COMMENT ON FUNCTION @extschema@._tasker_open_transaction(xid) IS
'The open or prepared transaction of another session that has this number, or has a subtransaction of this number, as xmax of a row gives it; NULL for any other.

Raises nothing, needs no privilege, constant cost.';
