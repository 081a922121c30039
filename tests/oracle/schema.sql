-- The oracle: the readiness rules a second time, in plain SQL over the Rails tables, found through the
-- caller's search_path. Tests compare the extension with it; the benches use it as their baseline.
CREATE SCHEMA IF NOT EXISTS oracle;
COMMENT ON SCHEMA oracle IS 'the readiness rules in plain SQL, independent of the extension';
