# frozen_string_literal: true

require "test_helper"

# In each parallel database, with fixtures, and in a transaction that is rolled back. There are enough tests for both processes.
class CartTest < ActiveSupport::TestCase
  CLIENT = TaskerCore::Client.new(TaskerCore::Database.active_record)

  def errors
    condition = "severity = 'error' OR check_name ~ 'view'"
    ActiveRecord::Base.connection.select_rows("SELECT check_name, object FROM tasker_doctor() WHERE #{condition}")
  end

  8.times do |number|
    test "an order, #{number}" do
      assert_empty errors
      assert_empty Tasker::Task.all
      handlers = TaskerCore::Handlers.new
      handlers.register("charge") { |task, _sequence, _step| { total: Cart.find(task.context["cart"]).total } }
      CLIENT.register_task({ name: "order", step_templates: [{ name: "charge" }, { name: "ship", depends_on_step: "charge" }] })
      handlers.register("ship") { Process.pid }
      task = CLIENT.create_task("order", { cart: carts(:full).id })
      drained = TaskerCore::Testing.drain(CLIENT.instance_variable_get(:@database), handlers, task_id: task.task_id)
      assert_equal %i[completed completed], drained.map(&:outcome)
      assert_equal "complete", Tasker::Task.find(task.task_id).state
      note_database
    end
  end
end
