//! Waits of steps with rules: for signals, for tasks, and for the subtasks that they create.

use crate::core::error::TaskerError;
use crate::core::failure;
use crate::core::ids::{StepId, TaskId};
use crate::core::outcome::TOO_LARGE;
use crate::core::rules::{INPUT, Rule, RuleState, Wait, WaitEnd, WaitedTask};
use crate::core::state::StepState;
use crate::core::steps::Step;
use crate::core::template::{IdentityRule, TaskRequest};
use crate::pg::datum::export;
use crate::pg::definition::creation::Creation;
use crate::pg::definition::new_tasks::{NewTasks, RequestSource};
use crate::pg::definition::rule_roles::RuleRoles;
use crate::pg::host::actor::Actor;
use crate::pg::host::installation::CREATED_TABLES;
use crate::pg::spi::{self, Snapshot, Statement};
use crate::pg::writing::step_columns::StepColumns;
use crate::pg::writing::step_moves::StepMoves;
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::{Value, json};
use std::collections::HashSet;

/// The largest number of levels between a task and the topmost task for which it was created. It stops a template that
/// is its own subtask.
const MAX_DEPTH: i32 = 100;

/// Waits of steps with rules.
pub struct StepWaits<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> StepWaits<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Returns the results of a step that has waited for a task, as far as the role that defined its rule may see them.
    /// The inner error says why the role may not see them.
    pub fn results_of_task(
        &self,
        step: StepId,
        task: TaskId,
    ) -> Result<Result<Option<Datum>, String>, TaskerError> {
        let author = match RuleRoles::of(self.writer).writer_of_rule(step)? {
            Ok(author) => author,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(reason) = RuleRoles::of(&author).missing_right(&[]) {
            return Ok(Err(reason));
        }
        let shown = match RuleRoles::of(&author).shown_steps_of(task) {
            Err(hidden @ TaskerError::TaskNotFound(_)) => return Ok(Err(hidden.to_string())),
            shown => shown?,
        };
        Ok(Ok(self.task_results(task, shown)?))
    }

    /// Completes a step whose wait is over. `results` are those of the task or the copies that it has waited for, if
    /// any.
    pub fn end_wait(
        &self,
        step: &Step,
        rule: &RuleState,
        end: WaitEnd,
        results: Option<Datum>,
    ) -> Result<bool, TaskerError> {
        let results = match (end, &rule.rule.wait) {
            (WaitEnd::Signal, _) => self.signal_results(step.id)?,
            (WaitEnd::Task(_) | WaitEnd::Copies, _) => results,
            (WaitEnd::TimedOut, Some(Wait::Signal { name, .. })) => Some(spi::json(
                &json!({ "timed_out": true, "signal": name, "waited_until": self.writer.now }),
            )),
            (WaitEnd::TimedOut | WaitEnd::Time, _) => {
                Some(spi::json(&json!({ "waited_until": self.writer.now })))
            }
        };
        let cause = cause(&rule.rule);
        let metadata = json!({ "triggered_by": cause, "attempt_number": step.next_attempt() });
        let mut state = step.state;
        let mut path = vec![StepState::InProgress, StepState::Complete];
        if state == StepState::Error {
            path.insert(0, StepState::Pending);
        }
        StepColumns::of(self.writer).complete(&[step.id.0], &[results], &[step.next_attempt()])?;
        for next in path {
            StepMoves::of(self.writer).move_step(step.id, state, next, metadata.clone())?;
            state = next;
        }
        Ok(true)
    }

    /// Returns the results of a step that has waited for a signal.
    pub fn signal_results(&self, step: StepId) -> Result<Option<Datum>, TaskerError> {
        let mut found = None;
        self.writer.session.write_returning(Statement::SignalResults, &[spi::bigint(step.0)], |row| {
            let text = |column| row.value(column).map(|_| row.text(column, |text| spi::json(&text.into())));
            let head = [("signal", text(0)), ("sent_at", text(2)), ("sent_by", text(3))];
            found = Some(wait_results(head, "payload", row.value(1).map(spi::kept)));
        })?;
        Ok(found)
    }

    /// Returns the results of a step that has waited for a task: the state of the task and the results of its steps, or
    /// of the `visible` ones.
    pub fn task_results(
        &self,
        task: TaskId,
        visible: Option<HashSet<i64>>,
    ) -> Result<Option<Datum>, TaskerError> {
        let (mut state, mut members, mut size) = (None, Vec::new(), 0);
        self.writer.session.write_optional(
            Statement::TaskResults,
            &[Some(spi::bigint(task.0)), ids_of(visible)],
            |row| {
                state = Some(row.text(0, |state| spi::json(&state.into())));
                size += spi::member_size(row.value(1), row.value(2));
                // What is too large together need not be read.
                if let Some(name) = row.value(1).filter(|_| size <= spi::LARGEST_OBJECT) {
                    members.push((spi::kept(name), row.value(2).map(spi::kept)));
                }
            },
        )?;
        let Some(state) = state else { return Ok(None) };
        let results = if size > spi::LARGEST_OBJECT { None } else { spi::json_object(&members) };
        let head = [("task_id", Some(spi::json(&json!(task)))), ("state", Some(state))];
        Ok(Some(match results {
            Some(results) => wait_results(head, "results", Some(results)),
            None => without_content(head, "results"),
        }))
    }

    /// Fails a step whose wait has failed, and returns `true`. The step stays failed until an operator lets it run
    /// again, or until the task that it waits for is repaired.
    pub fn fail_wait(&self, step: &Step, rule: &Rule, reason: &str) -> Result<bool, TaskerError> {
        let cause = cause(rule);
        let aftermath =
            failure::fail(step, false, None, &self.writer.reader().backoff_of(step)?, self.writer.now)?;
        let metadata = json!({
            "triggered_by": cause,
            "error_message": reason,
            "error_class": cause,
            "attempt_number": aftermath.step.attempts,
            "retry_available": false,
            // A reset makes the step retryable again.
            "permanent": step.retryable,
        });
        StepColumns::of(self.writer)
            .fail(&aftermath.step, &json!({ "error": reason, "error_class": cause }))?;
        StepMoves::of(self.writer).move_step(step.id, step.state, StepState::Error, metadata)?;
        Ok(true)
    }

    /// Creates the task that a step waits for; the inner error says why that is impossible. A created task that may be
    /// over is added to `bypassed`.
    pub fn create_waited_task(
        &self,
        step: &Step,
        rule: &Rule,
        bypassed: &mut Vec<TaskId>,
    ) -> Result<Result<WaitedTask, String>, TaskerError> {
        let Some(Wait::Subtask(request)) = &rule.wait else {
            return Ok(Err("the task that it waits for is not known".to_owned()));
        };
        let mut depth = 0;
        self.writer.session.write_returning(
            Statement::DepthOfSubtask,
            &[spi::bigint(step.task_id.0)],
            |row| {
                depth = row.i32(0);
            },
        )?;
        if depth >= MAX_DEPTH {
            return Ok(Err(format!("subtasks can be nested at most {MAX_DEPTH} levels deep")));
        }
        let author = match RuleRoles::of(self.writer).writer_of_rule(step.id)? {
            Ok(author) => author,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(reason) = RuleRoles::of(&author).missing_right(CREATED_TABLES) {
            return Ok(Err(reason));
        }
        let mut request = request.clone();
        let mut context = Some(spi::json(&request["context"]));
        if request["context"].is_null() {
            self.writer.session.write_returning(
                Statement::InputsOfStep,
                &[spi::bigint(step.id.0)],
                |row| {
                    context = row.value(0).map(spi::kept);
                },
            )?;
            request["context"] = match context.map_or(Ok(Value::Null), spi::json_of) {
                Ok(context) => context,
                Err(problem) => return Ok(Err(format!("the task cannot be created: {problem}"))),
            };
        }
        let created = match TaskRequest::parse_list(&Value::Array(vec![request])) {
            Err(problems) => Err(TaskerError::InvalidRequest(problems)),
            Ok(mut requests) => {
                for request in &mut requests {
                    request.options.parent_task.get_or_insert(step.task_id);
                    if request.options.identity == IdentityRule::None {
                        request.options.identity = IdentityRule::Key(format!("tasker_core step {}", step.id));
                    }
                }
                let contexts: Vec<Datum> = context.into_iter().collect();
                match StepWaits::of(&author).create_permitted(&requests, &contexts)? {
                    Ok(created) => created,
                    Err(reason) => return Ok(Err(format!("the task cannot be created: {reason}"))),
                }
            }
        };
        let created = created.map(|new| {
            bypassed.extend(new.bypassed);
            new.created.into_iter().next()
        });
        match created {
            Ok(Some(created)) => {
                let state = Some(self.writer.task_state(created.task)?);
                let arguments = [spi::bigint(step.id.0), spi::bigint(created.task.0), created.is_new.into()];
                self.writer.session.write(Statement::SetWaitedTask, &arguments);
                Ok(Ok(WaitedTask { id: created.task, state }))
            }
            Ok(None) => Ok(Err("no task was created".to_owned())),
            Err(TaskerError::InvalidRequest(problems)) => {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Ok(Err(format!("the task cannot be created: {}", problems.join("; "))))
            }
            Err(problem @ (TaskerError::TemplateNotFound { .. } | TaskerError::StoredTemplate { .. })) => {
                Ok(Err(problem.to_string()))
            }
            Err(other) => Err(other),
        }
    }

    /// Creates tasks on behalf of a role; the first error says what a privilege or a policy of that role forbids.
    pub fn create_permitted(
        &self,
        requests: &[TaskRequest],
        contexts: &[Datum],
    ) -> Result<Result<Result<NewTasks, TaskerError>, String>, TaskerError> {
        if self.writer.actor == Actor::Owner {
            return Ok(Ok(Creation::of(self.writer).create_tasks_alone(
                requests,
                contexts,
                RequestSource::List,
            )));
        }
        self.writer.session.connect();
        self.writer.session.close_tables();
        let created = subtransaction::unless_forbidden(|| {
            Ok(spi::connected(self.writer.session.installation(), Snapshot::Fresh, |session| {
                Creation::of(&Writer { session, ..*self.writer }).create_tasks_alone(
                    requests,
                    contexts,
                    RequestSource::List,
                )
            }))
        })?;
        Ok(created.map_err(|refusal| refusal.message))
    }
}

/// Returns what ends or fails a step with this rule: the word in its transitions, and its error class.
fn cause(rule: &Rule) -> &'static str {
    if rule.for_each.is_some() { INPUT } else { "wait" }
}

/// Returns the results of a step that has waited: the head and the content. If the content is larger than a `jsonb`
/// value can hold, a note replaces it, and the step ends all the same.
pub fn wait_results<const N: usize>(
    head: [(&'static str, Option<Datum>); N],
    name: &'static str,
    content: Option<Datum>,
) -> Datum {
    let members = head.into_iter().chain([(name, content)]);
    let members: Vec<_> = members.map(|(name, value)| (export::text(name), value)).collect();
    spi::json_object(&members).unwrap_or_else(|| without_content(head, name))
}

pub fn without_content<const N: usize>(
    head: [(&'static str, Option<Datum>); N],
    name: &'static str,
) -> Datum {
    let note = spi::json(&format!("{name}: {TOO_LARGE}").into());
    let members = head.into_iter().chain([(name, None), ("left_out", Some(note))]);
    let members: Vec<_> = members.map(|(name, value)| (export::text(name), value)).collect();
    // Of this size it is not refused.
    spi::json_object(&members).unwrap_or(note)
}

/// Returns the ids as an argument that may be NULL. NULL means all.
pub fn ids_of(shown: Option<HashSet<i64>>) -> Option<Datum> {
    shown.map(|shown| spi::bigint_array(&shown.into_iter().collect::<Vec<_>>()))
}
