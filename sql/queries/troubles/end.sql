-- What was refused before has been done.
DELETE FROM @installation@.tasker_core_troubles
WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY(
    SELECT known.ctid
    FROM @installation@.tasker_core_troubles AS known
    WHERE known.subject_id OPERATOR(pg_catalog.=) ANY ($2)
      AND known.kind OPERATOR(pg_catalog.=) $1
    FOR UPDATE SKIP LOCKED
))
