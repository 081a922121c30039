//! What may be done with steps by hand.

use super::workflow::*;
use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::operate::*;
use crate::core::plan::{Action, FinalizationPlan};
use crate::core::readiness::Gate;
use crate::core::state::{StepState, TaskState};

fn is_refused_for_now(verdict: Result<(), TaskerError>) -> bool {
    matches!(verdict, Err(TaskerError::NotPermitted { .. }))
}

#[test]
fn a_cancellation_goes_only_where_the_table_permits_and_ends_cancelled() {
    for from in StepState::ALL {
        let path = cancellation(from);
        assert_eq!(path.is_empty(), from.is_final());
        let end = path.iter().fold(from, |state, next| {
            assert!(state.permits(*next), "{state} to {next}");
            *next
        });
        assert!(path.is_empty() || end == StepState::Cancelled);
        assert_eq!(is_refused_for_now(check_cancellation(&in_state(1, from))), path.is_empty());
    }
}

#[test]
fn a_step_starts_only_below_finished_parents_in_an_open_task() {
    for parent in StepState::ALL {
        let steps = workflow(vec![in_state(1, parent), step(2)], &[(1, 2)]);
        let (child, parents) = (&steps.all()[1], steps.parents(1));
        let verdict = check_step(child, parents, None, Gate::Open, StepState::InProgress);
        assert_eq!(verdict.is_ok(), parent.satisfies_children());
        for gate in [Gate::Paused, Gate::Closed] {
            assert!(is_refused_for_now(check_step(child, parents, None, gate, StepState::InProgress)));
            assert!(check_step(child, parents, None, gate, StepState::Cancelled).is_ok());
        }
    }
}

#[test]
fn a_task_is_complete_only_when_the_plan_says_so() {
    for action in [Action::Complete, Action::Fail, Action::Wait, Action::None] {
        let plan = || Ok(FinalizationPlan { action, reason: "because", is_tail: false });
        let verdict = check_task(TaskId(1), TaskState::InProgress, TaskState::Complete, plan);
        assert_eq!(verdict.is_ok(), action == Action::Complete);
        assert!(check_task(TaskId(1), TaskState::InProgress, TaskState::Cancelled, plan).is_ok());
    }
}

#[test]
fn a_task_is_deleted_once_it_has_ended_or_by_force() {
    for state in TaskState::ALL {
        let has_ended =
            matches!(state, TaskState::Complete | TaskState::Cancelled | TaskState::ResolvedManually);
        assert_eq!(check_deletion(TaskId(1), state, false).is_ok(), has_ended);
        assert!(has_ended || is_refused_for_now(check_deletion(TaskId(1), state, false)));
        assert!(check_deletion(TaskId(1), state, true).is_ok());
    }
}

#[test]
fn a_skip_needs_a_skippable_step_or_force() {
    let skippable = crate::core::steps::Step { skippable: true, ..step(1) };
    assert!(check_skip(&skippable, false).is_ok());
    assert!(is_refused_for_now(check_skip(&step(1), false)));
    assert!(check_skip(&step(1), true).is_ok());
    assert!(is_refused_for_now(check_skip(&in_state(1, StepState::Complete), true)));
}

#[test]
fn a_retry_needs_attempts_and_a_failure_or_a_wait() {
    let open = TaskState::Error;
    assert!(check_retry(&failed(1, 2), open, NOW).is_ok());
    assert!(is_refused_for_now(check_retry(&failed(1, 3), open, NOW)));
    assert!(is_refused_for_now(check_retry(&step(1), open, NOW)));
    let mut waiting = step(1);
    (waiting.last_attempted_at, waiting.backoff_request_seconds) = (Some(ago(60)), Some(61));
    assert!(check_retry(&waiting, open, NOW).is_ok());
    waiting.backoff_request_seconds = Some(60);
    assert!(is_refused_for_now(check_retry(&waiting, open, NOW)));
    let flagged = crate::core::steps::Step { in_process: true, ..step(1) };
    assert!(check_retry(&flagged, open, NOW).is_ok(), "the program that has set the flag may be gone");
    assert!(is_refused_for_now(check_retry(&failed(1, 2), TaskState::Complete, NOW)));
    assert!(is_refused_for_now(check_retry(&in_state(1, StepState::InProgress), open, NOW)));
}

#[test]
fn a_reset_is_for_what_has_failed_or_used_up_its_attempts() {
    let open = TaskState::Error;
    assert!(check_reset(&failed(1, 1), open, NOW).is_ok());
    assert!(check_reset(&failed(1, 3), open, NOW).is_ok());
    assert!(is_refused_for_now(check_reset(&step(1), open, NOW)));
    assert!(check_reset(&crate::core::steps::Step { attempts: Some(3), ..step(1) }, open, NOW).is_ok());
    assert!(is_refused_for_now(check_reset(&failed(1, 3), TaskState::Cancelled, NOW)));
    assert!(is_refused_for_now(check_reset(&in_state(1, StepState::ResolvedManually), open, NOW)));
}

/// Which of an operator's actions fit a step, and what each refusal advises.
#[test]
fn a_refused_action_names_the_one_that_fits() {
    let waiting = crate::core::steps::Step {
        last_attempted_at: Some(ago(60)),
        backoff_request_seconds: Some(3600),
        ..step(1)
    };
    let steps = [step(1), waiting, failed(1, 1), failed(1, 3)].into_iter().chain(
        [StepState::InProgress, StepState::Complete, StepState::Cancelled, StepState::ResolvedManually]
            .map(|state| in_state(1, state)),
    );
    for step in steps {
        let verdicts = |task| {
            [
                ("tasker_retry_step()", check_retry(&step, task, NOW)),
                ("tasker_reset_step()", check_reset(&step, task, NOW)),
                ("tasker_resolve_step()", check_resolution(&step)),
                ("tasker_skip_step()", check_skip(&step, false)),
                ("tasker_cancel_step()", check_cancellation(&step)),
            ]
        };
        for task in TaskState::ALL {
            let verdicts = verdicts(task);
            for (action, verdict) in &verdicts {
                let Err(error) = verdict else { continue };
                let TaskerError::NotPermitted { hint, .. } = error else { panic!("{action}: {error}") };
                let named = verdicts.iter().filter(|(other, _)| hint.contains(other));
                // Whatever is named is permitted.
                for (other, verdict) in named.clone() {
                    assert!(verdict.is_ok() || *other == "tasker_skip_step()", "{action}, {error}: {hint}");
                }
                assert!(
                    named.count() > 0 || hint.contains("tasker_create_task()"),
                    "{action}, {error}: {hint}"
                );
                assert!(!hint.contains("tasker_create_task()") || step.state.is_final() || task.is_closed());
            }
        }
    }
}

#[test]
fn descendants_are_all_that_can_be_reached_and_not_the_step_itself() {
    let steps = (1..=6).map(step).collect();
    let steps = workflow(steps, &[(1, 2), (1, 3), (2, 4), (3, 4), (4, 2), (5, 6)]);
    assert_eq!(descendants(&steps, StepId(1)), [2, 3, 4].map(StepId));
    assert_eq!(descendants(&steps, StepId(2)), [4].map(StepId));
    assert_eq!(descendants(&steps, StepId(6)), []);
}
