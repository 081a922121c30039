//! Lists the statements of `sql/queries`, with the types of their arguments and columns.
//!
//! The lists below this module name each statement, its types and its section, as `"family/section"`. To add one, write
//! the section into `sql/queries/family.sql` and a line into a list. `tests/border.sh` finds sections that are missing.

mod events;
mod forks;
mod queue;
mod reads;
mod schedules;
mod sections;
mod shares;
mod times;
mod upkeep;
mod writes;

use crate::pg::heap::lookup::{LookUp, reads_as};
use crate::pg::host::wakeups::OtherWork;
use events::with_events;
use forks::with_forks;
use pgrx::pg_sys::{self, Oid};
use queue::with_queue;
use reads::with_reads;
use schedules::with_schedules;
pub use sections::section;
use shares::with_shares;
use times::with_times;
use upkeep::with_upkeep;
use writes::with_writes;

macro_rules! statements {
    // The columns of a step.
    (@types STEP) => {
        statements!(@types [
            INT8OID, INT8OID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, INT4OID, INT4OID, INT4OID, INT4OID,
            BOOLOID, BOOLOID, BOOLOID, BOOLOID, TEXTOID, INT8ARRAYOID, FLOAT8OID, BOOLOID
        ])
    };
    // A hint, who wrote it, and its task.
    (@types HINT) => {
        statements!(@types [INT8OID, INT8OID, TIMESTAMPOID, INT4OID, INT4OID, XIDOID, INT8OID])
    };
    // The columns of a schedule.
    (@types SCHEDULE) => {
        statements!(@types [
            TEXTOID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, INTERVALOID, TEXTOID, JSONBOID, JSONBOID, TEXTOID,
            TEXTOID, TEXTOID, TEXTOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID, TIMESTAMPOID,
            TIMESTAMPOID, INT8OID, INT8OID, INT8OID, INT8OID, INT4OID, TEXTOID, TIMESTAMPOID
        ])
    };
    // A hint of a fair queue, after the place of its share among the shares that were asked for.
    (@types SHARED_HINT) => {
        statements!(@types [INT8OID, INT8OID, INT8OID, TIMESTAMPOID, XIDOID, INT8OID, INT4OID])
    };
    (@types [$($column:ident),*]) => {
        &[$(pg_sys::$column),*]
    };
    // Who runs it.
    (@runner) => {
        Runner::Owner
    };
    (@runner caller) => {
        Runner::Caller
    };
    (@runner maintainer) => {
        Runner::Maintainer
    };
    (; $($name:ident($($argument:ident),*) -> $columns:tt = $section:literal $(as $runner:ident)?;)+) => {
        /// A statement of `sql/queries`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Statement {
            $($name,)+
            /// A look-up by keys, for tables whose index it cannot scan.
            Rows(LookUp),
            /// A look-up of later rows, for tables whose index it cannot scan.
            RowsAfter(LookUp),
            /// A look-up by keys, limited to the rows that the caller may see.
            VisibleRows(LookUp),
            /// A look-up of later rows, limited to those that the caller may see.
            VisibleRowsAfter(LookUp),
        }

        impl Statement {
            /// Returns the section that holds the statement, as `"family/section"`.
            pub(crate) fn section(self) -> &'static str {
                match self {
                    $(Self::$name => $section,)+
                    Self::Rows(_) | Self::VisibleRows(_) => "read/rows",
                    Self::RowsAfter(_) | Self::VisibleRowsAfter(_) => "read/rows_after",
                }
            }

            pub(crate) fn argument_types(self) -> &'static [Oid] {
                match self {
                    $(Self::$name => &[$(pg_sys::$argument),*],)+
                    Self::Rows(look_up) | Self::VisibleRows(look_up) => look_up.argument_types(),
                    Self::RowsAfter(_) | Self::VisibleRowsAfter(_) => &[pg_sys::TIMESTAMPOID],
                }
            }

            pub(super) fn runner(self) -> Runner {
                match self {
                    $(Self::$name => statements!(@runner $($runner)?),)+
                    Self::Rows(_) | Self::RowsAfter(_) => Runner::Maintainer,
                    Self::VisibleRows(_) | Self::VisibleRowsAfter(_) => Runner::Caller,
                }
            }

            /// Returns whether the columns of the statement have these types.
            ///
            /// Takes no iterator: the compiler would repeat all statements for the kind of each caller's.
            pub(crate) fn returns(self, types: &[Oid]) -> bool {
                match self {
                    $(Self::$name => are_read_as(types, statements!(@types $columns)),)+
                    Self::Rows(look_up)
                    | Self::RowsAfter(look_up)
                    | Self::VisibleRows(look_up)
                    | Self::VisibleRowsAfter(look_up) => look_up.is_answered_by(types),
                }
            }
        }
    };
}

/// The role that runs a statement, beside the owner of the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// The owner alone.
    Owner,
    /// The caller, under the caller's search path, where the caller's triggers and policies find their functions. The
    /// text names the schema of every function, operator and type, because the path may hold others of the same name.
    Caller,
    /// A role that examines or rebuilds an installation with its own rights, under the path `pg_catalog, pg_temp` that
    /// the SQL functions pin. Our path would hold operators of the owner, which that role may not trust.
    Maintainer,
}

impl Statement {
    /// Returns what a row that this statement writes brings to calls that wait for work, beside steps.
    pub(super) fn brings(self) -> Option<OtherWork> {
        match self {
            Self::PutDecisions
            | Self::WakeSteps
            | Self::WakeUnmarked
            | Self::WakeChildren
            | Self::WakeWaiters => Some(OtherWork::Due),
            Self::NoteEnding | Self::OfferTask => Some(OtherWork::Tasks),
            Self::SetPause | Self::SetTaskPause | Self::PutAllHints | Self::PutAllHintsWithShares => {
                Some(OtherWork::Anything)
            }
            _ => None,
        }
    }
}

fn are_read_as(stored: &[Oid], wanted: &[Oid]) -> bool {
    stored.len() == wanted.len()
        && stored.iter().zip(wanted).all(|(stored, wanted)| reads_as(*stored, *wanted))
}

// Each list hands what it knows to the next one.
with_reads! { with_writes with_queue with_upkeep with_events with_times with_forks with_schedules with_shares statements; }
