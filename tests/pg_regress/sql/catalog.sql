-- What the extension consists of, and that it is documented and declared as it should be.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS tasker_core;

-- The public functions.
SELECT procedure.proname AS function, pg_get_function_identity_arguments(procedure.oid) AS arguments,
    procedure.provolatile AS volatile, procedure.proparallel AS parallel, procedure.proisstrict AS strict,
    procedure.prosecdef AS definer
FROM pg_proc AS procedure
JOIN pg_depend AS member ON member.classid = 'pg_proc'::regclass AND member.objid = procedure.oid AND member.deptype = 'e'
JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'tasker_core'
WHERE procedure.proname LIKE 'tasker%'
ORDER BY function, arguments;

-- Members without a comment: none.
SELECT pg_describe_object(member.classid, member.objid, 0) AS undocumented
FROM pg_depend AS member
JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'tasker_core'
WHERE member.deptype = 'e' AND obj_description(member.objid, 'pg_proc') IS NULL
ORDER BY undocumented;

-- Functions that share a name, between which a parameter without a type cannot choose: none.
SELECT procedure.proname AS shared_name
FROM pg_proc AS procedure
JOIN pg_depend AS member ON member.objid = procedure.oid AND member.deptype = 'e'
JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'tasker_core'
GROUP BY procedure.proname HAVING count(*) > 1;

-- Functions that run with other rights than the caller's: none.
SELECT procedure.proname AS security_definer
FROM pg_proc AS procedure
JOIN pg_depend AS member ON member.objid = procedure.oid AND member.deptype = 'e'
JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'tasker_core'
WHERE procedure.prosecdef;

-- Every function of ours that rows come from tells the planner how many.
SELECT DISTINCT procedure.proname AS guesses_1000_rows
FROM pg_proc AS procedure
JOIN pg_depend AS member ON member.objid = procedure.oid AND member.deptype = 'e'
JOIN pg_extension AS extension ON extension.oid = member.refobjid AND extension.extname = 'tasker_core'
WHERE procedure.proretset AND procedure.prorows = 1000 AND procedure.proname LIKE 'tasker%' AND procedure.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
ORDER BY 1;
