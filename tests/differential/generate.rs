//! Random cases. The strategy draws whole cases from proptest's generator; `shrink` makes them small.

use proptest::prelude::Rng;
use proptest::strategy::{NewTree, Strategy};
use proptest::test_runner::{TestRng, TestRunner};

use crate::case::{Asked, CLOCKS, Case, Change, Manner, Moment, Question, STATES, Step, Task, Transition};
use crate::shrink::CaseTree;

const PENDING: usize = 0;
const IN_PROGRESS: usize = 1;
const COMPLETE: usize = 2;
const ERROR: usize = 3;
const CANCELLED: usize = 4;

/// The strategy: everything that a Rails installation may hold, and what only plain SQL can write.
#[derive(Debug)]
pub struct Cases;

impl Strategy for Cases {
    type Tree = CaseTree;
    type Value = Case;

    fn new_tree(&self, runner: &mut TestRunner) -> NewTree<Self> {
        Ok(CaseTree::new(case(&mut Dice(runner.rng()))))
    }
}

struct Dice<'a>(&'a mut TestRng);

impl Dice<'_> {
    fn below(&mut self, limit: usize) -> usize {
        (self.0.next_u64() % limit.max(1) as u64) as usize
    }

    fn within(&mut self, low: i64, high: i64) -> i64 {
        low + (self.0.next_u64() % (high - low + 1) as u64) as i64
    }

    fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

fn case(dice: &mut Dice<'_>) -> Case {
    let size = match dice.below(100) {
        0..4 => 0,
        4..60 => dice.within(1, 6),
        60..90 => dice.within(7, 20),
        90..99 => dice.within(21, 60),
        _ => dice.within(61, 300),
    } as usize;
    let tasks: Vec<Task> =
        (0..dice.pick(&[1, 1, 1, 2, 3])).map(|_| Task { history: task_history(dice) }).collect();
    let weights = weights(dice);
    let steps: Vec<Step> = (0..size).map(|_| step(dice, tasks.len(), &weights)).collect();
    let edges = edges(dice, &steps);
    let changes = if size == 0 || dice.percent(40) { 0 } else { dice.below(7) };
    let changes = (0..changes).map(|_| change(dice, &tasks, &steps, edges.len())).collect();
    Case {
        clock: if dice.percent(80) { 0 } else { dice.below(CLOCKS.len()) },
        manner: dice.pick(&[Manner::Bulk, Manner::Copy, Manner::Rows, Manner::StepByStep]),
        edges_last: dice.percent(30),
        question: question(dice, tasks.len(), size),
        tasks,
        steps,
        edges,
        changes,
    }
}

fn question(dice: &mut Dice<'_>, tasks: usize, steps: usize) -> Question {
    let asked = |dice: &mut Dice<'_>| match dice.below(30) {
        0 => Asked::Unknown,
        1 => Asked::Null,
        _ => Asked::Task(dice.below(tasks)),
    };
    let task = asked(dice);
    let mut list: Vec<Asked> = (0..tasks).map(Asked::Task).collect();
    for _ in 0..dice.pick(&[0, 0, 1, 2]) {
        let position = dice.below(list.len());
        list.insert(position, asked(dice));
    }
    let steps = if steps == 0 { Vec::new() } else { (0..dice.below(5)).map(|_| dice.below(steps)).collect() };
    Question { task, tasks: list, steps }
}

/// How likely each state is: a case may be all but finished, freshly begun, full of failures, or anything.
fn weights(dice: &mut Dice<'_>) -> [usize; 6] {
    dice.pick(&[
        [50, 10, 25, 10, 2, 3],
        [10, 3, 75, 8, 1, 3],
        [25, 5, 20, 45, 3, 2],
        [40, 2, 20, 10, 25, 3],
        [1, 1, 1, 1, 1, 1],
        [20, 0, 60, 20, 0, 0],
    ])
}

fn weighted(dice: &mut Dice<'_>, weights: &[usize; 6]) -> usize {
    let mut rest = dice.below(weights.iter().sum());
    for (state, weight) in weights.iter().enumerate() {
        if rest < *weight {
            return state;
        }
        rest -= weight;
    }
    PENDING
}

fn task_history(dice: &mut Dice<'_>) -> Vec<Transition> {
    let state = weighted(dice, &[30, 40, 8, 8, 7, 7]);
    history(dice, state, Moment::seconds(-60))
}

/// Rows that lead to the state, or that merely claim it.
fn history(dice: &mut Dice<'_>, state: usize, since: Moment) -> Vec<Transition> {
    if state == PENDING && dice.percent(60) {
        return Vec::new();
    }
    let mut states = match dice.below(10) {
        0..4 => Vec::new(),
        4..7 if state != IN_PROGRESS => vec![IN_PROGRESS],
        7 => vec![PENDING, IN_PROGRESS, ERROR, PENDING],
        _ => (0..dice.below(4)).map(|_| dice.below(STATES.len())).collect(),
    };
    states.push(state);
    let (first, stride) = dice.pick(&[(10, 10), (10, 10), (0, 1), (1, 1), (-5, 7)]);
    let names_origin = dice.percent(20);
    let count = states.len();
    let mut rows: Vec<Transition> = states
        .iter()
        .enumerate()
        .map(|(position, &to_state)| Transition {
            to_state,
            from_state: if names_origin && position > 0 { Some(states[position - 1]) } else { None },
            sort_key: first + stride * position as i32,
            most_recent: position + 1 == count,
            created: if position + 1 == count {
                since
            } else {
                Moment::seconds(-4000 + 10 * position as i64)
            },
        })
        .collect();
    match dice.below(40) {
        // Nothing is current: the state is pending, whatever the rows say.
        0 | 1 => rows.iter_mut().for_each(|row| row.most_recent = false),
        // The current row is not the last one.
        2 => {
            let current = dice.below(count);
            rows.iter_mut().enumerate().for_each(|(position, row)| row.most_recent = position == current);
        }
        _ => {}
    }
    rows
}

fn step(dice: &mut Dice<'_>, tasks: usize, weights: &[usize; 6]) -> Step {
    let state = weighted(dice, weights);
    let attempts = match dice.below(20) {
        0..3 => None,
        3..16 => Some(dice.within(0, 6) as i32),
        16 => Some(dice.within(-25, -1) as i32),
        17 => Some(dice.within(7, 70) as i32),
        _ => Some(dice.pick(&[43, 44, 1023, 1024, i32::MAX, i32::MIN, -1074, -1080])),
    };
    let retry_limit = match dice.below(20) {
        0..2 => None,
        2..9 => Some(3),
        9..16 => Some(dice.within(1, 8) as i32),
        16..18 => Some(0),
        18 => Some(dice.pick(&[-1, -7, i32::MIN])),
        _ => Some(dice.pick(&[100, 2000, i32::MAX])),
    };
    let backoff = match dice.below(10) {
        0..6 => None,
        6..9 => Some(dice.pick(&[0, 1, 5, 30, 60, 300, 3600, 10_800])),
        _ => Some(dice.pick(&[-1, -300, 86_400 * 30, i32::MAX, i32::MIN])),
    };
    let since = around(dice, (state == ERROR).then(|| failure_delay(attempts)));
    let last_attempted =
        dice.percent(55).then(|| around(dice, backoff.map(|seconds| i64::from(seconds) * 1_000_000)));
    Step {
        task: dice.below(tasks),
        name: dice.below(5),
        retryable: dice.percent(80),
        retry_limit,
        attempts,
        backoff,
        last_attempted,
        in_process: dice.percent(8),
        processed: dice.percent(if state == COMPLETE { 80 } else { 6 }),
        skippable: dice.percent(15),
        created: if dice.percent(90) {
            Moment::seconds(-3600)
        } else {
            Moment(dice.within(-90_000_000_000, 5_000_000))
        },
        history: history(dice, state, since),
    }
}

/// Microseconds that a failed step waits; only to aim at the interesting moments.
fn failure_delay(attempts: Option<i32>) -> i64 {
    (2_f64.powi(attempts.unwrap_or(1).clamp(-64, 5)).min(30.0) * 1e6).round_ties_even() as i64
}

/// A moment whose wait ends about now, if there is one, or any moment.
fn around(dice: &mut Dice<'_>, wait: Option<i64>) -> Moment {
    match (dice.below(100), wait) {
        (0..30, Some(wait)) => Moment(-wait + dice.pick(&[-1, 0, 1])),
        (0..40, _) => Moment::seconds(-dice.within(0, 40)),
        (40..70, _) => Moment::seconds(-dice.within(41, 400)),
        (70..80, _) => Moment::seconds(dice.within(1, 100)),
        (80..90, _) => Moment(dice.within(-40_000_000_000, 40_000_000_000)),
        (90..98, _) => Moment::seconds(-dice.pick(&[3600, 7200, 28_800, 86_400])),
        (98, _) => Moment::INFINITY,
        _ => Moment::MINUS_INFINITY,
    }
}

/// Edges of a known shape between the steps of each task, in or against the order of their ids, with defects.
fn edges(dice: &mut Dice<'_>, steps: &[Step]) -> Vec<(usize, usize)> {
    let tasks = steps.iter().map(|step| step.task + 1).max().unwrap_or(0);
    // Rarely one shape runs through all tasks, so that chains of several steps cross between them.
    let groups = if dice.percent(15) { 1 } else { tasks };
    let mut edges = Vec::new();
    for group in 0..groups {
        let belongs = |step: &usize| groups < tasks || steps[*step].task == group;
        let mut members: Vec<usize> = (0..steps.len()).filter(belongs).collect();
        match dice.below(4) {
            0 => members.reverse(),
            1 => (1..members.len()).for_each(|position| members.swap(position, dice.below(position + 1))),
            _ => {}
        }
        let shape = shape(dice, members.len());
        edges.extend(shape.into_iter().map(|(from, to)| (members[from], members[to])));
    }
    if dice.percent(30) {
        (1..edges.len()).for_each(|position| edges.swap(position, dice.below(position + 1)));
    }
    if !edges.is_empty() && dice.percent(15) {
        let twice = dice.pick(&edges);
        edges.push(twice);
    }
    if !steps.is_empty() && dice.percent(20) {
        // Anything goes: to itself, backwards, into another task.
        for _ in 0..=dice.below(3) {
            edges.push((dice.below(steps.len()), dice.below(steps.len())));
        }
    }
    edges
}

fn shape(dice: &mut Dice<'_>, size: usize) -> Vec<(usize, usize)> {
    let last = size.saturating_sub(1);
    match dice.below(9) {
        0 => (1..size).map(|to| (to - 1, to)).collect(),
        1 => (1..last).flat_map(|middle| [(0, middle), (middle, last)]).collect(),
        2 => {
            let inner = last.max(1);
            let tree = (1..inner).map(|to| ((to - 1) / 2, to));
            tree.chain((inner / 2..last).map(|leaf| (leaf, last))).collect()
        }
        3 => (0..last).map(|from| (from, last)).collect(),
        4 => {
            // A chain, a fan and a merge in one, with one leaf beside.
            let third = size / 3;
            let chain = (1..third).map(|to| (to - 1, to));
            let fan = (third.max(1)..last).map(|to| (third.saturating_sub(1), to));
            chain.chain(fan).chain((2 * third + 1..last).map(|from| (from, last))).collect()
        }
        5 => {
            let width = dice.within(1, 5) as usize;
            (width..size)
                .flat_map(|to| (0..width).map(move |from| ((to / width - 1) * width + from, to)))
                .collect()
        }
        6 => Vec::new(),
        7 => (1..size).map(|to| (dice.below(to), to)).collect(),
        _ => {
            let chance = dice.pick(&[10, 30, 60]);
            let reach = 12;
            (1..size)
                .flat_map(|to| (to.saturating_sub(reach)..to).map(move |from| (from, to)))
                .filter(|_| dice.percent(chance))
                .collect()
        }
    }
}

fn change(dice: &mut Dice<'_>, tasks: &[Task], steps: &[Step], edges: usize) -> Change {
    let task = dice.below(tasks.len());
    let step = dice.below(steps.len());
    let other = dice.below(steps.len());
    let edge = dice.below(edges);
    let to_state = dice.pick(&[PENDING, IN_PROGRESS, COMPLETE, COMPLETE, ERROR, CANCELLED, 5]);
    let created = around(dice, Some(2_000_000));
    match dice.below(26) {
        0..5 => Change::Flip { step, to_state, created },
        5 => Change::FlipTask { task, to_state },
        6 => Change::FlipAll { task, to_state, created },
        7 | 8 => Change::Columns { step, like: Box::new(self::step(dice, tasks.len(), &[1; 6])) },
        9 => Change::Attempts { step, attempts: dice.pick(&[None, Some(0), Some(1), Some(3), Some(44)]) },
        10 => Change::CountAll { task },
        11 => Change::MoveStep { step, task },
        12 => Change::Unflag { step },
        13 => Change::Reset { step },
        14 => Change::DeleteCurrent { step },
        15 => Change::Rewrite { step, to_state, created },
        16 => Change::Hand { from: step, to: other },
        17 => Change::AddEdge { from: step, to: other },
        18 => Change::DeleteEdge { edge },
        19 => Change::BendEdge { edge, from: step, to: other },
        20 => Change::DeleteEdges { task },
        21 | 22 => Change::DeleteStep { step },
        23 => Change::DeleteTask { task },
        24 => Change::Renumber { step },
        _ => Change::TakenBack(Box::new(change(dice, tasks, steps, edges))),
    }
}
