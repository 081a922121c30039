# frozen_string_literal: true

module TaskerCore
  # How an execution ended, and what the database is to be told. +kind+: :completed (+results+ as JSON), :failed (+error+ as
  # JSON, +retryable+, +retry_after+), :released (+reason+, +run_after+) or :abandoned (+reason+).
  Outcome = Struct.new(:kind, :results, :error, :retryable, :retry_after, :reason, :run_after, keyword_init: true)

  # The outcome of a step that the worker has not begun.
  SHUTDOWN = Outcome.new(kind: :released, reason: "the worker shuts down").freeze

  # One execution of a claimed step: the handler is found and run, and how it ended becomes an Outcome.
  module Execution
    # A step without a handler is released for so long, so that another worker can have it.
    MISSING_HANDLER_PAUSE = 60
    MOST_BACKTRACE_LINES = 20
    private_constant :MOST_BACKTRACE_LINES

    module_function

    # Runs the handler of a step and returns the outcome. Raises nothing.
    def execute(claim, database, handlers, stop, metrics: Metrics.new, trace_context: nil)
      outcome = nil
      began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      metrics.step_started(claim)
      Logs.write(:info, "step begins: #{claim.step_name}", claim.describe)
      Tracing.span(claim, trace_context) { |span| around { outcome = run(claim, database, handlers, stop, span) } }
      seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - began
      metrics.step_ended(claim, outcome.kind.to_s, seconds)
      Logs.write(:info, "step #{outcome.kind}: #{claim.step_name}", { **claim.describe, outcome: outcome.kind, seconds: seconds.round(6) })
      outcome
    rescue Exception => e # rubocop:disable Lint/RescueException
      # A hook, a tracer, the executor of Rails, or an error that cannot be described.
      Logs.write(:error, "step #{claim.step_name}: a hook, or the description of an error, has raised #{e.class}", claim.describe)
      outcome || undescribed(e)
    end

    # Tells the database how an execution ended; repeats the call after a lost connection, until the block returns true.
    # Returns whether it had been told before. Raises DatabaseError; LeaseLost if the step is not the worker's any more.
    def report(claim, outcome, database, &give_up)
      id, token = claim.workflow_step_id, claim.claim_token
      case outcome.kind
      when :completed
        results = JsonText.new(outcome.results)
        database.call("tasker_complete_step", id, results: results, claim_token: token, repeat: true, &give_up).first[:repeated]
      when :failed
        named = { retryable: outcome.retryable, retry_after: outcome.retry_after, claim_token: token }
        database.call("tasker_fail_step", id, JsonText.new(outcome.error), repeat: true, **named, &give_up).first[:repeated]
      when :released
        after = Sql.interval(outcome.run_after)
        database.call("tasker_release_step", id, token, reason: outcome.reason, run_after: after, repeat: true, &give_up)
        false
      end
    end

    # Reports an outcome and handles what can go wrong; returns what was reported in the end. Raises ConnectionLost.
    def report_safely(claim, outcome, database, stop, &give_up)
      report(claim, outcome, database, &give_up)
      outcome
    rescue ConnectionLost
      raise
    rescue LeaseLost => e
      stop.set("lost")
      Logs.write(:warn, "the lease of step #{claim.step_name} was lost: #{e.message}", claim.describe)
      Outcome.new(kind: :abandoned, reason: e.message)
    rescue DatabaseError => e
      Logs.write(:error, "step #{claim.step_name} could not be #{outcome.kind}: #{e.message}", claim.describe)
      # The lease ends by itself, and the step is tried again.
      return Outcome.new(kind: :abandoned, reason: e.message) if outcome.kind == :failed || outcome.equal?(SHUTDOWN)

      # For example results that jsonb refuses, or a wait that is not valid: it must not be tried without end.
      report_safely(claim, failure(e), database, stop, &give_up)
    end

    # The outcome of a handler that raised.
    def failure(error)
      name = class_name(error)
      message = Documents.storable(error.message)
      document = { "message" => message.empty? ? name : message, "class" => name, "backtrace" => backtrace(error) }
      if step_error?(error)
        document["error_code"] = Documents.storable(error.error_code) if error.respond_to?(:error_code) && error.error_code
        document["error_context"] = error.context if error.respond_to?(:context) && error.context
      end
      Outcome.new(
        kind: :failed, error: written(document), retryable: !like?(error, "PermanentError"),
        retry_after: like?(error, "RetryableError") ? retry_after(error.retry_after) : nil
      )
    end

    # The wait of a RetryableError as the value of a header Retry-After.
    def retry_after(value)
      case value
      when nil then nil
      when String then Documents.storable(value)
      when Time then value.httpdate
      when DateTime then value.to_time.httpdate
      else [0, Float(value).ceil].max.to_s
      end
    rescue TypeError, ArgumentError, FloatDomainError
      # The database keeps it as unreadable, and fails the step all the same.
      Documents.storable(value)
    end

    def run(claim, database, handlers, stop, span)
      handler = handlers.find(claim)
      step = Step.new(claim, database, stop)
      made = Handlers.build(handler, step.config)
      # Whatever a subclass defines, this one is called.
      results = StepHandler.instance_method(:handle).bind_call(made, Task.new(claim, database), StepSequence.new(claim, database), step)
      Outcome.new(kind: :completed, results: Documents.dump(results))
    rescue HandlerMissing => e
      Logs.write(:error, "#{e.message}; the step is released for a while", claim.describe)
      Outcome.new(kind: :released, reason: Documents.storable(e.message), run_after: MISSING_HANDLER_PAUSE)
    rescue PostponeStep => e
      Outcome.new(kind: :released, reason: Documents.storable(e.message), run_after: e.run_after)
    rescue Exception => e # rubocop:disable Lint/RescueException
      # SystemExit and Interrupt of a handler end the step, not the worker. A handler that raises StepStopped although the
      # lease is held has failed.
      return Outcome.new(kind: :abandoned, reason: e.reason) if e.is_a?(StepStopped) && stop.reason

      failed = failure(e)
      Tracing.failed(span, e)
      Logs.write(:warn, "step failed: #{claim.step_name}", claim.describe, error: e)
      failed
    end

    def undescribed(error)
      document = { "message" => "the step, or the description of its error, has failed", "class" => class_name(error) }
      Outcome.new(kind: :failed, error: Documents.dump(document), retryable: true)
    end

    # In an application of Rails, code is reloaded and connections go back to their pool around each execution.
    def around(&block)
      return Rails.application.executor.wrap(&block) if defined?(Rails) && Rails.respond_to?(:application) && Rails.application

      # A thread gives back the connections of ActiveRecord that its handler has taken.
      free = pools.reject(&:active_connection?)
      begin
        yield
      ensure
        free.each { |pool| pool.release_connection if pool.active_connection? }
      end
    end

    # The pools of ActiveRecord.
    def pools
      return [] unless defined?(ActiveRecord::Base)

      list = ActiveRecord::Base.connection_handler.method(:connection_pool_list)
      list.arity.zero? ? list.call : list.call(ActiveRecord::Base.current_role)
    end

    # Whether it is an error of this gem, or of the engine, of this name.
    def like?(error, name)
      error.class.ancestors.any? { |kind| ["TaskerCore::#{name}", "Tasker::#{name}"].include?(kind.name) }
    end

    def step_error?(error)
      error.is_a?(StepError) || like?(error, "PermanentError") || like?(error, "RetryableError")
    end

    # The name by which errors are searched: without a module for errors of this gem.
    def class_name(error)
      (error.class.name || "anonymous class").delete_prefix("TaskerCore::")
    end

    def backtrace(error)
      (error.backtrace || []).first(MOST_BACKTRACE_LINES).map { |line| Documents.storable(line) }
    end

    def written(document)
      Documents.dump(document)
    rescue TypeError, ArgumentError
      Documents.dump({ **document, "error_context" => Documents.storable(document["error_context"].inspect) })
    end
    private_class_method :run, :undescribed, :around, :pools, :like?, :step_error?, :class_name, :backtrace, :written
  end
end
