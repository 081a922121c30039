# frozen_string_literal: true

require "socket"
require "support"

module Tasker
  # An error of the engine, as an application with the engine has it.
  class PermanentError < StandardError
    attr_reader :error_code, :context

    def initialize(message = nil, error_code: nil, context: nil)
      super(message)
      @error_code = error_code
      @context = context
    end
  end
end
require "tasker_core/engine_errors"

# What handlers return, raise and get; how they are found.
class HandlerTest < ServerTest
  class Doubled < TaskerCore::StepHandler
    def process(task, _sequence, _step)
      task.context["n"]
    end

    def process_results(_step, output, initial)
      { doubled: output * 2, initial: initial }
    end
  end

  # As a handler of the engine: what process_results returns does not count.
  class FromTheEngine < TaskerCore::StepHandler
    def process(task, sequence, step)
      { sum: sequence.find_step_by_name("first").results["doubled"] + task.context["n"], url: config["url"], name: step.name }
    end

    def process_results(step, output, _initial_results)
      step.results = { data: output }
      "logged"
    end
  end

  class Remembers < TaskerCore::StepHandler
    def process(_task, _sequence, step)
      step.results = { mine: true } if step.name == "sets"
      step.results["seen"] = 1 if step.name == "changes"
      "output"
    end

    # As the engine's handlers do: what is stored is that of the default.
    def process_results(step, output, initial)
      super
      nil
    end
  end

  # Without a configuration, as in the engine.
  class Plain < TaskerCore::StepHandler
    def initialize # rubocop:disable Lint/MissingSuper
      @config = { "plain" => true }
    end

    def process(_task, _sequence, _step)
      config
    end
  end

  def run_steps(task)
    TaskerCore::Testing.drain(database, handlers, task_id: task)
    client.step_results(task)
  end

  def test_classes
    register("first", { name: "second", depends_on_step: "first", handler_class: "Shop::Second", handler_config: { url: "/x" } }, "plain")
    handlers.register("first", Doubled).register("plain", Plain)
    handlers.register(FromTheEngine, handler_class: "Shop::Second")
    found = run_steps(create({ n: 4 }))
    assert_equal({ "doubled" => 8, "initial" => {} }, found["first"])
    assert_equal({ "data" => { "sum" => 12, "url" => "/x", "name" => "second" } }, found["second"])
    assert_equal({ "plain" => true }, found["plain"])
  end

  # The default stores what process has set, or changed in place; otherwise the output.
  def test_results_that_process_sets
    register("sets", "changes", "returns")
    %w[sets changes returns].each { |name| handlers.register(name, Remembers) }
    assert_equal({ "sets" => { "mine" => true }, "changes" => { "seen" => 1 }, "returns" => "output" }, run_steps(create))
  end

  # At the time of the definition, and if a module brings another.
  def test_handle_is_final
    error = assert_raises(TypeError) do
      Class.new(TaskerCore::StepHandler) do
        def handle(*); end
      end
    end
    assert_includes error.message, "final"
    register("one")
    sneaky = Class.new(TaskerCore::StepHandler) do
      prepend(Module.new { def handle(*) = "mine" })
      def process(*) = "process"
    end
    handlers.register("one", sneaky)
    assert_equal({ "one" => "process" }, run_steps(create))
  end

  def test_process_is_missing
    register({ name: "one", default_retry_limit: 1 })
    handlers.register("one", Class.new(TaskerCore::StepHandler))
    assert_equal "NotImplementedError", run_steps(create)["one"]["error_class"]
  end

  def claim(**members)
    TaskerCore::Claim.new(namespace: "shop", task_name: "order", step_name: "ship", **members)
  end

  def test_which_handler
    exact, of_task, of_namespace, any, by_class = Array.new(5) { -> {} }
    handlers.register("ship", any).register("ship", of_namespace, namespace: "shop")
    assert_same of_namespace, handlers.find(claim)
    handlers.register("ship", of_task, task: "order")
    assert_same of_task, handlers.find(claim)
    handlers.register("ship", exact, task: "order", namespace: "shop")
    assert_same exact, handlers.find(claim)
    assert_equal ["ship"], handlers.step_names
    handlers.register(by_class, handler_class: "Ship")
    assert_nil handlers.step_names
    assert_same by_class, handlers.find(claim(handler_class: "Ship"))
    assert_same exact, handlers.find(claim(handler_class: "Unknown"))
    assert_same any, handlers.find(claim(namespace: "other", task_name: "other"))
    assert_raises(TaskerCore::HandlerMissing) { handlers.find(claim(step_name: "other")) }
  end

  def test_registrations_that_are_refused
    handlers.register("ship", Doubled)
    [
      -> { handlers.register("ship", Doubled) }, -> { handlers.register("other") }, -> { handlers.register("other", String) },
      -> { handlers.register(Doubled) }, -> { handlers.register("other", Doubled, handler_class: "Both") }
    ].each { |call| assert_raises(ArgumentError) { call.call } }
    assert_same Doubled, handlers.register(handler_class: Doubled).find(claim(handler_class: "HandlerTest::Doubled", step_name: "x"))
  end

  # Also those of an application with the engine.
  def test_errors
    wait_until = Time.now + 1800
    context = { "n" => 1, "time" => Time.at(0).utc }
    raised = {
      "engine" => Tasker::PermanentError.new("of the engine", error_code: "E", context: { "a" => 1 }),
      "alias" => Tasker::RetryableError.new("busy", retry_after: wait_until, context: context),
      "odd" => TaskerCore::PermanentError.new("odd", context: { object: Object.new }, error_category: "x"),
      "empty" => Class.new(StandardError).new(""),
      "bytes" => RuntimeError.new("\xFF\0".b)
    }
    register(*raised.keys)
    raised.each { |name, error| handlers.register(name) { raise error } }
    task = create
    found = run_steps(task)
    steps = client.find_steps(task_id: task).to_h { |step| [step.step_name, step] }
    assert_equal ["of the engine", "Tasker::PermanentError", "E", { "a" => 1 }],
                 found["engine"].values_at("error", "error_class", "error_code", "error_context")
    assert_equal %w[engine odd], client.dead_letters(namespace: namespace).map(&:step_name).sort
    assert_operator steps["alias"].next_eligible_at, :>, wait_until - 60
    assert_equal({ "n" => 1, "time" => "1970-01-01T00:00:00.000000Z" }, found["alias"]["error_context"])
    assert_includes found["odd"]["error_context"], "#<Object"
    assert_equal "anonymous class", found["empty"]["error"]
    assert_equal '\xff\u0000', found["bytes"]["error"]
    assert_includes found["engine"]["backtrace"].first, "test_handlers.rb"
  end

  def test_documents
    documents = TaskerCore::Documents
    value = { a: :b, 1 => BigDecimal("1.50"), "t" => Time.at(0).utc, d: Date.new(2030, 1, 31), s: Set[1], st: Struct.new(:x).new(2**70) }
    assert_equal(
      { "a" => "b", "1" => "1.5", "t" => "1970-01-01T00:00:00.000000Z", "d" => "2030-01-31", "s" => [1], "st" => { "x" => 2**70 } },
      documents.load(documents.dump(value))
    )
    assert_equal "\"é\"", documents.dump("\xE9".dup.force_encoding("ISO-8859-1"))
    ["a\0b", "\xFF", Float::INFINITY, { "\0" => 1 }, ["\xED\xA0\x80"]].each do |bad|
      assert_raises(ArgumentError, bad.inspect) { documents.dump(bad) }
    end
    [Object.new, Object, -> {}].each { |bad| assert_raises(TypeError) { documents.dump(bad) } }
    endless = []
    assert_raises(ArgumentError) { documents.dump(2000.times.reduce(endless) { |inner, _| [inner] }) }
  end

  def test_waits_of_retryable_errors
    texts = { nil => nil, "soon" => "soon", 0.2 => "1", 90 => "90", -5 => "0", Time.at(0) => "Thu, 01 Jan 1970 00:00:00 GMT" }
    found = texts.to_h { |value, _| [value, TaskerCore::Execution.retry_after(value)] }
    assert_equal texts, found
  end
end

# HTTP services, with a server in this process.
class ApiHandlerTest < ServerTest
  class Reserve < TaskerCore::ApiHandler
    def process(task, _sequence, _step)
      request(:post, "reservations?a=1", params: { b: "é" }, json: { cart: task.context["cart"] }, headers: { "X-One": "1" })
    end
  end

  # Answers each request with one of the answers, and keeps the requests.
  def serve(*answers)
    server = TCPServer.new("127.0.0.1", 0)
    requests = []
    thread = Thread.new do
      answers.each do |answer|
        socket = server.accept
        head = +""
        head << socket.gets until head.end_with?("\r\n\r\n")
        requests << [head, socket.read(head[/^content-length: (\d+)/i, 1].to_i)]
        socket.write(answer)
        socket.close
      end
    end
    cleanup do
      thread.kill
      server.close
    end
    [server.local_address.ip_port, requests]
  end

  def answer(status, body, headers = "")
    "HTTP/1.1 #{status} X\r\nContent-Length: #{body.bytesize}\r\n#{headers}Connection: close\r\n\r\n#{body}"
  end

  def reserve(config)
    handler = Reserve.new(config: config)
    task = TaskerCore::Task.new(TaskerCore::Claim.new(context: '{"cart": 7}'), database)
    handler.results_of_output(handler.process(task, nil, nil))
  end

  def test_a_request
    port, requests = serve(answer(201, '{"id": "é"}'), answer(200, "plain \xFF"))
    config = { "url" => "http://127.0.0.1:#{port}/v1/", "params" => { "key" => "k" }, "headers" => { "Authorization" => "token" } }
    assert_equal({ "id" => "é" }, reserve(config))
    head, body = requests.first
    assert_includes head, "POST /v1/reservations?a=1&key=k&b=%C3%A9 HTTP/1.1"
    assert_includes head, "Authorization: token"
    assert_match(/^x-one: 1/i, head)
    assert_match(%r{^content-type: application/json}i, head)
    assert_equal '{"cart":7}', body
    assert_equal "plain \uFFFD", reserve(config)
  end

  def test_failures
    answers = [answer(302, "", "Location: /other\r\n"), answer(503, "busy", "Retry-After: 90\r\n"), answer(404, "none\0")]
    port, = serve(*answers, "nonsense\r\n\r\n")
    config = { "url" => "http://127.0.0.1:#{port}/", "timeout_seconds" => 60 }
    redirected = assert_raises(TaskerCore::RetryableError) { reserve(config) }
    busy = assert_raises(TaskerCore::RetryableError) { reserve(config) }
    missing = assert_raises(TaskerCore::PermanentError) { reserve(config) }
    assert_equal [nil, "HTTP_302", "90", "HTTP_404"], [redirected.retry_after, redirected.error_code, busy.retry_after, missing.error_code]
    assert_equal({ "response_status" => 404, "response_body" => "none\uFFFD" }, missing.context)
    assert_raises(TaskerCore::RetryableError) { reserve(config) }
    free = TCPServer.open("127.0.0.1", 0) { |server| server.local_address.ip_port }
    assert_raises(TaskerCore::RetryableError) { reserve({ "url" => "http://127.0.0.1:#{free}/" }) }
    ["", "ftp://example.com/", "http://", "no url at all"].each do |url|
      assert_raises(TaskerCore::PermanentError, url) { reserve({ "url" => url }) }
    end
  end
end
