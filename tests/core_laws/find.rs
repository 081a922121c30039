use super::workflow::*;
use crate::core::find::{StepCondition, StepFacts, root_causes, wanted_states};
use crate::core::readiness::{Semantics, assess};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps};
use proptest::prelude::*;

fn causes(steps: &Steps) -> Vec<Option<usize>> {
    root_causes(steps, &assess(steps, |_| TaskState::InProgress, NOW, Semantics::Corrected))
}

/// In which conditions each step is.
fn conditions(steps: &Steps, task: TaskState) -> Vec<Vec<StepCondition>> {
    let assessments = assess(steps, |_| task, NOW, Semantics::Corrected);
    let causes = root_causes(steps, &assessments);
    let found = |at: usize| StepFacts {
        step: &steps.all()[at],
        assessment: &assessments[at],
        root_cause: causes[at],
        lease_until: None,
        stale_after: None,
        now: NOW,
    };
    let of = |at| StepCondition::ALL.into_iter().filter(|condition| condition.holds(&found(at))).collect();
    (0..steps.all().len()).map(of).collect()
}

fn exhausted(id: i64) -> Step {
    Step { attempts: Some(3), ..in_state(id, StepState::Error) }
}

#[test]
fn names_the_nearest_step_that_nothing_gets_past() {
    let steps = vec![exhausted(1), step(2), step(3), in_state(4, StepState::Cancelled), step(5), step(6)];
    let steps = workflow(steps, &[(1, 2), (2, 3), (4, 5), (5, 3)]);
    assert_eq!(causes(&steps), [Some(0), Some(0), Some(0), None, Some(3), None]);
}

#[test]
fn a_finished_step_passes_no_cause_on() {
    let steps = vec![exhausted(1), in_state(2, StepState::Complete), step(3)];
    assert_eq!(causes(&workflow(steps, &[(1, 2), (2, 3)])), [Some(0), None, None]);
}

#[test]
fn every_text_is_read_back() {
    for condition in StepCondition::ALL {
        assert_eq!(StepCondition::parse(condition.as_str()), Ok(condition));
    }
    assert!(StepCondition::parse("Ready").is_err());
}

#[test]
fn what_needs_a_person_is_blocked_and_what_waits_for_it_waits() {
    let marked = Step { processed: true, ..step(5) };
    let steps = vec![exhausted(1), step(2), step(3), step(4), marked];
    use StepCondition::{Blocked, Exhausted, Ready, Waiting};
    assert_eq!(
        conditions(&workflow(steps, &[(1, 2), (3, 4)]), TaskState::InProgress),
        [vec![Exhausted, Blocked], vec![Waiting], vec![Ready], vec![Waiting], vec![Blocked]]
    );
}

#[test]
fn below_a_cancelled_step_all_is_cut_off() {
    let cancelled = in_state(1, StepState::Cancelled);
    let steps = workflow(vec![cancelled, step(2), Step { skippable: true, ..step(3) }], &[(1, 2), (2, 3)]);
    assert_eq!(
        conditions(&steps, TaskState::InProgress),
        [vec![], vec![StepCondition::CutOff], vec![StepCondition::CutOff]]
    );
}

#[test]
fn in_a_closed_task_nothing_is_to_be_done() {
    let steps = workflow(vec![exhausted(1), step(2), step(3)], &[(1, 2)]);
    assert!(conditions(&steps, TaskState::Cancelled).iter().all(Vec::is_empty));
}

proptest! {
    /// A search begins with the states that a condition implies: it must not miss a step by that.
    #[test]
    fn a_condition_holds_in_its_states_alone(states in prop::collection::vec(0..6usize, 1..8), attempts in 0..5) {
        let steps = states.iter().enumerate().map(|(at, state)| Step {
            attempts: Some(attempts),
            ..in_state(at as i64 + 1, StepState::ALL[*state])
        });
        let edges: Vec<(i64, i64)> = (1..states.len() as i64).map(|at| (at, at + 1)).collect();
        let steps = workflow(steps.collect(), &edges);
        for (step, conditions) in steps.all().iter().zip(conditions(&steps, TaskState::InProgress)) {
            prop_assert!(conditions.iter().all(|condition| condition.states().contains(&step.state)));
        }
    }
}

#[test]
fn states_that_a_search_for_tasks_wants() {
    let wanted = |asked: Option<&[&str]>, is_active, has_failed| -> Option<Vec<String>> {
        let names = asked.map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        wanted_states(names.as_deref(), is_active, has_failed).map(|states| states.into_iter().collect())
    };
    let states = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(wanted(None, None, false), None);
    assert_eq!(wanted(None, Some(true), false), states(&["in_progress", "pending"]));
    // The engine may have written any state.
    assert_eq!(wanted(None, Some(false), false), None);
    assert_eq!(wanted(Some(&["mine", "error", "error"]), None, false), states(&["error", "mine"]));
    assert_eq!(wanted(Some(&["mine", "pending"]), Some(false), false), states(&["mine"]));
    assert_eq!(wanted(None, None, true), states(&["error"]));
    assert_eq!(wanted(None, Some(true), true), states(&[]));
    assert_eq!(wanted(Some(&[]), None, false), states(&[]));
    assert_eq!(wanted(Some(&["pending", "error"]), Some(true), false), states(&["pending"]));
    assert_eq!(wanted(Some(&["pending", "error"]), Some(false), true), states(&["error"]));
}
