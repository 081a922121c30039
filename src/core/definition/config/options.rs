//! The list of all options, each with its name, allowed values, default and purpose.
//!
//! If the engine has the option, the name and the default are the engine's. If a default differs, the comment
//! says why.

use crate::core::time_limits::LONGEST_SECONDS;
use serde_json::{Map, Value};

/// One option of a section.
#[derive(Debug)]
pub struct Setting {
    /// The name, as in the engine's configuration.
    pub name: &'static str,
    /// The allowed values.
    pub kind: OptionType,
    /// The default, as JSON; `null` if a setting of the server or the session then applies.
    default: &'static str,
    /// The purpose, shown by `tasker_config()`.
    pub about: &'static str,
}

/// The allowed values of an option.
#[derive(Debug)]
pub enum OptionType {
    /// `true` or `false`
    Boolean,
    /// A whole number in a range.
    Integer(i64, i64),
    /// A number in a range.
    Number(f64, f64),
    /// One of several words.
    Choice(&'static [&'static str]),
    /// A list of whole numbers in a range, at least one of them.
    Integers(i64, i64),
    /// A text of at most [`LONGEST_TEXT`] characters.
    Text,
    /// A list of such texts, none of them empty.
    Texts,
    /// A list of patterns of event names.
    Patterns,
    /// A group of options.
    Group(&'static [Setting]),
}

impl Setting {
    /// The default value.
    pub fn default_value(&self) -> Value {
        match self.kind {
            OptionType::Group(settings) => Value::Object(defaults(settings)),
            // A law reads every default.
            _ => serde_json::from_str(self.default).unwrap_or_default(),
        }
    }
}

/// The defaults of a group of options.
pub(super) fn defaults(settings: &[Setting]) -> Map<String, Value> {
    settings.iter().map(|setting| (setting.name.to_owned(), setting.default_value())).collect()
}

/// Returns the single options of a group, also of nested groups, each with its path.
pub(super) fn leaves(prefix: &str, settings: &'static [Setting]) -> Vec<(String, &'static Setting)> {
    let mut found = Vec::new();
    for setting in settings {
        let path = format!("{prefix}{}", setting.name);
        match setting.kind {
            OptionType::Group(settings) => found.extend(leaves(&format!("{path}."), settings)),
            _ => found.push((path, setting)),
        }
    }
    found
}

/// A whole number that counts or weighs something.
const fn count(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, kind: OptionType::Integer(0, 1_000_000), default, about }
}

/// A factor or a share.
const fn factor(name: &'static str, most: f64, default: &'static str, about: &'static str) -> Setting {
    Setting { name, kind: OptionType::Number(0.0, most), default, about }
}

/// A length of time.
const fn seconds(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, kind: OptionType::Integer(0, LONGEST_SECONDS), default, about }
}

/// An age in hours; -1: never.
const fn hours(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, kind: OptionType::Integer(-1, 24 * 366 * 100), default, about }
}

const fn group(name: &'static str, settings: &'static [Setting]) -> Setting {
    Setting { name, kind: OptionType::Group(settings), default: "", about: "" }
}

/// The longest text of an option, in characters.
pub(super) const LONGEST_TEXT: usize = 200;

pub(super) const BACKOFF: &[Setting] = &[
    Setting {
        name: "mode",
        kind: OptionType::Choice(&[
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
        kind: OptionType::Number(0.0, LONGEST_SECONDS as f64),
        default: "1",
        about: "the first wait of the modes exponential, polynomial, linear, fibonacci and constant",
    },
    Setting {
        name: "default_backoff_seconds",
        kind: OptionType::Integers(0, LONGEST_SECONDS),
        default: "[1, 2, 4, 8, 16, 32]",
        about: "the first waits of the mode progression",
    },
    Setting {
        name: "backoff_multiplier",
        kind: OptionType::Number(0.0, 1000.0),
        default: "2.0",
        about: "the factor of the mode exponential, the exponent of polynomial and of progression beyond its list",
    },
    Setting {
        name: "max_backoff_seconds",
        kind: OptionType::Number(0.0, LONGEST_SECONDS as f64),
        default: "300",
        about: "the longest wait after a failure, with jitter",
    },
    Setting {
        name: "jitter_enabled",
        kind: OptionType::Boolean,
        // The waits of the engine's functions are the default, and they have no jitter.
        default: "false",
        about: "whether waits are spread, so that steps that failed together are not retried together",
    },
    Setting {
        name: "jitter_max_percentage",
        kind: OptionType::Number(0.0, 1.0),
        default: "0.1",
        about: "by which share a wait may be shorter or longer",
    },
    Setting {
        name: "max_retry_after_seconds",
        kind: OptionType::Integer(0, LONGEST_SECONDS),
        // The bound that the engine's parser announces but does not apply.
        default: "3600",
        about: "the longest wait that a Retry-After header can ask for",
    },
    group(
        "reenqueue_delays",
        &[
            seconds(
                "has_ready_steps",
                "0",
                "after how many seconds a task with ready steps is enqueued again",
            ),
            seconds(
                "waiting_for_dependencies",
                "45",
                "after how many seconds a task whose steps wait for something other than a time is enqueued again",
            ),
            seconds(
                "processing",
                "10",
                "after how many seconds a task whose steps are running is enqueued again",
            ),
        ],
    ),
    seconds("default_reenqueue_delay", "30", "after how many seconds any other task is enqueued again"),
    seconds("buffer_seconds", "5", "how many seconds after a wait its task is enqueued again"),
];

pub(super) const ENGINE: &[Setting] = &[Setting {
    name: "finalize",
    kind: OptionType::Choice(&["auto", "manual"]),
    default: "\"auto\"",
    about: "auto: a task ends in the call that ends its last step; manual: only tasker_finalize_task() ends it",
}];

/// The engine's rule, whose shares are constants.
pub(super) const HEALTH: &[Setting] = &[
    factor("max_connection_share", 1.0, "0.9", "which share of the connections may be open"),
    factor("max_error_task_share", 1.0, "0.5", "which share of the tasks may be in error"),
    factor("max_error_step_share", 1.0, "0.5", "which share of the steps may be in error"),
];

pub(super) const TELEMETRY: &[Setting] = &[Setting {
    name: "metrics_retention_hours",
    kind: OptionType::Integer(1, 24 * 366 * 10),
    default: "24",
    about: "the default period of tasker_slowest_tasks(), tasker_slowest_steps() and tasker_step_durations()",
}];

pub(super) const READINESS: &[Setting] = &[
    Setting {
        name: "lease_seconds",
        kind: OptionType::Integer(1, LONGEST_SECONDS),
        default: "null",
        about: "how long a claimed step belongs to its worker without a heartbeat; the lease of a claim overrides it, and it overrides the setting tasker_core.default_lease",
    },
    seconds(
        "timeout_seconds",
        "0",
        "how long one execution of a step may last, whatever its heartbeats say; the timeout_seconds of a step overrides it; 0: without a limit",
    ),
    seconds(
        "start_within_seconds",
        "0",
        "how long a step may be ready before a worker claims it, if it becomes ready after this is set; the start_within_seconds of a step overrides it; 0: without a limit",
    ),
    Setting {
        name: "stale_after_seconds",
        kind: OptionType::Integer(0, LONGEST_SECONDS),
        default: "null",
        about: "after how many seconds a step in progress without a lease is taken back; 0: never, null: the setting tasker_core.stale_after applies",
    },
];

pub(super) const EXECUTION: &[Setting] = &[
    Setting {
        name: "min_concurrent_steps",
        kind: OptionType::Integer(1, 10_000),
        default: "3",
        about: "the lowest answer of tasker_recommended_concurrency()",
    },
    Setting {
        name: "max_concurrent_steps_limit",
        kind: OptionType::Integer(1, 10_000),
        default: "12",
        about: "the highest answer of tasker_recommended_concurrency()",
    },
    Setting {
        name: "fair_by",
        kind: OptionType::Texts,
        default: "[]",
        about: "the path of a key of the context: tasks with different values there take turns; []: steps are claimed in their order",
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
            factor(
                "moderate",
                1.0,
                "0.6",
                "which share of the free connections to use while at most 70 % are in use",
            ),
            factor(
                "high",
                1.0,
                "0.4",
                "which share of the free connections to use while at most 85 % are in use",
            ),
            factor(
                "critical",
                1.0,
                "0.2",
                "which share of the free connections to use while more are in use",
            ),
        ],
    ),
];

pub(super) const DEPENDENCY_GRAPH: &[Setting] = &[
    group(
        "impact_multipliers",
        &[
            count("downstream_weight", "5", "the score of each step below a bottleneck"),
            count("blocked_weight", "15", "the additional score of each blocked step below it"),
            count("path_length_weight", "10", "the score of each step of a critical path"),
            count("completed_penalty", "15", "how much each finished step of it subtracts"),
            count("blocked_penalty", "25", "how much each blocked step of it adds"),
            count("error_penalty", "30", "how much each failed step of it adds"),
            count("retry_penalty", "10", "how much each retried step of it adds"),
        ],
    ),
    group(
        "severity_multipliers",
        &[
            factor("error_state", 100.0, "2.0", "the factor of a failed step, compared with a waiting one"),
            factor(
                "exhausted_retry_bonus",
                100.0,
                "0.5",
                "how much is added to that factor if it has no attempts left",
            ),
            factor("dependency_issue", 100.0, "1.2", "the factor of a step that waits for others"),
        ],
    ),
    group(
        "penalty_constants",
        &[
            count("retry_instability", "3", "how much each attempt of a bottleneck adds"),
            count("non_retryable", "10", "how much is added if it is not retryable"),
            count("exhausted_retry", "20", "how much is added if it has no attempts left"),
        ],
    ),
    group(
        "severity_thresholds",
        &[
            count("critical", "100", "the score from which a bottleneck is critical"),
            count("high", "50", "the score from which it is high"),
            count("medium", "20", "the score from which it is medium"),
        ],
    ),
    group(
        "duration_estimates",
        &[
            count("base_step_seconds", "30", "how many seconds a step takes, if there is no measurement"),
            count("error_penalty_seconds", "60", "how many seconds longer it takes if it has failed"),
            count("retry_penalty_seconds", "30", "how many seconds longer it takes for each used attempt"),
        ],
    ),
];

pub(super) const EVENTS: &[Setting] = &[
    Setting {
        name: "retention_hours",
        kind: OptionType::Integer(1, 24 * 366 * 10),
        default: "72",
        about: "how long the event stream keeps an event; tasker_maintain() then deletes it, read or not",
    },
    Setting {
        name: "filter_parameters",
        kind: OptionType::Texts,
        default: r#"["passw", "email", "secret", "token", "_key", "crypt", "salt", "certificate", "otp", "ssn"]"#,
        about: "members of payloads whose names contain one of these texts are masked; upper and lower case do not matter",
    },
    Setting {
        name: "filter_mask",
        kind: OptionType::Text,
        default: "\"[FILTERED]\"",
        about: "what replaces a masked member",
    },
    Setting {
        name: "max_payload_bytes",
        kind: OptionType::Integer(1_000, 100_000_000),
        default: "65536",
        about: "from a longer payload, the longest members are left out, and its member omitted names them",
    },
    Setting {
        name: "sampling_rate",
        kind: OptionType::Number(0.0, 1.0),
        default: "1.0",
        about: "the share of the tasks whose events consumers get; of a task, they get all events or none",
    },
    Setting {
        name: "filtered_events",
        kind: OptionType::Patterns,
        default: "[]",
        about: "patterns of events that no consumer gets, as in tasker_subscribe()",
    },
];

pub(super) const RETENTION: &[Setting] = &[
    Setting {
        name: "enabled",
        kind: OptionType::Boolean,
        default: "false",
        about: "whether tasker_maintain() deletes ended tasks",
    },
    hours(
        "complete_after_hours",
        "720",
        "after how many hours a task that is complete or resolved is deleted; -1: never",
    ),
    hours("cancelled_after_hours", "720", "after how many hours a cancelled task is deleted; -1: never"),
    hours(
        "failed_after_hours",
        "-1",
        "after how many hours a task in error is deleted, unless a step of it will run again; -1: never",
    ),
    Setting {
        name: "tasks_per_round",
        kind: OptionType::Integer(1, 100_000),
        default: "1000",
        about: "how many tasks a call of tasker_maintain() deletes at most; only the global value counts",
    },
];
