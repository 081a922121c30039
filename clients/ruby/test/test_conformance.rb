# frozen_string_literal: true

require "support"

# Runs the cases of clients/conformance/cases.json, which clients in all languages must pass.
class ConformanceTest < Minitest::Test
  include Support

  TABLE = JSON.parse(File.read(File.join(Support::REPOSITORY, "clients", "conformance", "cases.json"), encoding: "UTF-8"))
  ENDED = "SELECT count(*) = 0 FROM tasker_find_tasks(namespace => '{namespace}', active => true)"

  # The first value of a statement, as PostgreSQL writes it.
  def self.query(statement)
    connection = PG.connect(user: "app", options: "-c search_path=#{SCHEMA},public", client_encoding: "UTF8")
    connection.exec(statement).values.dig(0, 0)
  ensure
    connection&.close
  end

  def self.slug(name)
    name.gsub(/\W+/, "_")
  end

  def self.set_up_once
    @set_up_once ||= TABLE["setup"].each { |statement| query(statement) }
  end

  # A case that runs.
  class Run
    attr_accessor :task_id
    attr_reader :case, :namespace

    def initialize(table)
      @case = table
      @namespace = ConformanceTest.slug(table["name"])
      @executions = Hash.new(-1)
      @lock = Mutex.new
    end

    # Puts the values of this run into a text.
    def fill(text, **more)
      values = { case: @case["name"], namespace: @namespace, task_id: @task_id, **more }
      values.reduce(text) { |filled, (name, value)| filled.gsub("{#{name}}") { value.to_s } }
    end

    # The actions of the next execution of a step of this name; the last ones are repeated.
    def actions(step_name)
      number = @lock.synchronize { @executions[step_name] += 1 }
      executions = @case["steps"].fetch(step_name)
      executions[[number, executions.size - 1].min]
    end
  end

  # Does what the table says.
  class Handler < TaskerCore::ApiHandler
    include Support

    class << self
      attr_accessor :case_run
    end

    def process(task, sequence, step)
      @about = [task, sequence, step]
      self.class.case_run.actions(step.name).map { |action| send(:"do_#{action.keys.first}", action.values.first) }.last
    end

    def process_results(step, output, initial)
      if @later
        step.results = @later
        return "not stored"
      end
      @initial_member ? initial[@initial_member] : super
    end

    private

    def fill(text)
      task, _, step = @about
      self.class.case_run.fill(
        text, step_id: step.workflow_step_id, task_id: task.task_id, claim_token: step.claim_token, stop_reason: step.stop_reason
      )
    end

    def query(statement)
      ConformanceTest.query(fill(statement))
    end

    def do_return(value)
      value
    end

    def do_return_from(what)
      task, sequence, step = @about
      case what
      when "context" then task.context
      when "trace_context" then task.trace_context
      when "parent_results" then sequence.parent_results
      else step.public_send(what)
      end
    end

    def do_return_results_of(name)
      @about[1].results_of(name)
    end

    def do_return_text(text)
      text["letter"] * text["times"]
    end

    def do_return_initial(member)
      @initial_member = member
    end

    def do_set_results(results)
      @about[2].results = results
    end

    def do_set_results_later(results)
      @later = results
    end

    def do_return_sql(statement)
      JSON.parse(query(statement) || "null")
    end

    def do_fail(error)
      about = { error_code: error["error_code"] }
      case error["kind"]
      when "permanent" then raise TaskerCore::PermanentError.new(error["message"], **about)
      when "retryable" then raise TaskerCore::RetryableError.new(error["message"], retry_after: error["retry_after"], **about)
      else raise ArgumentError, error["message"]
      end
    end

    def do_http(answer)
      headers = answer["headers"].transform_keys(&:downcase)
      self.class.check_response(TaskerCore::Response.new(answer["status"], headers, answer["body"]))
    end

    def do_postpone(wait)
      raise TaskerCore::PostponeStep.new(wait["reason"], run_after: wait["seconds"])
    end

    def do_sql(statement)
      query(statement)
      nil
    end

    def do_wait_for(statement)
      becomes(statement) { query(statement) == "t" }
    end

    def do_wait_until_stopped(_)
      becomes("the step is stopped") { @about[2].stopped? }
    end

    def do_note(note)
      name, text = [self.class.case_run.case["name"], fill(note)].map { |value| TaskerCore::Sql.quote(value) }
      query("INSERT INTO conformance_notes (case_name, note) VALUES (#{name}, #{text})")
    end

    def do_progress(progress)
      @about[2].report_progress(progress)
    end

    def do_add_steps(steps)
      @about[2].add_steps(steps)
    end
  end

  def run_case(table)
    self.class.set_up_once
    run = Run.new(table)
    database = app_database
    database.settings.update(table["session"] || {})
    first = prepare(run, TaskerCore::Client.new(database))
    wanted = run.fill(table["until"] || ENDED, step_id: first)
    options = { lease: 60, **(table["worker"] || {}).transform_keys(&:to_sym) }
    worker = TaskerCore::Worker.new(database, handlers(run), filters: { namespaces: [run.namespace] }, **options)
    running(worker) { becomes(wanted) { self.class.query(wanted) == "t" } }
    table["expect"].each do |expected|
      statement = run.fill(expected["sql"], step_id: first)
      expected["is"].nil? ? assert_nil(self.class.query(statement), statement) : assert_equal(expected["is"], self.class.query(statement), statement)
    end
  ensure
    database&.close
  end

  # Registers the template and creates the tasks; returns the first step.
  def prepare(run, client)
    client.register_task({ name: run.namespace, namespace_name: run.namespace, **run.case["template"] })
    ids = run.case["tasks"].map do |task|
      context = task.key?("context_text") ? JSON.parse(task["context_text"]) : task["context"] || {}
      client.create_task(run.namespace, context, namespace: run.namespace, trace_context: task["trace_context"]).task_id
    end
    run.task_id = ids.first
    client.find_steps(task_id: ids.first).first.workflow_step_id
  end

  def handlers(run)
    handler = Class.new(Handler)
    handler.case_run = run
    run.case["steps"].keys.each_with_object(TaskerCore::Handlers.new) { |name, found| found.register(name, handler) }
  end

  TABLE["cases"].each do |table|
    define_method("test_#{slug(table['name'])}") { run_case(table) }
  end
end
