//! Explains why a task does not move: the document that `tasker_explain_task` returns.

use crate::core::context::{Context, ExecutionStatus, summarize};
pub use crate::core::explain::{LastError, Pause};
use crate::core::explain::{LeasePart, rule_in_words};
use crate::core::find::StepFacts;
use crate::core::fork::Lineage;
use crate::core::ids::{StepId, TaskId};
pub use crate::core::limits::LimitWait;
use crate::core::plan::FinalizationPlan;
use crate::core::readiness::{Assessment, Reason, Semantics, eligible_since};
use crate::core::steps::{Steps, Task};
use crate::core::time::{Duration, Timestamp};
use crate::core::time_limits::DueTime;
use crate::core::trouble::Trouble;
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// The highest number of waits in a document; `total_waits` counts all.
const SHOWN: usize = 20;

/// Everything that a task waits for.
#[derive(Debug, Serialize)]
pub struct TaskExplanation {
    task_id: TaskId,
    name: Option<String>,
    current_state: &'static str,
    execution_status: &'static str,
    /// The action that `tasker_finalize_task()` would take, and its reason.
    action: &'static str,
    reason: &'static str,
    /// The summary of the task, as a sentence.
    summary: String,
    /// The next action; `null` if there is none.
    hint: Option<String>,
    next_eligible_at: Option<Timestamp>,
    evaluated_at: Timestamp,
    paused: Option<Pause>,
    /// When it must have ended; absent if it has no deadline.
    #[serde(skip_serializing_if = "Option::is_none")]
    deadline: Option<DueTime>,
    #[serde(flatten)]
    lineage: Lineage,
    steps: serde_json::Value,
    total_waits: usize,
    waits: Vec<Wait>,
    /// Work on the task itself that was refused; absent if none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    put_aside: Option<Trouble>,
}

/// A kind of wait. The order of the variants is the order in the document: first the waits that need an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum WaitKind {
    Failed,
    InProcess,
    Paused,
    NotFinalized,
    Stuck,
    Running,
    Unclaimed,
    Limit,
    Backoff,
    Decision,
    Signal,
    Time,
    Cancelled,
    OtherTask,
}

#[derive(Debug, Serialize)]
struct Wait {
    kind: WaitKind,
    workflow_step_id: Option<StepId>,
    name: Option<String>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    /// The number of steps that cannot run before this wait ends.
    blocks: usize,
    detail: String,
    hint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<LeasePart>,
}

/// A task with everything that [`explain_task`] needs.
#[derive(Debug)]
pub struct TaskSubject<'a> {
    /// The task itself.
    pub task: &'a Task,
    /// The name of the task.
    pub name: Option<String>,
    /// The steps of the task.
    pub steps: &'a Steps,
    /// The answers of the readiness rule, one for each step.
    pub assessments: &'a [Assessment],
    /// The answers of [`crate::core::find::root_causes`], one for each step.
    pub causes: &'a [Option<usize>],
    /// The name of each; `None` for one that the caller may not see.
    pub names: &'a [Option<String>],
    /// Parents in other tasks that the caller may not see.
    pub hidden_parents: HashSet<StepId>,
    /// The leases of steps.
    pub leases: HashMap<StepId, LeasePart>,
    /// The limits that keep ready steps from being claimed.
    pub held: HashMap<StepId, LimitWait>,
    /// The failures of steps.
    pub errors: HashMap<StepId, LastError>,
    /// The pause of the task, if it is paused.
    pub pause: Option<Pause>,
    /// Work on the task that was refused.
    pub put_aside: Option<Trouble>,
    /// Its deadline.
    pub deadline: Option<DueTime>,
    /// Its origin and its forks.
    pub lineage: Lineage,
    /// The plan for the task.
    pub plan: FinalizationPlan,
    /// The time after which a step in progress without a lease is taken back; absent: never.
    pub stale_after: HashMap<StepId, Duration>,
    /// The present.
    pub now: Timestamp,
}

/// Explains one task.
///
/// # Complexity
/// O(V + E).
pub fn explain_task(subject: &TaskSubject<'_>) -> TaskExplanation {
    let task = subject.task;
    let context =
        summarize(subject.steps.all(), subject.assessments, Semantics::Corrected).of_task(task.state);
    let mut waits = if task.state.is_closed() { Vec::new() } else { subject.waits(&context) };
    waits.sort_by_key(|wait| wait.kind);
    let total_waits = waits.len();
    waits.truncate(SHOWN);
    TaskExplanation {
        task_id: task.id,
        name: subject.name.clone(),
        current_state: task.state.as_str(),
        execution_status: context.execution_status.as_str(),
        action: subject.plan.action.as_str(),
        reason: subject.plan.reason,
        summary: match waits.first() {
            None if task.state.is_closed() => {
                format!("Task {} has ended: its state is {}.", task.id, task.state)
            }
            None => format!("Task {} has no visible reason to wait.", task.id),
            Some(wait) if total_waits == 1 => format!("Task {}: {}.", task.id, wait.detail),
            Some(wait) => format!("Task {}: {}; and {} more.", task.id, wait.detail, total_waits - 1),
        },
        hint: waits.first().map(|wait| wait.hint.clone()),
        next_eligible_at: context.next_eligible_at,
        evaluated_at: subject.now,
        paused: subject.pause.clone(),
        steps: context.to_json(),
        total_waits,
        waits,
        put_aside: subject.put_aside.clone(),
        deadline: subject.deadline,
        lineage: subject.lineage.clone(),
    }
}

impl TaskSubject<'_> {
    fn waits(&self, context: &Context) -> Vec<Wait> {
        let id = self.task.id;
        let mut blocks = vec![0; self.steps.all().len()];
        for (at, cause) in self.causes.iter().enumerate() {
            if let Some(cause) = cause.filter(|cause| *cause != at) {
                blocks[cause] += 1;
            }
        }
        let steps = (0..self.steps.all().len()).filter_map(|at| self.wait_for(at, blocks[at]));
        let mut waits: Vec<Wait> = steps.collect();
        if self.task.is_paused {
            let pause = self.pause.as_ref();
            let by = pause.and_then(|pause| pause.by.as_deref()).unwrap_or("an unknown role");
            let reason = pause.and_then(|pause| pause.reason.as_deref());
            let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
            waits.push(Wait {
                since: pause.map(|pause| pause.since),
                ..self.of_task(
                    WaitKind::Paused,
                    format!("it was paused by {by}{reason}"),
                    format!("tasker_resume_task({id}) resumes it"),
                )
            });
        }
        if context.execution_status == ExecutionStatus::AllComplete {
            let (detail, hint) = ("nothing is left to run", format!("tasker_finalize_task({id}) ends it"));
            waits.push(self.of_task(WaitKind::NotFinalized, detail.to_owned(), hint));
        }
        waits
    }

    fn of_task(&self, kind: WaitKind, detail: String, hint: String) -> Wait {
        Wait {
            kind,
            workflow_step_id: None,
            name: None,
            since: None,
            until: None,
            blocks: 0,
            detail,
            hint,
            error: None,
            error_class: None,
            lease: None,
        }
    }

    /// The wait of one step; `None` if it has none, or if another step's wait explains it.
    fn wait_for(&self, at: usize, blocks: usize) -> Option<Wait> {
        let name = self.names[at].clone()?;
        let (step, assessment) = (&self.steps.all()[at], &self.assessments[at]);
        let id = step.id;
        let quoted = format!("step {id} \"{name}\"");
        let base = |kind, detail, hint| Wait {
            workflow_step_id: Some(id),
            name: Some(name.clone()),
            since: step.state_since,
            blocks,
            ..self.of_task(kind, detail, hint)
        };
        Some(match assessment.verdict.reason() {
            None => Wait {
                since: Some(eligible_since(step, self.steps.parents(at))),
                ..match self.held.get(&id) {
                    Some(LimitWait::Paused(limit)) => base(
                        WaitKind::Limit,
                        format!("{quoted} waits: {limit} is paused"),
                        "tasker_limits() shows the pause, tasker_resume() ends it".to_owned(),
                    ),
                    Some(LimitWait::Full(bucket)) => base(
                        WaitKind::Limit,
                        format!("{quoted} waits for a slot in {bucket}"),
                        "tasker_limits() shows how much is used, tasker_set_limit() allows more".to_owned(),
                    ),
                    turn @ (Some(LimitWait::Turn) | None) => base(
                        WaitKind::Unclaimed,
                        match turn {
                            Some(_) => format!("{quoted} is ready, and waits for the turn of its share"),
                            None => format!("{quoted} is ready, and no worker has claimed it"),
                        },
                        "start a worker that calls tasker_claim_steps(), or let the engine run the task"
                            .to_owned(),
                    ),
                }
            },
            Some(Reason::InProgress) => self.running(at, &base, &quoted),
            Some(Reason::WaitingForBackoff) => Wait {
                until: assessment.next_eligible_at,
                ..base(
                    WaitKind::Backoff,
                    match (assessment.attempts, assessment.retry_limit) {
                        (0, _) => format!("{quoted} is postponed"),
                        (attempts, most) => format!("{quoted} waits after attempt {attempts} of {most}"),
                    },
                    format!("tasker_retry_step({id}) lets it run at once"),
                )
            },
            Some(reason @ (Reason::NotRetryable | Reason::RetriesExhausted | Reason::Processed)) => {
                let error = self.errors.get(&id).cloned().unwrap_or_default();
                let said = error.message.as_deref().map_or_else(String::new, |said| format!(": {said}"));
                let (because, hint) = match reason {
                    Reason::Processed => (
                        "is marked as processed, although its state is not final",
                        format!(
                            "tasker_doctor() shows what is wrong; tasker_resolve_step({id}) marks it as done"
                        ),
                    ),
                    _ => (
                        "has failed for good",
                        format!(
                            "tasker_reset_step({id}) lets it run again with all attempts, tasker_resolve_step({id}) marks it as done"
                        ),
                    ),
                };
                Wait {
                    error: error.message.clone(),
                    error_class: error.class,
                    ..base(WaitKind::Failed, format!("{quoted} {because}{said}"), hint)
                }
            }
            Some(Reason::Cancelled) if blocks > 0 => base(
                WaitKind::Cancelled,
                format!("{quoted} was cancelled, and {blocks} more depend on it"),
                "the task ends without them when no other step is left".to_owned(),
            ),
            Some(Reason::InProcess) => base(
                WaitKind::InProcess,
                format!("{quoted} has the flag in_process: a program holds it"),
                format!("if none does, tasker_retry_step({id}) clears the flag"),
            ),
            Some(
                reason @ (Reason::DecisionPending
                | Reason::WaitingForSignal
                | Reason::WaitingForTime
                | Reason::WaitingForTask),
            ) => self.ruled(at, reason, &base, &quoted)?,
            Some(Reason::DependenciesNotSatisfied) => {
                let outside = self.steps.parents(at).iter();
                let outside = outside
                    .filter(|parent| parent.index.is_none())
                    .find(|parent| !parent.state.satisfies_children())?;
                if self.hidden_parents.contains(&outside.id) {
                    base(
                        WaitKind::OtherTask,
                        format!("{quoted} waits for a step of another task that you may not see"),
                        "ask a role that may see that step".to_owned(),
                    )
                } else {
                    base(
                        WaitKind::OtherTask,
                        format!("{quoted} waits for step {} of another task", outside.id),
                        format!("tasker_explain_step({}) shows what that one waits for", outside.id),
                    )
                }
            }
            Some(
                Reason::TaskClosed
                | Reason::TaskPaused
                | Reason::Finished
                | Reason::Cancelled
                | Reason::BlockedByCancellation
                | Reason::SkippedByCancellation,
            ) => return None,
        })
    }

    /// Describes the wait of a step that waits for its rule.
    fn ruled(
        &self,
        at: usize,
        reason: Reason,
        base: &dyn Fn(WaitKind, String, String) -> Wait,
        quoted: &str,
    ) -> Option<Wait> {
        let (rule, until) = (self.steps.rule(&self.steps.all()[at])?, self.assessments[at].next_eligible_at);
        let words = rule_in_words(reason, Some(rule), until);
        let detail = format!("{quoted}: {words}");
        let task = self.task.id;
        let (kind, hint) = match (reason, rule.waited_task) {
            (Reason::WaitingForSignal, _) => (WaitKind::Signal, format!("tasker_signal({task}, …) sends it")),
            (Reason::WaitingForTime, _) => {
                (WaitKind::Time, "tasker_maintain() ends the step then, and so does any claim".to_owned())
            }
            (Reason::WaitingForTask, Some(waited)) => (
                WaitKind::OtherTask,
                format!("tasker_explain_task({}) shows what that one waits for", waited.id),
            ),
            _ => {
                (WaitKind::Decision, "tasker_maintain() evaluates its rule, and so does any claim".to_owned())
            }
        };
        Some(Wait { since: rule.decided_at, until, ..base(kind, detail, hint) })
    }

    fn running(&self, at: usize, base: &dyn Fn(WaitKind, String, String) -> Wait, quoted: &str) -> Wait {
        let step = &self.steps.all()[at];
        let lease = self.leases.get(&step.id).cloned();
        let lease_until = lease.as_ref().map(|lease| lease.lease_until);
        let stale_after = self.stale_after.get(&step.id).copied();
        let until = lease_until.or_else(|| Some(step.state_since?.plus(stale_after?)));
        let found = StepFacts {
            step,
            assessment: &self.assessments[at],
            root_cause: None,
            lease_until,
            stale_after,
            now: self.now,
        };
        let holder = match &lease {
            Some(lease) => format!("worker \"{}\" runs {quoted}", lease.worker),
            None => format!("{quoted} is in progress, without a claim"),
        };
        let wait = if found.is_stuck() {
            base(
                WaitKind::Stuck,
                format!("{holder}, and its lease has expired"),
                "tasker_maintain() takes it back, and so does any claim".to_owned(),
            )
        } else {
            let hint = format!("wait for the worker; tasker_cancel_step({}) stops it", step.id);
            base(WaitKind::Running, holder, hint)
        };
        Wait { until, lease, ..wait }
    }
}
