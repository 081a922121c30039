# frozen_string_literal: true

require "tasker_core"

# The engine's names for the errors that handlers raise, for handlers that come from an application of the engine. If the engine
# is loaded, its own errors count: the worker treats them alike.
module Tasker
  PermanentError = TaskerCore::PermanentError unless const_defined?(:PermanentError, false)
  RetryableError = TaskerCore::RetryableError unless const_defined?(:RetryableError, false)
end
