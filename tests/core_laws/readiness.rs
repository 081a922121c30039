use super::workflow::*;
use crate::core::ids::StepId;
use crate::core::readiness::{Assessment, Reason, Semantics, Verdict, assess, eligible_since};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps, StepsBuilder};
use crate::core::time::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::{HashMap, HashSet};

fn assess_open(steps: &Steps, semantics: Semantics) -> Vec<Assessment> {
    assess(steps, |_| TaskState::InProgress, NOW, semantics)
}

fn verdicts(steps: Vec<Step>, edges: &[(i64, i64)], semantics: Semantics) -> Vec<Verdict> {
    assess_open(&workflow(steps, edges), semantics).iter().map(|assessment| assessment.verdict).collect()
}

fn corrected(step: Step) -> Verdict {
    verdicts(vec![step], &[], Semantics::Corrected)[0]
}

fn v02(step: Step) -> Verdict {
    verdicts(vec![step], &[], Semantics::V02)[0]
}

const READY: Verdict = Verdict::Ready;
fn blocked(reason: Reason) -> Verdict {
    Verdict::Blocked(reason)
}

#[test]
fn a_step_runs_when_its_parents_are_done() {
    for semantics in [Semantics::V02, Semantics::Corrected] {
        for state in StepState::ALL {
            let both = verdicts(vec![in_state(1, state), step(2)], &[(1, 2)], semantics);
            let done = matches!(state, StepState::Complete | StepState::ResolvedManually);
            assert_eq!(both[1].is_ready(), done, "{semantics:?}: parent {state}");
        }
    }
}

#[test]
fn the_first_attempt_of_a_step_that_is_not_retryable_runs() {
    let fresh = Step { retryable: false, ..step(1) };
    assert_eq!(corrected(fresh.clone()), READY);
    assert_eq!(v02(fresh), blocked(Reason::NotRetryable), "R3");
}

#[test]
fn a_failure_of_a_step_that_is_not_retryable_is_final() {
    let failed = Step { retryable: false, ..failed(1, 1) };
    assert_eq!(corrected(failed.clone()), blocked(Reason::NotRetryable));
    let sent_back = Step { state: StepState::Pending, ..failed };
    assert_eq!(corrected(sent_back), blocked(Reason::RetriesExhausted));
}

#[test]
fn a_limit_of_zero_means_one_attempt() {
    let limited = |step: Step| Step { retry_limit: Some(0), ..step };
    assert_eq!(corrected(limited(step(1))), READY);
    assert_eq!(corrected(limited(failed(1, 1))), blocked(Reason::RetriesExhausted));
    assert_eq!(v02(limited(step(1))), blocked(Reason::RetriesExhausted), "R3");
}

#[test]
fn missing_numbers_have_defaults() {
    assert_eq!(corrected(Step { attempts: None, ..step(1) }), READY);
    assert_eq!(corrected(Step { retry_limit: None, ..failed(1, 2) }), READY);
    assert_eq!(corrected(Step { retry_limit: None, ..failed(1, 3) }), blocked(Reason::RetriesExhausted));
}

#[test]
fn a_failed_step_waits_for_the_longer_of_its_waits() {
    let asked = |seconds| Step {
        state_since: Some(ago(5)),
        last_attempted_at: Some(ago(5)),
        backoff_request_seconds: Some(seconds),
        retry_limit: Some(10),
        ..failed(1, 4)
    };
    let steps = workflow(vec![asked(1)], &[]);
    let wait = |semantics| assess_open(&steps, semantics)[0].next_eligible_at;
    assert_eq!(wait(Semantics::Corrected), Some(ago(-11)), "16 s after a failure 5 s ago");
    assert_eq!(wait(Semantics::V02), Some(ago(4)), "R6: the requested wait alone");
    assert_eq!(corrected(asked(1)), blocked(Reason::WaitingForBackoff));
}

#[test]
fn a_wait_ends_at_its_last_microsecond() {
    let due = Step { state_since: Some(ago(2)), ..failed(1, 1) };
    assert_eq!(corrected(due.clone()), READY);
    let later = due.state_since.map(|since| since.plus(crate::core::time::Duration::microseconds(1)));
    assert_eq!(corrected(Step { state_since: later, ..due }), blocked(Reason::WaitingForBackoff));
}

#[test]
fn a_requested_wait_needs_both_of_its_columns() {
    let asked = Step { backoff_request_seconds: Some(300), ..step(1) };
    assert_eq!(corrected(asked.clone()), READY);
    assert_eq!(
        corrected(Step { last_attempted_at: Some(ago(1)), ..asked }),
        blocked(Reason::WaitingForBackoff)
    );
}

#[test]
fn nothing_is_ready_in_a_closed_task() {
    let steps = workflow(vec![step(1)], &[]);
    for state in TaskState::ALL {
        let verdict = assess(&steps, |_| state, NOW, Semantics::Corrected)[0].verdict;
        let closed =
            matches!(state, TaskState::Complete | TaskState::Cancelled | TaskState::ResolvedManually);
        assert_eq!(verdict == blocked(Reason::TaskClosed), closed, "{state}");
        assert!(assess(&steps, |_| state, NOW, Semantics::V02)[0].verdict.is_ready(), "R19: {state}");
    }
}

#[test]
fn cancellation_cuts_off_all_that_depends_on_it() {
    let skippable = Step { skippable: true, ..step(4) };
    let steps = vec![in_state(1, StepState::Cancelled), step(2), step(3), skippable, step(5)];
    let edges = [(1, 2), (2, 3), (3, 4)];
    let verdicts = verdicts(steps, &edges, Semantics::Corrected);
    assert_eq!(
        verdicts[1..],
        [
            blocked(Reason::BlockedByCancellation),
            blocked(Reason::BlockedByCancellation),
            blocked(Reason::SkippedByCancellation),
            READY,
        ]
    );
}

#[test]
fn cancellation_stops_at_what_has_finished() {
    let steps = vec![in_state(1, StepState::Cancelled), in_state(2, StepState::ResolvedManually), step(3)];
    assert_eq!(verdicts(steps, &[(1, 2), (2, 3)], Semantics::Corrected)[2], READY);
}

#[test]
fn a_repeated_edge_counts_again() {
    let steps = workflow(vec![in_state(1, StepState::Complete), step(2)], &[(1, 2), (1, 2)]);
    let child = assess_open(&steps, Semantics::V02)[1];
    assert_eq!((child.total_parents, child.completed_parents), (2, 2));
}

#[test]
fn a_parent_of_another_task_counts_by_its_state() {
    let mut builder = StepsBuilder::default();
    builder.push(step(2), [StepId(1), StepId(99)]);
    let linked = builder.link();
    assert_eq!(linked.outside_parents(), [StepId(1), StepId(99)]);
    let states = HashMap::from([(StepId(1), (StepState::Complete, Some(ago(1))))]);
    let steps = linked.resolve(&states);
    let child = assess_open(&steps, Semantics::Corrected)[0];
    assert_eq!((child.completed_parents, child.total_parents), (1, 2), "an unknown parent is pending");
}

#[test]
fn eligible_since_the_last_thing_that_had_to_happen() {
    let parent = Step { state_since: Some(ago(7)), ..in_state(1, StepState::Complete) };
    let steps = workflow(vec![parent, step(2)], &[(1, 2)]);
    assert_eq!(eligible_since(&steps.all()[1], steps.parents(1)), ago(7));
    assert_eq!(eligible_since(&steps.all()[0], &[]), ago(7));
}

/// The corrected rule once more, as a person would check it by hand, without any cleverness.
fn naive_is_ready(step: &Step, parents: &[StepState]) -> bool {
    let attempts = step.attempts.unwrap_or(0);
    let limit = if step.retryable { step.retry_limit.unwrap_or(3).max(1) } else { 1 };
    let requested_over = match (step.backoff_request_seconds, step.last_attempted_at) {
        (Some(wait), Some(last)) => last.to_postgres() + i64::from(wait) * 1_000_000 <= NOW.to_postgres(),
        _ => true,
    };
    let retry_over = match (step.state, step.state_since) {
        (StepState::Error, Some(since)) => {
            let wait = 2f64.powi(step.attempts.unwrap_or(1)).min(30.0) * 1e6;
            since.to_postgres() + wait.round_ties_even() as i64 <= NOW.to_postgres()
        }
        _ => true,
    };
    (step.state == StepState::Pending || (step.state == StepState::Error && step.retryable))
        && !step.processed
        && !step.in_process
        && attempts < limit
        && requested_over
        && retry_over
        && parents.iter().all(|state| matches!(state, StepState::Complete | StepState::ResolvedManually))
}

proptest! {
    #[test]
    fn agrees_with_the_rule_written_by_hand((steps, edges) in any_workflow()) {
        let resolved = workflow(steps.clone(), &edges);
        for (at, assessment) in assess_open(&resolved, Semantics::Corrected).iter().enumerate() {
            let parents: Vec<StepState> = resolved.parents(at).iter().map(|parent| parent.state).collect();
            prop_assert_eq!(assessment.verdict.is_ready(), naive_is_ready(&resolved.all()[at], &parents));
        }
    }

    #[test]
    fn finishing_a_parent_never_makes_a_child_less_ready((steps, edges) in any_workflow(), which in 0..12usize) {
        let which = which % steps.len();
        let before = assess_open(&workflow(steps.clone(), &edges), Semantics::Corrected);
        let mut after = steps.clone();
        after[which].state = StepState::Complete;
        let after = assess_open(&workflow(after, &edges), Semantics::Corrected);
        for at in (0..steps.len()).filter(|at| *at != which) {
            prop_assert!(after[at].verdict.is_ready() >= before[at].verdict.is_ready());
        }
    }

    #[test]
    fn what_waits_is_ready_when_the_wait_is_over((steps, edges) in any_workflow()) {
        let steps = workflow(steps, &edges);
        for (at, assessment) in assess_open(&steps, Semantics::Corrected).iter().enumerate() {
            if assessment.verdict == blocked(Reason::WaitingForBackoff) {
                let until = assessment.next_eligible_at.unwrap();
                prop_assert!(until > NOW);
                let later = assess(&steps, |_| TaskState::Pending, until, Semantics::Corrected);
                prop_assert!(later[at].verdict.is_ready());
            }
        }
    }

    #[test]
    fn order_of_arrival_does_not_matter((steps, edges) in any_workflow()) {
        let mut reversed = steps.clone();
        reversed.reverse();
        for semantics in [Semantics::V02, Semantics::Corrected] {
            prop_assert_eq!(
                assess_open(&workflow(steps.clone(), &edges), semantics),
                assess_open(&workflow(reversed.clone(), &edges), semantics)
            );
        }
    }
}

/// Children of task 1, each with parents of task 2, numbered on from 10, in these states.
fn children(states: &[Vec<StepState>]) -> (StepsBuilder, HashMap<StepId, (StepState, Option<Timestamp>)>) {
    let (mut builder, mut known, mut next) = (StepsBuilder::default(), HashMap::new(), 10);
    for (child, states) in states.iter().enumerate() {
        let parents: Vec<StepId> = (next..).map(StepId).take(states.len()).collect();
        next += states.len() as i64;
        known.extend(parents.iter().copied().zip(states.iter().map(|state| (*state, Some(ago(1))))));
        builder.push(step(child as i64 + 1), parents);
    }
    (builder, known)
}

#[test]
fn of_many_parents_the_last_one_is_asked_first() {
    use StepState::{Complete, Pending};
    let (builder, _) = children(&[vec![Complete; 2], vec![Complete; 3], vec![Pending; 4]]);
    let (linked, none) = (builder.link(), HashSet::new());
    assert_eq!(linked.last_of_many_parents(2, &none), [StepId(14), StepId(18)]);
    let unfinished = HashSet::from([StepId(18)]);
    assert_eq!(linked.deciding_parents(2, &none, &unfinished), [10, 11, 12, 13, 14].map(StepId));
    assert_eq!(linked.deciding_parents(9, &none, &unfinished).len(), 9, "none of them has so many");
}

proptest! {
    #[test]
    fn the_deciding_parents_tell_what_all_of_them_would(
        states in vec(vec(prop_oneof![4 => Just(StepState::Complete), 1 => select(&StepState::ALL)], 0..6), 1..5),
        many in 0..4usize,
    ) {
        let ready = |known: &HashMap<StepId, _>| {
            let steps = children(&states).0.link().resolve(known);
            assess_open(&steps, Semantics::Corrected).iter().map(|step| step.verdict.is_ready()).collect::<Vec<_>>()
        };
        let (builder, all) = children(&states);
        let (linked, none) = (builder.link(), HashSet::new());
        let mut asked = linked.last_of_many_parents(many, &none);
        let unfinished = asked.iter().copied().filter(|parent| !all[parent].0.satisfies_children()).collect();
        asked.extend(linked.deciding_parents(many, &none, &unfinished));
        let known = all.iter().filter(|(parent, _)| asked.contains(parent)).map(|(parent, state)| (*parent, *state));
        prop_assert_eq!(ready(&known.collect()), ready(&all));
    }
}
