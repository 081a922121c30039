# frozen_string_literal: true

module TaskerCore
  # Extends leases at half of their time, in one thread and on a connection of its own, and sets the Stop of those that have
  # ended. The block is called with the claim and the reason when a lease has ended. If the database cannot be reached, the
  # leases count as held: once they have expired, the database gives the steps to others, and refuses what this worker reports.
  class Heartbeats
    # With a test's clock, the end of a lease and the server's time do not fit together.
    LIMITS = (0.1..3600.0)
    private_constant :LIMITS

    Lease = Struct.new(:claim, :stop, :next_beat)
    private_constant :Lease

    def initialize(database, &on_end)
      @database = database
      @on_end = on_end
      @leases = {}
      @lock = Mutex.new
      @changed = ConditionVariable.new
      # When the thread looks again by itself.
      @looks_at = Float::INFINITY
      @thread = Thread.new { run }
      @thread.name = "tasker heartbeats"
    end

    # Keeps the lease of a claim alive, until #remove. Returns its Stop.
    def add(claim)
      stop = Stop.new
      @lock.synchronize do
        beat = now + half(claim.lease_seconds)
        @leases[claim.claim_token] = Lease.new(claim, stop, beat)
        # Mostly, an earlier lease is due first, perhaps one that is gone by now: then the thread sleeps on.
        @changed.signal if beat < @looks_at
      end
      stop
    end

    # Lets the lease go.
    def remove(claim)
      @lock.synchronize { @leases.delete(claim.claim_token) }
    end

    # Ends the thread. The leases stay until they expire.
    def close
      @lock.synchronize do
        @ending = true
        @changed.signal
      end
      @thread.join
    end

    private

    def run
      while (due = wait_for_due)
        begin
          rows = @database.call("tasker_heartbeat", due)
        rescue StandardError => e
          Logs.write(:warn, "heartbeat failed: #{e.message}", error: e.is_a?(DatabaseError) ? nil : e)
          postpone(due)
        else
          rows.each { |row| take(row) }
        end
      end
    end

    # The tokens that are due, in one call for all that are due soon; nil at the end.
    def wait_for_due
      @lock.synchronize do
        until @ending
          first = @leases.each_value.map(&:next_beat).min
          if first && first <= now
            limit = now + 0.05
            return @leases.select { |_, lease| lease.next_beat <= limit }.keys
          end
          @looks_at = first || Float::INFINITY
          @changed.wait(@lock, first && (first - now))
        end
      end
      nil
    end

    def postpone(tokens)
      @lock.synchronize do
        @leases.values_at(*tokens).compact.each do |lease|
          # Often enough to find a server that is back before the lease ends.
          lease.next_beat = now + [1.0, half(lease.claim.lease_seconds) / 2].min
        end
      end
    end

    def take(row)
      token, status = row.values_at(:claim_token, :status)
      lease = @lock.synchronize do
        found = @leases[token]
        next unless found
        next found.tap { @leases.delete(token) } unless status == "held"

        found.next_beat = now + half(row[:lease_until] - row[:server_time])
        nil
      end
      return unless lease

      Logs.write(:warn, "a lease has ended: #{status}", { **lease.claim.describe, reason: status })
      lease.stop.set(status)
      tell(lease.claim, status)
    end

    # Other leases depend on this thread.
    def tell(claim, status)
      @on_end&.call(claim, status)
    rescue StandardError => e
      Logs.write(:error, "a hook for the end of a lease has raised #{e.class}", claim.describe, error: e)
    end

    # How long after a heartbeat the next one is due: half of the lease.
    def half(seconds)
      (seconds / 2.0).clamp(LIMITS.begin, LIMITS.end)
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end
end
