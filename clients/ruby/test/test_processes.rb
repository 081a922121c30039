# frozen_string_literal: true

require "open3"
require "rbconfig"
require "support"

# Workers that are processes of their own, and what happens when they die.
class ProcessTest < ServerTest
  COMMAND = [RbConfig.ruby, "-Ilib", "exe/tasker_core", "work"].freeze

  def setup
    super
    superuser(<<~SQL)
      CREATE TABLE IF NOT EXISTS tasker.process_notes
          (number bigint GENERATED ALWAYS AS IDENTITY, task_id bigint, attempt integer, pid integer, what text)
    SQL
    superuser("ALTER TABLE tasker.process_notes OWNER TO app")
  end

  # Returns the id of the process.
  def start(*arguments)
    options = ["test/process_handlers.rb", "--database", "user=app", "--schema", "tasker", "--namespace", namespace]
    pid = spawn(*COMMAND, *options, *arguments, chdir: FOLDER, err: File::NULL)
    cleanup do
      Process.kill("KILL", pid)
      Process.wait(pid)
    rescue SystemCallError
      # It has ended already.
    end
    pid
  end

  def notes(task_id, what)
    superuser("SELECT attempt, pid FROM process_notes WHERE task_id = $1 AND what = $2 ORDER BY number", [task_id, what])
      .map { |row| row.map(&:to_i) }
  end

  def go(task_id)
    superuser("INSERT INTO process_notes (task_id, what) VALUES ($1, 'go')", [task_id])
  end

  def causes_of_errors(task)
    client.task_timeline(task).select { |entry| entry.to_state == "error" }.map(&:cause)
  end

  def test_killed_in_the_middle
    register("gated")
    task = create
    first = start("--lease", "1", "--name", "first")
    becomes("the first worker has begun") { notes(task, "begun").any? }
    Process.kill("KILL", first)
    Process.wait(first)
    second = start("--lease", "60", "--name", "second")
    becomes("the second worker has begun") { notes(task, "begun").size == 2 }
    go(task)
    becomes("the task is complete") { state(task) == "complete" }
    assert_equal [[2, second]], notes(task, "done")
    assert_equal({ "gated" => { "pid" => second } }, client.step_results(task))
    assert_equal %w[in_progress error pending in_progress complete], history(step_id(task, "gated"))
    assert_equal ["lease_expired"], causes_of_errors(task)
  end

  # What has begun is finished, and what has not is released without using an attempt.
  def test_terminated
    register("gated")
    tasks = Array.new(3) { create }
    worker = start("--batch-size", "3", "--lease", "60")
    becomes("the first has begun") { notes(tasks[0], "begun").any? }
    Process.kill("TERM", worker)
    becomes("the others are released") do
      tasks.drop(1).all? { |task| database.call("tasker_step_history", step_id(task, "gated")).to_s.include?("shuts down") }
    end
    assert_nil Process.wait(worker, Process::WNOHANG)
    go(tasks[0])
    assert_equal 0, Process.wait2(worker)[1].exitstatus
    assert_equal "complete", state(tasks[0])
    rest = tasks.drop(1).map { |task| client.find_steps(task_id: task).first }
    assert_equal [["pending", 0, true]] * 2, (rest.map { |step| [step.current_state, step.attempts, step.ready] })
    assert_equal [[], []], (tasks.drop(1).map { |task| notes(task, "begun") })
  end

  # A claim that waits in the database is cancelled.
  def test_terminated_while_it_waits
    worker = start("--name", "waits #{namespace}", "--wait", "3600")
    waiting = "SELECT FROM pg_stat_activity WHERE usename = 'app' AND query LIKE $1 AND state = 'active'"
    becomes("it waits") { superuser(waiting, ["%waits #{namespace}%"]).any? }
    Process.kill("INT", worker)
    assert_equal 0, Process.wait2(worker)[1].exitstatus
  end

  # It is timed out, and another worker executes the step.
  def test_a_handler_that_never_returns
    register({ name: "hangs", timeout_seconds: 1 })
    task = create
    first = start("--lease", "60", "--name", "first")
    becomes("the first worker has begun") { notes(task, "begun").any? }
    second = start("--lease", "60", "--name", "second")
    becomes("the task is complete") { state(task) == "complete" }
    assert_equal [[1, first], [2, second]], notes(task, "begun")
    assert_equal({ "hangs" => { "pid" => second } }, client.step_results(task))
    assert_equal ["timeout"], causes_of_errors(task)
  end

  # Wrong arguments end with one sentence.
  def test_wrong_arguments
    {
      ["test/support.rb"] => [1, "defines no HANDLERS"], ["nowhere.rb"] => [1, "there is no file nowhere.rb"],
      ["--unknown"] => [2, "invalid option"], [] => [2, "Usage: "],
      ["test/process_handlers.rb", "--schema", "nowhere"] => [1, "tasker_"]
    }.each do |arguments, (wanted, text)|
      _, error, status = Open3.capture3(*COMMAND, *arguments, chdir: FOLDER)
      assert_equal wanted, status.exitstatus, error
      assert_includes error, text
      refute_includes error, "worker.rb:"
    end
  end
end
