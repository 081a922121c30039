/**
 * The Tasker tables for Kysely: `new Kysely<TaskerTables & YourTables>(…)`. Only types, without code.
 *
 * Read with them, and write with Client. If the tables are in a schema that the
 * search path does not have, use `db.withSchema("tasker")`.
 *
 * `pg` reads a bigint as a text and a timestamp as local time, unless the application sets other type parsers.
 */

import type { ColumnType } from "kysely";

import type { Json } from "../documents.js";

type Read<T> = ColumnType<T, never, never>;
/** As `pg` reads a bigint. */
type Bigint = Read<string>;

interface Times {
  created_at: Read<Date>;
  updated_at: Read<Date>;
}

export interface TaskNamespace extends Times {
  task_namespace_id: Read<number>;
  name: Read<string>;
  description: Read<string | null>;
}

export interface NamedTask extends Times {
  named_task_id: Read<number>;
  name: Read<string>;
  description: Read<string | null>;
  task_namespace_id: Bigint;
  version: Read<string>;
  configuration: Read<Json>;
}

export interface DependentSystem extends Times {
  dependent_system_id: Read<number>;
  name: Read<string>;
  description: Read<string | null>;
}

export interface NamedStep extends Times {
  named_step_id: Read<number>;
  dependent_system_id: Read<number>;
  name: Read<string>;
  description: Read<string | null>;
}

export interface NamedTasksNamedStep extends Times {
  id: Read<number>;
  named_task_id: Read<number>;
  named_step_id: Read<number>;
  skippable: Read<boolean>;
  default_retryable: Read<boolean>;
  default_retry_limit: Read<number>;
}

export interface Task {
  task_id: Bigint;
  named_task_id: Read<number>;
  complete: Read<boolean>;
  requested_at: Read<Date>;
  initiator: Read<string | null>;
  source_system: Read<string | null>;
  reason: Read<string | null>;
  bypass_steps: Read<string[] | null>;
  tags: Read<string[] | null>;
  context: Read<Json>;
  identity_hash: Read<string>;
  created_at: Read<Date>;
  updated_at: Read<Date>;
}

export interface WorkflowStep extends Times {
  workflow_step_id: Bigint;
  task_id: Bigint;
  named_step_id: Read<number>;
  retryable: Read<boolean>;
  retry_limit: Read<number | null>;
  in_process: Read<boolean>;
  processed: Read<boolean>;
  processed_at: Read<Date | null>;
  attempts: Read<number | null>;
  last_attempted_at: Read<Date | null>;
  backoff_request_seconds: Read<number | null>;
  inputs: Read<Json>;
  results: Read<Json>;
  skippable: Read<boolean>;
}

interface Transition extends Times {
  id: Bigint;
  to_state: Read<string>;
  from_state: Read<string | null>;
  metadata: Read<Json>;
  sort_key: Read<number>;
  most_recent: Read<boolean>;
}

export interface TaskTransition extends Transition {
  task_id: Bigint;
}

export interface WorkflowStepTransition extends Transition {
  workflow_step_id: Bigint;
}

/** A dependency: `to_step_id` waits for `from_step_id`. */
export interface WorkflowStepEdge extends Times {
  id: Bigint;
  from_step_id: Bigint;
  to_step_id: Bigint;
  name: Read<string>;
}

export interface AnnotationType extends Times {
  annotation_type_id: Read<number>;
  name: Read<string>;
  description: Read<string | null>;
}

export interface TaskAnnotation extends Times {
  task_annotation_id: Bigint;
  task_id: Bigint;
  annotation_type_id: Read<number>;
  annotation: Read<Json>;
}

export interface DependentSystemObjectMap extends Times {
  dependent_system_object_map_id: Bigint;
  dependent_system_one_id: Read<number>;
  dependent_system_two_id: Read<number>;
  remote_id_one: Read<string>;
  remote_id_two: Read<string>;
}

/** The tables of an installation. */
export interface TaskerTables {
  tasker_task_namespaces: TaskNamespace;
  tasker_named_tasks: NamedTask;
  tasker_dependent_systems: DependentSystem;
  tasker_named_steps: NamedStep;
  tasker_named_tasks_named_steps: NamedTasksNamedStep;
  tasker_tasks: Task;
  tasker_workflow_steps: WorkflowStep;
  tasker_task_transitions: TaskTransition;
  tasker_workflow_step_transitions: WorkflowStepTransition;
  tasker_workflow_step_edges: WorkflowStepEdge;
  tasker_annotation_types: AnnotationType;
  tasker_task_annotations: TaskAnnotation;
  tasker_dependent_system_object_maps: DependentSystemObjectMap;
}
