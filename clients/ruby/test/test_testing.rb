# frozen_string_literal: true

require "logger"
require "support"
require "tasker_core/queues/memory"
begin
  require "active_job"
  require "tasker_core/queues/active_job"
rescue LoadError
  # Then its test is skipped.
end

# Workflows without workers.
class DrainTest < ServerTest
  def drain(database = self.database, **options)
    TaskerCore::Testing.drain(database, handlers, **options)
  end

  def test_drain
    register("a", { name: "b", depends_on_step: "a" }, { name: "c", depends_on_step: "b" })
    %w[a b c].each { |name| handlers.register(name) { name } }
    task, other = create, create
    done = drain(task_id: task)
    assert_equal [["a", 1, :completed], ["b", 1, :completed], ["c", 1, :completed]], (done.map { |one| one.to_a.drop(1) })
    assert_equal %w[complete pending], [state(task), state(other)]
  end

  # Retries and waits pass at once.
  def test_the_clock
    wait = { name: "wait", depends_on_step: "flaky", wait: { seconds: 3600 } }
    register("flaky", wait, { name: "after", depends_on_step: "wait" })
    handlers.register("flaky") do |_, _, step|
      raise TaskerCore::RetryableError.new("busy", retry_after: 600) if step.attempt < 3

      step.attempt
    end
    handlers.register("after") { |_, sequence, _| sequence.parent_results.keys }
    used = nil
    with_clock do |other, clock|
      used = other
      @client = TaskerCore::Client.new(other)
      task = create
      assert_equal [:failed], drain(other, task_id: task).map(&:outcome)
      began = clock.now
      assert_equal %w[flaky flaky after], drain(other, task_id: task, clock: clock).map(&:step_name)
      assert_includes (4800..4900), clock.now - began
      assert_equal ["wait"], client.step_results(task)["after"]
    end
    assert_empty used.settings
  end

  def test_the_clock_needs_a_zone_and_a_task
    with_clock do |other, clock|
      assert_raises(ArgumentError) { clock.set("2030-01-31T12:00:00") }
      assert_raises(ArgumentError) { drain(other, clock: clock) }
    end
  end

  def test_a_missing_handler
    register("a")
    task = create
    assert_raises(TaskerCore::HandlerMissing) { drain(task_id: task) }
    assert_equal({ "a" => "pending" }, step_states(task))
  end

  def test_without_end
    register("a")
    add = ->(_, _, step) { step.add_steps([{ name: "a#{step.name}" }]) }
    (1..8).each { |length| handlers.register("a" * length, add) }
    assert_raises(RuntimeError) { drain(task_id: create, most: 5) }
  end

  def test_kit
    other = TaskerCore::Database.new("", schema: SCHEMA)
    cleanup { other.close }
    kit = TaskerCore::Testing::TestKit.new(other)
    task = kit.task("diamond", { order_id: 7 })
    step = client.find_steps(task_id: task).first
    kit.set_step(step.workflow_step_id, "error", attempts: 3, age: 3600)
    kit.set_task(task, "in_progress")
    assert_equal [task], client.dead_letters(namespace: "testkit").map(&:task_id)
    assert_equal "in_progress", state(task)
  end
end

# Jobs of other frameworks.
class QueueTest < ServerTest
  def prepare
    register("a", { name: "b", depends_on_step: "a" })
    handlers.register("a") { 1 }.register("b") { 2 }
    # The other tests leave tasks behind, which are due too.
    client.find_tasks(active: true, max_rows: 10_000).each { |task| client.cancel_task(task.task_id) }
    create
  end

  # A queue that is a block.
  def queue(&block)
    Object.new.tap { |made| made.define_singleton_method(:enqueue, &block) }
  end

  def orchestrator(queue, **options)
    TaskerCore::Orchestrator.new(database, queue, **options)
  end

  def test_memory
    task = prepare
    memory = TaskerCore::Queues::Memory.new(database, handlers)
    due = orchestrator(memory)
    assert_equal [1, 0], [due.enqueue_due, due.enqueue_due]
    assert_equal [[task, 1]], (memory.jobs.map { |job| [job.task_id, job.ready_steps] })
    assert_equal [["a", :completed], ["b", :completed]], memory.run
    assert_equal ["complete", 0], [state(task), due.enqueue_due]
  end

  # The task is due again at once.
  def test_a_queue_that_refuses
    task = prepare
    assert_raises(IOError) { orchestrator(queue { |_| raise IOError, "no broker" }, name: "o").enqueue_due }
    seen = []
    assert_equal 1, orchestrator(queue { |job| seen << job.task_id }, name: "o").enqueue_due
    assert_equal [task], seen
  end

  # It goes on after an error of the queue, and ends when it is told to.
  def test_the_loop
    task = prepare
    seen = []
    due = nil
    unsteady = queue do |job|
      seen << job.task_id
      raise IOError, "no broker" if seen.one?

      due.stop
    end
    due = orchestrator(unsteady, wait: 1)
    due.run
    assert_equal [task, task], seen
  end

  def test_finalization_by_the_job
    task = prepare
    database.call("tasker_set_config", "engine", { finalize: "manual" })
    cleanup { database.call("tasker_set_config", "engine", { finalize: "auto" }) }
    assert_equal 2, TaskerCore.run_task(database, handlers, task).size
    assert_equal "complete", state(task)
  end

  # With the adapter of ActiveJob that runs jobs in threads.
  def test_active_job
    skip "ActiveJob is not installed" unless defined?(ActiveJob)
    ActiveJob::Base.logger = Logger.new(nil)
    ActiveJob::Base.queue_adapter = :async
    task = prepare
    TaskerCore::Queues::ActiveJob.configure(database, handlers)
    due = orchestrator(TaskerCore::Queues::ActiveJob.new(queue: "workflows"))
    assert_equal 1, due.enqueue_due
    becomes("complete") { state(task) == "complete" }
    assert_equal "TaskerCore::Queues::ActiveJob::RunTask", TaskerCore::Queues::ActiveJob::RunTask.name
    ActiveJob::Base.queue_adapter.shutdown
  end
end

# A trace from the creation of a task to its steps.
class TracingTest < ServerTest
  TRACE = { "traceparent" => "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate" => "a=1" }.freeze

  # Takes the calls of the gem opentelemetry-api, which Debian does not have, and writes them down.
  module StandIn
    Status = Struct.new(:text) { singleton_class.alias_method(:error, :new) }
    Span = Struct.new(:name, :attributes, :kind, :parent, :errors, :status) do
      def record_exception(error)
        errors << error.class
      end
    end

    def self.calls
      @calls ||= []
    end

    def self.in_span(name, attributes:, kind:)
      calls << Span.new(name, attributes, kind, Thread.current[:stand_in], [])
      yield calls.last
    end

    def self.with_current(context)
      Thread.current[:stand_in] = context
      yield
    end

    def self.inject(carrier)
      carrier.update(TRACE)
    end

    def self.extract(carrier)
      carrier.fetch("traceparent")
    end

    def self.define
      library = Module.new
      library.define_singleton_method(:tracer_provider) { Struct.new(:tracer) { def tracer(*) = StandIn }.new }
      Object.const_set(:OpenTelemetry, library)
      library.const_set(:Internal, Module.new).const_set(:ProxyTracerProvider, Class.new)
      library.const_set(:Context, StandIn)
      trace = library.const_set(:Trace, Module.new)
      trace.const_set(:Status, Status)
      format = trace.const_set(:Propagation, Module.new).const_set(:TraceContext, Module.new)
      format.define_singleton_method(:text_map_propagator) { StandIn }
    end
  end

  def test_spans
    skip "OpenTelemetry is installed" if defined?(OpenTelemetry)
    register("good", { name: "bad", depends_on_step: "good", default_retry_limit: 1 })
    handlers.register("good") { 1 }
    handlers.register("bad") { raise ArgumentError, "no" }
    cleanup { Object.send(:remove_const, :OpenTelemetry) }
    StandIn.define
    task = create
    running(TaskerCore::Worker.new(database, handlers, filters: { namespaces: [namespace] }, lease: 60)) do
      becomes("the task ends") { state(task) == "error" }
    end
    good, bad = StandIn.calls
    assert_equal ["step good", :consumer, TRACE["traceparent"], []], good.to_h.values_at(:name, :kind, :parent, :errors)
    assert_equal [task, "good", 1], good.attributes.values_at("tasker.task_id", "tasker.step_name", "tasker.attempt")
    assert_equal ["step bad", [ArgumentError], "no"], [bad.name, bad.errors, bad.status.text]
  end

  def test_without_opentelemetry
    skip "OpenTelemetry is installed" if defined?(OpenTelemetry)
    assert_equal({}, TaskerCore::Tracing.current)
    register("a")
    seen = nil
    handlers.register("a") { |task, _, _| seen = task.trace_context }
    TaskerCore::Testing.drain(database, handlers, task_id: create({}, trace_context: TRACE))
    assert_equal TRACE, seen
  end
end

# In an application of Rails, each execution runs in its executor.
class RailsTest < ServerTest
  def test_the_executor
    skip "ActiveSupport is not installed" unless defined?(ActiveJob)
    skip "Rails is loaded" if defined?(Rails.application)
    require "active_support/executor"
    executor = Class.new(ActiveSupport::Executor)
    seen = []
    executor.to_run { seen << :begins }
    executor.to_complete { seen << :ends }
    # Some versions of ActiveRecord define the module.
    Object.const_set(:Rails, Module.new) unless defined?(Rails)
    cleanup { Rails.singleton_class.remove_method(:application) }
    Rails.define_singleton_method(:application) { Struct.new(:executor).new(executor) }
    register("a")
    handlers.register("a") { seen.push(:handler) && nil }
    TaskerCore::Testing.drain(database, handlers, task_id: create)
    assert_equal %i[begins handler ends], seen
  end
end
