# frozen_string_literal: true

require "active_record"
require "tasker_core"

# The models of the engine: Tasker::Task, Tasker::WorkflowStep and so on.
module Tasker; end

module TaskerCore
  # ActiveRecord classes in the engine's names, with the engine's scopes, for applications without the engine:
  #
  #   TaskerCore::Models.define(schema: "tasker")
  #   Tasker::Task.in_namespace("shop").by_current_state("error")
  #
  # They read only: write with Client. A task or step without a transition is +pending+, in scopes too.
  module Models
    # The classes, with their tables (after "tasker_") and primary keys.
    CLASSES = {
      TaskNamespace: %w[task_namespaces task_namespace_id],
      NamedTask: %w[named_tasks named_task_id],
      DependentSystem: %w[dependent_systems dependent_system_id],
      NamedStep: %w[named_steps named_step_id],
      NamedTasksNamedStep: %w[named_tasks_named_steps id],
      Task: %w[tasks task_id],
      TaskTransition: %w[task_transitions id],
      WorkflowStep: %w[workflow_steps workflow_step_id],
      WorkflowStepTransition: %w[workflow_step_transitions id],
      WorkflowStepEdge: %w[workflow_step_edges id],
      AnnotationType: %w[annotation_types annotation_type_id],
      TaskAnnotation: %w[task_annotations task_annotation_id],
      DependentSystemObjectMap: %w[dependent_system_object_maps dependent_system_object_map_id]
    }.freeze

    # Defines the classes, if there is no Tasker::Task: then the engine has its own. +schema+: that of the installation, if the
    # search path does not have it. +base+: the class whose connections they use. Returns the classes that were defined.
    def self.define(schema: nil, base: ActiveRecord::Base)
      return [] if Tasker.const_defined?(:Task, false)

      prefix = [schema, "tasker_"].compact.join(".")
      CLASSES.map do |name, (table, key)|
        model = Tasker.const_set(name, Class.new(base))
        model.table_name = "#{prefix}#{table}"
        model.primary_key = key
        model.include(ReadOnly)
        model.include(const_get(name)) if const_defined?(name, false)
        model
      end
    end

    # What all of them have.
    module ReadOnly
      def readonly?
        true
      end
    end

    # A condition or value of SQL: the state of a row, from its transitions.
    def self.state(model, transitions, key)
      "coalesce((SELECT current.to_state FROM #{transitions.quoted_table_name} AS current " \
        "WHERE current.#{key} = #{model.quoted_table_name}.#{key} AND current.most_recent), 'pending')"
    end

    # Transitions of tasks and of steps.
    module Transition
      def self.included(model)
        model.class_eval do
          scope :recent, -> { order(sort_key: :desc) }
          scope :to_state, ->(state) { where(to_state: state) }
          scope :with_metadata_key, ->(key) { where("jsonb_exists(#{quoted_table_name}.metadata, ?)", key.to_s) }
          scope :with_metadata_value, lambda { |key, value|
            where("#{quoted_table_name}.metadata -> ? = ?::jsonb", key.to_s, Documents.dump(value))
          }
          scope :in_time_range, ->(from, to) { where(created_at: from..to) }
          define_singleton_method(:most_recent_to_state) { |state| to_state(state).order(:sort_key).last }
        end
      end
    end

    # A template, in one version.
    module NamedTask
      def self.included(model)
        model.class_eval do
          belongs_to :task_namespace, class_name: "Tasker::TaskNamespace"
          has_many :tasks, class_name: "Tasker::Task", foreign_key: :named_task_id
        end
      end
    end

    # The name of a step.
    module NamedStep
      def self.included(model)
        model.belongs_to :dependent_system, class_name: "Tasker::DependentSystem"
      end
    end

    # A step of a template.
    module NamedTasksNamedStep
      def self.included(model)
        model.belongs_to :named_task, class_name: "Tasker::NamedTask"
        model.belongs_to :named_step, class_name: "Tasker::NamedStep"
      end
    end

    # A change of the state of a task.
    module TaskTransition
      def self.included(model)
        model.include(Transition)
        model.belongs_to :task, class_name: "Tasker::Task"
      end
    end

    # A change of the state of a step.
    module WorkflowStepTransition
      def self.included(model)
        model.include(Transition)
        model.belongs_to :workflow_step, class_name: "Tasker::WorkflowStep"
        model.scope :for_task, ->(id) { where(workflow_step_id: Tasker::WorkflowStep.for_task(id).select(:workflow_step_id)) }
      end
    end

    # A dependency: +to_step+ waits for +from_step+.
    module WorkflowStepEdge
      def self.included(model)
        model.belongs_to :from_step, class_name: "Tasker::WorkflowStep"
        model.belongs_to :to_step, class_name: "Tasker::WorkflowStep"
      end
    end

    # An annotation of a task.
    module TaskAnnotation
      def self.included(model)
        model.belongs_to :task, class_name: "Tasker::Task"
        model.belongs_to :annotation_type, class_name: "Tasker::AnnotationType"
      end
    end

    # A task.
    module Task
      def self.included(model)
        model.extend(ClassMethods)
        model.class_eval do
          belongs_to :named_task, class_name: "Tasker::NamedTask"
          has_one :task_namespace, through: :named_task
          has_many :workflow_steps, -> { order(:workflow_step_id) }, class_name: "Tasker::WorkflowStep", foreign_key: :task_id
          has_many :task_transitions, -> { order(:sort_key) }, class_name: "Tasker::TaskTransition", foreign_key: :task_id
          has_many :task_annotations, class_name: "Tasker::TaskAnnotation", foreign_key: :task_id
          has_many :annotation_types, through: :task_annotations
          scope :created_since, ->(time) { where(arel_table[:created_at].gt(time)) }
          scope :in_namespace, ->(name) { joins(named_task: :task_namespace).merge(Tasker::TaskNamespace.where(name: name)) }
          scope :with_task_name, ->(name) { joins(:named_task).merge(Tasker::NamedTask.where(name: name)) }
          scope :with_version, ->(version) { joins(:named_task).merge(Tasker::NamedTask.where(version: version)) }
          scope :with_all_associated, lambda {
            includes(:task_transitions, :task_annotations, named_task: :task_namespace,
                                                           workflow_steps: %i[named_step workflow_step_transitions parents children])
          }
          delegate :name, to: :named_task
        end
      end

      # Scopes with conditions of SQL.
      module ClassMethods
        # Tasks in a state; all tasks without one.
        def by_current_state(state = nil)
          state ? where("#{Models.state(self, Tasker::TaskTransition, 'task_id')} IN (?)", Array(state)) : all
        end

        # Tasks with an annotation of the type +name+ that has this value, as text.
        def by_annotation(name, key, value)
          found = Tasker::TaskAnnotation.joins(:annotation_type).merge(Tasker::AnnotationType.where(name: name))
          where(task_id: found.where("annotation ->> ? = ?", key.to_s, value.to_s).select(:task_id))
        end

        # Tasks with a step that is complete since this time, or a later one.
        def completed_since(time)
          where(task_id: Tasker::WorkflowStep.completed_since(time).select(:task_id))
        end

        # Tasks that are in error since this time.
        def failed_since(time)
          current = Tasker::TaskTransition.where(most_recent: true, to_state: "error")
          where(task_id: current.where(Tasker::TaskTransition.arel_table[:created_at].gt(time)).select(:task_id))
        end

        # Tasks with a step that has not ended.
        def active
          ended = %w[complete error cancelled resolved_manually]
          state = Models.state(Tasker::WorkflowStep, Tasker::WorkflowStepTransition, "workflow_step_id")
          where(task_id: Tasker::WorkflowStep.where("#{state} NOT IN (?)", ended).select(:task_id))
        end

        def unique_task_types_count
          joins(:named_task).merge(Tasker::NamedTask.distinct).count(Tasker::NamedTask.arel_table[:name])
        end
      end

      # The state; +pending+ without a transition.
      def state
        task_transitions.find(&:most_recent)&.to_state || "pending"
      end
      alias status state

      def get_step_by_name(name)
        workflow_steps.find { |step| step.name == name }
      end

      def all_steps_complete?
        workflow_steps.all?(&:complete?)
      end
    end

    # A step of a task.
    module WorkflowStep
      def self.included(model)
        model.extend(ClassMethods)
        model.class_eval do
          belongs_to :task, class_name: "Tasker::Task"
          belongs_to :named_step, class_name: "Tasker::NamedStep"
          has_many :workflow_step_transitions, -> { order(:sort_key) },
                   class_name: "Tasker::WorkflowStepTransition", foreign_key: :workflow_step_id
          has_many :incoming_edges, class_name: "Tasker::WorkflowStepEdge", foreign_key: :to_step_id
          has_many :outgoing_edges, class_name: "Tasker::WorkflowStepEdge", foreign_key: :from_step_id
          has_many :parents, through: :incoming_edges, source: :from_step
          has_many :children, through: :outgoing_edges, source: :to_step
          scope :for_task, ->(task) { where(task_id: task) }
          scope :completed, -> { by_current_state(%w[complete resolved_manually]) }
          scope :failed, -> { by_current_state("error") }
          scope :pending, -> { by_current_state(%w[pending in_progress]) }
          scope :for_tasks_since, ->(time) { where(task_id: Tasker::Task.created_since(time).select(:task_id)) }
          delegate :name, to: :named_step
        end
      end

      # Scopes with conditions of SQL.
      module ClassMethods
        def by_current_state(state = nil)
          state ? where("#{Models.state(self, Tasker::WorkflowStepTransition, 'workflow_step_id')} IN (?)", Array(state)) : all
        end

        def completed_since(time)
          in_state_since("complete", time)
        end

        def failed_since(time)
          in_state_since("error", time)
        end

        # Counts of the steps of a task, and when the last was completed.
        def task_completion_stats(task)
          steps = for_task(task)
          total, completed, failed = [steps, steps.completed, steps.failed].map(&:count)
          {
            total: total, completed: completed, failed: failed, pending: total - completed - failed,
            latest_completion_time: steps.completed.maximum(:processed_at), all_complete: total.positive? && completed == total
          }
        end

        private

        def in_state_since(state, time)
          current = Tasker::WorkflowStepTransition.where(most_recent: true, to_state: state)
          current = current.where(Tasker::WorkflowStepTransition.arel_table[:created_at].gt(time))
          where(workflow_step_id: current.select(:workflow_step_id))
        end
      end

      # The state; +pending+ without a transition.
      def state
        workflow_step_transitions.find(&:most_recent)&.to_state || "pending"
      end
      alias status state

      def complete?
        %w[complete resolved_manually].include?(state)
      end

      def in_progress?
        state == "in_progress"
      end

      def pending?
        state == "pending"
      end

      def in_error?
        state == "error"
      end

      def cancelled?
        state == "cancelled"
      end

      def root_step?
        incoming_edges.empty?
      end

      def leaf_step?
        outgoing_edges.empty?
      end
    end
  end
end
