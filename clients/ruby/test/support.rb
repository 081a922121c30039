# frozen_string_literal: true

require "minitest"
require "tasker_core"
require "tasker_core/testing"

TaskerCore.logger = Logger.new(nil)

# What the tests share. The server is that of PGHOST, PGPORT and PGDATABASE, with an installation in the schema "tasker". PGUSER
# is a superuser; the role "app" owns the installation, and its search path does not find it.
module Support
  SCHEMA = "tasker"
  FOLDER = File.expand_path("..", __dir__)
  REPOSITORY = File.expand_path("../..", FOLDER)
  TEMPLATES = File.join(REPOSITORY, "tests", "fixtures", "templates")

  module_function

  # As the role of an application.
  def app_database(**options)
    TaskerCore::Database.new("user=app", schema: SCHEMA, **options)
  end

  # Runs a statement as a superuser, with the installation in the search path. Returns the rows as arrays of texts.
  def superuser(statement, parameters = [])
    connection = PG.connect(options: "-c search_path=#{SCHEMA},public", client_encoding: "UTF8")
    connection.set_notice_processor { |_| nil }
    connection.exec_params(statement, parameters).values
  ensure
    connection&.close
  end

  # Waits until something is true; fails after a minute.
  def becomes(what, seconds: 60)
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
    until (found = yield)
      raise Minitest::Assertion, "#{what}: has not become true" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > deadline

      sleep(0.02)
    end
    found
  end

  # Runs a worker in a thread, and stops it.
  def running(worker)
    thread = Thread.new { worker.run(handle_signals: false) }
    thread.report_on_exception = false
    yield worker
  ensure
    worker.stop
    raise Minitest::Assertion, "the worker does not stop" unless thread.join(60)
  end
end

# Runs calls, and loses some of the answers with the connection.
class LosingDatabase < TaskerCore::Database
  attr_accessor :answers_to_lose

  private

  def run(connection, *)
    rows = super
    if answers_to_lose&.positive?
      self.answers_to_lose -= 1
      connection.close
      raise TaskerCore::ConnectionLost, "the connection was lost"
    end
    rows
  end
end

# A test with a database, a client, and a namespace of its own.
class ServerTest < Minitest::Test
  include Support

  attr_reader :database, :client, :namespace, :handlers

  def setup
    @cleanups = []
    @database = app_database
    @client = TaskerCore::Client.new(database)
    @namespace = "#{self.class}_#{name}_#{Process.pid}"
    @handlers = TaskerCore::Handlers.new
  end

  def teardown
    @cleanups.reverse_each(&:call)
    @database.close
  end

  def cleanup(&block)
    @cleanups << block
  end

  # Registers a template; a text is a step without parents.
  def register(*steps, name: "order", **more)
    list = steps.map { |step| step.is_a?(Hash) ? step : { name: step } }
    client.register_task({ name: name, namespace_name: namespace, step_templates: list, **more })
  end

  def create(context = {}, name: "order", **more)
    client.create_task(name, context, namespace: namespace, **more).task_id
  end

  def state(task_id)
    client.task(task_id).current_state
  end

  def step_states(task_id)
    client.find_steps(task_id: task_id).to_h { |step| [step.step_name, step.current_state] }
  end

  def step_id(task_id, name)
    client.find_steps(task_id: task_id, step_name: name).first.workflow_step_id
  end

  # The states of a step, in their order.
  def history(step_id)
    database.call("tasker_step_history", step_id).map { |row| row[:to_state] }
  end

  # Yields the database of a superuser with a clock.
  def with_clock(now = "2030-01-31T12:00:00Z")
    other = TaskerCore::Database.new("", schema: SCHEMA)
    TaskerCore::Testing::FakeClock.open(other, now) { |clock| yield other, clock }
  ensure
    other&.close
  end
end
