-- Runs once, when the image makes its database: the extension, and the Tasker tables in the first schema of the path.
CREATE EXTENSION tasker_core;
SELECT object, action FROM tasker_install();
