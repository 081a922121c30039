# frozen_string_literal: true

module TaskerCore
  # Creates, finds, explains and operates tasks.
  #
  # Each call is a transaction of its own, unless #using gives a connection: then the calls run in its transaction, beside your
  # own statements. Methods raise DatabaseError: NotFound for an unknown id or name, InvalidArgument for bad input, Refused if
  # the state does not permit an action, AccessDenied. Searches return at most +max_rows+ results, 100 by default; pass the last
  # id as +after_id+ to get the next page.
  class Client
    include Results

    def initialize(database, connection: nil)
      @database = database
      @connection = connection
    end

    # A client whose calls run in the transaction of a PG::Connection.
    def using(connection)
      Client.new(@database, connection: connection)
    end

    # Create

    # Registers a template, or the file that has it (see Templates.load). Registering it again changes nothing. +environment+:
    # the key of +environments+ that is laid over the steps. Raises InvalidArgument with a line for each problem.
    def register_task(template, environment: nil)
      document = template.is_a?(Hash) ? template : Templates.load(template)
      rows(RegisteredTask, "tasker_register_task", json(document), environment: environment).first
    end

    # The problems of a template; registers nothing.
    def validate_template(template)
      rows(TemplateProblem, "tasker_validate_template", json(template))
    end

    # Creates a task of the latest version, or of the +version+. +options+: see docs/templates.md.
    #
    # +trace_context+: +traceparent+ and perhaps +tracestate+, which reach the handlers; by default those of the current span of
    # OpenTelemetry. If the connection breaks, ConnectionLost is raised, and the task may exist: pass an +identity_key+ and repeat
    # the call.
    def create_task(task_name, context = {}, namespace: "default", version: nil, options: {}, trace_context: nil)
      request = { task_name: task_name, context: context || {}, namespace: namespace, version: version, options: options }
      create_tasks([request], trace_context: trace_context).first
    end

    # Creates many tasks, all of them or none; returns them in the order of the requests. A request is a hash with +task_name+
    # and the arguments of create_task.
    def create_tasks(requests, trace_context: nil)
      trace = trace_context || Tracing.current
      return create(requests) if trace.empty?
      return create_traced(requests, trace) if @connection

      @database.transaction { |connection| using(connection).create_traced(requests, trace) }
    end

    # Adds steps to a task and returns the id of each by its name. A step that exists stays as it is.
    def add_steps(task_id, steps)
      found = call("tasker_add_steps", task_id, json(steps))
      found.to_h { |row| [row[:step_name], row[:workflow_step_id]] }
    end

    # Adds an annotation and returns its id.
    def annotate_task(task_id, annotation_type, annotation)
      value("tasker_annotate_task", task_id, annotation_type, json(annotation))
    end

    # Sends a signal to a task. Only the first signal of a name counts, so you can repeat the call.
    def signal(task_id, name, payload = nil)
      rows(SentSignal, "tasker_signal", task_id, name, payload: json_or_nil(payload)).first
    end

    # Find and explain

    # Searches tasks by the arguments of +tasker_find_tasks()+, for example <tt>namespace: "shop", states: ["error"]</tt>.
    def find_tasks(**filters)
      rows(FoundTask, "tasker_find_tasks", **filters)
    end

    # One task; nil if there is none that you may see.
    def task(task_id)
      find_tasks(task_id: task_id).first
    end

    # Searches steps by a condition (+ready+, +running+, +exhausted+, …) and the arguments of +tasker_find_steps()+.
    def find_steps(condition = nil, **filters)
      rows(FoundStep, "tasker_find_steps", condition: condition, **filters)
    end

    # The stored results of each step of a task that has some, by its name.
    def step_results(task_id)
      steps = Documents.load(value("tasker_export_task", task_id)).fetch("steps")
      steps.to_h { |step| [step["name"], step["results"]] }.compact
    end

    # Steps that have failed for good, by the arguments of +tasker_dead_letters()+.
    def dead_letters(**filters)
      rows(DeadLetter, "tasker_dead_letters", **filters)
    end

    # Why a task does not move; +summary+ is one sentence.
    def explain_task(task_id)
      Documents.load(value("tasker_explain_task", task_id))
    end

    # Why a step is ready or not; +summary+ is one sentence.
    def explain_step(workflow_step_id)
      Documents.load(value("tasker_explain_step", workflow_step_id))
    end

    # All that happened to a task and its steps, in the order of time.
    def task_timeline(task_id)
      rows(TimelineEntry, "tasker_task_timeline", task_id)
    end

    # Operate

    # Lets a failed step run again now. Used attempts still count.
    def retry_step(workflow_step_id, reason = nil)
      rows(StepChange, "tasker_retry_step", workflow_step_id, reason: reason).first
    end

    # Lets a failed step run again with all its attempts.
    def reset_step(workflow_step_id, reason = nil)
      rows(StepChange, "tasker_reset_step", workflow_step_id, reason: reason).first
    end

    # Marks a step as done without its handler.
    def resolve_step(workflow_step_id, results = nil, resolved_by: nil, reason: nil)
      named = { results: json_or_nil(results), resolved_by: resolved_by, reason: reason }
      rows(StepChange, "tasker_resolve_step", workflow_step_id, **named).first
    end

    # Leaves a step out. +force+: also if it is not skippable.
    def skip_step(workflow_step_id, reason = nil, force: false)
      rows(StepChange, "tasker_skip_step", workflow_step_id, reason: reason, force: force).first
    end

    # Cancels a step and, unless +descendants+ is false, the steps after it.
    def cancel_step(workflow_step_id, reason = nil, descendants: true)
      rows(StepChange, "tasker_cancel_step", workflow_step_id, reason: reason, descendants: descendants)
    end

    # Cancels a task; returns the steps that were cancelled with it.
    def cancel_task(task_id, reason = nil)
      rows(StepChange, "tasker_cancel_task", task_id, reason: reason)
    end

    # Lets no further step of the task begin.
    def pause_task(task_id, reason = nil)
      call("tasker_pause_task", task_id, reason: reason)
      nil
    end

    # Ends a pause.
    def resume_task(task_id)
      call("tasker_resume_task", task_id)
      nil
    end

    # Sets the priority, from -100 to 100.
    def set_task_priority(task_id, priority)
      call("tasker_set_task_priority", task_id, priority)
      nil
    end

    # Sets how many attempts a step has.
    def set_retry_limit(workflow_step_id, retry_limit)
      call("tasker_set_retry_limit", workflow_step_id, retry_limit)
      nil
    end

    # Deletes a task with all that belongs to it. +force+: also if it has not ended.
    def delete_task(task_id, force: false)
      call("tasker_delete_task", task_id, force: force)
      nil
    end

    # Lets many failed steps run again, by the arguments of +tasker_retry_many()+. Shows them only, unless +dry_run+ is false.
    def retry_many(dry_run: true, **filters)
      rows(ManySteps, "tasker_retry_many", dry_run: dry_run, **filters)
    end

    # Resolves many failed steps, as #retry_many.
    def resolve_many(dry_run: true, **filters)
      rows(ManySteps, "tasker_resolve_many", dry_run: dry_run, **filters)
    end

    # Cancels many tasks, by the arguments of +tasker_cancel_many()+. Shows them only, unless +dry_run+ is false.
    def cancel_many(dry_run: true, **filters)
      rows(ManyTasks, "tasker_cancel_many", dry_run: dry_run, **filters)
    end

    # Pauses many tasks, as #cancel_many.
    def pause_many(dry_run: true, **filters)
      rows(ManyTasks, "tasker_pause_many", dry_run: dry_run, **filters)
    end

    # Resumes many tasks, as #cancel_many.
    def resume_many(dry_run: true, **filters)
      rows(ManyTasks, "tasker_resume_many", dry_run: dry_run, **filters)
    end

    protected

    def create_traced(requests, trace)
      found = create(requests)
      found.select(&:created).map(&:task_id).uniq.each { |task_id| annotate_task(task_id, Tracing::ANNOTATION, trace) }
      found
    end

    private

    def create(requests)
      rows(CreatedTask, "tasker_create_tasks", json(requests))
    end

    def call(function, *arguments, **named)
      @database.call(function, *arguments, on: @connection, **named)
    end

    def rows(kind, function, *arguments, **named)
      call(function, *arguments, **named).map { |row| kind.from_row(row) }
    end

    def value(function, *arguments)
      call(function, *arguments).first.values.first
    end

    def json(value)
      JsonText.new(Documents.dump(value))
    rescue TypeError, ArgumentError => e
      raise InvalidArgument, e.message
    end

    def json_or_nil(value)
      value.nil? ? nil : json(value)
    end
  end
end
