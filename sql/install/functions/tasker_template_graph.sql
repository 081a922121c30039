CREATE FUNCTION @extschema@.tasker_template_graph(
    task_name text,
    namespace text DEFAULT 'default',
    version   text DEFAULT NULL
)
RETURNS jsonb
LANGUAGE c STABLE CALLED ON NULL INPUT
AS 'MODULE_PATHNAME', 'tasker_template_graph';

COMMENT ON FUNCTION @extschema@.tasker_template_graph(text, text, text) IS
'Returns the graph of a registered template: nodes, edges, topology (an order in which the steps '
'can run), levels, roots, leaves and a summary, as the engine''s template analyzer does. version '
'NULL: the latest.

Errors and privileges: as tasker_template(). Complexity: O(versions + length of the template).';
