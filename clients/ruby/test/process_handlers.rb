# frozen_string_literal: true

# The handlers of the processes that test_processes.rb starts and kills.

require "tasker_core"

HANDLERS = TaskerCore::Handlers.new

def query(statement, parameters)
  connection = PG.connect(user: "app")
  connection.exec_params(statement, parameters).values
ensure
  connection&.close
end

def note(task, step, what)
  query(
    "INSERT INTO tasker.process_notes (task_id, attempt, pid, what) VALUES ($1, $2, $3, $4)",
    [task.task_id, step.attempt, Process.pid, what]
  )
end

# Says that it has begun, and waits until the test lets it go.
HANDLERS.register("gated") do |task, _, step|
  note(task, step, "begun")
  go = "SELECT FROM tasker.process_notes WHERE task_id = $1 AND what = 'go'"
  sleep(0.05) while query(go, [task.task_id]).empty?
  note(task, step, "done")
  { pid: Process.pid }
end

# The first attempt never returns, and does not look whether it should stop.
HANDLERS.register("hangs") do |task, _, step|
  note(task, step, "begun")
  sleep if step.attempt == 1
  { pid: Process.pid }
end
