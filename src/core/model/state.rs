//! The states of steps and tasks (semantics 2.1).
//!
//! Steps and tasks share the six names but not their transition tables, hence two types. A step or task
//! without a current transition is `pending` (semantics C8). The tables are those of semantics 2.2, the events
//! those of 2.5.

use std::fmt;

macro_rules! states {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            /// Waiting to run; also the state of what has no transition yet.
            Pending,
            /// Running.
            InProgress,
            /// Done.
            Complete,
            /// Failed; it may be retried.
            Error,
            /// Given up on; final.
            Cancelled,
            /// Resolved by an operator or a rule instead of by its handler.
            ResolvedManually,
        }

        impl $name {
            /// Every state, in the order of the semantics.
            pub const ALL: [Self; 6] = [
                Self::Pending,
                Self::InProgress,
                Self::Complete,
                Self::Error,
                Self::Cancelled,
                Self::ResolvedManually,
            ];

            /// The text that the tables hold.
            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::Pending => "pending",
                    Self::InProgress => "in_progress",
                    Self::Complete => "complete",
                    Self::Error => "error",
                    Self::Cancelled => "cancelled",
                    Self::ResolvedManually => "resolved_manually",
                }
            }

            /// The state that a stored text names, if it names one.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|state| state.as_str() == text)
            }

            /// Whether the table permits to go from this state to another.
            pub fn permits(self, to: Self) -> bool {
                self.targets().contains(&to)
            }

            /// The permitted targets as a hint lists them.
            pub fn describe_targets(self) -> String {
                match self.targets() {
                    [] => format!("\"{self}\" is final."),
                    targets => {
                        let names: Vec<&str> = targets.iter().map(|state| state.as_str()).collect();
                        format!("From \"{self}\" it may go to {}.", names.join(", "))
                    }
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

states! {
    /// The state of a workflow step.
    StepState
}

states! {
    /// The state of a task.
    TaskState
}

impl StepState {
    /// The permitted target states of a step in this state.
    pub const fn targets(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::InProgress, Self::Error, Self::Cancelled, Self::ResolvedManually],
            Self::InProgress => &[Self::Complete, Self::Error, Self::Cancelled],
            Self::Error => &[Self::Pending, Self::ResolvedManually],
            Self::Complete | Self::Cancelled | Self::ResolvedManually => &[],
        }
    }

    /// The event of a transition. The engine's own library never fills `from`, and so publishes
    /// `step.initialize_requested` for a retry (semantics 2.5).
    pub const fn event(from: Option<Self>, to: Self) -> &'static str {
        match (from, to) {
            (Some(Self::Error), Self::Pending) => "step.retry_requested",
            (_, Self::Pending) => "step.initialize_requested",
            (_, Self::InProgress) => "step.execution_requested",
            (_, Self::Complete) => "step.completed",
            (_, Self::Error) => "step.failed",
            (_, Self::Cancelled) => "step.cancelled",
            (_, Self::ResolvedManually) => "step.resolved_manually",
        }
    }

    /// The event of a transition that belongs to giving a step back. The table of states leads it through `error`, which is
    /// no failure.
    pub const fn event_of_release(to: Self) -> &'static str {
        match to {
            Self::Error => "step.released",
            other => Self::event(None, other),
        }
    }

    /// Whether nothing more can happen to a step in this state.
    pub const fn is_final(self) -> bool {
        self.targets().is_empty()
    }

    /// Whether a child that depends on a step in this state may run (semantics C9).
    pub const fn satisfies_children(self) -> bool {
        match self {
            Self::Complete | Self::ResolvedManually => true,
            Self::Pending | Self::InProgress | Self::Error | Self::Cancelled => false,
        }
    }

    /// Whether a worker is working on a step in this state.
    pub const fn is_running(self) -> bool {
        match self {
            Self::InProgress => true,
            Self::Pending | Self::Error | Self::Complete | Self::Cancelled | Self::ResolvedManually => false,
        }
    }

    /// Whether a step in this state can be started at all.
    pub const fn can_start(self) -> bool {
        match self {
            Self::Pending | Self::Error => true,
            Self::InProgress | Self::Complete | Self::Cancelled | Self::ResolvedManually => false,
        }
    }
}

impl TaskState {
    /// The permitted target states of a task in this state.
    pub const fn targets(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::InProgress, Self::Cancelled, Self::Error],
            Self::InProgress => &[Self::Complete, Self::Error, Self::Cancelled, Self::Pending],
            Self::Error => &[Self::Pending, Self::ResolvedManually],
            Self::Complete | Self::ResolvedManually => &[Self::Cancelled],
            Self::Cancelled => &[],
        }
    }

    /// The event of a transition; see [`StepState::event`].
    pub const fn event(from: Option<Self>, to: Self) -> &'static str {
        match (from, to) {
            (Some(Self::Error), Self::Pending) => "task.retry_requested",
            (_, Self::Pending) => "task.initialize_requested",
            (_, Self::InProgress) => "task.start_requested",
            (_, Self::Complete) => "task.completed",
            (_, Self::Error) => "task.failed",
            (_, Self::Cancelled) => "task.cancelled",
            (_, Self::ResolvedManually) => "task.resolved_manually",
        }
    }

    /// Whether the task is over, so that none of its steps may start any more (semantics R19).
    ///
    /// A task in `error` is not closed: its steps are retried.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Complete | Self::Cancelled | Self::ResolvedManually => true,
            Self::Pending | Self::InProgress | Self::Error => false,
        }
    }
}
