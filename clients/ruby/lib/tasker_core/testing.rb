# frozen_string_literal: true

require "tasker_core"

module TaskerCore
  # For tests: run workflows without workers, move the clock, and make tasks in any state. The clock and the test kit need a
  # superuser, or the right to set +tasker_core.fake_now+ and +tasker_core.testkit+.
  module Testing
    # A step that Testing.drain has executed. +outcome+: :completed, :failed, :released or :abandoned.
    Drained = Struct.new(:task_id, :step_name, :attempt, :outcome)

    # Executes ready steps, one after another in this thread, until none is ready; returns them in their order.
    #
    # +task_id+: only the steps of this task. With a +clock+, which needs a +task_id+, it also moves the clock to the next time
    # for which the task waits, for example the end of a backoff. Raises HandlerMissing if a step has no handler, RuntimeError
    # after +most+ steps, and DatabaseError.
    def self.drain(database, handlers, task_id: nil, clock: nil, most: 10_000)
      raise ArgumentError, "a clock needs a task_id" if clock && task_id.nil?

      done = []
      loop do
        row = claim(database, task_id)
        if row.nil?
          return done unless clock && advance(database, clock, task_id)

          next
        end
        raise "more than #{most} steps were executed" if done.size >= most

        done << execute(database, handlers, Claim.from_row(row))
      end
    end

    def self.claim(database, task_id)
      row = database.call("tasker_claim_steps", "drain", task_id: task_id).first
      return row if row

      # A claim without rows has perhaps done due work, which the next one finds.
      database.call("tasker_maintain")
      database.call("tasker_claim_steps", "drain", task_id: task_id).first
    end

    def self.execute(database, handlers, claim)
      begin
        handlers.find(claim)
      rescue HandlerMissing
        database.call("tasker_release_step", claim.workflow_step_id, claim.claim_token)
        raise
      end
      stop = Stop.new
      trace = Tracing.contexts(database, [claim.task_id])[claim.task_id]
      outcome = Execution.execute(claim, database, handlers, stop, trace_context: trace)
      outcome = Execution.report_safely(claim, outcome, database, stop)
      Drained.new(claim.task_id, claim.step_name, claim.attempt, outcome.kind)
    end

    # Moves the clock to the next time that counts for the task; returns whether there is one.
    def self.advance(database, clock, task_id)
      plan = database.call("tasker_plan_task", task_id).first
      steps = database.call("tasker_find_steps", task_id: task_id)
      later = steps.filter_map { |step| step[:next_eligible_at] }.select { |time| time > clock.now }.min
      return clock.set(later) if later

      waits = steps.any? { |step| step[:blocking_reason] == "waiting_for_time" }
      due = plan.values_at(:action, :reason) == %w[reenqueue awaiting_dependencies] && plan[:delay]
      waits && due ? clock.advance(plan[:delay]) : nil
    end
    private_class_method :claim, :execute, :advance

    # Replaces the clock of the extension in all calls of a Database:
    #
    #   TaskerCore::Testing::FakeClock.open(database, "2026-01-31T12:00:00Z") { |clock| …; clock.advance(60) }
    class FakeClock
      SETTING = "tasker_core.fake_now"

      attr_reader :now

      # Yields a clock, and goes back to the real time afterwards.
      def self.open(database, now)
        clock = new(database, now)
        yield clock
      ensure
        clock&.close
      end

      def initialize(database, now)
        @database = database
        set(now)
      end

      # Sets the time; a text is ISO 8601, with a zone. Raises ArgumentError without one.
      def set(now)
        if now.is_a?(String)
          raise ArgumentError, "the time needs a zone" unless now.match?(/(Z|[+-]\d\d:?\d\d)\z/)

          now = Time.iso8601(now)
        end
        @now = now
        @database.settings[SETTING] = now.iso8601(6)
        now
      end

      # Moves the clock forward, by seconds.
      def advance(seconds)
        set(@now + seconds)
      end

      # Goes back to the real time.
      def close
        @database.settings.delete(SETTING)
      end
    end

    # Makes tasks of known shapes, in any state (docs/testkit.md).
    class TestKit
      def initialize(database)
        @database = database
      end

      # Creates a task of a pattern, for example +diamond+, and returns its id.
      def task(pattern, context = {}, namespace: "testkit")
        value("tasker_testkit_task", pattern, JsonText.new(Documents.dump(context)), namespace)
      end

      # Gives a step a state and the history that leads to it, +age+ seconds ago.
      def set_step(workflow_step_id, state, attempts: nil, age: 0, results: nil, backoff_request_seconds: nil)
        results = results.nil? ? nil : JsonText.new(Documents.dump(results))
        value(
          "tasker_testkit_set_step", workflow_step_id, state,
          attempts: attempts, age: Sql.interval(age), results: results, backoff_request_seconds: backoff_request_seconds
        )
        nil
      end

      # Gives a task a state and the history that leads to it, +age+ seconds ago.
      def set_task(task_id, state, age: 0)
        value("tasker_testkit_set_task", task_id, state, age: Sql.interval(age))
        nil
      end

      private

      # Only these calls have the setting, not those that are under test.
      def value(function, *arguments, **named)
        @database.transaction do |connection|
          connection.async_exec("SELECT pg_catalog.set_config('tasker_core.testkit', 'on', true)")
          result = @database.call(function, *arguments, on: connection, **named).first.values.first
          connection.async_exec("SELECT pg_catalog.set_config('tasker_core.testkit', 'off', true)")
          result
        end
      end
    end
  end
end
