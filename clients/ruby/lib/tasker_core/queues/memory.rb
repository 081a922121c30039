# frozen_string_literal: true

require "tasker_core"

module TaskerCore
  # Queues for an Orchestrator.
  module Queues
    # A queue in memory, for tests. Keeps jobs until #run executes them, in the order in which they came.
    class Memory
      attr_reader :jobs

      def initialize(database, handlers)
        @database = database
        @handlers = handlers
        @jobs = []
      end

      # Keeps the job.
      def enqueue(job)
        @jobs << job
      end

      # Executes all jobs, and returns the name and the outcome of each step.
      def run
        done = []
        while (job = @jobs.shift)
          done.concat(TaskerCore.run_task(@database, @handlers, job.task_id, scheduler: job.scheduler))
        end
        done
      end
    end
  end
end
