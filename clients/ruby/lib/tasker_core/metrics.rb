# frozen_string_literal: true

module TaskerCore
  # Hooks for figures. Subclass it and pass it to a worker. Threads of the worker call the methods; they must be quick and raise
  # nothing.
  class Metrics
    # A claim has returned so many steps, after so many seconds (with the time it waited).
    def claimed(steps, seconds); end

    # A handler begins.
    def step_started(claim); end

    # A handler has ended: +completed+, +failed+, +released+ or +abandoned+.
    def step_ended(claim, outcome, seconds); end

    # A heartbeat said that a lease has ended: +cancelled+, +timed_out+ or +lost+.
    def lease_ended(claim, reason); end

    # So many outcomes were stored, in so many seconds.
    def reported(steps, seconds); end

    # The connection for claims was lost and is made again.
    def reconnected; end
  end
end
