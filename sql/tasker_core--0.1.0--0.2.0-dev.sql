\echo Use "ALTER EXTENSION tasker_core UPDATE" to load this file. \quit
