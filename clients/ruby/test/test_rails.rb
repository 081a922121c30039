# frozen_string_literal: true

require "rails_support"

# The stand-in for the engine's tables has the same columns, constraints and functions.
class EngineTablesTest < Minitest::Test
  def test_stand_in
    skip "TASKER_ENGINE names no checkout of the engine" unless EngineTables::CHECKOUT
    engine = EngineTables.database("rails_of_engine")
    own = "rails_own"
    EngineTables.psql("postgres", "CREATE DATABASE #{own} OWNER rails TEMPLATE template0")
    EngineTables.psql(own, "ALTER SCHEMA public OWNER TO rails")
    EngineTables.own_tables(own)
    assert_operator shape(engine).size, :>, 100
    assert_equal [[], []], [shape(engine) - shape(own), shape(own) - shape(engine)]
  end

  # The engine also has a view, which the wrappers replace.
  def shape(database)
    lines = EngineTables.contents(database).reject { |line| line.include?("tasker_step_dag_relationships") }
    lines.grep(/\A(column|constraint)/) + lines.grep(/\Afunction/).map { |line| line.split("|")[1] }
  end
end

# The generator, in an application whose tables are those of the engine.
class GeneratorTest < ApplicationTest
  # With a writer that holds the tables for a while.
  def test_migrations
    before = EngineTables.contents(database)
    rails("generate", "tasker_core:install", "--replace-functions")
    assert_includes rails("db:migrate", ends: false), "Ask a superuser to run in this database: CREATE EXTENSION tasker_core"
    assert_equal before, EngineTables.contents(database)
    create_extension
    migrate_beside_a_writer
    assert_empty problems
    assert_equal(%w[sql 9], wrappers)
    assert_equal %w[20 60], sql("SELECT count(*) FROM tasker_core_tasks", "SELECT count(*) FROM tasker_core_steps")
    rails("db:rollback", "STEP=2")
    assert_equal before, EngineTables.contents(database).grep_v(/\Aindex/)
    rails("db:migrate")
    assert_empty problems
    assert_equal(%w[sql 9], wrappers)
    work
  end

  def migrate_beside_a_writer
    writer = PG.connect(dbname: database, user: "rails")
    writer.exec("BEGIN; UPDATE tasker_tasks SET updated_at = updated_at WHERE task_id = 1")
    shown = +""
    Open3.popen2e(environment, RbConfig.ruby, "bin/rails", "db:migrate", chdir: folder) do |_input, output, process|
      output.each_line do |line|
        shown << line
        writer.exec("COMMIT") if line.include?("another transaction holds the tables") && writer.transaction_status == PG::PQTRANS_INTRANS
      end
      assert_predicate process.value, :success?, shown
    end
    assert_includes shown, "another transaction holds the tables"
  ensure
    writer&.close
  end

  # Running it again keeps what is there, and adds what is asked for.
  def test_files
    rails("generate", "tasker_core:install")
    install, = migrations
    assert_equal ["install_tasker_core"], names(migrations)
    write("config/initializers/tasker_core.rb", "# mine\n")
    rails("generate", "tasker_core:install", "--replace-functions")
    assert_equal %w[install_tasker_core replace_tasker_functions], names(migrations)
    assert_equal install, migrations.first
    assert_equal "# mine\n", read("config/initializers/tasker_core.rb")
    assert_path_exists File.join(folder, "test/tasker_core_helper.rb")
    refute_path_exists File.join(folder, "spec")
    rails("destroy", "tasker_core:install", "--replace-functions")
    assert_empty migrations
    refute_path_exists File.join(folder, "test/tasker_core_helper.rb")
    FileUtils.mkdir(File.join(folder, "spec"))
    assert_includes rails("generate", "tasker_core:install"), "bin/rails db:migrate"
    assert_includes read("spec/tasker_core_helper.rb"), "at the end of rails_helper.rb"
    assert_includes rails("generate", "tasker_core:install", "--schema", "x y"), "is no name of a schema"
    assert_includes rails("generate", "tasker_core:install", "--schema", "x", "--replace-functions"), "is for the engine"
    assert_empty migrations.grep(/replace/)
  end

  def migrations
    Dir.children(File.join(folder, "db/migrate")).sort
  end

  def names(files)
    files.map { |file| file[/\A\d+_(.*)\.rb\z/, 1] }
  end

  # An application without the engine: its structure.sql has no table of the schema, and rows outlive the way back.
  def test_schema
    EngineTables.psql("postgres", "DROP DATABASE #{database}", "CREATE DATABASE #{database} OWNER rails TEMPLATE template0")
    create_extension
    create_extension(on: template("#{database}_template"))
    rails("generate", "tasker_core:install", "--schema", "tasker")
    assert_includes read("config/application.rb"), "config.active_record.dump_schemas = :all"
    rails("generate", "migration", "CreateCarts", "total:integer")
    rails("db:migrate")
    structure = read("db/structure.sql")
    assert_includes structure, "CREATE TABLE public.carts"
    assert_includes structure, "EXTENSION IF NOT EXISTS tasker_core"
    refute_match(/tasker\.|TRIGGER/, structure)
    rails("runner", 'Rails.configuration.x.tasker.register_task({ name: "order", step_templates: [{ name: "charge" }] })')
    rails("runner", 'Rails.configuration.x.tasker.create_task("order")')
    rails("db:rollback", "STEP=2")
    assert_equal ["1"], sql("SELECT count(*) FROM tasker.tasker_tasks")
    rails("db:migrate")
    found = rails("runner", 'puts Rails.configuration.x.tasker.find_steps("ready").map(&:step_name)')
    assert_equal "charge\n", found
    @role = "postgres"
    write("test/test_helper.rb", read("test/test_helper.rb").sub(/^TaskerCore::Models.*\n/, ""))
    append("test/test_helper.rb", 'require_relative "tasker_core_helper"')
    write("test/cart_test.rb", <<~RUBY)
      require "test_helper"
      class CartTest < ActiveSupport::TestCase
        4.times do |number|
          test "a task, \#{number}" do
            client = Rails.configuration.x.tasker
            client.register_task({ name: "order", step_templates: [{ name: "charge" }] })
            assert_equal [client.create_task("order").task_id], client.find_tasks.map(&:task_id)
            assert_equal 30, carts(:full).total
            note_database
          end
        end
      end
    RUBY
    with_test_environment { rails("db:create") }
    2.times { assert_match(/4 runs, 8 assertions, 0 failures, 0 errors/, rails("test", "test/cart_test.rb")) }
    assert_equal %W[#{database}_test-0 #{database}_test-1], Dir.children(@notes).sort
  end

  # A database that others can be copied from.
  def template(name)
    EngineTables.psql("postgres", "CREATE DATABASE #{name} TEMPLATE template0")
    name
  end

  # The language of the engine's functions, and how many there are.
  def wrappers(on: database)
    sql(<<~SQL, on: on).first.split("|")
      SELECT max(l.lanname), count(*) FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
      WHERE p.pronamespace = 'public'::regnamespace AND p.proname ~ '^(get_|calculate_)'
    SQL
  end

  # The first step of a task that the engine has left can be claimed.
  def work
    claimed = sql("SELECT workflow_step_id, claim_token FROM tasker_claim_steps('worker', task_id => 1)").first.split("|")
    assert_equal "100", claimed.first
    assert_equal ["in_progress"], sql("SELECT task_state FROM tasker_complete_step(100, '{}', '#{claimed.last}')")
  end

  # The engine's functions.
  def functions(on: database)
    EngineTables.contents(on).grep(/\Afunction\|(get|calculate)_/).map { |line| line.split("|").first(3) }.sort
  end

  # What Rails dumps from a database with the installation loads, and is sound.
  def test_structure
    create_extension
    functions = functions()
    rails("generate", "tasker_core:install", "--replace-functions")
    rails("db:migrate")
    @role = "postgres"
    loaded = "#{database}_test"
    with_test_environment { rails("db:create", "db:schema:load") }
    assert_empty problems(on: loaded)
    assert_equal(%w[sql 9], wrappers(on: loaded))
    sql("SELECT FROM tasker_restore_rails_functions()", on: loaded)
    assert_equal functions, functions(on: loaded)
    # Without comments, a role needs no rights, if the extension is there.
    @role = "rails"
    create_extension(on: template("#{database}_template"))
    EngineTables.psql("postgres", "ALTER DATABASE #{database}_template IS_TEMPLATE true", "DROP DATABASE #{loaded}")
    @template = "#{database}_template"
    write("config/initializers/structure.rb", guide("config/initializers/structure.rb"))
    rails("db:schema:dump")
    with_test_environment { rails("db:create", "db:schema:load") }
    assert_empty problems(on: loaded).grep_v(/\Aview_altered/)
    assert_equal(%w[sql 9], wrappers(on: loaded))
    sql("SELECT FROM tasker_install()", on: loaded)
    assert_empty problems(on: loaded)
  ensure
    EngineTables.psql("postgres", "ALTER DATABASE #{@template} IS_TEMPLATE false") if @template
  end
end

# Test suites of an application whose tables are those of the engine.
class SuiteTest < ApplicationTest
  def prepare
    create_extension
    rails("generate", "tasker_core:install", "--replace-functions")
    rails("generate", "migration", "CreateCarts", "total:integer")
    rails("db:migrate")
    append("test/test_helper.rb", guide("test/test_helper.rb, at the end"))
  end

  # A role that is no superuser, which copies a database with the extension.
  def as_another_role
    @template = "#{database}_template"
    EngineTables.psql("postgres", "CREATE DATABASE #{@template} TEMPLATE template0 IS_TEMPLATE true")
    create_extension(on: @template)
    cleanup { EngineTables.psql("postgres", "ALTER DATABASE #{@template} IS_TEMPLATE false") }
    write("config/initializers/structure.rb", guide("config/initializers/structure.rb"))
  end

  # Rails creates the databases the first time, and empties them the second time.
  def run_in_parallel
    with_test_environment { rails("db:create") }
    2.times { assert_match(/8 runs, .* 0 failures, 0 errors/, rails("test", "test/cart_test.rb")) }
    assert_equal %W[#{database}_test-0 #{database}_test-1], Dir.children(@notes).sort
  end

  def test_parallel
    as_another_role
    prepare
    run_in_parallel
  end

  # Whose fixtures disable triggers.
  def test_parallel_as_a_superuser
    prepare
    @role = "postgres"
    run_in_parallel
  end

  def test_cleaners
    skip "DatabaseCleaner is not installed" if Gem::Specification.find_all_by_name("database_cleaner").empty?
    write("test/cleaner_settings.rb", guide("test/test_helper.rb, with DatabaseCleaner"))
    as_another_role
    prepare
    with_test_environment { rails("db:create", "db:schema:load") }
    assert_match(/3 runs, .* 0 failures, 0 errors/, rails("test", "test/cleaner_test.rb"))
  end

  def test_cleaners_as_a_superuser
    skip "DatabaseCleaner is not installed" if Gem::Specification.find_all_by_name("database_cleaner").empty?
    write("test/cleaner_settings.rb", guide("test/test_helper.rb, with DatabaseCleaner"))
    prepare
    @role = "postgres"
    with_test_environment { rails("db:create", "db:schema:load") }
    assert_match(/4 runs, .* 0 failures, 0 errors/, rails("test", "test/cleaner_test.rb"))
  end
end

# What docs/adopting-in-rails.md shows, in its order.
class AdoptionTest < ApplicationTest
  TEMPLATE = <<~YAML
    name: order
    namespace_name: shop
    version: 1.1.0
    task_handler_class: OrderHandler
    step_templates:
      - name: charge
        handler_class: ChargeHandler
      - name: ship
        depends_on_step: charge
        handler_class: ShipHandler
  YAML
  # The engine's jobs.
  ENGINE = <<~RUBY
    module Tasker
      class TaskRunnerJob
        def self.perform_later(task_id)
          puts "job \#{task_id}"
        end
      end
    end
  RUBY

  def setup
    super
    create_extension
    files = GUIDE.scan(/^```ruby\n# ([^,\n]+)\n/).flatten
    files.each { |file| write(file, guide(file)) unless file.start_with?("db/", "config/initializers/") }
    write("config/tasker/tasks/order-1.1.0.yaml", TEMPLATE)
    write("config/initializers/engine.rb", ENGINE)
  end

  # The commands of the guide.
  def follow
    commands = GUIDE.scan(/^```sh\n(.*?)^```/m).flatten.flat_map(&:lines).map(&:split)
    assert_equal 4, commands.size
    commands.each { |command, *arguments| rails(*arguments) if command == "bin/rails" }
  end

  def test_guide
    follow
    rails("generate", "migration", "CreateCarts", "total:integer")
    rails("db:migrate")
    before = engine_rows
    work
    assert_equal before, engine_rows
    back_to_the_engine
    change_tables
    rails("db:rollback", "STEP=3")
    assert_empty sql("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
    assert_equal before, engine_rows
  end

  # The tasks of the engine that have not begun, have failed or are complete. Claims take back those of dead processes, and let steps
  # run again, as tasker_maintain() does.
  def engine_rows
    sql("SELECT task_id, md5(string_agg(concat(t, s, r), ' ' ORDER BY s.workflow_step_id, r.id)) FROM tasker_tasks AS t " \
        "JOIN tasker_workflow_steps AS s USING (task_id) LEFT JOIN tasker_workflow_step_transitions AS r USING (workflow_step_id) " \
        "WHERE task_id <= 4 OR task_id BETWEEN 12 AND 20 GROUP BY task_id ORDER BY task_id")
  end

  def work
    rails("runner", "lib/register.rb")
    rails("runner", "lib/order.rb")
    worker = spawn(environment, RbConfig.ruby, "bin/rails", "runner", "lib/worker.rb", chdir: folder, err: File::NULL)
    becomes("the order is complete") { states("order") == ["complete"] }
    Process.kill("TERM", worker)
    assert_predicate Process.wait2(worker)[1], :success?
    worker = nil
    found = "tasker_find_steps(task_name => 'order', namespace => 'shop')"
    assert_equal ['{"paid": 30}', '{"parcel": "30 EUR"}'],
                 sql("SELECT s.results FROM #{found} JOIN tasker_workflow_steps AS s USING (workflow_step_id)")
  ensure
    Process.kill("KILL", worker) if worker
  end

  def states(name)
    sql("SELECT current_state FROM tasker_find_tasks(task_name => '#{name}', namespace => 'shop') ORDER BY task_id")
  end

  # With tasks that have not begun, that run, and that wait for a retry.
  def back_to_the_engine
    3.times { rails("runner", "lib/order.rb") }
    token = nil
    2.times do |number|
      step, token = sql("SELECT workflow_step_id, claim_token FROM tasker_claim_steps('worker', namespaces => '{shop}')").first.split("|")
      sql("SELECT FROM tasker_fail_step(#{step}, '\"no\"', claim_token => '#{token}')") if number.zero?
      @running = step
    end
    assert_equal %w[complete in_progress in_progress pending], states("order")
    assert_includes rails("runner", "lib/back_to_the_engine.rb", ends: false), "workers still run"
    sql("SELECT FROM tasker_complete_step(#{@running}, '{}', '#{token}')")
    jobs = rails("runner", "lib/back_to_the_engine.rb").scan(/^job (\d+)$/).flatten
    assert_equal %w[complete pending pending pending], states("order")
    assert_equal sql("SELECT task_id FROM tasker_find_tasks(states => '{pending}', namespace => 'shop')"), jobs
    # What the engine starts.
    ready = jobs.flat_map { |id| sql("SELECT name, current_state FROM get_step_readiness_status(#{id}) WHERE ready_for_execution") }
    assert_equal %w[charge|pending ship|pending charge|pending], ready
  end

  def change_tables
    file = "db/migrate/20260101000000_change_tasker_tables.rb"
    write(file, guide(file).sub(/Migration\[.*?\]/, "Migration[#{ActiveRecord::Migration.current_version}]"))
    rails("db:migrate")
    changed = %w[tasker_dependent_systems.description tasker_named_steps.name].map { |column| "column_differs|column public.#{column}" }
    assert_equal changed, problems
    assert_empty sql("SELECT object FROM tasker_doctor() WHERE severity = 'error'")
    sql("SELECT FROM tasker_create_task('order', '{}', 'shop')")
    assert_equal ["charge"], sql("SELECT step_name FROM tasker_claim_steps('worker', namespaces => '{shop}')").uniq
    rails("db:migrate:down", "VERSION=20260101000000")
    assert_equal changed.last(1), problems
  end
end
