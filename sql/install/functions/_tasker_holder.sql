CREATE FUNCTION @extschema@._tasker_holder(transaction_id xid)
RETURNS integer
LANGUAGE c STABLE PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'tasker_holder';

COMMENT ON FUNCTION @extschema@._tasker_holder(xid) IS
'The process of another session whose open transaction has this number, or has a subtransaction of this number, as xmax of a row gives it; NULL for any other.

Raises nothing, needs no privilege, constant cost.';
