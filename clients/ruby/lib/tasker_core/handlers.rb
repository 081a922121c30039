# frozen_string_literal: true

module TaskerCore
  # The handlers of a worker: subclasses of StepHandler, or blocks with (task, sequence, step) that return the output.
  class Handlers
    def initialize
      @by_class = {}
      @by_name = {}
    end

    # Registers a handler: a class, a proc, or a block.
    #
    #   handlers.register("charge", Charge)
    #   handlers.register("ship") { |task, sequence, step| … }
    #   handlers.register("ship", task: "order", namespace: "shop") { … }
    #   handlers.register(handler_class: Shop::Charge)
    #   handlers.register(Charge, handler_class: "Shop::Charge")
    #
    # By the name of the step, perhaps only in tasks of the name +task+ or the +namespace+; or by +handler_class+, the text in
    # the template. Raises ArgumentError if neither or both are given, or if there is such a handler already.
    def register(step = nil, handler = nil, task: nil, namespace: nil, handler_class: nil, &block)
      step, handler = nil, step if callable?(step)
      handler ||= block || (handler_class if handler_class.is_a?(Class))
      raise ArgumentError, "pass a subclass of StepHandler, or a block" unless callable?(handler)
      raise ArgumentError, "register a handler either by the name of a step or by handler_class" unless step.nil? ^ handler_class.nil?

      known, key = step ? [@by_name, [namespace, task, step.to_s]] : [@by_class, handler_class.to_s]
      raise ArgumentError, "there are two handlers for #{key.inspect}" if known.key?(key)

      known[key] = handler
      self
    end

    # The handler for a step, with its configuration: by its +handler_class+, otherwise by the most exact name. Raises
    # HandlerMissing.
    def find(claim)
      namespace, task, step = claim.namespace, claim.task_name, claim.step_name
      (claim.handler_class && @by_class[claim.handler_class]) ||
        @by_name[[namespace, task, step]] || @by_name[[nil, task, step]] ||
        @by_name[[namespace, nil, step]] || @by_name[[nil, nil, step]] || raise(HandlerMissing, missing(claim))
    end

    # The names of all steps that these handlers can execute; nil if a handler is registered by its class.
    def step_names
      return nil if @by_class.any? || @by_name.empty?

      @by_name.keys.map(&:last).uniq.sort
    end

    # A new handler for an execution.
    def self.build(handler, config)
      return BlockHandler.new(handler, config) unless handler.is_a?(Class)

      # As in the engine, a handler without a configuration need not take one.
      config.nil? ? handler.new : handler.new(config: config)
    end

    private

    def callable?(handler)
      handler.is_a?(Proc) || handler.is_a?(Method) || (handler.is_a?(Class) && handler <= StepHandler)
    end

    def missing(claim)
      text = "no handler for step \"#{claim.step_name}\" of task \"#{claim.task_name}\" in namespace \"#{claim.namespace}\""
      claim.handler_class ? "#{text}, handler_class #{claim.handler_class}" : text
    end

    # A handler that is a block.
    class BlockHandler < StepHandler
      def initialize(block, config)
        super(config: config)
        @block = block
      end

      def process(task, sequence, step)
        @block.call(task, sequence, step)
      end
    end
    private_constant :BlockHandler
  end
end
