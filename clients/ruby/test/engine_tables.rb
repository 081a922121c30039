# frozen_string_literal: true

require "open3"
require "support"

# Databases with the tables and functions of the Tasker engine, and with tasks that it has left. The tables are those of its own
# SQL, if TASKER_ENGINE names a checkout of the engine. Otherwise they are what tasker_install() makes, and the functions are
# those that the differential tests compare with: test_rails.rb compares both.
module EngineTables
  module_function

  CHECKOUT = ENV.fetch("TASKER_ENGINE", nil)
  HELPERS = File.join(Support::REPOSITORY, "tests/pg_regress/helpers.sql")
  ORACLE = File.join(Support::REPOSITORY, "tests/oracle/load.sql")
  FUNCTIONS = %w[
    calculate_dependency_levels get_analytics_metrics_v01 get_slowest_steps_v01 get_slowest_tasks_v01 get_step_readiness_status
    get_step_readiness_status_batch get_system_health_counts_v01 get_task_execution_context get_task_execution_contexts_batch
  ].freeze
  ROLE = "DO $$BEGIN IF to_regrole('rails') IS NULL THEN CREATE ROLE rails LOGIN CREATEDB; END IF; END$$"
  # Tasks of three steps that have not begun, that run, that wait for a retry, that have failed, and that are complete.
  TASKS = <<~SQL
    SELECT make_task(task, task * 100, 3, '{{1,2},{2,3}}') FROM generate_series(1, 20) AS task;
    UPDATE tasker_workflow_steps SET attempts = 0, retry_limit = 3;
    SELECT move_task(task, 'in_progress') FROM generate_series(5, 20) AS task;
    SELECT move_step(task * 100, 'in_progress') FROM generate_series(5, 20) AS task;
    SELECT move_step(task * 100, 'error') FROM generate_series(9, 14) AS task;
    UPDATE tasker_workflow_steps SET attempts = CASE WHEN task_id < 12 THEN 1 ELSE 3 END
    WHERE workflow_step_id % 100 = 0 AND task_id BETWEEN 9 AND 14;
    SELECT move_task(task, 'error') FROM generate_series(12, 14) AS task;
    SELECT move_step(task * 100 + step, 'in_progress') FROM generate_series(15, 20) AS task, generate_series(1, 2) AS step;
    SELECT move_step(task * 100 + step, 'complete') FROM generate_series(15, 20) AS task, generate_series(0, 2) AS step;
    UPDATE tasker_workflow_steps SET processed = true, attempts = 1, processed_at = '2026-01-01' WHERE task_id >= 15;
    SELECT move_task(task, 'complete') FROM generate_series(15, 20) AS task;
    UPDATE tasker_tasks SET complete = true WHERE task_id >= 15;
    SELECT skip_ids();
    SELECT setval('tasker_workflow_steps_workflow_step_id_seq', 10000);
    DROP FUNCTION make_task, move_step, move_task, skip_ids;
  SQL

  # A database of its own for a test, owned by the role "rails", without the extension. Returns its name.
  def database(name)
    template
    psql("postgres", "DROP DATABASE IF EXISTS #{name} WITH (FORCE)", "CREATE DATABASE #{name} OWNER rails TEMPLATE rails_engine")
    name
  end

  def template
    @template ||= begin
      # The tests may have run on this server already, with another Rails.
      psql("postgres", "DROP DATABASE IF EXISTS rails_engine WITH (FORCE)", ROLE)
      psql("postgres", "CREATE DATABASE rails_engine OWNER rails TEMPLATE template0")
      psql("rails_engine", "ALTER SCHEMA public OWNER TO rails")
      CHECKOUT ? engine_tables("rails_engine") : own_tables("rails_engine")
      psql("rails_engine", "SET client_min_messages = warning", file: HELPERS, role: "rails")
      psql("rails_engine", TASKS, role: "rails")
      true
    end
  end

  # As the two migrations of the engine.
  def engine_tables(database)
    %w[db/init/schema.sql db/functions/get_step_readiness_status_single_and_batch_v02.sql].each do |file|
      psql(database, file: File.join(CHECKOUT, file), role: "rails")
    end
  end

  def own_tables(database)
    psql(database, "CREATE EXTENSION tasker_core")
    psql(database, "SELECT FROM tasker_install()", "SELECT FROM tasker_uninstall()", role: "rails")
    # The engine has no such index.
    psql(database, "DROP EXTENSION tasker_core", "DROP INDEX index_step_transitions_failures")
    psql(database, "GRANT CREATE ON DATABASE #{database} TO rails")
    psql(database, file: ORACLE, role: "rails")
    moved = FUNCTIONS.map { |name| "ALTER FUNCTION oracle.#{name} SET SCHEMA public" }
    psql(database, *moved, role: "rails")
  end

  # Runs statements, or a file, with psql; returns what it prints.
  def psql(database, *statements, file: nil, role: nil)
    arguments = statements.flat_map { |statement| ["-c", statement] }
    arguments += ["-f", file] if file
    environment = role ? { "PGUSER" => role } : {}
    output, status = Open3.capture2e(environment, "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database, *arguments)
    raise "psql: #{output}" unless status.success?

    output
  end

  # The objects of a database, without those of the extension, and the rows of each table.
  def contents(database)
    psql(database, <<~SQL).lines
      SELECT 'relation', c.relname, c.relkind, c.relowner::regrole FROM pg_class AS c
      WHERE c.relnamespace = 'public'::regnamespace AND c.relname !~ '^(tasker_core_|schema_migrations|ar_internal_metadata)' ORDER BY c.relname;
      SELECT 'column', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
      FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid::regclass::text ~ '^tasker_' AND a.attrelid::regclass::text !~ '^tasker_core_' AND a.attnum > 0 AND NOT a.attisdropped
          AND a.attrelid IN (SELECT oid FROM pg_class WHERE relkind IN ('r', 'v')) ORDER BY 2, 3;
      SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE conrelid::regclass::text ~ '^tasker_' AND conrelid::regclass::text !~ '^tasker_core_' ORDER BY 2, 3;
      SELECT 'trigger', tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 2, 3;
      SELECT 'function', p.oid::regprocedure, md5(p.prosrc), p.proowner::regrole FROM pg_proc AS p
      WHERE p.pronamespace = 'public'::regnamespace AND NOT EXISTS
          (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e') ORDER BY 2;
      SELECT 'rows', count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM tasker_tasks AS t;
      SELECT 'rows', count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM tasker_workflow_steps AS t;
      SELECT 'rows', count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM tasker_workflow_step_edges AS t;
      SELECT 'rows', count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM tasker_workflow_step_transitions AS t;
      SELECT 'rows', count(*), md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM tasker_task_transitions AS t;
    SQL
  end
end
