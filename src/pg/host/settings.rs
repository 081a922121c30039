//! Declares and reads the settings `tasker_core.*`.

use crate::core::error::TaskerError;
use crate::core::readiness::Semantics;
use crate::core::time::Duration;
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};
use std::ffi::CString;

/// The rules by which the functions that replace the engine's own functions answer.
#[derive(Clone, Copy, Debug, PostgresGucEnum)]
enum RailsSemantics {
    #[name = c"v02"]
    V02,
    #[name = c"corrected"]
    Corrected,
}

/// The reaction of the triggers to an illegal transition, or to an edge that no graph may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PostgresGucEnum)]
pub enum Enforcement {
    /// The triggers accept it.
    #[name = c"off"]
    Off,
    /// The triggers warn about it.
    #[name = c"warn"]
    Warn,
    /// The triggers refuse it.
    #[name = c"enforce"]
    Enforce,
}

/// A setting for superusers only, because it is the DBA's policy. The engine's factories write illegal histories.
static ENFORCE_TRANSITIONS: GucSetting<Enforcement> = GucSetting::<Enforcement>::new(Enforcement::Off);

/// A setting for superusers only, because it is the DBA's policy. The engine's factory of edges joins steps of two
/// tasks unless it is given both, and two of its runs at once may store an edge twice. Neither fails unless the DBA
/// asks for it.
static ENFORCE_EDGES: GucSetting<Enforcement> = GucSetting::<Enforcement>::new(Enforcement::Warn);

/// What a transaction notifies listeners of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, PostgresGucEnum)]
pub enum Notifications {
    /// Nothing.
    #[name = c"off"]
    Off,
    /// Steps that may be ready, on the channel `tasker_work`.
    #[name = c"work"]
    Work,
    /// These, and on the channel `tasker_events` the tasks that have events.
    #[name = c"events"]
    Events,
}

/// A setting for superusers only, because NOTIFY makes commits wait for each other, and any role can listen.
static NOTIFY: GucSetting<Notifications> = GucSetting::<Notifications>::new(Notifications::Off);

/// A setting for superusers only, because it writes more to the write-ahead log.
static LOGICAL_MESSAGES: GucSetting<bool> = GucSetting::<bool>::new(false);

/// The default lease, in milliseconds.
static DEFAULT_LEASE: GucSetting<i32> = GucSetting::<i32>::new(5 * 60 * 1000);

/// The longest time that a call waits for work, in milliseconds.
static MAX_WAIT: GucSetting<i32> = GucSetting::<i32>::new(60 * 1000);

/// The age at which a step without a lease is stale, in seconds. The engine itself waits for a handler for at most 120
/// seconds.
static STALE_AFTER: GucSetting<i32> = GucSetting::<i32>::new(60 * 60);

/// The waiting time that one point of priority is worth, in seconds.
static PRIORITY_INTERVAL: GucSetting<i32> = GucSetting::<i32>::new(60);

/// The time between two rounds of the background worker, in seconds.
static MAINTENANCE_INTERVAL: GucSetting<i32> = GucSetting::<i32>::new(10);

/// The time that the background worker may spend on one installation in a round, in milliseconds.
static MAINTENANCE_TIMEOUT: GucSetting<i32> = GucSetting::<i32>::new(60 * 1000);

/// The databases with a background worker, separated by commas. The workers are registered once, when the server
/// starts.
static MAINTENANCE_DATABASES: GucSetting<Option<CString>> =
    GucSetting::<Option<CString>>::new(Some(c"postgres"));

/// A setting that any role may change: it changes what the caller sees, not what is stored.
static RAILS_SEMANTICS: GucSetting<RailsSemantics> = GucSetting::<RailsSemantics>::new(RailsSemantics::V02);

/// A setting for superusers only: a session that moves the clock can skip waits and outlive leases.
static FAKE_NOW: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

/// A setting for superusers only: test data does not belong among real tasks.
static TESTKIT: GucSetting<bool> = GucSetting::<bool>::new(false);

/// Declares the settings and reserves their prefix, so that PostgreSQL refuses a misspelt one.
pub fn register() {
    GucRegistry::define_enum_guc(
        c"tasker_core.rails_semantics",
        c"How the functions that replace the engine's functions answer: as the engine (v02), or with its defects corrected (corrected).",
        c"It applies to get_step_readiness_status, get_task_execution_context and their batch forms, get_system_health_counts_v01 and get_analytics_metrics_v01. The tasker_* functions always answer as corrected.",
        &RAILS_SEMANTICS,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"tasker_core.enforce_transitions",
        c"What happens to a transition that the state machines do not permit: off (nothing), warn, or enforce (it is refused).",
        c"It applies to every writer of the two transition tables. The functions of the extension never make an illegal transition.",
        &ENFORCE_TRANSITIONS,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_enum_guc(
        c"tasker_core.enforce_edges",
        c"What happens to an edge that closes a cycle, joins two tasks, leads from a step to itself, or exists already: off (nothing), warn, or enforce (it is refused).",
        c"It applies to every writer of tasker_workflow_step_edges. Only enforce finds a cycle that two transactions close together.",
        &ENFORCE_EDGES,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"tasker_core.default_lease",
        c"How long a claimed step belongs to its worker without a heartbeat.",
        c"",
        &DEFAULT_LEASE,
        1,
        i32::MAX,
        GucContext::Userset,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_int_guc(
        c"tasker_core.max_wait",
        c"How long a call with the argument wait may wait for work.",
        c"A waiting call keeps the snapshot of its statement, so that VACUUM cannot remove rows that were deleted since it began.",
        &MAX_WAIT,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_MS,
    );
    GucRegistry::define_int_guc(
        c"tasker_core.stale_after",
        c"After how long a step in progress without a lease, as the Rails engine leaves it, is taken back. 0: never.",
        c"Set it longer than the longest execution of a handler.",
        &STALE_AFTER,
        0,
        i32::MAX,
        GucContext::Suset,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_int_guc(
        c"tasker_core.priority_interval",
        c"How much waiting one point of task priority is worth when steps are claimed.",
        c"A step of priority 10 is claimed before a step of priority 0 that has waited up to ten times this long.",
        &PRIORITY_INTERVAL,
        0,
        24 * 60 * 60,
        GucContext::Suset,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_enum_guc(
        c"tasker_core.notify",
        c"What a transaction notifies listeners of when it commits: off (nothing), work (steps that may be ready), or events (also the tasks that have events).",
        c"The channels are tasker_work and tasker_events. NOTIFY makes commits wait for each other, and any role can listen.",
        &NOTIFY,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"tasker_core.logical_messages",
        c"Whether a transaction writes its events as a logical message with the prefix tasker_core, for change data capture.",
        c"",
        &LOGICAL_MESSAGES,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_string_guc(
        c"tasker_core.fake_now",
        c"A timestamp with time zone that replaces the clock, for tests. Empty: the real clock.",
        c"",
        &FAKE_NOW,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_bool_guc(
        c"tasker_core.testkit",
        c"Whether the functions tasker_testkit_*, which write test data, work.",
        c"Never set it in production.",
        &TESTKIT,
        GucContext::Suset,
        GucFlags::default(),
    );
    GucRegistry::define_int_guc(
        c"tasker_core.maintenance_interval",
        c"How long the background worker waits between two rounds of tasker_maintain(). 0 pauses it.",
        c"The background worker exists only if shared_preload_libraries contains tasker_core.",
        &MAINTENANCE_INTERVAL,
        0,
        24 * 60 * 60,
        GucContext::Sighup,
        GucFlags::UNIT_S,
    );
    GucRegistry::define_int_guc(
        c"tasker_core.maintenance_timeout",
        c"How long the background worker may spend on one installation in a round. 0: no limit.",
        c"A wait for a lock ends after a tenth of it. The next round does the work that is left.",
        &MAINTENANCE_TIMEOUT,
        0,
        i32::MAX,
        GucContext::Sighup,
        GucFlags::UNIT_MS,
    );
    if is_preloading() {
        GucRegistry::define_string_guc(
            c"tasker_core.maintenance_databases",
            c"The databases, separated by commas, in which a background worker runs tasker_maintain().",
            c"Each takes one of max_worker_processes and one connection while the server runs.",
            &MAINTENANCE_DATABASES,
            GucContext::Postmaster,
            GucFlags::default(),
        );
    }
    #[cfg(not(feature = "pg14"))]
    // SAFETY: the prefix is a static C string, and this runs once, while the library is loaded.
    unsafe {
        pgrx::pg_sys::MarkGUCPrefixReserved(c"tasker_core".as_ptr());
    }
}

/// Returns the rules by which the replaced Rails functions answer.
pub fn rails_semantics() -> Semantics {
    match RAILS_SEMANTICS.get() {
        RailsSemantics::V02 => Semantics::V02,
        RailsSemantics::Corrected => Semantics::Corrected,
    }
}

/// Returns the text of the time that replaces the clock, if it is set.
pub fn fake_now() -> Option<CString> {
    FAKE_NOW.get().filter(|text| !text.is_empty())
}

/// Refuses the call unless the test kit is switched on.
pub fn require_testkit() -> Result<(), TaskerError> {
    if TESTKIT.get() {
        return Ok(());
    }
    Err(TaskerError::NotPermitted {
        action: "use the test kit".to_owned(),
        reason: "it is switched off".to_owned(),
        hint: "A superuser can set tasker_core.testkit to on, in a database without valuable data.",
    })
}

/// Returns the reaction to an illegal transition.
pub fn enforce_transitions() -> Enforcement {
    ENFORCE_TRANSITIONS.get()
}

/// Returns the reaction to an edge that no graph may have.
pub fn enforce_edges() -> Enforcement {
    ENFORCE_EDGES.get()
}

/// Returns the longest time that a call waits for work.
pub fn max_wait() -> Duration {
    Duration::milliseconds(MAX_WAIT.get().into())
}

/// Returns what a transaction notifies listeners of.
pub fn notifications() -> Notifications {
    NOTIFY.get()
}

/// Returns whether a transaction writes its events as a logical message.
pub fn emits_logical_messages() -> bool {
    LOGICAL_MESSAGES.get()
}

/// Returns the length of a lease for a claim that does not specify it.
pub fn default_lease() -> Duration {
    Duration::microseconds(i64::from(DEFAULT_LEASE.get()) * 1000)
}

/// Returns the age at which a step in progress without a lease is stale; `None`: never.
pub fn stale_after() -> Option<Duration> {
    match STALE_AFTER.get() {
        0 => None,
        seconds => Some(Duration::seconds(seconds.into())),
    }
}

/// Returns the waiting time that one point of priority is worth.
pub fn priority_interval() -> Duration {
    Duration::seconds(PRIORITY_INTERVAL.get().into())
}

/// Returns whether pg_upgrade has started the server.
pub fn is_binary_upgrade() -> bool {
    // SAFETY: reads a process-local variable.
    unsafe { pgrx::pg_sys::IsBinaryUpgrade }
}

/// Returns how long one run of `tasker_maintain()` may take in the background worker, in milliseconds; 0: no limit.
pub fn maintenance_timeout() -> i32 {
    MAINTENANCE_TIMEOUT.get()
}

/// Returns whether the postmaster is loading the library, for `shared_preload_libraries`.
pub fn is_preloading() -> bool {
    // SAFETY: reads a process-local variable.
    unsafe { pgrx::pg_sys::process_shared_preload_libraries_in_progress }
}

/// Returns how long the background worker waits between two rounds; `None`: it makes none.
pub fn maintenance_interval() -> Option<std::time::Duration> {
    match MAINTENANCE_INTERVAL.get() {
        0 => None,
        seconds => Some(std::time::Duration::from_secs(seconds.unsigned_abs().into())),
    }
}

/// Returns the databases that need a background worker, each once. A name that is too long cannot be that of a
/// database.
pub fn maintenance_databases() -> Vec<String> {
    let list = MAINTENANCE_DATABASES.get().unwrap_or_default().to_string_lossy().into_owned();
    let mut databases: Vec<String> = Vec::new();
    for name in list.split(',').map(str::trim) {
        let is_name = !name.is_empty() && name.len() < pgrx::pg_sys::NAMEDATALEN as usize;
        if is_name && !databases.iter().any(|known| known == name) {
            databases.push(name.to_owned());
        }
    }
    databases
}
