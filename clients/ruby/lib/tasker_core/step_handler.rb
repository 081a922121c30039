# frozen_string_literal: true

module TaskerCore
  # Does the work of a step: subclass it and write +process+. Each execution has an instance of its own. +config+ is the
  # +handler_config+ of the step's template, an empty hash if there is none.
  class StepHandler
    attr_reader :config

    def initialize(config: nil)
      @config = config || {}
    end

    def self.inherited(subclass)
      super
      subclass.extend(Final)
    end

    # +handle+ is final.
    module Final
      def method_added(name)
        super
        return unless name == :handle

        remove_method(:handle)
        raise TypeError, "#{self.name} overrides handle, which is final: write process instead"
      end
    end
    private_constant :Final

    # Runs +process+ and +process_results+, and returns what is to be stored. Final: a subclass cannot override it.
    def handle(task, sequence, step)
      # Nothing is read for the results of earlier attempts if no code looks at them.
      overridden = method(:process_results).owner != StepHandler
      initial = step.results if overridden
      output = process(task, sequence, step)
      assignments = step.assignments
      results = process_results(step, output, initial)
      # The engine's handlers set step.results in process_results, and what they return does not count.
      step.assignments > assignments ? step.results : results
    end

    # Does the work and returns its output. It can run again after a crash, so make it idempotent.
    #
    # Raise PermanentError for a failure that another attempt cannot mend, RetryableError to choose the wait, PostponeStep to
    # run later without using an attempt. Any other exception is a failure that is retried.
    def process(_task, _sequence, _step)
      raise NotImplementedError, "#{self.class} must define process(task, sequence, step)"
    end

    # Returns the results to store: by default, +step.results+ if +process+ has set them, otherwise the output. +initial+ are
    # the results that were stored before, for example the error of an earlier attempt.
    def process_results(step, output, _initial)
      step.results = step.results_changed? ? step.results : results_of_output(output)
    end

    # What the default +process_results+ stores for an output: the output.
    def results_of_output(output)
      output
    end
  end
end
