# frozen_string_literal: true

require "stringio"
require "support"

# Counts calls.
class Counts < TaskerCore::Metrics
  attr_reader :ended, :lost, :reported_steps, :claims, :reconnections

  def initialize
    super
    @ended, @lost, @claims = [], [], []
    @reported_steps = @reconnections = 0
  end

  def claimed(steps, _seconds)
    @claims << steps
  end

  def step_ended(claim, outcome, _seconds)
    @ended << [claim.step_name, outcome]
  end

  def reported(steps, _seconds)
    @reported_steps += steps
  end

  def lease_ended(_claim, reason)
    @lost << reason
  end

  def reconnected
    @reconnections += 1
  end
end

# A worker in a thread: leases, lost connections, pools.
class WorkerTest < ServerTest
  TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'"

  def worker(database: self.database, handlers: self.handlers, **options)
    TaskerCore::Worker.new(database, handlers, filters: { namespaces: [namespace] }, **{ lease: 60, **options })
  end

  def all_complete?(*tasks)
    tasks.all? { |task| state(task) == "complete" }
  rescue TaskerCore::ConnectionLost
    false
  end

  # Each of three handlers waits for the other two.
  def test_threads_run_at_once
    arrived = Thread::Queue.new
    register("a", "b", "c")
    %w[a b c].each { |name| handlers.register(name) { meet(arrived << name) } }
    task = create
    running(worker(concurrency: 3)) { becomes("complete") { all_complete?(task) } }
  end

  def meet(arrived)
    becomes("all are here") { arrived.size == 3 }
  end

  # Without filters, a worker claims the steps that its handlers can execute.
  def test_filters
    name = "known_#{namespace}"
    register(name, "unknown")
    handlers.register(name) { 1 }
    task = create
    running(TaskerCore::Worker.new(database, handlers)) { becomes("complete") { step_states(task)[name] == "complete" } }
    assert_equal "pending", step_states(task)["unknown"]
    assert_empty history(step_id(task, "unknown"))
  end

  def test_a_stuck_handler_gives_up_its_thread
    held = Thread::Queue.new
    cleanup { held.close }
    [1, 5].each do |batch_size|
      register({ name: "stuck", timeout_seconds: 1 }, name: "order_#{batch_size}")
      stuck = TaskerCore::Handlers.new
      stuck.register("stuck") do |_, _, step|
        held.pop if step.attempt == 1
        step.attempt
      end
      task = create(name: "order_#{batch_size}")
      running(worker(handlers: stuck, grace: 0.1, shutdown_timeout: 1, batch_size: batch_size)) do |worker|
        becomes("complete") { all_complete?(task) }
        assert_equal 1, worker.stuck
      end
      assert_equal({ "stuck" => 2 }, client.step_results(task))
    end
  end

  def test_too_many_stuck_handlers_end_the_worker
    held = Thread::Queue.new
    cleanup { held.close }
    register({ name: "stuck", timeout_seconds: 1, default_retry_limit: 1 })
    handlers.register("stuck") { held.pop }
    create
    assert_raises(TaskerCore::TooManyStuck) do
      worker(grace: 0.1, shutdown_timeout: 1, most_stuck: 1).run(handle_signals: false)
    end
  end

  def test_sleep_and_callbacks_end_with_the_lease
    reasons = Thread::Queue.new
    register("long")
    handlers.register("long") do |task, _, step|
      step.on_stop { raise "of the application" }
      step.on_stop { |reason| reasons << reason }
      client.cancel_task(task.task_id)
      step.sleep(600)
    rescue TaskerCore::StepStopped => e
      step.on_stop { |reason| reasons << "late #{reason}" }
      reasons << "raised #{e.reason}"
      raise
    end
    task = create
    counts = Counts.new
    running(worker(lease: 1, metrics: counts)) { becomes("stopped") { counts.ended.any? && reasons.size == 3 } }
    assert_equal ["cancelled", "late cancelled", "raised cancelled"], Array.new(3) { reasons.pop }.sort
    assert_equal [[%w[long abandoned]], ["cancelled"]], [counts.ended, counts.lost]
    assert_equal({ "long" => "cancelled" }, step_states(task))
  end

  # All connections end while a handler runs: the worker reports on another one.
  def test_lost_connections
    register("first", { name: "second", depends_on_step: "first" })
    %w[first second].each do |name|
      handlers.register(name) do |_, _, step|
        superuser(TERMINATE)
        step.attempt
      end
    end
    [1, 4].each do |batch_size|
      tasks = nil
      running(worker(concurrency: 2, batch_size: batch_size)) do
        tasks = Array.new(2) { create }
        becomes("complete") { all_complete?(*tasks) }
      end
      tasks.each { |task| assert_equal({ "first" => 1, "second" => 1 }, client.step_results(task)) }
    end
  end

  # The connection of a claim that waits ends: the worker claims on another one.
  def test_a_lost_claim
    register("first")
    handlers.register("first") { 1 }
    counts = Counts.new
    name = "claims #{namespace}"
    waiting = "SELECT FROM pg_stat_activity WHERE usename = 'app' AND query LIKE $1 AND state = 'active'"
    running(worker(metrics: counts, name: name, wait: 3600)) do
      becomes("it waits") { superuser(waiting, ["%#{name}%"]).any? }
      superuser(TERMINATE)
      becomes("it has noticed") { counts.reconnections.positive? }
      task = create
      becomes("complete") { all_complete?(task) }
    end
  end

  # A completion that PostgreSQL ends with 55P03 is repeated, and does not become a failure.
  def test_a_failure_that_passes
    register("one")
    task = create
    claim = TaskerCore::Claim.from_row(database.call("tasker_claim_steps", "w", namespaces: [namespace]).first)
    outcome = TaskerCore::Outcome.new(kind: :completed, results: "1")
    impatient = app_database(reconnect_for: 60)
    cleanup { impatient.close }
    impatient.settings["lock_timeout"] = "10ms"
    holder = PG.connect(user: "app", options: "-c search_path=#{SCHEMA}")
    cleanup { holder.close }
    holder.exec("BEGIN")
    holder.exec_params("SELECT FROM tasker_workflow_steps WHERE task_id = $1 FOR UPDATE", [task])
    tries = Thread::Queue.new
    reporting = Thread.new { TaskerCore::Execution.report(claim, outcome, impatient) { (tries << true).nil? } }
    tries.pop
    assert_equal({ "one" => "in_progress" }, step_states(task))
    holder.exec("COMMIT")
    refute reporting.value
    assert_equal({ "one" => "complete" }, step_states(task))
  end

  # A claim waits longer than the limit that its role has for statements.
  def test_a_limit_for_statements
    limited = TaskerCore::Database.new("user=app options='-c statement_timeout=300'", schema: SCHEMA)
    cleanup { limited.close }
    waits = "SELECT FROM pg_stat_activity WHERE query LIKE $1 AND state = 'active' AND usename = 'app' " \
            "AND clock_timestamp() - query_start > '1 s'"
    running(worker(database: limited, name: "limited #{namespace}")) do
      becomes("it waits") { superuser(waits, ["%limited #{namespace}%"]).any? }
    end
  end

  # An error without a message.
  class Odd < StandardError
    def message
      raise ArgumentError, "no text"
    end
  end

  # Hooks that fail.
  class Wrong < TaskerCore::Metrics
    def step_ended(*)
      raise ArgumentError, "no metrics"
    end

    def lease_ended(*)
      raise ArgumentError, "no metrics"
    end
  end

  # They end neither the threads nor the heartbeats.
  def test_what_cannot_be_described
    steps = {
      "odd" => -> { raise Odd }, "endless" => -> { raise TaskerCore::RetryableError.new("never", retry_after: Float::INFINITY) },
      "early" => -> { raise TaskerCore::PostponeStep.new("no", run_after: -1) }
    }
    register(*steps.keys.push("cancelled", "long").map { |name| { name: name, default_retry_limit: 1 } })
    steps.each { |name, body| handlers.register(name) { body.call } }
    handlers.register("cancelled") do |_, _, step|
      client.cancel_step(step.workflow_step_id)
      becomes("stopped") { step.stopped? }
    end
    handlers.register("long") do |_, _, step|
      becomes("heartbeats go on") { client.explain_step(step.workflow_step_id)["lease"]["heartbeat_at"] }
    end
    task = create
    running(worker(lease: 1, metrics: Wrong.new)) { becomes("all have ended") { step_states(task)["long"] == "complete" } }
    wanted = { "odd" => "error", "endless" => "error", "early" => "error", "cancelled" => "cancelled", "long" => "complete" }
    assert_equal wanted, step_states(task)
    assert_equal "InvalidArgument", client.step_results(task)["early"]["error_class"]
  end

  # Remembers heartbeats, and says that each lease goes on for an hour.
  class Remembers < TaskerCore::Database
    attr_reader :beats

    def call(_function, tokens)
      (@beats ||= []).concat(tokens)
      now = Time.now
      tokens.map { |token| { claim_token: token, status: "held", lease_until: now + 3600, server_time: now } }
    end
  end

  # Heartbeats come in time, whichever lease the thread sleeps for, and if that one is gone by then.
  def test_a_short_lease_after_a_long_one
    remembers = Remembers.new
    heartbeats = TaskerCore::Heartbeats.new(remembers)
    now = Time.now
    long, short, gone, later = { "long" => 3600, "short" => 0.2, "gone" => 0.4, "later" => 1 }.map do |token, seconds|
      TaskerCore::Claim.new(claim_token: token, lease_until: now + seconds, server_time: now)
    end
    heartbeats.add(long)
    sleep(0.2)
    heartbeats.add(short)
    becomes("the short one") { remembers.beats&.include?("short") }
    sleep(0.2)
    heartbeats.add(gone)
    heartbeats.remove(gone)
    heartbeats.add(later)
    becomes("the later one") { remembers.beats.include?("later") }
    assert_equal %w[short later], remembers.beats
  ensure
    heartbeats.close
  end

  # Workers that stop at any moment leave no step behind: each runs once, and no lease has to expire.
  def test_many_shutdowns
    register("first", { name: "second", depends_on_step: "first" })
    runs = Thread::Queue.new
    %w[first second].each { |name| handlers.register(name) { |_, _, step| runs.push(step.workflow_step_id) && nil } }
    tasks = Array.new(40) { create }
    number = 0
    until all_complete?(*tasks)
      options = { batch_size: [1, 2, 10][number % 3], concurrency: [1, 4][number % 2], name: number.to_s }
      running(worker(lease: 3600, **options)) { sleep(rand(0.0..0.2)) }
      number += 1
    end
    ids = Array.new(runs.size) { runs.pop }
    assert_equal [80, 80], [ids.size, ids.uniq.size]
    steps = client.find_steps(namespace: namespace, max_rows: 1000).map { |step| [step.current_state, step.attempts] }
    assert_equal [["complete", 1]] * 80, steps
  end

  def test_a_worker_runs_once
    once = worker
    once.stop
    once.run(handle_signals: false)
    assert_raises(TaskerCore::Error) { once.run(handle_signals: false) }
  end

  # The database completes the step, and the answer does not arrive: the repeated call changes nothing.
  def test_an_answer_that_is_lost
    register("one", "two", "three")
    task = create
    claims = database.call("tasker_claim_steps", "w", max_rows: 3, namespaces: [namespace]).map { |row| TaskerCore::Claim.from_row(row) }
    losing = LosingDatabase.new("user=app", schema: SCHEMA)
    cleanup { losing.close }
    losing.extension_schema
    outcomes = {
      "one" => TaskerCore::Outcome.new(kind: :completed, results: '{"paid": true}'),
      "two" => TaskerCore::Outcome.new(kind: :failed, error: '{"message": "no"}'),
      "three" => TaskerCore::Outcome.new(kind: :released, reason: "later")
    }
    claims.each do |claim|
      losing.answers_to_lose = 1
      repeated = TaskerCore::Execution.report(claim, outcomes.fetch(claim.step_name), losing)
      assert_equal [0, claim.step_name != "three"], [losing.answers_to_lose, repeated]
    end
    assert_equal({ "one" => "complete", "two" => "error", "three" => "pending" }, step_states(task))
    assert_equal 2, history(step_id(task, "one")).size
  end

  # A worker that cannot reach the database can be stopped.
  def test_a_stop_without_a_database
    nowhere = TaskerCore::Database.new("host=/nonexistent")
    counts = Counts.new
    running(worker(database: nowhere, metrics: counts, shutdown_timeout: 3600)) { becomes("it tries") { counts.reconnections > 1 } }
    assert_empty counts.claims
  end

  def test_no_endless_repetition
    nowhere = TaskerCore::Database.new("host=/nonexistent", reconnect_for: 0.2)
    assert_raises(TaskerCore::ConnectionLost) { nowhere.call("tasker_maintain", repeat: true) }
  end

  def test_a_late_worker_changes_nothing
    register("long")
    task = create
    late = TaskerCore::Claim.from_row(database.call("tasker_claim_steps", "w", namespaces: [namespace]).first)
    database.call("tasker_release_step", late.workflow_step_id, late.claim_token)
    database.call("tasker_claim_steps", "other", namespaces: [namespace])
    assert_raises(TaskerCore::LeaseLost) do
      TaskerCore::Execution.report(late, TaskerCore::Outcome.new(kind: :completed, results: "1"), database)
    end
    assert_equal({ "long" => "in_progress" }, step_states(task))
  end

  # What JSON cannot hold, exits, and threads that end: each fails its step, and not the worker.
  def test_handlers_that_end_oddly
    odd = {
      "object" => [-> { Object.new }, "TypeError"], "nan" => [-> { Float::NAN }, "ArgumentError"],
      "bytes" => [-> { "\xFF" }, "ArgumentError"], "exit" => [-> { exit(3) }, "SystemExit"],
      "thread" => [-> { Thread.exit }, "ThreadError"], "throw" => [-> { throw :away }, "UncaughtThrowError"]
    }
    register(*odd.keys.map { |name| { name: name, default_retry_limit: 1 } })
    odd.each { |name, (body, _)| handlers.register(name) { body.call } }
    task = create
    running(worker) { becomes("the task ends") { state(task) == "error" } }
    found = client.step_results(task).transform_values { |results| results["error_class"] }
    assert_equal odd.transform_values(&:last), found
  end

  # A check of the application refuses the results: the step fails, and the worker goes on.
  def test_results_that_the_database_refuses
    superuser("ALTER TABLE tasker_workflow_steps ADD CONSTRAINT no_secrets CHECK (NOT results @> '{\"secret\": true}')")
    cleanup { superuser("ALTER TABLE tasker_workflow_steps DROP CONSTRAINT no_secrets") }
    register({ name: "bad", default_retry_limit: 1 }, { name: "good", depends_on_step: "first" }, "first")
    handlers.register("bad") { { secret: true } }
    handlers.register("first") { 1 }
    handlers.register("good") { 2 }
    [1, 10].each do |batch_size|
      task = create
      running(worker(batch_size: batch_size)) { becomes("the task ends") { state(task) == "error" } }
      assert_equal({ "bad" => "error", "good" => "complete", "first" => "complete" }, step_states(task))
      assert_equal "DatabaseError", client.dead_letters(namespace: namespace).last.error_class
    end
  end

  def test_a_role_without_rights
    superuser("DROP ROLE IF EXISTS guest")
    superuser("CREATE ROLE guest LOGIN")
    cleanup { superuser("DROP OWNED BY guest") }
    guest = TaskerCore::Database.new("user=guest", schema: "public")
    error = assert_raises(TaskerCore::DatabaseError) { worker(database: guest).run(handle_signals: false) }
    assert_equal "42P01", error.sqlstate
    superuser("GRANT USAGE ON SCHEMA tasker TO guest")
    guest = TaskerCore::Database.new("user=guest", schema: SCHEMA)
    assert_raises(TaskerCore::AccessDenied) { worker(database: guest).run(handle_signals: false) }
  end

  def test_metrics_and_logs
    register("good", { name: "bad", default_retry_limit: 1 })
    handlers.register("good") { 1 }
    handlers.register("bad") { raise TaskerCore::PermanentError, "no" }
    task = create
    counts = Counts.new
    written = StringIO.new
    before = TaskerCore.logger
    cleanup { TaskerCore.logger = before }
    TaskerCore.logger = Logger.new(written, formatter: TaskerCore::Logs::JsonFormatter.new)
    running(worker(metrics: counts)) { becomes("the task ends") { state(task) == "error" } }
    assert_equal [%w[bad failed], %w[good completed]], counts.ended.sort
    assert_equal [2, 2], [counts.reported_steps, counts.claims.sum]
    lines = written.string.lines.map { |line| JSON.parse(line) }
    ended = lines.find { |line| line["outcome"] == "completed" }
    assert_equal [task, "good", 1], ended.values_at("task_id", "step_name", "attempt")
    assert_includes lines.filter_map { |line| line["exception"] }.join, "PermanentError"
  end

  # Neither the search path nor a setting of a call stays in the session.
  def test_transactions_hold_no_state
    database.settings["tasker_core.default_lease"] = "7s"
    assert_empty database.call("tasker_claim_steps", "w", namespaces: ["nowhere"])
    database.connection do |connection|
      shown = %w[search_path tasker_core.default_lease].map { |name| connection.exec("SHOW #{name}").getvalue(0, 0) }
      assert_equal ['"$user", public', "5min"], shown
      assert_equal "0", connection.exec("SELECT count(*) FROM pg_prepared_statements").getvalue(0, 0)
    end
  end

  # A child opens connections of its own, and those of the parent live on.
  def test_after_a_fork
    mine = database.connection(&:backend_pid)
    reading, writing = IO.pipe
    child = fork do
      writing.puts(database.connection { |connection| connection.exec("SELECT pg_backend_pid()").getvalue(0, 0) })
      writing.close
      exit!(0)
    end
    writing.close
    refute_equal mine.to_s, reading.read.strip
    Process.wait(child)
    again = database.connection { |connection| connection.exec("SELECT pg_backend_pid()").getvalue(0, 0) }
    assert_equal mine.to_s, again
  end

  # In transaction mode: long poll, heartbeats, batches, and a shutdown that cancels a waiting claim.
  def test_behind_pgbouncer
    skip "PgBouncer is not installed" unless ENV["BOUNCER_PORT"]
    register("first", { name: "second", depends_on_step: "first" })
    # Longer than the lease.
    handlers.register("first") { |_, _, step| sleep(2) && step.attempt }
    handlers.register("second") { |_, _, step| step.attempt }
    pooled = TaskerCore::Database.new("port=#{ENV.fetch('BOUNCER_PORT')} user=app", schema: SCHEMA)
    cleanup { pooled.close }
    tasks = nil
    running(worker(database: pooled, lease: 1, concurrency: 2)) do
      running(worker(database: pooled, lease: 1, batch_size: 4)) do
        tasks = Array.new(6) { create }
        becomes("complete") { all_complete?(*tasks) }
      end
    end
    tasks.each { |task| assert_equal({ "first" => 1, "second" => 1 }, client.step_results(task)) }
  end
end
