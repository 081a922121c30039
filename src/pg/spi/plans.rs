//! Keeps the plans of a backend: prepared once for each installation, and freed when they have become useless.
//!
//! The plans of one installation take up to 5 MB. A backend keeps those of [`MOST_INSTALLATIONS`]; one more replaces
//! the installation that was used least recently. All plans are freed when PostgreSQL resets its own cached plans:
//! after DISCARD PLANS, DISCARD ALL, and when a schema was created, renamed or dropped. PostgreSQL tells extensions of
//! a reset only through the plans themselves. The probe is a plan that depends on nothing, so only a reset makes it
//! invalid.

use crate::pg::spi::relations::Relations;
use crate::pg::spi::statements::Statement;
use pgrx::pg_sys::{self, Oid, SPIPlanPtr};
use pgrx::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The largest number of installations whose plans a backend keeps.
const MOST_INSTALLATIONS: usize = 8;

/// The key of a plan: the statement, whether the caller runs it, and whether `FORCE ROW LEVEL SECURITY` is suspended.
pub(crate) type Key = (Statement, bool, bool);

#[derive(Clone)]
pub(crate) struct PreparedPlan {
    pub(crate) plan: SPIPlanPtr,
    pub(crate) relations: Rc<Relations>,
}

/// The plans of one installation.
struct Plans {
    schema: Oid,
    /// The name that the schema had: plans of a renamed schema still contain the old one.
    schema_name: String,
    by_key: HashMap<Key, PreparedPlan>,
}

#[derive(Default)]
struct KeptPlan {
    /// The installations with kept plans, the last used one first.
    installations: Vec<Plans>,
    probe: Option<SPIPlanPtr>,
    /// The plans to free as soon as this backend executes none of our plans.
    useless: Vec<SPIPlanPtr>,
    /// The number of nested calls that are executing plans of ours.
    executions: usize,
    is_listening: bool,
}

thread_local! {
    static KEPT: RefCell<KeptPlan> = RefCell::default();
}

/// A guard: while it lives, a plan is being executed, and no plan is freed.
pub(crate) struct Execution(());

impl Execution {
    pub(crate) fn begin() -> Self {
        KEPT.with_borrow_mut(|kept| kept.executions += 1);
        Self(())
    }
}

impl Drop for Execution {
    /// Ends the execution, also when an error unwinds.
    fn drop(&mut self) {
        KEPT.with_borrow_mut(|kept| kept.executions -= 1);
    }
}

/// Returns the plan of a statement in an installation, if it is kept.
pub(crate) fn find(schema: Oid, schema_name: &str, key: Key) -> Option<PreparedPlan> {
    KEPT.with_borrow_mut(|kept| {
        kept.tidy_up();
        let at = kept.installations.iter().position(|plans| plans.schema == schema)?;
        kept.installations[..=at].rotate_right(1);
        let plans = &kept.installations[0];
        plans.by_key.get(&key).filter(|_| plans.schema_name == schema_name).cloned()
    })
}

/// Keeps a plan. `probe` prepares the plan that depends on nothing.
pub(crate) fn keep(
    schema: Oid,
    schema_name: &str,
    key: Key,
    plan: PreparedPlan,
    probe: impl FnOnce() -> SPIPlanPtr,
) {
    // Preparing may raise an error, with which the plan would be lost, and may lead back here.
    let probe = KEPT.with_borrow(|kept| kept.probe.is_none()).then(probe);
    KEPT.with_borrow_mut(|kept| {
        kept.listen();
        if let Some(replaced) = probe.and_then(|probe| kept.probe.replace(probe)) {
            kept.useless.push(replaced);
        }
        if let Some(at) = kept.installations.iter().position(|plans| plans.schema == schema)
            && kept.installations[at].schema_name != schema_name
        {
            kept.give_up(at);
        }
        if kept.installations.first().is_none_or(|plans| plans.schema != schema) {
            if kept.installations.len() >= MOST_INSTALLATIONS {
                kept.give_up(MOST_INSTALLATIONS - 1);
            }
            let plans = Plans { schema, schema_name: schema_name.to_owned(), by_key: HashMap::new() };
            kept.installations.insert(0, plans);
        }
        if let Some(replaced) = kept.installations[0].by_key.insert(key, plan) {
            kept.useless.push(replaced.plan);
        }
    });
}

impl KeptPlan {
    /// Frees the useless plans, unless a plan is being executed: it may be one of them.
    fn tidy_up(&mut self) {
        // SAFETY: a kept plan.
        if self.probe.is_some_and(|probe| unsafe { !pg_sys::SPI_plan_is_valid(probe) }) {
            self.useless.extend(self.probe.take());
            while !self.installations.is_empty() {
                self.give_up(0);
            }
        }
        if self.executions == 0 {
            for plan in self.useless.drain(..) {
                // SAFETY: a kept plan that is known only here, is not being executed, and is freed once.
                unsafe { pg_sys::SPI_freeplan(plan) };
            }
        }
    }

    fn give_up(&mut self, at: usize) {
        self.useless.extend(self.installations.remove(at).by_key.into_values().map(|plan| plan.plan));
    }

    /// Registers a callback for the ends of transactions, once in the life of a backend.
    fn listen(&mut self) {
        if !std::mem::replace(&mut self.is_listening, true) {
            // SAFETY: a function that lives as long as the backend.
            unsafe { pg_sys::RegisterXactCallback(Some(transaction_ends), std::ptr::null_mut()) };
        }
    }
}

/// Frees useless plans when a transaction ends: DISCARD and DROP SCHEMA give the memory back at once, not with the next
/// call.
#[pg_guard]
unsafe extern "C-unwind" fn transaction_ends(
    event: pg_sys::XactEvent::Type,
    _argument: *mut std::ffi::c_void,
) {
    if matches!(event, pg_sys::XactEvent::XACT_EVENT_COMMIT | pg_sys::XactEvent::XACT_EVENT_ABORT) {
        KEPT.with_borrow_mut(KeptPlan::tidy_up);
    }
}

/// Prepares and keeps a plan. It is the generic plan unless `for_arguments` is set. Most statements gain nothing from a
/// plan for their arguments, and PostgreSQL would make five such plans first.
pub(crate) fn prepare(text: &str, argument_types: &[Oid], for_arguments: bool) -> SPIPlanPtr {
    let kind = if for_arguments { pg_sys::CURSOR_OPT_CUSTOM_PLAN } else { pg_sys::CURSOR_OPT_GENERIC_PLAN };
    let text = std::ffi::CString::new(text).unwrap_or_default();
    // SAFETY: SPI is connected, the text is a C string and the types are an array of the length given; both
    // are copied. SPI_keepplan moves the plan out of the connection's memory.
    unsafe {
        let plan = pg_sys::SPI_prepare_cursor(
            text.as_ptr(),
            argument_types.len() as i32,
            argument_types.as_ptr().cast_mut(),
            kind as i32,
        );
        pg_sys::SPI_keepplan(plan);
        plan
    }
}
