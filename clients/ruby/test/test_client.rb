# frozen_string_literal: true

require "tmpdir"
require "support"

# The API: create, find, explain, operate.
class ClientTest < ServerTest
  def test_create
    register("charge", { name: "ship", depends_on_step: "charge", skippable: true })
    start = Time.utc(2040, 1, 31, 12)
    options = { priority: 5, tags: ["a"], identity_key: "cart 7", start_at: start, reason: "é" }
    made = client.create_task("order", { n: 1 }, namespace: namespace, options: options)
    again = client.create_task("order", { n: 2 }, namespace: namespace, options: options)
    assert_equal [true, false, made.task_id], [made.created, again.created, again.task_id]
    task = client.task(made.task_id)
    assert_equal ["order", "pending", ["a"], "é"], [task.task_name, task.current_state, task.tags, task.reason]
    step = client.find_steps(task_id: made.task_id, step_name: "charge").first
    assert_equal [start, false], [step.next_eligible_at, step.ready]
    assert_nil client.task(10**12)
  end

  def test_create_many
    register("charge")
    trace = { "traceparent" => "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }
    requests = Array.new(3) { |n| { task_name: "order", namespace: namespace, context: { n: n } } }
    made = client.create_tasks(requests, trace_context: trace)
    assert_equal 3, made.map(&:task_id).uniq.size
    found = client.find_tasks(annotation_type: "trace_context", namespace: namespace)
    assert_equal made.map(&:task_id), found.map(&:task_id)
    assert_empty client.create_tasks([])
  end

  def test_errors
    assert_raises(TaskerCore::NotFound) { create }
    bad = { name: "x", step_templates: [{ name: "a", depends_on_step: "b" }] }
    error = assert_raises(TaskerCore::InvalidArgument) { client.register_task(bad) }
    assert_includes error.message, "$.step_templates"
    assert_equal "22023", error.sqlstate
    register("charge")
    task = create
    refused = assert_raises(TaskerCore::Refused) { client.retry_step(step_id(task, "charge")) }
    assert_equal "55000", refused.sqlstate
    assert_raises(TaskerCore::NotFound) { client.explain_task(10**12) }
    [Object.new, "a\0b", "\xFF", ["a\0"], [Object.new], { a: Object.new }].each do |value|
      assert_raises(TaskerCore::InvalidArgument, value.inspect) { client.find_tasks(namespace: value) }
    end
    assert_raises(TaskerCore::InvalidArgument) { create(Float::NAN) }
  end

  def test_a_statement_that_hides_in_a_value
    odd = "'; DROP TABLE tasker.tasker_tasks; -- \\' %s $1 {} \"\\\\"
    assert_empty client.find_tasks(namespace: odd)
    register("charge")
    task = create({ odd: odd }, options: { tags: [odd], initiator: odd })
    assert_equal [task], client.find_tasks(tag: odd, initiator: odd).map(&:task_id)
    row = database.call("tasker_claim_steps", odd, namespaces: [namespace, odd]).first
    assert_equal({ "odd" => odd }, JSON.parse(row[:context]))
    other = TaskerCore::Database.new("user=app options='-c standard_conforming_strings=off'", schema: SCHEMA)
    cleanup { other.close }
    assert_equal [task], TaskerCore::Client.new(other).find_tasks(tag: odd).map(&:task_id)
  end

  def fail_first(task)
    row = database.call("tasker_claim_steps", "w", task_id: task, max_rows: 1).first
    error = { message: "no", class: "Refused" }
    database.call("tasker_fail_step", row[:workflow_step_id], error, retryable: false, claim_token: row[:claim_token])
  end

  def test_operate_steps
    register("a", { name: "b", depends_on_step: "a" }, { name: "c", skippable: true })
    task = create
    a, b, c = %w[a b c].map { |name| step_id(task, name) }
    fail_first(task)
    letters = client.dead_letters(namespace: namespace)
    assert_equal [%w[a Refused no]], (letters.map { |one| [one.step_name, one.error_class, one.error] })
    assert_equal [[a, false]], (client.retry_many(namespace: namespace).map { |one| [one.workflow_step_id, one.done] })
    assert_equal "pending", client.reset_step(a, "again").state
    assert_equal "resolved_manually", client.resolve_step(a, { paid: 1 }, resolved_by: "Ann").state
    assert_equal "resolved_manually", client.skip_step(c, "not needed").state
    client.set_retry_limit(b, 9)
    assert_equal 9, client.find_steps(task_id: task, step_name: "b").first.retry_limit
    assert_includes client.explain_step(b)["summary"], "ready"
    assert_equal ["d"], client.add_steps(task, [{ name: "d", depends_on: "b", wait: { signal: "go" } }]).keys
    assert_equal [true, false], [client.signal(task, "go", { by: "Ann" }).is_new, client.signal(task, "go").is_new]
    assert_equal "cancelled", client.cancel_step(b).first.state
    assert_equal({ "paid" => 1 }, client.step_results(task)["a"])
    assert_includes client.task_timeline(task).map(&:actor), "Ann"
  end

  def test_operate_tasks
    register("a")
    task = create
    client.pause_task(task, "lunch")
    assert_equal "paused", client.explain_task(task)["waits"].first["kind"]
    client.resume_task(task)
    refute_includes client.explain_task(task)["waits"].to_s, "paused"
    client.pause_task(task)
    assert_equal [true], client.resume_many(task_id: task, dry_run: false).map(&:done)
    client.set_task_priority(task, 7)
    assert_equal 7, database.call("tasker_claim_steps", "w", task_id: task).first[:priority]
    assert_operator client.annotate_task(task, "ticket", { n: 7 }), :>, 0
    assert_equal task, client.find_tasks(annotation_type: "ticket", annotation_key: "n", namespace: namespace).first.task_id
    other = create
    assert_equal [true], client.cancel_many(task_id: other, dry_run: false).map(&:done)
    assert_equal "cancelled", state(other)
    third = create
    assert_equal ["cancelled"], client.cancel_task(third).map(&:state)
    assert_equal [false], client.pause_many(namespace: namespace, active: true).map(&:done)
    assert_empty client.resolve_many(namespace: namespace)
    client.delete_task(task, force: true)
    assert_nil client.task(task)
  end

  # The calls commit and roll back with the caller's statements, and leave the settings as they were.
  def test_a_transaction_of_the_caller
    register("charge")
    connection = PG.connect(user: "app", options: "-c search_path=elsewhere -c DateStyle=German")
    cleanup { connection.close }
    mine = client.using(connection)
    made, rolled_back = Array.new(2) do |number|
      connection.exec("BEGIN")
      task = mine.create_task("order", namespace: namespace, trace_context: { traceparent: "00-1" }).task_id
      shown = %w[search_path DateStyle].map { |name| connection.exec("SHOW #{name}").getvalue(0, 0) }
      assert_equal ["elsewhere", "German, DMY"], shown
      assert_nil client.task(task)
      connection.exec(%w[COMMIT ROLLBACK][number])
      task
    end
    assert_equal "pending", state(made)
    assert_nil client.task(rolled_back)
  end

  # If the answer is lost, the caller must know that the task may exist.
  def test_no_repetition_of_a_creation
    register("charge")
    losing = LosingDatabase.new("user=app", schema: SCHEMA)
    cleanup { losing.close }
    losing.extension_schema
    losing.answers_to_lose = 1
    assert_raises(TaskerCore::ConnectionLost) { TaskerCore::Client.new(losing).create_task("order", namespace: namespace) }
    assert_equal 1, client.find_tasks(namespace: namespace).size
  end

  def test_a_connection_that_ended_while_it_was_idle
    register("charge")
    superuser("SELECT pg_terminate_backend($1, 10000)", [database.connection(&:backend_pid)])
    assert_kind_of Integer, create
  end

  # A string, a URI, a hash and a proc; without a schema, the search path of the role counts.
  def test_connections
    path = { options: "-c search_path=#{SCHEMA}" }
    [
      TaskerCore::Database.new("user=app options='-c search_path=#{SCHEMA}'"),
      TaskerCore::Database.new("postgres://app@/#{ENV.fetch('PGDATABASE')}?options=-csearch_path%3D#{SCHEMA}"),
      TaskerCore::Database.new({ user: "app", **path }), TaskerCore::Database.new(-> { PG.connect(user: "app", **path) })
    ].each do |other|
      assert_empty other.call("tasker_find_tasks", namespace: namespace)
      other.close
      assert_raises(TaskerCore::ConnectionLost) { other.call("tasker_maintain", repeat: true) }
    end
    error = assert_raises(TaskerCore::Refused) { TaskerCore::Database.new("dbname=postgres").call("tasker_maintain") }
    assert_includes error.hint, "CREATE EXTENSION"
  end

  # Whatever the session says about the form of times and intervals.
  def test_the_types
    register("charge", { name: "wait", wait: { seconds: 90_000 } })
    styles = "-c DateStyle=German -c IntervalStyle=iso_8601 -c TimeZone=Asia/Kolkata"
    with_styles = TaskerCore::Database.new({ user: "app", options: styles }, schema: SCHEMA)
    cleanup { with_styles.close }
    task = create
    found = TaskerCore::Client.new(with_styles).task(task)
    assert_in_delta Time.now, found.created_at, 3600
    assert_kind_of Time, TaskerCore::Client.new(with_styles).task_timeline(task).first.at
    assert_equal 93_784.5, with_styles.execute("SELECT '1 day 02:03:04.5'::interval AS i").first[:i]
    row = with_styles.execute("SELECT true AS b, '{1,2}'::bigint[] AS a, '{\"x y\",NULL}'::text[] AS t, 1.5::float8 AS f, '{}'::jsonb AS j")
    assert_equal([{ b: true, a: [1, 2], t: ["x y", nil], f: 1.5, j: "{}" }], row)
    decoder = TaskerCore::Sql::IntervalDecoder.new
    intervals = { "-00:00:01.5" => -1.5, "1 mon" => 2_592_000.0, "-1 days +00:00:01" => -86_399.0 }
    intervals.each { |text, seconds| assert_equal seconds, decoder.decode(text) }
  end
end

# The engine's files.
class TemplateTest < ServerTest
  def load(path)
    TaskerCore::Templates.load(path)
  end

  # Anchors, merge keys and environments.
  def test_yaml
    file = File.join(TEMPLATES, "order.yaml")
    template = load(file)
    prices = template["step_templates"].find { |step| step["name"] == "fetch_prices" }
    assert_equal [15, "https://api.example.com/prices"], prices["handler_config"].values_at("timeout_seconds", "url")
    assert_equal({ "type" => "integer", "minimum" => 1 }, template["schema"]["properties"]["customer_id"])
    Dir[File.join(TEMPLATES, "*.yaml")].each { |one| assert_empty client.validate_template(load(one)), one }
    made = client.register_task(file)
    assert_equal ["shop", "shop/place_order", "1.4.0"], [made.namespace, made.task_name, made.version]
    refute client.register_task(file).changed
    assert client.register_task(file, environment: "test").changed
    stored = JSON.parse(database.value("tasker_template", "shop/place_order", "shop"))
    charge = stored["step_templates"].find { |step| step["name"] == "charge" }
    assert_equal [0, "sandbox"], charge.values_at("default_retry_limit", "dependent_system")
  end

  def with_file(name, text)
    Dir.mktmpdir do |folder|
      file = File.join(folder, name)
      File.write(file, text)
      yield file
    end
  end

  def test_dates_symbols_and_numbers_as_keys
    with_file("odd.yaml", "name: :odd\nsince: 2030-01-31\nlevels: {2: low, true: yes}\n") do |file|
      assert_equal({ "name" => "odd", "since" => "2030-01-31", "levels" => { "2" => "low", "true" => true } }, load(file))
    end
  end

  def test_other_files
    with_file("order.json", '{"name": "order"}') { |file| assert_equal({ "name" => "order" }, load(file)) }
    with_file("order.json", "[]") { |file| assert_raises(ArgumentError) { load(file) } }
    with_file("order.yaml", "--- !ruby/object:Object {}\n") { |file| assert_raises(Psych::DisallowedClass) { load(file) } }
  end
end
