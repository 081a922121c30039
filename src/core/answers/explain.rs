//! Explains why a step is ready or not: the document that `tasker_explain_step` returns.

use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::{Assessment, HoldTimes, Reason, eligible_since};
use crate::core::rules::{ParentOutcome, RuleState, Wait};
use crate::core::state::TaskState;
use crate::core::steps::{Parent, Step, Task};
use crate::core::time::Timestamp;
use crate::core::time_limits::StepTimes;
use crate::core::trouble::Trouble;
use serde::Serialize;
use serde_json::Value;

/// An open transaction that has changed or locked a step: usually a claim that is not committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LockedBy {
    /// The holder of the transaction.
    #[serde(flatten)]
    pub by: Holder,
    /// The time since which it has been open, or prepared; `None` if the caller may not see that.
    pub since: Option<Timestamp>,
}

/// The holder of a transaction, which can end it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Holder {
    /// A session.
    Session {
        /// The process id.
        pid: i32,
    },
    /// A prepared transaction: only `COMMIT PREPARED` or `ROLLBACK PREPARED` ends it.
    Prepared {
        /// The transaction identifier.
        prepared_transaction: String,
    },
}

/// Everything that decides whether a step is ready.
#[derive(Debug, Serialize)]
pub struct Explanation {
    workflow_step_id: StepId,
    name: String,
    ready: bool,
    /// The blocking reason; `null` if the step is ready.
    blocking_reason: Option<&'static str>,
    /// A sentence about the decision.
    summary: String,
    current_state: &'static str,
    state_since: Option<Timestamp>,
    eligible_since: Option<Timestamp>,
    next_eligible_at: Option<Timestamp>,
    evaluated_at: Timestamp,
    task: TaskPart,
    parents: ParentsPart,
    retries: RetriesPart,
    backoff: BackoffPart,
    flags: FlagsPart,
    /// The rule; absent for a step without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RulePart>,
    /// The lease; absent if no worker has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<LeasePart>,
    /// The limits of its time; absent if it has none of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_limits: Option<TimesPart>,
    /// Work on the step that was refused; absent if none was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    put_aside: Vec<Trouble>,
    /// The open transaction of another session that has changed or locked the step; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_by: Option<LockedBy>,
}

/// The rule of the step.
#[derive(Debug, Serialize)]
struct RulePart {
    /// The definition of the rule.
    definition: Value,
    /// The time since which the join is satisfied.
    decided_at: Option<Timestamp>,
    signal_sent_at: Option<Timestamp>,
    waited_task_id: Option<TaskId>,
    waited_task_state: Option<&'static str>,
}

/// The lease of a step, without the token, which only the holder may know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeasePart {
    /// The name that the worker gave.
    pub worker: String,
    /// The number of this execution, from 1.
    pub attempt: i32,
    /// The time of the claim.
    pub claimed_at: Timestamp,
    /// The time from which the step may be taken back.
    pub lease_until: Timestamp,
    /// The time of the last heartbeat.
    pub heartbeat_at: Option<Timestamp>,
    /// The last reported progress.
    pub progress: Option<Value>,
}

/// The limits of a step's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TimesPart {
    /// The limits, in seconds.
    #[serde(flatten)]
    pub limits: StepTimes,
    /// The time at which the execution that runs must have ended.
    pub ends_at: Option<Timestamp>,
    /// The time until which a worker must claim the step, if it is ready.
    pub start_by: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct TaskPart {
    task_id: TaskId,
    state: &'static str,
    closed: bool,
}

#[derive(Debug, Serialize)]
struct ParentsPart {
    total: usize,
    completed: usize,
    satisfied: bool,
    steps: Vec<ParentPart>,
}

#[derive(Debug, Serialize)]
struct ParentPart {
    workflow_step_id: StepId,
    name: Option<String>,
    current_state: &'static str,
    satisfied: bool,
}

#[derive(Debug, Serialize)]
struct RetriesPart {
    attempts: i32,
    retry_limit: i32,
    retryable: bool,
    eligible: bool,
}

#[derive(Debug, Serialize)]
struct BackoffPart {
    /// The end of the wait that `backoff_request_seconds` asks for.
    requested_until: Option<Timestamp>,
    /// The end of the wait that follows a failure.
    after_failure_until: Option<Timestamp>,
    last_failure_at: Option<Timestamp>,
    elapsed: bool,
}

#[derive(Debug, Serialize)]
struct FlagsPart {
    in_process: bool,
    processed: bool,
    skippable: bool,
}

/// A step with everything that [`explain`] needs.
#[derive(Debug)]
pub struct StepSurroundings<'a> {
    /// The step itself.
    pub step: &'a Step,
    /// The name of the step.
    pub name: String,
    /// The task of the step.
    pub task: &'a Task,
    /// The parents, one for each edge.
    pub parents: &'a [Parent],
    /// The rule, if the step has one.
    pub rule: Option<&'a RuleState>,
    /// The answer of the readiness rule.
    pub assessment: &'a Assessment,
    /// The lease, if a worker has one.
    pub lease: Option<LeasePart>,
    /// Work on it that was refused.
    pub put_aside: Vec<Trouble>,
    /// The uncommitted transaction that has changed or locked the step.
    pub locked_by: Option<LockedBy>,
    /// The limits of its time, if it has any, and the end of its execution with a limit.
    pub times: Option<(StepTimes, Option<Timestamp>)>,
}

/// Explains one step. `name_of` returns the name of a parent, if it is known. Of a parent that is not shown, the
/// document only contains that it counts.
///
/// # Complexity
/// O(parents).
pub fn explain(
    subject: StepSurroundings<'_>,
    name_of: impl Fn(&Parent) -> Option<String>,
    is_shown: impl Fn(&Parent) -> bool,
    now: Timestamp,
) -> Explanation {
    let StepSurroundings { step, name, task, parents, rule, assessment, lease, put_aside, locked_by, times } =
        subject;
    let waits = HoldTimes::of(step);
    let part = |parent: &Parent| ParentPart {
        workflow_step_id: parent.id,
        name: name_of(parent),
        current_state: parent.state.as_str(),
        satisfied: parent.state.satisfies_children(),
    };
    let unfinished = parents.iter().filter(|parent| !parent.state.satisfies_children());
    let missing: Vec<String> = unfinished
        .map(|parent| match name_of(parent) {
            _ if !is_shown(parent) => "a step that you may not see".to_owned(),
            Some(name) => format!("\"{name}\""),
            None => format!("step {}", parent.id),
        })
        .collect();
    Explanation {
        workflow_step_id: step.id,
        summary: match put_aside.iter().find(|trouble| trouble.work == "claim") {
            Some(trouble) if assessment.verdict.is_ready() => format!(
                "Step \"{name}\" is ready, but its claim was refused ({}); it is tried again at {}.",
                trouble.message,
                trouble.next_try.to_rfc3339()
            ),
            _ => summary(&name, task, rule, assessment, || match copies_in_words(rule) {
                Some(copies) => copies,
                None => listed(&missing),
            }),
        },
        name,
        ready: assessment.verdict.is_ready(),
        blocking_reason: assessment.verdict.reason().map(Reason::as_str),
        current_state: step.state.as_str(),
        state_since: step.state_since,
        eligible_since: assessment.verdict.is_ready().then(|| eligible_since(step, parents)),
        next_eligible_at: assessment.next_eligible_at,
        evaluated_at: now,
        task: TaskPart { task_id: task.id, state: task.state.as_str(), closed: task.state.is_closed() },
        parents: ParentsPart {
            total: assessment.total_parents,
            completed: assessment.completed_parents,
            satisfied: assessment.dependencies_satisfied,
            steps: parents.iter().filter(|parent| is_shown(parent)).map(part).collect(),
        },
        retries: RetriesPart {
            attempts: assessment.attempts,
            retry_limit: assessment.retry_limit,
            retryable: step.retryable,
            eligible: assessment.retry_eligible,
        },
        backoff: BackoffPart {
            requested_until: waits.requested_until,
            after_failure_until: waits.after_failure_until,
            last_failure_at: assessment.last_failure_at,
            elapsed: waits.latest().is_none_or(|until| until <= now),
        },
        flags: FlagsPart {
            in_process: step.in_process,
            processed: step.processed,
            skippable: step.skippable,
        },
        rule: rule.map(|rule| RulePart {
            definition: rule.rule.to_json(),
            decided_at: rule.decided_at,
            signal_sent_at: rule.signal_sent_at,
            waited_task_id: rule.waited_task.map(|task| task.id),
            waited_task_state: rule.waited_task.and_then(|task| task.state).map(TaskState::as_str),
        }),
        lease,
        put_aside,
        locked_by,
        time_limits: times.map(|(limits, ends_at)| TimesPart {
            limits,
            ends_at,
            start_by: limits
                .start_by(eligible_since(step, parents))
                .filter(|_| assessment.verdict.is_ready()),
        }),
    }
}

fn summary(
    name: &str,
    task: &Task,
    rule: Option<&RuleState>,
    assessment: &Assessment,
    missing: impl Fn() -> String,
) -> String {
    let Assessment { attempts, retry_limit, .. } = assessment;
    let because = match assessment.verdict.reason() {
        None => return format!("Step \"{name}\" is ready to run."),
        Some(Reason::TaskPaused) => "its task is paused".to_owned(),
        Some(Reason::TaskClosed) => {
            return format!("Step \"{name}\" will not run: its task is {}.", task.state);
        }
        Some(Reason::InProgress) => return format!("Step \"{name}\" is running."),
        Some(Reason::Finished) => return format!("Step \"{name}\" has finished."),
        Some(Reason::Cancelled) => return format!("Step \"{name}\" was cancelled."),
        Some(Reason::Processed) => "its flag \"processed\" is set although its state is not final".to_owned(),
        Some(Reason::NotRetryable) => "it failed and is not retryable".to_owned(),
        Some(Reason::RetriesExhausted) => format!("it has used {attempts} of {retry_limit} attempts"),
        Some(Reason::BlockedByCancellation) => "a step that it depends on was cancelled".to_owned(),
        Some(Reason::SkippedByCancellation) => {
            "a step that it depends on was cancelled, and the step is skippable".to_owned()
        }
        Some(Reason::DependenciesNotSatisfied) => format!("it waits for {}", missing()),
        Some(Reason::InProcess) => "its flag \"in_process\" is set: a program holds it".to_owned(),
        Some(Reason::WaitingForBackoff) => match assessment.next_eligible_at {
            Some(until) => format!("it must wait until {}", until.to_rfc3339()),
            None => "it must wait".to_owned(),
        },
        Some(
            reason @ (Reason::DecisionPending
            | Reason::WaitingForSignal
            | Reason::WaitingForTime
            | Reason::WaitingForTask),
        ) => rule_in_words(reason, rule, assessment.next_eligible_at),
    };
    format!("Step \"{name}\" cannot run: {because}.")
}

/// Writes a clause about the rule that makes a step wait, beginning with "it".
pub(super) fn rule_in_words(reason: Reason, rule: Option<&RuleState>, until: Option<Timestamp>) -> String {
    let until = until.map_or_else(String::new, |until| format!(" until {}", until.to_rfc3339()));
    match (reason, rule.and_then(|rule| Some((rule, rule.rule.wait.as_ref()?)))) {
        (Reason::WaitingForSignal, Some((_, Wait::Signal { name, .. }))) => {
            let most = if until.is_empty() { until } else { format!(",{until} at most") };
            format!("it waits for the signal \"{name}\"{most}")
        }
        (Reason::WaitingForTask, Some((RuleState { waited_task: Some(task), .. }, _))) => {
            format!("it waits for task {}", task.id)
        }
        (Reason::WaitingForTime, _) => format!("it waits{until}"),
        _ => "its rule must be evaluated again".to_owned(),
    }
}

/// Writes what a mapped step with copies waits for; `None` for any other step.
fn copies_in_words(rule: Option<&RuleState>) -> Option<String> {
    let copies = rule.filter(|rule| rule.decided_at.is_some())?.copies()?;
    let done = |outcome: &&Option<ParentOutcome>| {
        let done = [ParentOutcome::Complete, ParentOutcome::Skipped, ParentOutcome::Resolved];
        outcome.is_some_and(|outcome| done.contains(&outcome))
    };
    let failed = copies.iter().filter(|outcome| **outcome == Some(ParentOutcome::Failed)).count();
    let open = copies.len() - copies.iter().filter(done).count();
    let failed = if failed > 0 { format!(" ({failed} failed)") } else { String::new() };
    Some(format!("{open} of its {} copies{failed}", copies.len()))
}

/// Lists the first few of many items in a sentence.
fn listed(items: &[String]) -> String {
    const SHOWN: usize = 3;
    match items {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [.., last] if items.len() <= SHOWN => format!("{} and {last}", items[..items.len() - 1].join(", ")),
        _ => format!("{} and {} more", items[..SHOWN].join(", "), items.len() - SHOWN),
    }
}

/// The pause of a task: since when, by which role, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// The time since which the task is paused.
    pub since: Timestamp,
    /// The login role that paused the task.
    pub by: Option<String>,
    /// The reason that the role gave.
    pub reason: Option<String>,
}

/// The known data of a failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastError {
    /// The message of the worker.
    pub message: Option<String>,
    /// The error class.
    pub class: Option<String>,
}
