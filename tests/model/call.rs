//! What is tried: a few small tasks, and a sequence of calls.
//!
//! Tasks and steps are named by position, modulo how many there are, so that shrinking never leaves a case that
//! refers to nothing.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

#[derive(Clone, Debug)]
pub struct Case {
    pub tasks: usize,
    /// For each task: after how many seconds it must have ended, and whether it is cancelled then.
    pub deadlines: [Option<(i64, bool)>; 2],
    pub steps: Vec<NewStep>,
    pub calls: Vec<Call>,
}

#[derive(Clone, Debug)]
pub struct NewStep {
    pub task: usize,
    /// Bit n: the step at position n is a parent, if it comes before and belongs to the same task.
    parents: u8,
    pub retry_limit: Option<i32>,
    pub retryable: bool,
    /// How long an execution may last, in seconds.
    pub timeout: Option<i64>,
    /// How many elements the list of its first parent has for it, if it is mapped.
    elements: Option<usize>,
}

/// Which token a call shows.
#[derive(Clone, Copy, Debug)]
pub enum Token {
    /// The last one that was given out for the step.
    Last,
    /// The one before.
    Earlier,
    Stranger,
    None,
}

#[derive(Clone, Debug)]
pub enum Call {
    Advance(i64),
    Maintain,
    Claim { worker: usize, steps: i32, lease: i64, task: Option<usize> },
    Heartbeat { step: usize, token: Token, lease: Option<i64> },
    Release { step: usize, token: Token },
    Complete { step: usize, token: Token },
    Fail { step: usize, token: Token, retryable: bool, retry_after: Option<i64> },
    CancelStep { step: usize, descendants: bool },
    CancelTask(usize),
    CancelMany,
    ResolveStep(usize),
    RetryStep(usize),
    ResetStep(usize),
    Fork { task: usize, from: Option<usize> },
}

impl Case {
    pub fn task_of(&self, step: usize) -> usize {
        self.steps[step].task % self.tasks
    }

    pub fn parents_of(&self, step: usize) -> Vec<usize> {
        let is_parent = |&parent: &usize| {
            self.steps[step].parents & (1 << parent) != 0 && self.task_of(parent) == self.task_of(step)
        };
        (0..step).filter(is_parent).collect()
    }

    /// The mapped step, at most one so that the ids of its copies are known, and the length of its list.
    pub fn map(&self) -> Option<(usize, usize)> {
        let mut maps = self.steps.iter().enumerate().filter_map(|(at, step)| Some((at, step.elements?)));
        maps.find(|(at, _)| !self.parents_of(*at).is_empty())
    }
}

pub fn cases() -> impl Strategy<Value = Case> {
    let deadline = || option::weighted(0.3, (prop_oneof![Just(20i64), Just(200)], any::<bool>()));
    (1..=2usize, [deadline(), deadline()], vec(new_step(), 1..=6), vec(call(), 1..=30))
        .prop_map(|(tasks, deadlines, steps, calls)| Case { tasks, deadlines, steps, calls })
}

fn new_step() -> impl Strategy<Value = NewStep> {
    let limit = prop_oneof![4 => Just(None), 3 => Just(Some(2)), 2 => Just(Some(1)), 1 => Just(Some(0))];
    (
        prop_oneof![3 => Just(0usize), 1 => Just(1)],
        any::<u8>(),
        any::<u8>(),
        limit,
        prop::bool::weighted(0.85),
        option::weighted(0.3, prop_oneof![Just(10i64), Just(100)]),
        option::weighted(0.25, 0..=3usize),
    )
        .prop_map(|(task, some, others, retry_limit, retryable, timeout, elements)| {
            // Few enough parents that most steps get their turn.
            NewStep { task, parents: some & others, retry_limit, retryable, timeout, elements }
        })
}

fn token() -> impl Strategy<Value = Token> {
    prop_oneof![
        12 => Just(Token::Last),
        2 => Just(Token::Earlier),
        1 => Just(Token::Stranger),
        1 => Just(Token::None),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    // More than a case has at first: forks add steps.
    let step = || 0..12usize;
    let lease = || prop_oneof![Just(5i64), Just(30), Just(300)];
    let shown = || prop_oneof![9 => Just(Token::Last), 2 => Just(Token::Earlier), 1 => Just(Token::Stranger)];
    prop_oneof![
        6 => prop_oneof![Just(1i64), Just(2), Just(5), Just(31), Just(301)].prop_map(Call::Advance),
        1 => Just(Call::Maintain),
        10 => (0..3usize, 1..=3i32, lease(), option::weighted(0.2, 0..2usize))
            .prop_map(|(worker, steps, lease, task)| Call::Claim { worker, steps, lease, task }),
        3 => (step(), shown(), option::of(lease()))
            .prop_map(|(step, token, lease)| Call::Heartbeat { step, token, lease }),
        2 => (step(), shown()).prop_map(|(step, token)| Call::Release { step, token }),
        8 => (step(), token()).prop_map(|(step, token)| Call::Complete { step, token }),
        6 => (step(), token(), prop::bool::weighted(0.8), option::weighted(0.3, 1..60i64)).prop_map(
            |(step, token, retryable, retry_after)| Call::Fail { step, token, retryable, retry_after }
        ),
        1 => (step(), any::<bool>()).prop_map(|(step, descendants)| Call::CancelStep { step, descendants }),
        1 => (0..4usize).prop_map(Call::CancelTask),
        1 => Just(Call::CancelMany),
        2 => step().prop_map(Call::ResolveStep),
        2 => step().prop_map(Call::RetryStep),
        2 => step().prop_map(Call::ResetStep),
        2 => (0..4usize, option::weighted(0.7, step())).prop_map(|(task, from)| Call::Fork { task, from }),
    ]
}
