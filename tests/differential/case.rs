//! What one case consists of: tasks, steps, edges, the way they are written, and the questions asked.
//!
//! Steps and tasks are named by their position; `write` gives them ids. `Debug` prints small tables.

use std::fmt;

use chrono::{NaiveDateTime, TimeDelta};

/// The clocks of the cases, in UTC: an ordinary noon, and the hours in which Los Angeles changes its clocks.
pub const CLOCKS: [&str; 3] = ["2026-01-01 12:00:00", "2026-03-08 10:00:00", "2026-11-01 09:00:00"];

/// The six states, for tasks and steps alike.
pub const STATES: [&str; 6] =
    ["pending", "in_progress", "complete", "error", "cancelled", "resolved_manually"];

/// A point in time, in microseconds from the clock of the case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub i64);

impl Moment {
    pub const INFINITY: Self = Self(i64::MAX);
    pub const MINUS_INFINITY: Self = Self(i64::MIN);

    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// The timestamp as PostgreSQL reads it.
    pub fn at(self, clock: usize) -> String {
        match self {
            Self::INFINITY => "infinity".to_owned(),
            Self::MINUS_INFINITY => "-infinity".to_owned(),
            Self(microseconds) => {
                let clock = NaiveDateTime::parse_from_str(CLOCKS[clock], "%F %T").expect("a valid clock");
                (clock + TimeDelta::microseconds(microseconds)).format("%F %T%.6f").to_string()
            }
        }
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::INFINITY => f.write_str("infinity"),
            Self::MINUS_INFINITY => f.write_str("-infinity"),
            Self(microseconds) => {
                let sign = if microseconds < 0 { '-' } else { '+' };
                let (seconds, rest) =
                    (microseconds.unsigned_abs() / 1_000_000, microseconds.unsigned_abs() % 1_000_000);
                if rest == 0 {
                    write!(f, "{sign}{seconds}s")
                } else {
                    write!(f, "{sign}{seconds}.{rest:06}s")
                }
            }
        }
    }
}

/// One row of a transition table.
#[derive(Clone, PartialEq)]
pub struct Transition {
    pub to_state: usize,
    pub from_state: Option<usize>,
    pub sort_key: i32,
    pub most_recent: bool,
    pub created: Moment,
}

impl fmt::Debug for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from_state) = self.from_state {
            write!(f, "{}>", STATES[from_state])?;
        }
        let current = if self.most_recent { "*" } else { "" };
        write!(f, "{}{current}#{}@{:?}", STATES[self.to_state], self.sort_key, self.created)
    }
}

/// One task; its state is what its history says.
#[derive(Clone, PartialEq)]
pub struct Task {
    pub history: Vec<Transition>,
}

/// One step; its state is what its history says, its columns need not agree.
#[derive(Clone, PartialEq)]
pub struct Step {
    pub task: usize,
    pub name: usize,
    pub retryable: bool,
    pub retry_limit: Option<i32>,
    pub attempts: Option<i32>,
    pub backoff: Option<i32>,
    pub last_attempted: Option<Moment>,
    pub in_process: bool,
    pub processed: bool,
    pub skippable: bool,
    pub created: Moment,
    pub history: Vec<Transition>,
}

impl Step {
    /// The step to which shrinking leads: fresh, with the defaults of the table.
    pub fn plain(task: usize) -> Self {
        Self {
            task,
            name: 0,
            retryable: true,
            retry_limit: Some(3),
            attempts: Some(0),
            backoff: None,
            last_attempted: None,
            in_process: false,
            processed: false,
            skippable: false,
            created: Moment::seconds(-3600),
            history: Vec::new(),
        }
    }
}

/// How the rows reach the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// One `INSERT … SELECT` for each table.
    Bulk,
    /// One `COPY` for each table.
    Copy,
    /// One `INSERT` for each row, histories written with their flags as they are.
    Rows,
    /// In the statement order of the engine: fresh steps, then each transition the Statesman way.
    StepByStep,
}

/// A later change; positions refer to the steps, edges and tasks of the case.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The Statesman way: the current row loses its flag, a new one gets it.
    Flip {
        step: usize,
        to_state: usize,
        created: Moment,
    },
    FlipTask {
        task: usize,
        to_state: usize,
    },
    /// All steps of a task at once, by one `UPDATE` and one `INSERT … SELECT`.
    FlipAll {
        task: usize,
        to_state: usize,
        created: Moment,
    },
    /// The columns of a step become those of another step.
    Columns {
        step: usize,
        like: Box<Step>,
    },
    Attempts {
        step: usize,
        attempts: Option<i32>,
    },
    /// One statement counts an attempt for every step of a task.
    CountAll {
        task: usize,
    },
    MoveStep {
        step: usize,
        task: usize,
    },
    /// The current transition loses its flag and nothing takes its place.
    Unflag {
        step: usize,
    },
    /// All transitions deleted, then one `pending` row.
    Reset {
        step: usize,
    },
    DeleteCurrent {
        step: usize,
    },
    /// The current transition is rewritten in place.
    Rewrite {
        step: usize,
        to_state: usize,
        created: Moment,
    },
    /// The current transition is given to another step that has none.
    Hand {
        from: usize,
        to: usize,
    },
    AddEdge {
        from: usize,
        to: usize,
    },
    DeleteEdge {
        edge: usize,
    },
    /// An edge gets other ends.
    BendEdge {
        edge: usize,
        from: usize,
        to: usize,
    },
    /// All edges of a task are deleted by one statement.
    DeleteEdges {
        task: usize,
    },
    DeleteStep {
        step: usize,
    },
    DeleteTask {
        task: usize,
    },
    /// A step to which nothing refers gets another id.
    Renumber {
        step: usize,
    },
    /// A change that is taken back with its savepoint.
    TakenBack(Box<Self>),
}

/// Which tasks and steps the functions are asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The task of the single forms.
    pub task: Asked,
    /// The tasks of the batch forms, in this order.
    pub tasks: Vec<Asked>,
    /// The steps to which a single form is restricted.
    pub steps: Vec<usize>,
}

/// An id as an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Task(usize),
    Unknown,
    Null,
}

/// A case, complete.
#[derive(Clone, PartialEq)]
pub struct Case {
    pub clock: usize,
    pub manner: Manner,
    /// Whether edges are written after the transitions instead of before them.
    pub edges_last: bool,
    pub tasks: Vec<Task>,
    pub steps: Vec<Step>,
    pub edges: Vec<(usize, usize)>,
    pub changes: Vec<Change>,
    pub question: Question,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let edges = if self.edges_last { ", edges last" } else { "" };
        writeln!(f, "clock {} UTC, written by {:?}{edges}", CLOCKS[self.clock], self.manner)?;
        for (position, task) in self.tasks.iter().enumerate() {
            writeln!(f, "task {position}: {:?}", task.history)?;
        }
        let header = "step task name retryable limit attempts backoff last_attempted in_process processed skippable \
                      created history";
        let mut table: Vec<Vec<String>> = vec![header.split_whitespace().map(str::to_owned).collect()];
        table.extend(self.steps.iter().enumerate().map(|(position, step)| step_cells(position, step)));
        f.write_str(&aligned(&table))?;
        let edges: Vec<String> = self.edges.iter().map(|(from, to)| format!("{from}->{to}")).collect();
        writeln!(f, "edges: {}", edges.join(" "))?;
        for change in &self.changes {
            writeln!(f, "then {change:?}")?;
        }
        write!(f, "asked: {:?}", self.question)
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&step_cells(0, self)[1..].join(" "))
    }
}

fn step_cells(position: usize, step: &Step) -> Vec<String> {
    fn shown<T: fmt::Debug>(value: Option<T>) -> String {
        value.map_or_else(|| "null".to_owned(), |value| format!("{value:?}"))
    }
    vec![
        position.to_string(),
        step.task.to_string(),
        step.name.to_string(),
        step.retryable.to_string(),
        shown(step.retry_limit),
        shown(step.attempts),
        shown(step.backoff),
        shown(step.last_attempted),
        step.in_process.to_string(),
        step.processed.to_string(),
        step.skippable.to_string(),
        format!("{:?}", step.created),
        format!("{:?}", step.history),
    ]
}

/// Lines of a table with its columns under each other.
pub fn aligned(table: &[Vec<String>]) -> String {
    let width = |column: usize| {
        table.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut text = String::new();
    for row in table {
        let cells: Vec<String> = row
            .iter()
            .enumerate()
            .map(|(column, cell)| format!("{cell:<width$}", width = width(column)))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
