# frozen_string_literal: true

require "socket"

module TaskerCore
  # Which steps a worker claims: those that match every filter that is not nil. +exclude+ is what is left out: lists of
  # +namespaces+, +task_names+, +step_names+ or +dependent_systems+.
  Filters = Struct.new(:namespaces, :task_names, :version, :step_names, :dependent_systems, :exclude, keyword_init: true)

  # Executes steps until it is stopped.
  #
  # - +name+: what the database stores as the worker of a lease; the machine and the process by default.
  # - +concurrency+: how many handlers run at once, each in a thread.
  # - +batch_size+: how many steps a claim returns when a thread is free. Above 1, finished steps are completed together, at the
  #   latest +batch_delay+ seconds after the first of them has ended.
  # - +filters+: which steps to claim. Without filters, and if all handlers are registered by the names of steps, the steps of
  #   these names.
  # - +lease+: seconds; the setting of the database by default. +wait+: how many seconds a claim waits for work.
  # - +shutdown_timeout+: how many seconds running handlers have to end after #stop.
  # - +grace+: how many seconds a handler has to return after its lease has ended. Then the worker starts another thread in its
  #   place; after +most_stuck+ such handlers, it ends.
  # - +metrics+: hooks for figures.
  # - +tracing+: whether to read the trace context of each task; by default, whether the program has set up OpenTelemetry.
  class Worker
    Waiting = Struct.new(:claim, :stop, :trace_context)
    private_constant :Waiting

    attr_reader :name

    # How many handlers have not returned although their leases have ended.
    attr_reader :stuck

    # A name that tells the machine and the process.
    def self.default_name
      "#{Socket.gethostname}:#{Process.pid}"
    end

    def initialize(database, handlers, name: nil, concurrency: 1, batch_size: 1, batch_delay: 0.2, filters: nil, lease: nil,
                   wait: 30, shutdown_timeout: 60, grace: 10, most_stuck: 10, metrics: nil, tracing: nil)
      raise ArgumentError, "concurrency and batch_size must be at least 1" if concurrency < 1 || batch_size < 1

      @name = name || Worker.default_name
      @database = database
      @handlers = handlers
      @concurrency = concurrency
      @batch_size = batch_size
      @batch_delay = batch_delay
      @filters = filters.is_a?(Hash) ? Filters.new(**filters) : filters
      @lease = lease
      @wait = wait
      @shutdown_timeout = shutdown_timeout
      @grace = grace
      @most_stuck = most_stuck
      @metrics = metrics || Metrics.new
      @tracing = tracing
      @stuck = 0
      # Claimed steps that wait for a thread; nil ends a thread.
      @waiting = Thread::Queue.new
      # What the main thread is to do. A signal handler may push, but not lock a Mutex.
      @wakeups = Thread::Queue.new
      @lock = Mutex.new
      @changed = ConditionVariable.new
      # Steps that are claimed and not finished: they wait for a thread or run.
      @unfinished = 0
      @running = {}
      @replaced = {}
      @stopping = false
      @give_up = false
    end

    # Begins the shutdown, from any thread or signal handler. The worker claims nothing more, releases the steps that it has not
    # begun, and finishes those that it has.
    def stop
      @wakeups << :stop
    end

    # Works until #stop or, unless +handle_signals+ is false, SIGTERM or SIGINT; then returns after the shutdown. A lost
    # connection is made again. Raises DatabaseError if a claim is refused, for example without privileges, and TooManyStuck
    # after +most_stuck+ handlers that did not return.
    def run(handle_signals: true)
      raise Error, "a Worker runs once: make another one" if @heartbeats

      traps = handle_signals ? trap_signals : {}
      @heartbeats = Heartbeats.new(@database) { |claim, reason| lease_ended(claim, reason) }
      @completions = Completions.new(
        @database, @heartbeats, @metrics,
        most: @batch_size, delay: @batch_delay, idle: @waiting.method(:empty?), give_up: -> { @give_up }
      )
      @concurrency.times { start_thread }
      claimer = named_thread("tasker claims") { claim_until_stopped }
      log(:info, "worker #{name} has started")
      begin
        @wakeups.pop
      ensure
        # A second Ctrl-C ends the process at once.
        restore(traps.slice("INT"))
        shut_down(claimer)
        restore(traps)
      end
      raise @error if @error
    end

    private

    def trap_signals
      %w[TERM INT].to_h { |signal| [signal, trap(signal) { @wakeups << :stop }] }
    end

    def restore(traps)
      traps.each { |signal, before| trap(signal, before || "DEFAULT") }
    end

    def named_thread(name, &block)
      thread = Thread.new(&block)
      thread.name = name
      thread.report_on_exception = false
      thread
    end

    def log(level, text)
      Logs.write(level, text, { worker: name })
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end

    # Shutdown

    def shut_down(claimer)
      @lock.synchronize do
        @stopping = true
        @changed.broadcast
      end
      log(:info, "worker #{name} stops")
      deadline = now + @shutdown_timeout
      end_claims(claimer, deadline)
      release_waiting
      late = wait_for_handlers(deadline)
      late.each { |claim| Logs.write(:error, "a handler has not ended in time; its lease will expire", claim.describe) }
      @give_up = late.any?
      @concurrency.times { @waiting << nil }
      @completions.close
      @heartbeats.close
      log(:info, "worker #{name} has stopped")
    end

    # The claim waits in the database. A cancellation may come before the statement begins, so it is repeated. #claim closes the
    # connection, so that a late cancellation cannot hit another statement.
    def end_claims(claimer, deadline)
      until claimer.join(0.2)
        @lock.synchronize { cancel_claim if @claiming && !@claiming.finished? }
        next if now <= deadline

        log(:error, "the claim has not ended in time; the leases of its steps will expire")
        break
      end
    end

    def cancel_claim
      @claiming.cancel
    rescue StandardError => e
      log(:debug, "the claim could not be cancelled: #{e.message}")
    end

    # Gives back the steps that no thread has begun.
    def release_waiting
      loop do
        waiting = @waiting.pop(true)
        @completions.add(waiting.claim, SHUTDOWN, waiting.stop)
        @lock.synchronize { @unfinished -= 1 }
      end
    rescue ThreadError
      # The queue is empty.
    end

    # Returns the claims of the handlers that have not ended.
    def wait_for_handlers(deadline)
      @lock.synchronize do
        @changed.wait(@lock, deadline - now) while @unfinished.positive? && now < deadline
        @running.values
      end
    end

    # Claims

    def claim_until_stopped
      pause = 0.05
      while (free = wait_for_place)
        begin
          claim([free, @batch_size].max)
          pause = 0.05
        rescue DatabaseError => e
          raise unless e.is_a?(ConnectionLost) || e.passes?

          log(:warn, "worker #{name} claims again: #{e.primary}")
          @metrics.reconnected if e.is_a?(ConnectionLost)
          @lock.synchronize { @changed.wait(@lock, pause) unless @stopping }
          pause = [pause * 2, 5].min
        end
      end
    rescue Exception => e # rubocop:disable Lint/RescueException
      # #run raises it.
      @error ||= e
    ensure
      @wakeups << :ended
    end

    # How many threads are free; nil at the end.
    def wait_for_place
      @lock.synchronize do
        @changed.wait(@lock) while @unfinished >= @concurrency && !@stopping
        @stopping ? nil : @concurrency - @unfinished
      end
    end

    def claim(most)
      began = now
      claims = claimed_rows(most).map { |row| Claim.from_row(row) }
      @metrics.claimed(claims.size, now - began)
      return if claims.empty?

      @lock.synchronize { @unfinished += claims.size }
      stops = claims.map { |claim| @heartbeats.add(claim) }
      contexts = trace_contexts(claims)
      claims.zip(stops) { |claim, stop| @waiting << Waiting.new(claim, stop, contexts[claim.task_id]) }
    end

    def claimed_rows(most)
      @database.connection do |connection|
        @lock.synchronize do
          return [] if @stopping

          @claiming = connection
        end
        begin
          # The role may have a shorter limit for its statements.
          limit = { "statement_timeout" => ((@wait + 30) * 1000).to_i }
          @database.execute(claim_statement(most, connection), on: connection, settings: limit)
        rescue DatabaseError => e
          raise unless e.sqlstate == "57014" && @stopping

          []
        ensure
          @lock.synchronize do
            @claiming = nil
            connection.close if @stopping && !connection.finished?
          end
        end
      end
    end

    def claim_statement(most, connection)
      return written_claim(most, @filters, connection) if @filters

      names = @handlers.step_names
      # Nearly every claim is like the one before.
      @last_claim = nil if @last_claim && @last_claim.first(2) != [most, names]
      @last_claim ||= [most, names, written_claim(most, Filters.new(step_names: names), connection)]
      @last_claim.last
    end

    def written_claim(most, filters, connection)
      named = { lease: Sql.interval(@lease), wait: Sql.interval(@wait), **filters.to_h }
      named[:exclude] &&= JsonText.new(Documents.dump(named[:exclude]))
      @database.statement("tasker_claim_steps", [name, most], named, on: connection)
    end

    def trace_contexts(claims)
      wanted = @tracing.nil? ? Tracing.enabled? : @tracing
      wanted ? Tracing.contexts(@database, claims.map(&:task_id).uniq) : {}
    rescue DatabaseError => e
      log(:warn, "trace contexts could not be read: #{e.message}")
      {}
    end

    # Threads

    def start_thread
      named_thread("tasker handler") { work }
    end

    def work
      while (waiting = @waiting.pop)
        claim, stop = waiting.claim, waiting.stop
        begins = @lock.synchronize do
          @running[Thread.current] = claim
          !@stopping
        end
        outcome = nil
        begin
          outcome = begins ? outcome_of(waiting) : SHUTDOWN
        ensure
          thread_ended(claim, stop) unless outcome
        end
        return unless finish(claim, outcome, stop)
      end
    end

    def outcome_of(waiting)
      return Outcome.new(kind: :abandoned, reason: waiting.stop.reason) if waiting.stop.reason

      Execution.execute(
        waiting.claim, @database, @handlers, waiting.stop, metrics: @metrics, trace_context: waiting.trace_context
      )
    end

    # The handler has ended its thread, for example by Thread.exit. At the end of a process, Ruby ends the threads that still
    # run: then nothing is reported, and the leases expire.
    def thread_ended(claim, stop)
      return if @lock.synchronize { @stopping }

      start_thread if finish(claim, Execution.failure(ThreadError.new("the handler has ended its thread")), stop)
    end

    # Reports an outcome; returns whether the thread has still its place.
    def finish(claim, outcome, stop)
      replaced = @lock.synchronize { @replaced.delete(Thread.current) && @stuck -= 1 }
      if replaced
        # Its lease has ended long ago, and another thread has its place.
        @heartbeats.remove(claim)
        return false
      end
      report(claim, outcome, stop)
      @lock.synchronize do
        @running.delete(Thread.current)
        @unfinished -= 1
        @changed.broadcast
      end
      true
    end

    def report(claim, outcome, stop)
      return @completions.add(claim, outcome, stop) if @batch_size > 1

      # Without batches, each thread reports its own steps, so that threads do not wait for each other.
      began = now
      begin
        Execution.report_safely(claim, outcome, @database, stop) { @give_up }
      rescue StandardError => e
        Logs.write(:error, "a step could not be reported; its lease will expire: #{e.message}", claim.describe)
      end
      @metrics.reported(1, now - began)
      @heartbeats.remove(claim)
    end

    def lease_ended(claim, reason)
      named_thread("tasker grace") do
        sleep(@grace)
        replace(claim)
      end
      @metrics.lease_ended(claim, reason)
    end

    # Starts a thread in the place of one whose handler does not return.
    def replace(claim)
      replaced = @lock.synchronize do
        thread = @running.key(claim)
        next if thread.nil? || @stopping

        @running.delete(thread)
        @replaced[thread] = true
        @unfinished -= 1
        @stuck += 1
        @changed.broadcast
        if @stuck >= @most_stuck
          @error = TooManyStuck.new("#{@stuck} handlers have not returned after their leases had ended")
          @wakeups << :stop
        end
        true
      end
      return unless replaced

      text = "a handler has not returned after its lease ended; another thread takes its place"
      Logs.write(:error, text, claim.describe)
      start_thread
    end
  end
end
