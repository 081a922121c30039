//! The settings `tasker_core.*`.

use crate::core::readiness::Semantics;
use pgrx::guc::{GucContext, GucFlags, GucRegistry, GucSetting, PostgresGucEnum};
use std::ffi::CString;

/// How the functions that stand in for the engine's own read the rules.
#[derive(Clone, Copy, Debug, PostgresGucEnum)]
enum RailsSemantics {
    #[name = c"v02"]
    V02,
    #[name = c"corrected"]
    Corrected,
}

/// Any role may set it: it decides over what the caller is told, not over what is stored.
static RAILS_SEMANTICS: GucSetting<RailsSemantics> = GucSetting::<RailsSemantics>::new(RailsSemantics::V02);

/// For superusers alone: who moves the clock can skip waits and outlive leases.
static FAKE_NOW: GucSetting<Option<CString>> = GucSetting::<Option<CString>>::new(None);

/// Declares the settings and reserves their prefix, so that a misspelt one is refused.
pub fn register() {
    GucRegistry::define_enum_guc(
        c"tasker_core.rails_semantics",
        c"How the replaced Rails functions answer: as the engine does (v02), or with its defects repaired (corrected).",
        c"It decides for get_step_readiness_status, get_task_execution_context and their batch forms. The tasker_* functions are always correct.",
        &RAILS_SEMANTICS,
        GucContext::Userset,
        GucFlags::default(),
    );
    GucRegistry::define_string_guc(
        c"tasker_core.fake_now",
        c"A timestamp with time zone that replaces the clock, for tests; empty for the real one.",
        c"",
        &FAKE_NOW,
        GucContext::Suset,
        GucFlags::default(),
    );
    #[cfg(any(feature = "pg15", feature = "pg16", feature = "pg17", feature = "pg18"))]
    // SAFETY: the prefix is a static C string, and this runs once, while the library is loaded.
    unsafe {
        pgrx::pg_sys::MarkGUCPrefixReserved(c"tasker_core".as_ptr());
    }
}

/// The reading of the rules for the replaced Rails functions.
pub(super) fn rails_semantics() -> Semantics {
    match RAILS_SEMANTICS.get() {
        RailsSemantics::V02 => Semantics::V02,
        RailsSemantics::Corrected => Semantics::Corrected,
    }
}

/// The instant that replaces the clock, as it was written, if one does.
pub(super) fn fake_now() -> Option<CString> {
    FAKE_NOW.get().filter(|text| !text.is_empty())
}
