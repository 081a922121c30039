//! Every option: its name, what it may be, its default and what it is for. Names and defaults are the engine's
//! (semantics 7.1) where it has them; a default that differs says why.

use serde_json::{Map, Value};

/// One option of a section.
#[derive(Debug)]
pub struct Setting {
    /// Its name, as in the engine's configuration.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// The value if nobody sets it, as JSON; `null` where a setting of the server or the session says it then.
    default: &'static str,
    /// What it is for, for the one who reads `tasker_config()`.
    pub about: &'static str,
}

/// What an option may be.
#[derive(Debug)]
pub enum Kind {
    /// `true` or `false`
    Boolean,
    /// A whole number in a range.
    Integer(i64, i64),
    /// A number in a range.
    Number(f64, f64),
    /// One of some words.
    Choice(&'static [&'static str]),
    /// A list of whole numbers in a range, at least one of them.
    Integers(i64, i64),
    /// Options under a name of their own.
    Group(&'static [Setting]),
}

impl Setting {
    /// The value if nobody sets it.
    pub fn default_value(&self) -> Value {
        match self.kind {
            Kind::Group(settings) => Value::Object(defaults(settings)),
            // A law reads every default.
            _ => serde_json::from_str(self.default).unwrap_or_default(),
        }
    }
}

/// The defaults of a group of options.
pub(super) fn defaults(settings: &[Setting]) -> Map<String, Value> {
    settings.iter().map(|setting| (setting.name.to_owned(), setting.default_value())).collect()
}

/// The options of a group that have values of their own, each with its path.
pub(super) fn leaves(prefix: &str, settings: &'static [Setting]) -> Vec<(String, &'static Setting)> {
    let mut found = Vec::new();
    for setting in settings {
        let path = format!("{prefix}{}", setting.name);
        match setting.kind {
            Kind::Group(settings) => found.extend(leaves(&format!("{path}."), settings)),
            _ => found.push((path, setting)),
        }
    }
    found
}

/// A whole number that counts or weighs something.
const fn count(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, kind: Kind::Integer(0, 1_000_000), default, about }
}

/// A factor or a share.
const fn factor(name: &'static str, most: f64, default: &'static str, about: &'static str) -> Setting {
    Setting { name, kind: Kind::Number(0.0, most), default, about }
}

/// A length of time.
const fn seconds(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, kind: Kind::Integer(0, LONGEST_SECONDS), default, about }
}

const fn group(name: &'static str, settings: &'static [Setting]) -> Setting {
    Setting { name, kind: Kind::Group(settings), default: "", about: "" }
}

/// About 31 years: nobody waits for longer, and every sum stays far from the end of time.
const LONGEST_SECONDS: i64 = 1_000_000_000;

pub(super) const BACKOFF: &[Setting] = &[
    Setting {
        name: "mode",
        kind: Kind::Choice(&[
            "v02",
            "progression",
            "exponential",
            "polynomial",
            "linear",
            "fibonacci",
            "constant",
            "none",
        ]),
        default: "\"v02\"",
        about: "how the wait after a failure grows, as in tasker_backoff_seconds(); v02: 2 to the power of the attempts, at most 30 seconds",
    },
    Setting {
        name: "base_seconds",
        kind: Kind::Number(0.0, LONGEST_SECONDS as f64),
        default: "1",
        about: "what the modes exponential, polynomial, linear, fibonacci and constant begin with",
    },
    Setting {
        name: "default_backoff_seconds",
        kind: Kind::Integers(0, LONGEST_SECONDS),
        default: "[1, 2, 4, 8, 16, 32]",
        about: "the first waits of the mode progression",
    },
    Setting {
        name: "backoff_multiplier",
        kind: Kind::Number(0.0, 1000.0),
        default: "2.0",
        about: "the factor of the mode exponential, the exponent of polynomial and of progression beyond its list",
    },
    Setting {
        name: "max_backoff_seconds",
        kind: Kind::Number(0.0, LONGEST_SECONDS as f64),
        default: "300",
        about: "the longest wait after a failure, with jitter",
    },
    Setting {
        name: "jitter_enabled",
        kind: Kind::Boolean,
        // The engine's functions, whose waits are the default, know no jitter.
        default: "false",
        about: "whether waits are spread, so that steps that failed together do not come back together",
    },
    Setting {
        name: "jitter_max_percentage",
        kind: Kind::Number(0.0, 1.0),
        default: "0.1",
        about: "by which share of it a wait may be shorter or longer",
    },
    Setting {
        name: "max_retry_after_seconds",
        kind: Kind::Integer(0, LONGEST_SECONDS),
        // The bound that the engine's parser announces, and does not keep (semantics 4.6).
        default: "3600",
        about: "the longest wait that a Retry-After header is granted",
    },
    group(
        "reenqueue_delays",
        &[
            seconds(
                "has_ready_steps",
                "0",
                "how soon a task with ready steps is to be enqueued again, in seconds",
            ),
            seconds(
                "waiting_for_dependencies",
                "45",
                "the same for a task whose steps wait for something without a time",
            ),
            seconds("processing", "10", "the same for a task whose steps are running"),
        ],
    ),
    seconds("default_reenqueue_delay", "30", "the same for any other task"),
    seconds("buffer_seconds", "5", "how long after a wait its task is enqueued again"),
];

pub(super) const ENGINE: &[Setting] = &[Setting {
    name: "finalize",
    kind: Kind::Choice(&["auto", "manual"]),
    default: "\"auto\"",
    about: "auto: a task ends in the call that ends its last step; manual: only tasker_finalize_task() ends it",
}];

/// The engine's rule, whose shares are constants (semantics 7.2).
pub(super) const HEALTH: &[Setting] = &[
    factor("max_connection_share", 1.0, "0.9", "which share of the connections may be open"),
    factor("max_error_task_share", 1.0, "0.5", "which share of the tasks may be in error"),
    factor("max_error_step_share", 1.0, "0.5", "which share of the steps may be in error"),
];

pub(super) const TELEMETRY: &[Setting] = &[Setting {
    name: "metrics_retention_hours",
    kind: Kind::Integer(1, 24 * 366 * 10),
    default: "24",
    about: "how far back tasker_slowest_tasks(), tasker_slowest_steps() and tasker_step_durations() look unless they are told",
}];

pub(super) const READINESS: &[Setting] = &[
    Setting {
        name: "lease_seconds",
        kind: Kind::Integer(1, LONGEST_SECONDS),
        default: "null",
        about: "how long a claimed step belongs to its worker unless it sends a heartbeat; what a claim asks for goes first, the setting tasker_core.default_lease last",
    },
    Setting {
        name: "stale_after_seconds",
        kind: Kind::Integer(0, LONGEST_SECONDS),
        default: "null",
        about: "after how long a step that is in progress without a lease is taken back; 0: never, null: as the setting tasker_core.stale_after says",
    },
];

pub(super) const EXECUTION: &[Setting] = &[
    Setting {
        name: "min_concurrent_steps",
        kind: Kind::Integer(1, 10_000),
        default: "3",
        about: "the least that tasker_recommended_concurrency() advises",
    },
    Setting {
        name: "max_concurrent_steps_limit",
        kind: Kind::Integer(1, 10_000),
        default: "12",
        about: "the most that tasker_recommended_concurrency() advises",
    },
    group(
        "connection_pressure_factors",
        &[
            factor(
                "low",
                1.0,
                "0.8",
                "which share of the free connections to use while at most 50 % are in use",
            ),
            factor("moderate", 1.0, "0.6", "the same up to 70 %"),
            factor("high", 1.0, "0.4", "the same up to 85 %"),
            factor("critical", 1.0, "0.2", "the same beyond"),
        ],
    ),
];

pub(super) const DEPENDENCY_GRAPH: &[Setting] = &[
    group(
        "impact_multipliers",
        &[
            count("downstream_weight", "5", "what each step behind a bottleneck counts"),
            count("blocked_weight", "15", "what each blocked step behind it counts besides"),
            count("path_length_weight", "10", "what each step of a critical path counts"),
            count("completed_penalty", "15", "what each step of it that has finished takes away"),
            count("blocked_penalty", "25", "what each blocked step of it adds"),
            count("error_penalty", "30", "what each failed step of it adds"),
            count("retry_penalty", "10", "what each retried step of it adds"),
        ],
    ),
    group(
        "severity_multipliers",
        &[
            factor("error_state", 100.0, "2.0", "by how much a failed step is worse than a waiting one"),
            factor(
                "exhausted_retry_bonus",
                100.0,
                "0.5",
                "what is added to that when it has no attempts left",
            ),
            factor("dependency_issue", 100.0, "1.2", "by how much a step that waits for others is worse"),
        ],
    ),
    group(
        "penalty_constants",
        &[
            count("retry_instability", "3", "what each attempt of a bottleneck adds"),
            count("non_retryable", "10", "what it adds that it must not be retried"),
            count("exhausted_retry", "20", "what it adds that it has no attempts left"),
        ],
    ),
    group(
        "severity_thresholds",
        &[
            count("critical", "100", "from this score on a bottleneck is critical"),
            count("high", "50", "from this score on it is high"),
            count("medium", "20", "from this score on it is medium"),
        ],
    ),
    group(
        "duration_estimates",
        &[
            count("base_step_seconds", "30", "how long a step takes, where nothing has been measured"),
            count("error_penalty_seconds", "60", "how much longer it takes when it has failed"),
            count("retry_penalty_seconds", "30", "how much longer for each attempt that it has used"),
        ],
    ),
];
