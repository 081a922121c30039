# frozen_string_literal: true

module TaskerCore
  # Gathers finished steps, and completes them with +tasker_complete_steps()+ in a thread of its own. It waits until there are
  # +most+ of them, until +idle+ says that no claimed step waits for a thread, or for +delay+ seconds.
  class Completions
    # A step whose handler has ended, and that has not been reported yet.
    Finished = Struct.new(:claim, :outcome, :stop, :since)
    private_constant :Finished

    def initialize(database, heartbeats, metrics, most:, delay:, idle:, give_up:)
      @database = database
      @heartbeats = heartbeats
      @metrics = metrics
      @most = most
      @delay = delay
      @idle = idle
      @give_up = give_up
      @finished = []
      @lock = Mutex.new
      @changed = ConditionVariable.new
      @thread = Thread.new { run }
      @thread.name = "tasker completions"
    end

    # Reports the outcome soon.
    def add(claim, outcome, stop)
      @lock.synchronize do
        @finished << Finished.new(claim, outcome, stop, now)
        @changed.signal
      end
    end

    # Reports the rest and ends the thread.
    def close
      @lock.synchronize do
        @ending = true
        @changed.signal
      end
      @thread.join
    end

    private

    def run
      while (batch = wait_for_batch)
        began = now
        begin
          report(batch)
        rescue StandardError => e
          known = e.is_a?(ConnectionLost)
          text = "#{batch.size} steps could not be reported; their leases will expire: #{e.message}"
          Logs.write(:error, text, error: known ? nil : e)
        end
        @metrics.reported(batch.size, now - began)
        batch.each { |one| @heartbeats.remove(one.claim) }
      end
    end

    # nil at the end.
    def wait_for_batch
      @lock.synchronize do
        @changed.wait(@lock) while @finished.empty? && !@ending
        return nil if @finished.empty?

        until @ending || @finished.size >= @most || @idle.call
          left = @finished.first.since + @delay - now
          break if left <= 0

          @changed.wait(@lock, left)
        end
        @finished.shift(@most)
      end
    end

    def report(batch)
      together = batch.select { |one| one.outcome.kind == :completed }
      batch -= complete(together) if together.size > 1
      batch.each { |one| Execution.report_safely(one.claim, one.outcome, @database, one.stop, &@give_up) }
    end

    # Returns those that have an answer.
    def complete(together)
      refusals = refusals_of(together)
      answered = together.select { |one| refusals.key?(one.claim.workflow_step_id) }
      answered.each do |one|
        refusal = refusals[one.claim.workflow_step_id] or next
        one.stop.set("lost")
        Logs.write(:warn, "step #{one.claim.step_name} was refused: #{refusal}", one.claim.describe)
      end
    end

    def refusals_of(together)
      rows = @database.call(
        "tasker_complete_steps",
        together.map { |one| one.claim.workflow_step_id },
        together.map { |one| one.claim.claim_token },
        together.map { |one| JsonText.new(one.outcome.results) },
        repeat: true, &@give_up
      )
      rows.to_h { |row| row.values_at(:workflow_step_id, :refusal) }
    rescue ConnectionLost
      raise
    rescue DatabaseError
      # One of them cannot be stored: each gets an answer of its own.
      {}
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
