# frozen_string_literal: true

module TaskerCore
  # A step that this worker has claimed, as +tasker_claim_steps()+ returns it. JSON columns are texts.
  Claim = Struct.new(
    :workflow_step_id, :task_id, :namespace, :task_name, :version, :step_name, :handler_class, :handler_config, :priority,
    :attempt, :retry_limit, :claim_token, :lease_until, :inputs, :context, :parent_results, :server_time,
    keyword_init: true
  ) do
    # The claim in a row; columns of later versions are left out.
    def self.from_row(row)
      new(**row.slice(*members)).freeze
    end

    # How long the lease is, by the server's clock.
    def lease_seconds
      lease_until - server_time
    end

    # What logs and spans say about the step.
    def describe
      {
        workflow_step_id: workflow_step_id, task_id: task_id, namespace: namespace, task_name: task_name,
        step_name: step_name, attempt: attempt
      }
    end
  end

  # Tells a handler that its lease has ended. Threads may share it.
  class Stop
    # +cancelled+, +timed_out+ or +lost+; nil while the lease is held.
    attr_reader :reason

    def initialize
      @lock = Mutex.new
      @changed = ConditionVariable.new
      @callbacks = []
    end

    # Ends the execution. The first reason counts.
    def set(reason)
      callbacks = @lock.synchronize do
        return if @reason

        @reason = reason
        @changed.broadcast
        @callbacks
      end
      callbacks.each { |callback| tell(callback) }
    end

    # Waits so long, or until the lease ends; returns whether it has ended.
    def wait(seconds)
      deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + seconds
      @lock.synchronize do
        until @reason
          left = deadline - Process.clock_gettime(Process::CLOCK_MONOTONIC)
          break if left <= 0

          @changed.wait(@lock, left)
        end
      end
      !@reason.nil?
    end

    # Calls the block with the reason when the lease ends, in another thread; at once if it has ended.
    def add_callback(&callback)
      ended = @lock.synchronize do
        @callbacks << callback unless @reason
        @reason
      end
      tell(callback) if ended
    end

    private

    # A callback that raises must not keep the others, or the heartbeats, from their work.
    def tell(callback)
      callback.call(@reason)
    rescue StandardError => e
      Logs.write(:error, "a block of on_stop has raised #{e.class}: #{e.message}", error: e)
    end
  end

  # The task of a step.
  class Task
    attr_reader :task_id, :namespace, :name, :version, :context, :priority

    def initialize(claim, database)
      @task_id = claim.task_id
      @namespace = claim.namespace
      @name = claim.task_name
      @version = claim.version
      @priority = claim.priority
      @context = claim.context.nil? ? {} : Documents.load(claim.context)
      @database = database
    end

    # The W3C trace context that the task was created with: +traceparent+ and perhaps +tracestate+. Reads it from the database.
    def trace_context
      Tracing.contexts(@database, [task_id]).fetch(task_id, {})
    end
  end

  # Another step of the task. +state+ is nil for a parent that was not looked up.
  SequenceStep = Struct.new(:name, :results, :state)

  # The steps of the task. The parents of the step come with the claim; others are read when they are asked for.
  class StepSequence
    # The results of each parent, by its name.
    attr_reader :parent_results

    def initialize(claim, database)
      @task_id = claim.task_id
      @database = database
      @parent_results = claim.parent_results.nil? ? {} : Documents.load(claim.parent_results)
    end

    # The results of a step. Raises NotFound if the task has no step of that name.
    def results_of(name)
      find_step_by_name(name).results
    end

    # A step of the task. Raises NotFound if the task has no step of that name.
    def find_step_by_name(name)
      name = name.to_s
      return SequenceStep.new(name, parent_results[name]) if parent_results.key?(name)

      steps.find { |step| step.name == name } || raise(NotFound, "task #{@task_id} has no step \"#{name}\"")
    end

    # All steps of the task, in the order of their ids, with their results and states at the first look.
    def steps
      @steps ||= @database.execute(<<~SQL, repeat: true).map { |row| from_row(row) }
        SELECT named.name, step.results, coalesce(transition.to_state, 'pending') AS state
        FROM tasker_workflow_steps AS step JOIN tasker_named_steps AS named USING (named_step_id)
        LEFT JOIN tasker_workflow_step_transitions AS transition
            ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent
        WHERE step.task_id = #{Integer(@task_id)} ORDER BY step.workflow_step_id
      SQL
    end

    private

    def from_row(row)
      SequenceStep.new(row[:name], row[:results] && Documents.load(row[:results]), row[:state])
    end
  end

  # The step that a handler executes.
  class Step
    # +lease_until+ is the end of the lease, as the claim returned it; heartbeats extend it.
    attr_reader :workflow_step_id, :task_id, :name, :attempt, :retry_limit, :claim_token, :lease_until, :inputs, :config

    # How often results= was called.
    attr_reader :assignments

    def initialize(claim, database, stop)
      @workflow_step_id = claim.workflow_step_id
      @task_id = claim.task_id
      @attempt = claim.attempt
      @retry_limit = claim.retry_limit
      @claim_token = claim.claim_token
      @lease_until = claim.lease_until
      @name = claim.step_name
      @inputs = claim.inputs && Documents.load(claim.inputs)
      @config = claim.handler_config && Documents.load(claim.handler_config)
      @database = database
      @stop = stop
      @assignments = 0
    end

    # The stored results, for example of an earlier attempt; read from the database at the first use. If +process+ sets or
    # changes them, the default +process_results+ stores them instead of its output.
    def results
      unless @results_known
        rows = @database.execute(
          "SELECT results FROM tasker_workflow_steps WHERE workflow_step_id = #{Integer(workflow_step_id)}", repeat: true
        )
        @stored = rows.first && rows.first[:results]
        @results = @stored && Documents.load(@stored)
        @results_known = true
      end
      @results
    end

    def results=(value)
      @results = value
      @results_known = true
      @assignments += 1
    end

    # Whether the handler has set +results+, or changed them in place.
    def results_changed?
      return true if @assignments.positive?

      @results_known ? @results != (@stored && Documents.load(@stored)) : false
    end

    # Why the handler should stop: +cancelled+, +timed_out+ or +lost+; nil while the lease is held.
    def stop_reason
      @stop.reason
    end

    # Whether the lease has ended. A handler that takes long asks from time to time, and returns.
    def stopped?
      !@stop.reason.nil?
    end

    # Raises StepStopped if the lease has ended.
    def raise_if_stopped
      raise StepStopped, @stop.reason if stopped?
    end

    # Calls the block with the reason when the lease ends, in another thread, for example to close a socket.
    def on_stop(&block)
      @stop.add_callback(&block)
    end

    # Waits. Raises StepStopped as soon as the lease ends.
    def sleep(seconds)
      @stop.wait(seconds)
      raise_if_stopped
    end

    # Stores progress with the lease, where +tasker_explain_step()+ shows it, and extends the lease. Raises StepStopped if the
    # lease has ended.
    def report_progress(progress)
      raise_if_stopped
      document = JsonText.new(Documents.dump(progress))
      row = @database.call("tasker_heartbeat", [claim_token], progress: document, repeat: true).first
      @stop.set(row[:status]) unless row[:status] == "held"
      raise_if_stopped
    end

    # Adds steps to the task (see +tasker_add_steps()+) and returns the id of each by its name. A step that exists stays as it
    # is. Raises InvalidArgument if a step is not valid.
    def add_steps(steps)
      rows = @database.call("tasker_add_steps", task_id, JsonText.new(Documents.dump(steps)), repeat: true)
      rows.to_h { |row| [row[:step_name], row[:workflow_step_id]] }
    end
  end
end
