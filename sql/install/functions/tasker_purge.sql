CREATE FUNCTION @extschema@.tasker_purge(
    older_than interval,
    states text[] DEFAULT NULL,
    namespace text DEFAULT NULL,
    task_name text DEFAULT NULL,
    version text DEFAULT NULL,
    initiator text DEFAULT NULL,
    tag text DEFAULT NULL,
    annotation_type text DEFAULT NULL,
    annotation_key text DEFAULT NULL,
    annotation_value text DEFAULT NULL,
    parent_task_id bigint DEFAULT NULL,
    after_id bigint DEFAULT NULL,
    dry_run boolean DEFAULT true,
    max_rows integer DEFAULT 1000
)
RETURNS TABLE (
    task_id bigint,
    namespace text,
    task_name text,
    version text,
    state text,
    ended_at timestamptz,
    steps bigint,
    done boolean,
    refusal text
)
LANGUAGE c VOLATILE CALLED ON NULL INPUT ROWS 100
AS 'MODULE_PATHNAME', 'tasker_purge';

COMMENT ON FUNCTION @extschema@.tasker_purge(interval, text[], text, text, text, text, text, text,
    text, text, bigint, bigint, boolean, integer) IS
'Deletes tasks that ended longer ago than older_than, as tasker_delete_task(), in the order of '
'their ids. Filters: as in tasker_find_tasks(). states NULL: the closed ones, without error. '
'dry_run only shows them. Only your own triggers can make it wait; refusal: why a task stays.

Errors: 22004; 22023; 42P01, 55000; 42501; 40001. Privileges: as tasker_delete_task(); dry_run: as '
'tasker_find_tasks(). Complexity: O(rows deleted).';
