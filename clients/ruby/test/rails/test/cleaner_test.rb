# frozen_string_literal: true

require "test_helper"
require "database_cleaner"

# Each strategy of DatabaseCleaner leaves an installation that works, and no task.
class CleanerTest < ActiveSupport::TestCase
  self.use_transactional_tests = false
  CLIENT = TaskerCore::Client.new(TaskerCore::Database.active_record)

  def connection
    ActiveRecord::Base.connection
  end

  def clean
    2.times do
      DatabaseCleaner.start
      CLIENT.register_task({ name: "order", step_templates: [{ name: "charge" }] })
      assert_equal [CLIENT.create_task("order").task_id], CLIENT.find_tasks.map(&:task_id)
      DatabaseCleaner.clean
      yield if block_given?
      assert_equal [0, 0], (%w[tasker_tasks tasker_core_tasks].map { |table| connection.select_value("SELECT count(*) FROM #{table}") })
      assert_empty connection.select_rows("SELECT check_name, object FROM tasker_doctor() WHERE severity = 'error'")
    end
  end

  test "transaction" do
    DatabaseCleaner.strategy = :transaction
    clean
  end

  test "truncation" do
    load File.join(__dir__, "cleaner_settings.rb")
    clean { TaskerCore::TestDatabase.repair }
  end

  test "truncation of all tables" do
    DatabaseCleaner.strategy = :truncation
    clean { TaskerCore::TestDatabase.repair }
  end

  if ENV["SHOP_ROLE"] == "postgres"
    test "deletion" do
      DatabaseCleaner.strategy = :deletion, { except: TaskerCore::TestDatabase.side_tables }
      clean { TaskerCore::TestDatabase.repair }
    end
  end
end
