//! The engine's options that do not exist here, each with the reason. docs/configuration.md has the same
//! list; a law compares the two.

/// The outcome of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// The option exists here, under the same name.
    Set,
    /// The option exists here, but not as an option of a section.
    Renamed,
    /// No code in the database reads the option.
    StaysInRails,
    /// Neither tasker_core nor the engine has the option.
    Unknown,
}

impl ImportOutcome {
    /// The text that `tasker_import_config()` shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Renamed => "renamed",
            Self::StaysInRails => "stays in Rails",
            Self::Unknown => "unknown",
        }
    }
}

/// Options of the engine with the same outcome and reason.
struct ForeignOptions {
    section: &'static str,
    /// The options of the section; a group stands for all its options. Empty for the whole section.
    options: &'static [&'static str],
    outcome: ImportOutcome,
    why: &'static str,
}

const fn in_rails(
    section: &'static str,
    options: &'static [&'static str],
    why: &'static str,
) -> ForeignOptions {
    ForeignOptions { section, options, outcome: ImportOutcome::StaysInRails, why }
}

const ELSEWHERE: &[ForeignOptions] = &[
    in_rails("auth", &[], "it protects the engine's web pages; in the database, roles and policies decide"),
    in_rails("cache", &[], "it configures the cache of Rails"),
    in_rails("database", &[], "it names the database that the engine connects to"),
    in_rails(
        "engine",
        &["task_handler_directory", "task_config_directory", "custom_events_directories"],
        FILES,
    ),
    in_rails("engine", &["default_module_namespace"], "handlers are Ruby classes"),
    in_rails(
        "engine",
        &["identity_strategy", "identity_strategy_class"],
        "a Ruby class computes the identity of a task that Rails creates; tasker_create_task() has the option \"identity\"",
    ),
    ForeignOptions {
        section: "execution",
        options: &[
            "batch_timeout_base_seconds",
            "batch_timeout_per_step_seconds",
            "max_batch_timeout_seconds",
        ],
        outcome: ImportOutcome::Renamed,
        why: "readiness.lease_seconds sets how long a worker may be silent, for each step and not for a batch",
    },
    in_rails(
        "execution",
        &["concurrency_cache_duration"],
        "it sets how long a process caches the recommendation",
    ),
    in_rails(
        "execution",
        &["health_assessment_cache_duration", "connection_health_log_level"],
        "the engine does not read it either",
    ),
    in_rails(
        "execution",
        &["future_cleanup_wait_seconds", "gc_trigger_batch_size_threshold", "gc_trigger_duration_threshold"],
        "a constant of the engine for threads and memory of its processes",
    ),
    in_rails(
        "health",
        &["status_endpoint_requires_auth", "ready_requires_authentication", "status_requires_authentication"],
        "it protects the engine's web pages; in the database, roles and policies decide",
    ),
    in_rails(
        "health",
        &["readiness_timeout_seconds", "cache_duration_seconds"],
        "the engine's web pages use it; tasker_system_health() needs neither a cache nor a time limit",
    ),
    ForeignOptions {
        section: "telemetry",
        options: &["filter_parameters", "filter_mask", "filtered_events"],
        outcome: ImportOutcome::Renamed,
        why: "the section events has an option of this name for the event stream; the engine's processes keep their own",
    },
    ForeignOptions {
        section: "telemetry",
        options: &["event_sampling_rate"],
        outcome: ImportOutcome::Renamed,
        why: "events.sampling_rate is the share of the tasks whose events consumers get",
    },
    in_rails("telemetry", &["enabled", "config"], "the engine's processes publish the events"),
    in_rails(
        "telemetry",
        &[
            "service_name",
            "service_version",
            "structured_logging_enabled",
            "correlation_id_header",
            "log_level",
            "log_format",
        ],
        "the engine's processes write the log",
    ),
    in_rails(
        "telemetry",
        &[
            "metrics_enabled",
            "metrics_endpoint",
            "metrics_format",
            "metrics_auth_required",
            "max_stored_samples",
            "performance_monitoring_enabled",
            "slow_query_threshold_seconds",
            "memory_threshold_mb",
            "prometheus",
        ],
        "the engine's processes measure and export it",
    ),
];
const FILES: &str = "the engine looks for files there";

/// The sections of the engine that have no option here.
pub fn foreign_sections() -> impl Iterator<Item = (&'static str, &'static str)> {
    ELSEWHERE.iter().filter(|it| it.options.is_empty()).map(|it| (it.section, it.why))
}

/// The outcome of an engine option that does not exist here; `None` for an option that the engine does not have.
pub fn fate(section: &str, path: &str) -> Option<(ImportOutcome, &'static str)> {
    let first = path.split('.').next().unwrap_or_default();
    let names =
        |it: &ForeignOptions| it.section == section && (it.options.is_empty() || it.options.contains(&first));
    ELSEWHERE.iter().find(|it| names(it)).map(|it| (it.outcome, it.why))
}
