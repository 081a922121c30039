/**
 * The Tasker tables for Drizzle. Needs the package `drizzle-orm`.
 *
 * Read with them, and write with Client. Do not export them from a file that `schema` in `drizzle.config.ts` names: otherwise
 * drizzle-kit creates tables. docs/orms.md says more.
 */

import { bigint, boolean, integer, json, jsonb, pgSchema, pgTable, timestamp, varchar } from "drizzle-orm/pg-core";

const id = (name: string) => bigint(name, { mode: "number" });
/** A timestamp that the engine keeps in UTC; Drizzle reads it so. */
const time = (name: string) => timestamp(name);
const times = () => ({ createdAt: time("created_at").notNull(), updatedAt: time("updated_at").notNull() });
const described = () => ({ name: varchar("name").notNull(), description: varchar("description") });
const transition = () => ({
  id: id("id").primaryKey(),
  toState: varchar("to_state").notNull(),
  fromState: varchar("from_state"),
  metadata: jsonb("metadata"),
  sortKey: integer("sort_key").notNull(),
  mostRecent: boolean("most_recent").notNull(),
  ...times(),
});

/** The tables in a schema; without one, the search path of the connection finds them. */
export function taskerTables(schema?: string) {
  const table = (schema === undefined ? pgTable : pgSchema(schema).table) as typeof pgTable;
  return {
    taskNamespaces: table("tasker_task_namespaces", {
      taskNamespaceId: integer("task_namespace_id").primaryKey(),
      ...described(),
      ...times(),
    }),
    namedTasks: table("tasker_named_tasks", {
      namedTaskId: integer("named_task_id").primaryKey(),
      ...described(),
      taskNamespaceId: id("task_namespace_id").notNull(),
      version: varchar("version").notNull(),
      configuration: jsonb("configuration"),
      ...times(),
    }),
    dependentSystems: table("tasker_dependent_systems", {
      dependentSystemId: integer("dependent_system_id").primaryKey(),
      ...described(),
      ...times(),
    }),
    namedSteps: table("tasker_named_steps", {
      namedStepId: integer("named_step_id").primaryKey(),
      dependentSystemId: integer("dependent_system_id").notNull(),
      ...described(),
      ...times(),
    }),
    namedTasksNamedSteps: table("tasker_named_tasks_named_steps", {
      id: integer("id").primaryKey(),
      namedTaskId: integer("named_task_id").notNull(),
      namedStepId: integer("named_step_id").notNull(),
      skippable: boolean("skippable").notNull(),
      defaultRetryable: boolean("default_retryable").notNull(),
      defaultRetryLimit: integer("default_retry_limit").notNull(),
      ...times(),
    }),
    tasks: table("tasker_tasks", {
      taskId: id("task_id").primaryKey(),
      namedTaskId: integer("named_task_id").notNull(),
      complete: boolean("complete").notNull(),
      requestedAt: time("requested_at").notNull(),
      initiator: varchar("initiator"),
      sourceSystem: varchar("source_system"),
      reason: varchar("reason"),
      bypassSteps: json("bypass_steps").$type<string[]>(),
      tags: jsonb("tags").$type<string[]>(),
      context: jsonb("context"),
      identityHash: varchar("identity_hash").notNull(),
      ...times(),
    }),
    workflowSteps: table("tasker_workflow_steps", {
      workflowStepId: id("workflow_step_id").primaryKey(),
      taskId: id("task_id").notNull(),
      namedStepId: integer("named_step_id").notNull(),
      retryable: boolean("retryable").notNull(),
      retryLimit: integer("retry_limit"),
      inProcess: boolean("in_process").notNull(),
      processed: boolean("processed").notNull(),
      processedAt: time("processed_at"),
      attempts: integer("attempts"),
      lastAttemptedAt: time("last_attempted_at"),
      backoffRequestSeconds: integer("backoff_request_seconds"),
      inputs: jsonb("inputs"),
      results: jsonb("results"),
      skippable: boolean("skippable").notNull(),
      ...times(),
    }),
    taskTransitions: table("tasker_task_transitions", { ...transition(), taskId: id("task_id").notNull() }),
    workflowStepTransitions: table("tasker_workflow_step_transitions", {
      ...transition(),
      workflowStepId: id("workflow_step_id").notNull(),
    }),
    workflowStepEdges: table("tasker_workflow_step_edges", {
      id: id("id").primaryKey(),
      fromStepId: id("from_step_id").notNull(),
      toStepId: id("to_step_id").notNull(),
      name: varchar("name").notNull(),
      ...times(),
    }),
    annotationTypes: table("tasker_annotation_types", {
      annotationTypeId: integer("annotation_type_id").primaryKey(),
      ...described(),
      ...times(),
    }),
    taskAnnotations: table("tasker_task_annotations", {
      taskAnnotationId: id("task_annotation_id").primaryKey(),
      taskId: id("task_id").notNull(),
      annotationTypeId: integer("annotation_type_id").notNull(),
      annotation: jsonb("annotation"),
      ...times(),
    }),
    dependentSystemObjectMaps: table("tasker_dependent_system_object_maps", {
      dependentSystemObjectMapId: id("dependent_system_object_map_id").primaryKey(),
      dependentSystemOneId: integer("dependent_system_one_id").notNull(),
      dependentSystemTwoId: integer("dependent_system_two_id").notNull(),
      remoteIdOne: varchar("remote_id_one").notNull(),
      remoteIdTwo: varchar("remote_id_two").notNull(),
      ...times(),
    }),
  };
}
