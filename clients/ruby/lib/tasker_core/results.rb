# frozen_string_literal: true

module TaskerCore
  # What the calls of Client return: structs with the columns of the SQL functions.
  module Results
    # Makes a class of results. +json+: the columns with JSON.
    def self.define(*columns, json: [])
      Struct.new(*columns, keyword_init: true) do
        define_singleton_method(:json_columns) { json }

        # The result in a row; columns of later versions are left out.
        def self.from_row(row)
          values = row.slice(*members)
          json_columns.each { |column| values[column] &&= Documents.load(values[column]) }
          new(**values).freeze
        end
      end
    end

    TASK_NAMES = %i[namespace task_name version].freeze
    private_constant :TASK_NAMES

    # A template that was registered.
    RegisteredTask = define(:named_task_id, *TASK_NAMES, :created, :changed)

    # A problem of a template, and where it is.
    TemplateProblem = define(:path, :problem)

    # A task that was created, or that an equal request had created before (+created+ is false).
    CreatedTask = define(:task_id, :created, :named_task_id, :identity_hash)

    # What a signal did.
    SentSignal = define(:is_new, :completed_step_ids)

    # A task that a search has found.
    FoundTask = define(
      :task_id, *TASK_NAMES, :current_state, :state_since, :complete, :initiator, :source_system, :reason, :tags,
      :requested_at, :created_at, json: [:tags]
    )

    # A step that a search has found.
    FoundStep = define(
      :workflow_step_id, :task_id, *TASK_NAMES, :step_name, :current_state, :state_since, :attempts, :retry_limit,
      :blocking_reason, :blocked_by_step_id, :next_eligible_at, :ready, :created_at, :processed_at
    )

    # A step that has failed for good.
    DeadLetter = define(
      :workflow_step_id, :task_id, *TASK_NAMES, :step_name, :failed_at, :attempts, :blocking_reason, :error_class, :error
    )

    # Something that happened to a task. +lasted+ are seconds.
    TimelineEntry = define(
      :at, :event, :workflow_step_id, :step_name, :from_state, :to_state, :attempt, :cause, :actor, :lasted, :details,
      json: [:details]
    )

    # A step whose state an operator has changed.
    StepChange = define(:workflow_step_id, :from_state, :state)

    # A task that an action on many matched. +refusal+ says why it was left as it is.
    ManyTasks = define(:task_id, *TASK_NAMES, :current_state, :action, :done, :refusal)

    # A step that an action on many matched. +refusal+ says why it was left as it is.
    ManySteps = define(
      :workflow_step_id, :task_id, :task_name, :step_name, :error_class, :error, :action, :done, :refusal
    )
  end
end
