# frozen_string_literal: true

require "active_job"
require "tasker_core"

module TaskerCore
  module Queues
    # ActiveJob, and so Sidekiq, GoodJob, Solid Queue and others. Configure it in an initializer, which the processes that run
    # jobs load too, and pass it to an Orchestrator:
    #
    #   TaskerCore::Queues::ActiveJob.configure(database, handlers)
    #   TaskerCore::Orchestrator.new(database, TaskerCore::Queues::ActiveJob.new(queue: "workflows")).run
    class ActiveJob
      # What jobs use. +base+: the class of your jobs, for example ApplicationJob.
      def self.configure(database, handlers, base: ::ActiveJob::Base)
        remove_const(:RunTask) if const_defined?(:RunTask, false)
        # Jobs find it by its name.
        const_set(:RunTask, Class.new(base) do
          define_method(:perform) do |task_id, scheduler|
            TaskerCore.run_task(database, handlers, task_id, scheduler: scheduler)
          end
        end)
      end

      # +options+ are those of <tt>set</tt> of a job, for example +queue+ and +priority+.
      def initialize(**options)
        @options = options
      end

      # Hands the job to the adapter. Raises its errors.
      def enqueue(job)
        enqueued = RunTask.set(**@options).perform_later(job.task_id, job.scheduler)
        raise Error, "the job was not enqueued" unless enqueued
      end
    end
  end
end
