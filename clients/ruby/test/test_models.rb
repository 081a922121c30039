# frozen_string_literal: true

require "support"
begin
  require "active_record"
  require "tasker_core/models"
rescue LoadError
  # Then these tests are skipped.
end

# The models describe the tables as they are, and calls use the pool of ActiveRecord.
class ModelsTest < ServerTest
  def setup
    super
    skip "ActiveRecord is not installed" unless defined?(ActiveRecord)
    self.class.prepare
  end

  def self.prepare
    @prepare ||= begin
      ActiveRecord::Base.establish_connection(adapter: "postgresql", database: ENV.fetch("PGDATABASE"), username: "app", pool: 8)
      defined = TaskerCore::Models.define(schema: Support::SCHEMA)
      raise "not defined" unless defined.size == 13

      true
    end
  end

  def an_order
    register({ name: "charge", default_retry_limit: 1 }, { name: "ship", depends_on_step: "charge" }, "mail")
    handlers.register("charge") { { paid: true } }
    handlers.register("mail") { raise TaskerCore::PermanentError, "no" }
    task = create({ cart: 7 }, options: { initiator: "checkout" })
    handlers.register("ship") { raise TaskerCore::PostponeStep.new("later", run_after: 3600) }
    TaskerCore::Testing.drain(database, handlers, task_id: task)
    task
  end

  # Each class has the columns of its table, and each association leads somewhere.
  def test_the_tables
    TaskerCore::Models::CLASSES.each_key do |name|
      model = Tasker.const_get(name)
      columns = superuser("SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0", [model.table_name]).flatten
      assert_equal columns.sort, model.column_names.sort
      model.reflect_on_all_associations.each { |one| model.joins(one.name).limit(1).to_a }
      model.limit(1).to_a
    end
    assert_empty TaskerCore::Models.define
  end

  def test_a_task
    id = an_order
    task = Tasker::Task.with_all_associated.find(id)
    assert_equal [{ "cart" => 7 }, "checkout", "order", namespace], [task.context, task.initiator, task.name, task.task_namespace.name]
    assert_equal [client.task(id).current_state] * 2, [task.state, task.status]
    assert_in_delta Time.now, task.created_at, 3600
    ship = task.get_step_by_name("ship")
    assert_equal %w[charge], ship.parents.map(&:name)
    assert_equal [ship], ship.parents.first.children.to_a
    assert_equal({ "paid" => true }, ship.parents.first.results)
    assert_equal [true, false, true, true], [ship.pending?, ship.root_step?, ship.leaf_step?, task.get_step_by_name("mail").in_error?]
    refute_predicate task, :all_steps_complete?
    assert_raises(ActiveRecord::ReadOnlyRecord) { task.update!(reason: "no") }
  end

  def test_scopes_of_tasks
    id = an_order
    other = create
    client.annotate_task(id, "ticket", { number: 7 })
    mine = Tasker::Task.in_namespace(namespace)
    hour = 3600
    found = {
      all: mine.with_task_name("order").with_version("0.1.0").created_since(Time.now - hour),
      by_annotation: mine.by_annotation("ticket", :number, 7),
      pending: mine.by_current_state("pending"),
      in_progress: mine.by_current_state(%w[in_progress error]),
      completed_since: mine.completed_since(Time.now - hour),
      later: mine.completed_since(Time.now + hour).or(mine.failed_since(Time.now + hour)),
      active: mine.active
    }.transform_values { |scope| scope.order(:task_id).pluck(:task_id) }
    wanted = {
      all: [id, other], by_annotation: [id], pending: [other], in_progress: [id], completed_since: [id], later: [], active: [id, other]
    }
    assert_equal wanted, found
    assert_equal 1, mine.unique_task_types_count
  end

  def test_scopes_of_steps
    id = an_order
    steps = Tasker::WorkflowStep.for_task(id)
    found = {
      completed: steps.completed, failed: steps.failed, pending: steps.pending, state: steps.by_current_state("complete"),
      completed_since: steps.completed_since(Time.now - 3600), failed_since: steps.failed_since(Time.now - 3600),
      later: steps.failed_since(Time.now + 3600), tasks: steps.for_tasks_since(Time.now + 3600)
    }.transform_values { |scope| scope.map(&:name) }
    wanted = {
      completed: %w[charge], failed: %w[mail], pending: %w[ship], state: %w[charge], completed_since: %w[charge],
      failed_since: %w[mail], later: [], tasks: []
    }
    assert_equal wanted, found
    stats = Tasker::WorkflowStep.task_completion_stats(id)
    assert_equal [3, 1, 1, 1, false], stats.values_at(:total, :completed, :failed, :pending, :all_complete)
    transitions = Tasker::WorkflowStepTransition.for_task(id)
    charge = step_id(id, "charge")
    assert_equal [charge], transitions.to_state("complete").pluck(:workflow_step_id)
    assert_equal "complete", transitions.where(workflow_step_id: charge).recent.first.to_state
    assert_equal charge, transitions.most_recent_to_state("complete").workflow_step_id
    assert_empty transitions.with_metadata_key("unknown")
    assert_equal 2, transitions.where(workflow_step_id: charge).in_time_range(Time.now - 3600, Time.now + 3600).count
    with_key = transitions.select { |one| one.metadata&.any? }.first
    key, value = with_key.metadata.first
    assert_includes transitions.with_metadata_key(key).with_metadata_value(key, value), with_key
  end

  # A task is created in the transaction of the application, or not at all; the search path stays as it was.
  def test_the_pool_and_transactions
    register("charge")
    pooled = TaskerCore::Database.active_record(schema: SCHEMA)
    other = TaskerCore::Client.new(pooled)
    made = kept = nil
    ActiveRecord::Base.transaction do
      trace = { "traceparent" => "00-1" }
      made = other.create_task("order", {}, namespace: namespace, trace_context: trace).task_id
      assert_equal '"$user", public', ActiveRecord::Base.connection.select_value("SHOW search_path")
      assert_nil client.task(made)
      raise ActiveRecord::Rollback
    end
    ActiveRecord::Base.transaction { kept = other.create_task("order", {}, namespace: namespace).task_id }
    assert_nil client.task(made)
    assert_equal "pending", state(kept)
  end

  # As in a test of an application: all of it is rolled back, also a step that fails.
  def test_drain_in_a_transaction
    register("charge", { name: "ship", depends_on_step: "charge" })
    handlers.register("charge") { Tasker::Task.in_namespace(namespace).count }
    handlers.register("ship") { raise TaskerCore::PermanentError, "no" }
    pooled = TaskerCore::Database.active_record(schema: SCHEMA)
    ActiveRecord::Base.transaction do
      task = TaskerCore::Client.new(pooled).create_task("order", {}, namespace: namespace).task_id
      done = TaskerCore::Testing.drain(pooled, handlers, task_id: task)
      assert_equal [["charge", :completed], ["ship", :failed]], (done.map { |one| [one.step_name, one.outcome] })
      assert_equal({ "charge" => 1 }, TaskerCore::Client.new(pooled).step_results(task).slice("charge"))
      raise ActiveRecord::Rollback
    end
    assert_empty client.find_tasks(namespace: namespace)
  end

  # Threads give their connections back, and those that break are replaced.
  def test_a_worker_with_the_pool
    register("charge")
    handlers.register("charge") { Tasker::Task.in_namespace(namespace).count }
    pooled = TaskerCore::Database.active_record(schema: SCHEMA)
    ActiveRecord::Base.connection_pool.release_connection
    busy = ActiveRecord::Base.connection_pool.stat[:busy]
    worker = TaskerCore::Worker.new(pooled, handlers, filters: { namespaces: [namespace] }, concurrency: 2, lease: 60)
    running(worker) do
      2.times do
        task = create
        becomes("complete") { state(task) == "complete" }
        superuser("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'app'")
        becomes("the test is connected again") { connected? }
      end
    end
    assert_operator ActiveRecord::Base.connection_pool.stat[:busy], :<=, busy + 1
  end

  # A connection that the thread has is made again, unless it has a transaction.
  def test_a_lost_connection_of_the_thread
    pooled = TaskerCore::Database.active_record(schema: SCHEMA, reconnect_for: 60)
    terminate = lambda {
      pid = ActiveRecord::Base.connection.select_value("SELECT pg_backend_pid()")
      superuser("SELECT pg_terminate_backend($1, 10000)", [pid])
    }
    terminate.call
    assert_empty pooled.call("tasker_find_tasks", namespace: namespace, repeat: true)
    assert_raises(TaskerCore::ConnectionLost, ActiveRecord::StatementInvalid) do
      ActiveRecord::Base.transaction do
        terminate.call
        pooled.call("tasker_find_tasks", namespace: namespace, repeat: true)
      end
    end
    ActiveRecord::Base.connection.reconnect!
    pooled.close
    assert_raises(TaskerCore::ConnectionLost) { pooled.call("tasker_maintain", repeat: true) }
  end

  def connected?
    client.find_tasks(namespace: namespace)
  rescue TaskerCore::ConnectionLost
    false
  end
end
