# frozen_string_literal: true

module TaskerCore
  # Trace contexts (W3C), and spans if the program has set up OpenTelemetry.
  module Tracing
    # The type of the annotation that carries the trace context of a task.
    ANNOTATION = "trace_context"

    module_function

    # Whether spans go anywhere: OpenTelemetry is loaded, and the program has set a tracer provider.
    def enabled?
      return false unless defined?(OpenTelemetry::Internal::ProxyTracerProvider)

      !OpenTelemetry.tracer_provider.instance_of?(OpenTelemetry::Internal::ProxyTracerProvider)
    end

    # The trace contexts of tasks, by the id of the task; tasks without one are missing.
    def contexts(database, task_ids)
      ids = task_ids.map { |id| Integer(id) }.join(",")
      rows = database.execute(<<~SQL, repeat: true)
        SELECT task_id, annotation FROM tasker_task_annotations JOIN tasker_annotation_types USING (annotation_type_id)
        WHERE name = '#{ANNOTATION}' AND task_id = ANY ('{#{ids}}'::bigint[])
      SQL
      rows.to_h { |row| [row[:task_id], Documents.load(row[:annotation])] }
    end

    # The trace context of the current span; empty without OpenTelemetry or without a span.
    def current
      carrier = {}
      propagator.inject(carrier) if enabled?
      carrier
    end

    # A span around an execution, in the trace that the task was created in. Yields the span; nil without OpenTelemetry.
    def span(claim, trace_context)
      return yield(nil) unless enabled?

      attributes = claim.describe.transform_keys { |name| "tasker.#{name}" }
      parent = trace_context ? propagator.extract(trace_context) : OpenTelemetry::Context.current
      OpenTelemetry::Context.with_current(parent) do
        tracer = OpenTelemetry.tracer_provider.tracer("tasker_core", VERSION)
        tracer.in_span("step #{claim.step_name}", attributes: attributes, kind: :consumer) { |started| yield started }
      end
    end

    # Adds an exception to a span, and marks the span as failed.
    def failed(span, error)
      return unless span

      span.record_exception(error)
      span.status = OpenTelemetry::Trace::Status.error(error.message)
    end

    def propagator
      OpenTelemetry::Trace::Propagation::TraceContext.text_map_propagator
    end
    private_class_method :propagator
  end
end
