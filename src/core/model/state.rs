//! The states of steps and tasks, their permitted transitions, and the names of their events, as in the
//! engine.
//!
//! Steps and tasks share the six names, but their transitions differ; so there are two types. A step or task
//! without a current transition is `pending`.

use std::fmt;

macro_rules! states {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            /// The state before an execution, and without any transition.
            Pending,
            /// The step is executed; for a task: work on it has begun.
            InProgress,
            /// The state after success.
            Complete,
            /// The state after a failure; a retry may follow.
            Error,
            /// The state after a cancellation; it is final.
            Cancelled,
            /// The state after an operator or a rule has ended the step without its handler.
            ResolvedManually,
        }

        impl $name {
            /// All states, in the order of the engine.
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

            /// Returns whether the table permits to go from this state to another.
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
    /// `step.initialize_requested` for a retry.
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

    /// Returns the event of a transition that belongs to a release. The table of states leads a release through
    /// `error`, although it is not a failure.
    pub const fn event_of_release(to: Self) -> &'static str {
        match to {
            Self::Error => "step.released",
            other => Self::event(None, other),
        }
    }

    /// Returns whether nothing more can happen to a step in this state.
    pub const fn is_final(self) -> bool {
        self.targets().is_empty()
    }

    /// Returns whether a child that depends on a step in this state may run.
    pub const fn satisfies_children(self) -> bool {
        match self {
            Self::Complete | Self::ResolvedManually => true,
            Self::Pending | Self::InProgress | Self::Error | Self::Cancelled => false,
        }
    }

    /// Returns whether a worker is working on a step in this state.
    pub const fn is_running(self) -> bool {
        match self {
            Self::InProgress => true,
            Self::Pending | Self::Error | Self::Complete | Self::Cancelled | Self::ResolvedManually => false,
        }
    }

    /// Returns whether a step in this state can be started at all.
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

    /// Returns whether the task is over, so that none of its steps may start any more (R19).
    ///
    /// A task in `error` is not closed: its steps are retried.
    pub const fn is_closed(self) -> bool {
        match self {
            Self::Complete | Self::Cancelled | Self::ResolvedManually => true,
            Self::Pending | Self::InProgress | Self::Error => false,
        }
    }
}
