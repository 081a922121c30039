//! Makes a failing case small: whole ranges of steps first, then edges, changes, histories, single columns.

use std::ops::Range;

use proptest::strategy::ValueTree;

use crate::case::{Asked, Case, Change, Manner, Moment, Step};

/// One attempt to make a case smaller.
#[derive(Clone, Debug)]
enum Cut {
    Changes(Range<usize>),
    /// A taken-back change is replaced by nothing but itself, without its savepoint.
    Plain(usize),
    Steps(Range<usize>),
    Edges(Range<usize>),
    Task(usize),
    StepHistory(usize),
    StepHistoryRow(usize, usize),
    StepColumn(usize, usize),
    TaskHistory(usize),
    TaskHistoryRow(usize, usize),
    Question(usize),
    Writing,
}

const COLUMNS: usize = 12;

/// Walks through all cuts, keeps each one that still fails, and starts again until none does.
#[derive(Debug)]
pub struct CaseTree {
    best: Case,
    current: Case,
    cuts: Vec<Cut>,
    next: usize,
    improved: bool,
}

impl CaseTree {
    pub fn new(case: Case) -> Self {
        Self { cuts: cuts(&case), current: case.clone(), best: case, next: 0, improved: false }
    }

    fn advance(&mut self) -> bool {
        loop {
            while let Some(cut) = self.cuts.get(self.next) {
                self.next += 1;
                if let Some(smaller) = apply(&self.best, cut) {
                    self.current = smaller;
                    return true;
                }
            }
            if !self.improved {
                self.current = self.best.clone();
                return false;
            }
            self.improved = false;
            self.cuts = cuts(&self.best);
            self.next = 0;
        }
    }
}

impl ValueTree for CaseTree {
    type Value = Case;

    fn current(&self) -> Case {
        self.current.clone()
    }

    fn simplify(&mut self) -> bool {
        self.improved |= self.current != self.best;
        self.best = self.current.clone();
        self.advance()
    }

    fn complicate(&mut self) -> bool {
        self.advance()
    }
}

/// Ranges of halving size from the end to the beginning, so that a removal leaves the earlier ones valid.
fn ranges(length: usize) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut size = length;
    while size > 0 {
        ranges.extend(
            (0..length.div_ceil(size)).rev().map(|part| part * size..((part + 1) * size).min(length)),
        );
        size /= 2;
    }
    ranges
}

fn cuts(case: &Case) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = ranges(case.changes.len()).into_iter().map(Cut::Changes).collect();
    cuts.push(Cut::Writing);
    cuts.extend(ranges(case.steps.len()).into_iter().map(Cut::Steps));
    cuts.extend((0..case.tasks.len()).rev().map(Cut::Task));
    cuts.extend(ranges(case.edges.len()).into_iter().map(Cut::Edges));
    cuts.extend((0..case.changes.len()).map(Cut::Plain));
    cuts.extend((0..case.steps.len()).map(Cut::StepHistory));
    cuts.extend((0..case.tasks.len()).map(Cut::TaskHistory));
    for (step, columns) in case.steps.iter().enumerate() {
        cuts.extend((0..COLUMNS).map(|column| Cut::StepColumn(step, column)));
        cuts.extend((0..columns.history.len()).rev().map(|row| Cut::StepHistoryRow(step, row)));
    }
    for (task, columns) in case.tasks.iter().enumerate() {
        cuts.extend((0..columns.history.len()).rev().map(|row| Cut::TaskHistoryRow(task, row)));
    }
    let questions = case.question.tasks.len() + case.question.steps.len() + 1;
    cuts.extend((0..questions).rev().map(Cut::Question));
    cuts
}

/// The smaller case, or `None` where the cut changes nothing.
fn apply(case: &Case, cut: &Cut) -> Option<Case> {
    let mut smaller = case.clone();
    match cut {
        Cut::Changes(range) => drop_range(&mut smaller.changes, range),
        Cut::Plain(position) => {
            if let Some(Change::TakenBack(inner)) = case.changes.get(*position) {
                smaller.changes[*position] = *inner.clone();
            }
        }
        Cut::Steps(range) => drop_steps(&mut smaller, range),
        Cut::Edges(range) => {
            let range = range.start.min(case.edges.len())..range.end.min(case.edges.len());
            drop_range(&mut smaller.edges, &range);
            smaller.changes.retain_mut(|change| map_edge(change, &range));
        }
        Cut::Task(task) => drop_task(&mut smaller, *task),
        Cut::StepHistory(step) => smaller.steps.get_mut(*step)?.history.clear(),
        Cut::StepHistoryRow(step, row) => {
            let history = &mut smaller.steps.get_mut(*step)?.history;
            drop_range(history, &(*row..*row + 1));
        }
        Cut::StepColumn(step, column) => plain_column(smaller.steps.get_mut(*step)?, *column),
        Cut::TaskHistory(task) => smaller.tasks.get_mut(*task)?.history.clear(),
        Cut::TaskHistoryRow(task, row) => {
            let history = &mut smaller.tasks.get_mut(*task)?.history;
            drop_range(history, &(*row..*row + 1));
        }
        Cut::Question(position) => {
            let tasks = case.question.tasks.len();
            if *position == 0 {
                smaller.question.task = Asked::Task(0);
            } else if *position <= tasks {
                smaller.question.tasks.remove(*position - 1);
            } else {
                drop_range(&mut smaller.question.steps, &(*position - tasks - 1..*position - tasks));
            }
        }
        Cut::Writing => {
            smaller.clock = 0;
            smaller.manner = Manner::Bulk;
            smaller.edges_last = false;
        }
    }
    (smaller != *case).then_some(smaller)
}

fn drop_range<T>(items: &mut Vec<T>, range: &Range<usize>) {
    let end = range.end.min(items.len());
    items.drain(range.start.min(end)..end);
}

fn drop_steps(case: &mut Case, range: &Range<usize>) {
    let moved = |step: usize| match step {
        step if step < range.start => Some(step),
        step if step < range.end => None,
        step => Some(step - (range.end - range.start)),
    };
    let before = case.edges.len();
    let mut edges = Vec::with_capacity(before);
    // Changes name edges by position: walk from the end, so that a dropped edge only moves those behind it.
    for position in (0..before).rev() {
        let (from, to) = case.edges[position];
        match (moved(from), moved(to)) {
            (Some(from), Some(to)) => edges.push((from, to)),
            _ => case.changes.retain_mut(|change| map_edge(change, &(position..position + 1))),
        }
    }
    edges.reverse();
    case.edges = edges;
    drop_range(&mut case.steps, range);
    case.changes.retain_mut(|change| map_steps(change, &moved));
    case.question.steps = case.question.steps.iter().filter_map(|&step| moved(step)).collect();
}

/// Gives the steps of a task to the first one and removes it.
fn drop_task(case: &mut Case, task: usize) {
    if task == 0 || task >= case.tasks.len() {
        return;
    }
    let moved = |other: usize| match other {
        other if other < task => other,
        other if other == task => 0,
        other => other - 1,
    };
    case.tasks.remove(task);
    for step in &mut case.steps {
        step.task = moved(step.task);
    }
    for change in &mut case.changes {
        map_task(change, &moved);
    }
    let asked = |asked: Asked| match asked {
        Asked::Task(task) => Asked::Task(moved(task)),
        other => other,
    };
    case.question.task = asked(case.question.task);
    case.question.tasks = case.question.tasks.iter().map(|&task| asked(task)).collect();
}

fn plain_column(step: &mut Step, column: usize) {
    let plain = Step::plain(step.task);
    match column {
        0 => step.name = plain.name,
        1 => step.retryable = plain.retryable,
        2 => step.retry_limit = plain.retry_limit,
        3 => step.attempts = plain.attempts,
        4 => step.backoff = plain.backoff,
        5 => step.last_attempted = plain.last_attempted,
        6 => step.in_process = plain.in_process,
        7 => step.processed = plain.processed,
        8 => step.skippable = plain.skippable,
        9 => step.created = plain.created,
        10 => step.last_attempted = step.last_attempted.map(|_| Moment::seconds(-60)),
        _ => {
            for row in &mut step.history {
                row.from_state = None;
                row.created = Moment::seconds(-60);
            }
        }
    }
}

/// Renames the steps of a change; false if one of them is gone.
fn map_steps(change: &mut Change, moved: &dyn Fn(usize) -> Option<usize>) -> bool {
    let keep = |step: &mut usize| moved(*step).map(|moved| *step = moved).is_some();
    match change {
        Change::Flip { step, .. }
        | Change::Columns { step, .. }
        | Change::Attempts { step, .. }
        | Change::MoveStep { step, .. }
        | Change::Unflag { step }
        | Change::Reset { step }
        | Change::DeleteCurrent { step }
        | Change::Rewrite { step, .. }
        | Change::DeleteStep { step }
        | Change::Renumber { step } => keep(step),
        Change::Hand { from, to } | Change::AddEdge { from, to } | Change::BendEdge { from, to, .. } => {
            keep(from) && keep(to)
        }
        Change::TakenBack(inner) => map_steps(inner, moved),
        Change::FlipTask { .. }
        | Change::FlipAll { .. }
        | Change::CountAll { .. }
        | Change::DeleteEdge { .. }
        | Change::DeleteEdges { .. }
        | Change::DeleteTask { .. } => true,
    }
}

fn map_task(change: &mut Change, moved: &dyn Fn(usize) -> usize) {
    match change {
        Change::FlipTask { task, .. }
        | Change::FlipAll { task, .. }
        | Change::CountAll { task }
        | Change::MoveStep { task, .. }
        | Change::DeleteEdges { task }
        | Change::DeleteTask { task } => *task = moved(*task),
        Change::Columns { like, .. } => like.task = moved(like.task),
        Change::TakenBack(inner) => map_task(inner, moved),
        _ => {}
    }
}

/// Renames the edge of a change after a range of edges is gone; false if it was one of them.
fn map_edge(change: &mut Change, gone: &Range<usize>) -> bool {
    match change {
        Change::DeleteEdge { edge } | Change::BendEdge { edge, .. } => {
            if gone.contains(edge) {
                return false;
            }
            if *edge >= gone.end {
                *edge -= gone.end - gone.start;
            }
            true
        }
        Change::TakenBack(inner) => map_edge(inner, gone),
        _ => true,
    }
}
