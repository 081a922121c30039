CREATE VIEW demo.tree AS
WITH RECURSIVE
step AS (
    SELECT step.task_id, step.workflow_step_id, named_step.name,
           parents.ids AS parent_ids, parents.names AS parent_names,
           -- A step with one parent is drawn below it. A step with no parent, or with several, is
           -- drawn at the left margin.
           CASE WHEN cardinality(parents.ids) = 1 THEN parents.ids[1] END AS hangs_below
    FROM tasker_workflow_steps AS step
    JOIN tasker_named_steps AS named_step USING (named_step_id)
    CROSS JOIN LATERAL (
        SELECT array_agg(parent.workflow_step_id ORDER BY parent.workflow_step_id) AS ids,
               regexp_replace(string_agg(named_parent.name, ', ' ORDER BY parent.workflow_step_id),
                              ', ([^,]*)$', ' and \1') AS names
        FROM tasker_workflow_step_edges AS edge
        JOIN tasker_workflow_steps AS parent ON parent.workflow_step_id = edge.from_step_id
        JOIN tasker_named_steps AS named_parent ON named_parent.named_step_id = parent.named_step_id
        WHERE edge.to_step_id = step.workflow_step_id
    ) AS parents
),
sibling AS (
    SELECT step.*,
           step.workflow_step_id
               = max(step.workflow_step_id) OVER (PARTITION BY step.hangs_below) AS is_last
    FROM step
),
drawn AS (
    SELECT sibling.*, ARRAY[sibling.workflow_step_id] AS path, '' AS branch, '' AS indent
    FROM sibling
    WHERE sibling.hangs_below IS NULL
    UNION ALL
    SELECT sibling.*, drawn.path || sibling.workflow_step_id,
           drawn.indent || CASE WHEN sibling.is_last THEN '└─ ' ELSE '├─ ' END,
           drawn.indent || CASE WHEN sibling.is_last THEN '   ' ELSE '│  ' END
    FROM drawn
    JOIN sibling ON sibling.hangs_below = drawn.workflow_step_id
)
SELECT drawn.task_id, drawn.workflow_step_id, drawn.name, drawn.branch || drawn.name AS line,
       drawn.path,
       CASE WHEN cardinality(drawn.parent_ids) > 1 THEN drawn.parent_names END AS joined_names
FROM drawn;

COMMENT ON VIEW demo.tree IS
'Draws a task as a tree, with a line for each step. Sort the lines by path.';
