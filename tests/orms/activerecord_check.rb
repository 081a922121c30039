# What Rails dumps from a database with an installation in the schema tasker, and what fixtures do to it. Arguments: files with
# the settings of docs/orms.md and the models of docs/finding.md. PGUSER owns the installation; a superuser is needed to load a dump.

require "active_record"
require "active_record/tasks/database_tasks"
require "ostruct"
require "stringio"
require "tmpdir"

# Loading a dump changes PGUSER.
OWNER = ENV.fetch("PGUSER")
$stdout.sync = true
ActiveRecord::Migration.verbose = false

def connect(database, user = OWNER)
  settings = { adapter: "postgresql", database: database, host: ENV.fetch("PGHOST"), username: user, schema_search_path: "public, tasker" }
  ActiveRecord::Base.configurations = { "test" => settings }
  ActiveRecord::Base.establish_connection(settings)
  ActiveRecord::Base.connection
end

def configuration
  ActiveRecord::Base.configurations.configs_for(env_name: "test").first
end

def check(title, right, found = "")
  abort "not ok Rails #{title}: #{found}" unless right
  puts "ok Rails #{title}"
end

def structure(file)
  ActiveRecord::Tasks::DatabaseTasks.structure_dump(configuration, file)
  File.read(file)
end

def load_structure(file, name)
  connect("postgres", "postgres").create_database(name)
  connection = connect(name, "postgres")
  ActiveRecord::Tasks::DatabaseTasks.structure_load(configuration, file)
  connection
end

def sqlstate
  yield
  nil
rescue ActiveRecord::StatementInvalid => error
  error.cause.result.error_field(PG::Result::PG_DIAG_SQLSTATE)
end

def doctor(connection, schema = "tasker")
  connection.select_rows("SELECT check_name, object FROM tasker_doctor('#{schema}') WHERE severity = 'error'")
end

def schema_rb
  ActiveRecord::SchemaDumper.dump(ActiveRecord::Base.connection, StringIO.new).string
end

ActiveRecord::Tasks::DatabaseTasks.root = Dir.tmpdir
name = ENV.fetch("PGDATABASE")
connection = connect(name)
connection.create_table(:orders) { |table| table.bigint :task_id }

ApplicationRecord = ActiveRecord::Base
module Tasker
  class Task < ActiveRecord::Base
    self.table_name = "tasker_tasks"
    self.primary_key = "task_id"
  end
end
connection.execute(%q(SELECT FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "charge"}]}')))
connection.execute("SELECT FROM tasker_create_tasks('[{\"task_name\": \"order\"}, {\"task_name\": \"order\", \"context\": {\"cart\": 7}}]')")
connection.execute("SELECT FROM tasker_transition_task(2, 'error')")
if connection.database_version < 150_000
  puts "skipped Rails models on views: 14 has no views"
else
  found = binding.eval(File.read(ARGV.fetch(1))).to_a
  check "models on views", found.map(&:task_id) == [2] && CurrentTask.find(1).state == "pending", found
end

Dir.mktmpdir do |folder|
  ActiveRecord::Base.dump_schemas = :all
  whole = structure("#{folder}/whole.sql")
  check "structure.sql has our tables and triggers without a setting",
        whole.scan(/CREATE TABLE tasker\./).size > 30 && whole.include?("ENABLE ALWAYS TRIGGER tasker_core_"), whole

  # In an application, config.active_record sets attributes of ActiveRecord::Base.
  config = OpenStruct.new(active_record: ActiveRecord::Base)
  binding.eval(File.read(ARGV.fetch(0)))
  own = structure("#{folder}/own.sql")
  check "structure.sql has none of them with --exclude-schema",
        own.include?("CREATE TABLE public.orders") && !own.match?(/tasker\.|TRIGGER/) && own.include?("EXTENSION IF NOT EXISTS tasker_core"), own

  careless = schema_rb
  check "schema.rb has our tables without a setting", careless.scan(/create_table "tasker_/).size > 30
  ActiveRecord::SchemaDumper.ignore_tables = [/\Atasker_/]
  check "schema.rb has none of them with ignore_tables", schema_rb.scan(/create_table "(\w+)"/) == [["orders"]]

  connect("postgres", "postgres").create_database("rails_ruby")
  loaded = connect("rails_ruby", "postgres")
  eval(careless)
  refused = sqlstate { loaded.select_all("SELECT * FROM tasker_find_tasks()") }
  check "schema.rb loads without triggers, and functions say so", refused == "55000", refused
  loaded.execute("SELECT FROM tasker_install()")
  check "tasker_install() makes the triggers", doctor(loaded, "public").empty?, doctor(loaded, "public")
  loaded = load_structure("#{folder}/whole.sql", "rails_whole")
  check "the whole dump loads and is sound", doctor(loaded).empty?, doctor(loaded)
  loaded = load_structure("#{folder}/own.sql", "rails_own")
  loaded.execute("SELECT FROM tasker_install('tasker', create_schema => true)")
  check "the other one is sound after tasker_install()", doctor(loaded).empty?, doctor(loaded)

  loaded.disable_referential_integrity { loaded.execute("INSERT INTO orders VALUES (1, 1)") }
  refused = sqlstate { loaded.select_all("SELECT * FROM tasker_find_tasks()") }
  check "fixtures loaded by a superuser disable triggers, and functions say so", refused == "55000", refused
  loaded.execute("SELECT FROM tasker_install('tasker')")
  check "tasker_install() restores them", doctor(loaded).empty?, doctor(loaded)
end

connection = connect(name)
connection.disable_referential_integrity { connection.execute("INSERT INTO orders VALUES (1, 1)") }
check "fixtures loaded by another role leave them alone", doctor(connection).empty?, doctor(connection)
