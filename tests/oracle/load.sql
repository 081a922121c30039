-- Loads the oracle with psql; safe to repeat.
SET client_min_messages = warning;
\ir schema.sql
\ir failure_delay.sql
\ir v02_steps.sql
\ir corrected_steps.sql
\ir step_readiness.sql
\ir ready_steps.sql
\ir task_context.sql
\ir get_step_readiness_status.sql
\ir get_step_readiness_status_batch.sql
\ir get_task_execution_context.sql
\ir get_task_execution_contexts_batch.sql
\ir calculate_dependency_levels.sql
\ir get_system_health_counts_v01.sql
\ir get_analytics_metrics_v01.sql
\ir slowest.sql
RESET client_min_messages;
