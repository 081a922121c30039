# frozen_string_literal: true

# tasker_core: step handlers, workers and an API for the workflow engine inside PostgreSQL.
module TaskerCore
end

require_relative "tasker_core/version"
require_relative "tasker_core/errors"
require_relative "tasker_core/documents"
require_relative "tasker_core/logs"
require_relative "tasker_core/sql"
require_relative "tasker_core/database"
require_relative "tasker_core/templates"
require_relative "tasker_core/results"
require_relative "tasker_core/tracing"
require_relative "tasker_core/client"
require_relative "tasker_core/steps"
require_relative "tasker_core/step_handler"
require_relative "tasker_core/api_handler"
require_relative "tasker_core/handlers"
require_relative "tasker_core/metrics"
require_relative "tasker_core/execution"
require_relative "tasker_core/heartbeats"
require_relative "tasker_core/completions"
require_relative "tasker_core/worker"
require_relative "tasker_core/orchestrator"
