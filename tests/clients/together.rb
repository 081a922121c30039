# frozen_string_literal: true

# The Ruby worker of together.sh: handlers for "validate" and "pack", and one that never returns.

require "tasker_core"

HANDLERS = TaskerCore::Handlers.new
EXECUTIONS = Thread::Queue.new
1000.times { |number| EXECUTIONS << number }
# After so many executions, this process keeps two: one before its effect and one after it. Then the test kills it.
KEEP_AFTER = Integer(ENV.fetch("KEEP_AFTER", -2))

# A transaction of its own.
def insert(statement, step, *values)
  connection = PG.connect(user: "app")
  connection.exec_params(statement, [ENV.fetch("WORKER"), step.workflow_step_id, step.attempt, step.claim_token, *values])
ensure
  connection&.close
end

def keep(step, after_effect)
  insert("INSERT INTO together.kept VALUES ($1, $2, $3, $4, $5)", step, after_effect)
  loop { sleep }
end

# Has an effect, and passes on the document of its parents.
PROCESS = lambda do |task, sequence, step|
  number = EXECUTIONS.pop
  keep(step, false) if number == KEEP_AFTER
  insert("INSERT INTO together.effects VALUES ($1, $2, $3, $4)", step)
  keep(step, true) if number == KEEP_AFTER + 1
  documents = sequence.parent_results.transform_values { |results| results["document"] }
  { by: "ruby", from: documents, document: documents.empty? ? task.context["document"] : documents.first[1] }
end
HANDLERS.register("validate", PROCESS)
HANDLERS.register("pack", PROCESS)

# The first execution of this process never returns, and does not look whether it should stop.
HANDLERS.register("hangs") do |_, _, step|
  keep(step, false) if ENV.key?("HANGS") && EXECUTIONS.pop.zero?
  { by: "ruby" }
end
