use crate::core::counts::{CountChanges, CountKind, CountedStep, MARKS, Marks, task_marks};
use crate::core::state::{StepState, TaskState};
use proptest::prelude::*;

fn step(state: StepState, attempts: Option<i32>, retry_limit: Option<i32>, retryable: bool) -> Marks {
    CountedStep {
        state,
        has_transition: true,
        attempts,
        retry_limit,
        retryable,
        was_attempted: attempts.is_some(),
        processed: false,
    }
    .marks()
}

fn shown(marks: Marks) -> Vec<CountKind> {
    use CountKind::*;
    let all = [
        Fresh,
        Pending,
        InProgress,
        Complete,
        Error,
        Cancelled,
        ResolvedManually,
        Retryable,
        RetryableV02,
        InBackoffV02,
        ExhaustedV02,
        Permanent,
    ];
    assert_eq!(all.len(), MARKS);
    all.into_iter().filter(|mark| marks.get(*mark) == 1).collect()
}

#[test]
fn every_state_is_counted_once() {
    for state in StepState::ALL {
        for has_transition in [false, true] {
            let step = CountedStep {
                state,
                has_transition,
                attempts: Some(1),
                retry_limit: Some(3),
                retryable: true,
                was_attempted: true,
                processed: false,
            };
            assert_eq!(step.marks().total(), 1, "{state}");
        }
    }
    assert_eq!(shown(step(StepState::Pending, None, None, true)), [CountKind::Pending]);
    assert_eq!(shown(task_marks(TaskState::Pending, false)), [CountKind::Fresh]);
    assert_eq!(shown(task_marks(TaskState::Pending, true)), [CountKind::Pending]);
    assert_eq!(shown(task_marks(TaskState::Cancelled, true)), [CountKind::Cancelled]);
}

#[test]
fn errors_are_told_apart_by_both_readings() {
    use CountKind::*;
    let error = |attempts, limit, retryable| shown(step(StepState::Error, attempts, limit, retryable));
    assert_eq!(error(Some(1), Some(3), true), [Error, Retryable, RetryableV02, InBackoffV02]);
    assert_eq!(error(Some(3), Some(3), true), [Error, ExhaustedV02]);
    // R13: the engine counts neither a step without a limit, nor one that must not be retried.
    assert_eq!(error(Some(1), None, true), [Error, Retryable]);
    assert_eq!(error(Some(3), None, true), [Error]);
    assert_eq!(error(Some(1), Some(3), false), [Error, Permanent]);
    assert_eq!(error(Some(3), Some(3), false), [Error, ExhaustedV02, Permanent]);
    // Never attempted: in error by hand. It waits for nothing.
    assert_eq!(error(None, Some(3), true), [Error, Retryable]);
    let unattempted = CountedStep {
        state: StepState::Error,
        has_transition: true,
        attempts: Some(0),
        retry_limit: Some(3),
        retryable: true,
        was_attempted: false,
        processed: false,
    };
    assert_eq!(shown(unattempted.marks()), [Error, Retryable, RetryableV02]);
}

/// What happens in a transaction.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Count(i64),
    Begin,
    Keep,
    Drop,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let one = prop_oneof![
        3 => (-3..4_i64).prop_map(Happening::Count),
        2 => Just(Happening::Begin),
        1 => Just(Happening::Keep),
        1 => Just(Happening::Drop),
    ];
    proptest::collection::vec(one, 0..60)
}

proptest! {
    /// Against a stack of sums, one for each open subtransaction.
    #[test]
    fn a_tally_forgets_what_is_rolled_back_and_nothing_else(happenings in happenings()) {
        let mut tally = CountChanges::default();
        let mut stack = vec![0_i64];
        for happening in happenings {
            let level = stack.len() as i32;
            match happening {
                Happening::Count(times) => {
                    tally.add(level, &step(StepState::Complete, None, None, true), times);
                    *stack.last_mut().unwrap() += times;
                }
                Happening::Begin => stack.push(0),
                Happening::Keep if level > 1 => {
                    tally.keep(level);
                    let kept = stack.pop().unwrap();
                    *stack.last_mut().unwrap() += kept;
                }
                Happening::Drop if level > 1 => {
                    tally.drop(level);
                    stack.pop();
                }
                Happening::Keep | Happening::Drop => {}
            }
            prop_assert_eq!(tally.sum().get(CountKind::Complete), stack.iter().sum::<i64>());
        }
    }
}
