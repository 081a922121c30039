# frozen_string_literal: true

# Tasks as jobs of another framework.
module TaskerCore
  # A task that has something to do. +reason+: +ready_steps_available+, +all_steps_complete+ or +steps_in_error_state+.
  # +scheduler+: who holds the task; TaskerCore.run_task gives it back.
  Job = Struct.new(:task_id, :namespace, :task_name, :reason, :ready_steps, :scheduler, keyword_init: true)

  # Enqueues a job for each task that has something to do (+tasker_due_tasks()+).
  #
  # +queue+ is any object with <tt>enqueue(job)</tt>, which arranges that TaskerCore.run_task runs with +job.task_id+ and
  # +job.scheduler+. If it raises, the task is due again.
  #
  # +lease+: for how many seconds no other orchestrator enqueues the task; then the task is due again if it still has something to
  # do. So a lost job is repeated. Set it longer than a job waits in the queue and runs.
  class Orchestrator
    attr_reader :name

    def initialize(database, queue, name: nil, max_rows: 100, lease: 60, wait: 5)
      @database = database
      @queue = queue
      @name = name || Worker.default_name
      @max_rows = max_rows
      @lease = lease
      @wait = wait
      @stopping = Thread::Queue.new
    end

    # One round: returns how many jobs were enqueued, after at most +wait+ seconds. Raises what the queue raises.
    def enqueue_due(wait: 0)
      wait = wait.positive? ? Sql.interval(wait) : nil
      rows = @database.call("tasker_due_tasks", name, max_rows: @max_rows, lease: Sql.interval(@lease), wait: wait)
      rows.each_with_index do |row, place|
        enqueued = false
        @queue.enqueue(Job.new(**row.slice(*Job.members), scheduler: name))
        enqueued = true
      ensure
        give_back(rows.drop(place)) unless enqueued
      end
      rows.size
    end

    # Enqueues until #stop. It goes on after a lost connection and after errors of the queue.
    def run
      while @stopping.empty?
        begin
          enqueue_due(wait: @wait)
        rescue ConnectionLost => e
          Logs.write(:warn, "the orchestrator has lost its connection: #{e.primary}")
          pause
        rescue DatabaseError
          raise
        rescue StandardError => e
          Logs.write(:error, "a job could not be enqueued: #{e.message}", error: e)
          pause
        end
      end
    end

    # Ends #run, at the latest after its +wait+. Signal handlers may call it.
    def stop
      @stopping << true
    end

    private

    def give_back(rows)
      rows.each do |row|
        @database.call("tasker_release_due_task", row[:task_id], name)
      rescue DatabaseError => e
        Logs.write(:warn, "task #{row[:task_id]} was not given back; its lease will expire: #{e.message}")
      end
    end

    def pause
      20.times { sleep(0.05) if @stopping.empty? }
    end
  end

  # The job: executes the steps of a task, one after another, until none is ready. Then it finalizes the task, if the
  # configuration leaves that to schedulers, and gives it back to the +scheduler+. Returns the name and the outcome of each step.
  # Several jobs for one task do no harm. Raises DatabaseError.
  def self.run_task(database, handlers, task_id, scheduler: nil, name: nil, lease: nil, metrics: Metrics.new)
    heartbeats = Heartbeats.new(database) { |claim, reason| metrics.lease_ended(claim, reason) }
    done = []
    named = { lease: Sql.interval(lease), task_id: task_id }
    while (row = database.call("tasker_claim_steps", name || Worker.default_name, **named).first)
      claim = Claim.from_row(row)
      stop = heartbeats.add(claim)
      begin
        outcome = Execution.execute(claim, database, handlers, stop, metrics: metrics)
        outcome = Execution.report_safely(claim, outcome, database, stop)
      ensure
        heartbeats.remove(claim)
      end
      done << [claim.step_name, outcome.kind]
    end
    database.call("tasker_finalize_task", task_id)
    database.call("tasker_release_due_task", task_id, scheduler) if scheduler
    done
  ensure
    heartbeats&.close
  end
end
