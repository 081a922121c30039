use super::workflow::*;
use crate::core::context::{Context, ExecutionStatus, HealthStatus, summarize};
use crate::core::readiness::{Gate, Semantics, assess};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::Step;
use proptest::prelude::*;

fn context(steps: Vec<Step>, edges: &[(i64, i64)], semantics: Semantics) -> Context {
    let steps = workflow(steps, edges);
    let assessments = assess(&steps, |_| TaskState::InProgress, NOW, semantics);
    summarize(steps.all(), &assessments, semantics)
}

fn status(steps: Vec<Step>, edges: &[(i64, i64)], semantics: Semantics) -> (ExecutionStatus, HealthStatus) {
    let context = context(steps, edges, semantics);
    (context.execution_status, context.health_status)
}

use ExecutionStatus::*;
use HealthStatus::*;

#[test]
fn an_exhausted_step_does_not_block_while_another_will_be_retried() {
    let steps = || vec![failed(1, 3), Step { state_since: Some(ago(1)), ..failed(2, 2) }];
    assert_eq!(status(steps(), &[], Semantics::V02), (BlockedByFailures, Blocked), "R16");
    assert_eq!(
        status(steps(), &[], Semantics::Corrected),
        (WaitingForDependencies, Blocked),
        "it needs a person all the same"
    );
}

#[test]
fn a_paused_task_does_not_fail_while_something_could_run() {
    let of = |steps: Vec<Step>| {
        let steps = workflow(steps, &[]);
        let assessments = assess(&steps, |_| Gate::Paused, NOW, Semantics::Corrected);
        let context = summarize(steps.all(), &assessments, Semantics::Corrected);
        (context.execution_status, context.counts.paused)
    };
    assert_eq!(of(vec![failed(1, 3), step(2)]), (WaitingForDependencies, 1));
    assert_eq!(of(vec![failed(1, 3)]), (BlockedByFailures, 0));
    assert_eq!(of(vec![failed(1, 3), in_state(2, StepState::InProgress)]), (Processing, 0));
}

#[test]
fn a_cancelled_step_lets_the_task_end() {
    let steps = || vec![in_state(1, StepState::Cancelled), step(2)];
    assert_eq!(status(steps(), &[(1, 2)], Semantics::V02), (WaitingForDependencies, Healthy), "R17");
    assert_eq!(status(steps(), &[(1, 2)], Semantics::Corrected), (AllComplete, Healthy));
}

#[test]
fn a_task_without_steps_is_complete() {
    let corrected = context(vec![], &[], Semantics::Corrected);
    assert_eq!((corrected.execution_status, corrected.completion), (AllComplete, Some(10_000)));
    let v02 = context(vec![], &[], Semantics::V02);
    assert_eq!((v02.execution_status, v02.completion), (WaitingForDependencies, None), "R18");
}

#[test]
fn a_step_that_is_marked_as_processed_and_has_not_ended_blocks() {
    let steps = || vec![Step { processed: true, ..step(1) }];
    assert_eq!(status(steps(), &[], Semantics::V02), (WaitingForDependencies, Healthy), "scenario 23");
    assert_eq!(status(steps(), &[], Semantics::Corrected), (BlockedByFailures, Blocked));
}

#[test]
fn a_failure_that_must_not_be_retried_blocks() {
    let steps = || vec![Step { retryable: false, ..failed(1, 1) }];
    assert_eq!(status(steps(), &[], Semantics::V02), (WaitingForDependencies, Recovering), "R2");
    assert_eq!(status(steps(), &[], Semantics::Corrected), (BlockedByFailures, Blocked));
}

#[test]
fn a_closed_task_is_over_unless_something_runs() {
    let over = context(vec![step(1)], &[], Semantics::Corrected).of_task(TaskState::Cancelled);
    assert_eq!(over.execution_status, Closed);
    let running = context(vec![in_state(1, StepState::InProgress)], &[], Semantics::Corrected);
    assert_eq!(running.of_task(TaskState::Cancelled).execution_status, Processing);
    assert_eq!(running.of_task(TaskState::InProgress), running);
}

#[test]
fn a_closed_task_keeps_its_facts() {
    let steps = workflow(vec![failed(1, 3), in_state(2, StepState::Cancelled), step(3)], &[(2, 3)]);
    let closed = assess(&steps, |_| TaskState::Cancelled, NOW, Semantics::Corrected);
    let context = summarize(steps.all(), &closed, Semantics::Corrected);
    assert_eq!((context.counts.blocked, context.counts.cut_off), (1, 1));
    assert_eq!((context.execution_status, context.health_status), (BlockedByFailures, Blocked));
}

#[test]
fn the_first_waiting_step_tells_when_to_look_again() {
    let waiting = |id, since| Step { state_since: Some(ago(since)), ..failed(id, 2) };
    let context = context(vec![waiting(1, 1), waiting(2, 3)], &[], Semantics::Corrected);
    assert_eq!(context.next_eligible_at, Some(ago(-1)));
}

#[test]
fn completion_is_rounded_half_up() {
    let of = |completed: i64, total: i64| {
        let steps = (1..=total)
            .map(|id| if id <= completed { in_state(id, StepState::Complete) } else { step(id) })
            .collect();
        context(steps, &[], Semantics::V02).completion
    };
    assert_eq!(of(1, 3), Some(3_333));
    assert_eq!(of(2, 3), Some(6_667));
    assert_eq!(of(1, 800), Some(13));
    assert_eq!(of(7, 7), Some(10_000));
}

proptest! {
    #[test]
    fn the_corrected_status_never_gives_up_too_early((steps, edges) in any_workflow()) {
        let context = context(steps, &edges, Semantics::Corrected);
        let going_on = context.counts.ready + context.counts.in_progress + context.counts.waiting > 0;
        prop_assert!(!going_on || !matches!(context.execution_status, BlockedByFailures | AllComplete | Closed));
        let counts = context.counts;
        prop_assert_eq!(
            counts.pending + counts.in_progress + counts.completed + counts.failed + counts.cancelled,
            counts.total
        );
    }
}
