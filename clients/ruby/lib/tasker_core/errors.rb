# frozen_string_literal: true

require "pg"

module TaskerCore
  # The base of all errors of this gem. Handlers raise three of them; calls to the database raise the others.
  class Error < StandardError; end

  # The base of the errors with which a handler says how its step ended. +error_code+ and +context+ are stored beside the
  # message, as +error_code+ and +error_context+.
  class StepError < Error
    attr_reader :error_code, :context

    # The engine's +error_category+ is accepted, and stored in the context.
    def initialize(message = nil, error_code: nil, context: nil, error_category: nil)
      super(message)
      @error_code = error_code
      @context = error_category ? { "error_category" => error_category, **(context || {}) } : context
    end
  end

  # The step has failed and must not be tried again, even if attempts are left.
  class PermanentError < StepError; end

  # The step has failed and may be tried again. +retry_after+ is the least wait: seconds, a Time, or the text of an HTTP
  # header Retry-After. The wait of the configuration counts too; the step waits until both are over.
  class RetryableError < StepError
    attr_reader :retry_after

    def initialize(message = nil, retry_after: nil, **more)
      super(message, **more)
      @retry_after = retry_after
    end
  end

  # The step cannot run yet. It is released, uses no attempt, and is ready again after +run_after+ seconds.
  class PostponeStep < Error
    attr_reader :run_after

    def initialize(reason = "postponed", run_after: 0)
      super(reason)
      @run_after = run_after
    end
  end

  # The lease of the step has ended: what the handler does no longer counts. +reason+ is the status of the heartbeat:
  # +cancelled+, +timed_out+ or +lost+.
  class StepStopped < Error
    attr_reader :reason

    def initialize(reason)
      super("the step was stopped: #{reason}")
      @reason = reason
    end
  end

  # No handler is registered for a step.
  class HandlerMissing < Error; end

  # So many handlers have not returned that the worker has ended.
  class TooManyStuck < Error; end

  # The database refused a call. +sqlstate+, +detail+ and +hint+ are those of PostgreSQL, +primary+ is its message alone.
  class DatabaseError < Error
    attr_reader :primary, :sqlstate, :detail, :hint

    def initialize(message, sqlstate: nil, detail: nil, hint: nil)
      super([message, detail, hint].compact.join("\n"))
      @primary = message
      @sqlstate = sqlstate
      @detail = detail
      @hint = hint
    end

    # The error of this gem for an error of the driver. Without an SQLSTATE, the server could not be reached.
    def self.from(error)
      result = error.respond_to?(:result) ? error.result : nil
      field = ->(code) { result&.error_field(code) }
      state = field.call(PG::PG_DIAG_SQLSTATE)
      message = field.call(PG::PG_DIAG_MESSAGE_PRIMARY) || error.message.strip
      kind_of(state, message).new(
        message, sqlstate: state, detail: field.call(PG::PG_DIAG_MESSAGE_DETAIL), hint: field.call(PG::PG_DIAG_MESSAGE_HINT)
      )
    end

    # Whether the same call may succeed soon: its transaction was rolled back by a conflict, a deadlock, a lock, a cancellation or
    # a lack of resources, and nothing is wrong with the call.
    def passes?
      !is_a?(LeaseLost) && sqlstate.to_s.match?(/\A(40001|40P01|55P03|57014|53...)\z/)
    end

    # Class 08, and those with which a server says that it shuts down, starts, or ends an idle session.
    CONNECTION_STATES = %w[57P01 57P02 57P03 57P05].freeze
    private_constant :CONNECTION_STATES

    def self.kind_of(state, message)
      case state
      when nil, /\A08/, *CONNECTION_STATES then ConnectionLost
      when "40001" then message.match?(/claim.*lost|lost.*claim/m) ? LeaseLost : TransactionConflict
      when "40P01" then TransactionConflict
      when "P0002" then NotFound
      when "55000" then Refused
      when "42501" then AccessDenied
      when /\A22/ then InvalidArgument
      else DatabaseError
      end
    end
    private_class_method :kind_of
  end

  # 40001: the step is not the worker's any more. Discard the work, and do not repeat the call.
  class LeaseLost < DatabaseError; end

  # 40001 or 40P01: another transaction was in the way. Repeat your transaction.
  class TransactionConflict < DatabaseError; end

  # P0002: there is no such task, step or template, or row-level security hides it.
  class NotFound < DatabaseError; end

  # 22…: an argument is not valid, or cannot be written as a value. +detail+ has a line for each problem.
  class InvalidArgument < DatabaseError; end

  # 55000: the state of the step, the task or the installation does not permit the call. +hint+ says what would.
  class Refused < DatabaseError; end

  # 42501: the role lacks a privilege, or a policy forbids the write.
  class AccessDenied < DatabaseError; end

  # The connection broke, and the call was not repeated, or not for longer: it may have taken effect.
  class ConnectionLost < DatabaseError; end
end
