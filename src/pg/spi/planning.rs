//! How statements are to be planned.

use crate::pg::spi::statements::Statement;
use pgrx::pg_sys;

impl Statement {
    /// Whether the statement is planned anew for each call: what it looks up by depends on which of its arguments are
    /// NULL.
    pub(crate) fn is_planned_for_arguments(self) -> bool {
        matches!(
            self,
            Self::FindTasks
                | Self::FindSteps
                | Self::FindStepTransitions
                | Self::FindTaskTransitions
                | Self::StepTransitionStats
                | Self::TaskTransitionStats
                | Self::TaskVersions
        )
    }

    /// Whether the statement looks rows up by id, as all do but those that go through whole tables. (These would
    /// only be planned as if they cost a fortune, and compiled just in time for it. `UnqueuedSteps` goes through the
    /// steps in the order of an index and looks up the rest, whatever the statistics say.)
    pub(crate) fn looks_up(self) -> bool {
        !self.reads_everything() && !self.reads_visible_rows()
    }

    /// Whether it does for one row what the statement of its section does for arrays: to read arrays costs as much as the row.
    pub(crate) fn is_for_one_row(self) -> bool {
        matches!(self, Self::EnterOneStepState | Self::CompleteOneStep)
    }

    /// Whether the statement goes through whole tables, as their owner.
    fn reads_everything(self) -> bool {
        matches!(
            self,
            Self::Edges
                | Self::StepDurations
                | Self::StepTrends
                | Self::TaskDurations
                | Self::Connections
                | Self::CountedSteps
                | Self::CountedTasks
                | Self::ReadCounts
                | Self::TemplateNames
                | Self::Failures
                | Self::DriftOfSteps
                | Self::DriftOfTasks
                | Self::DriftOfAttempted
                | Self::PutAllAttempted
                | Self::DeleteOrphanedAttempted
                | Self::PutAllSteps
                | Self::PutAllTasks
                | Self::DeleteOrphanedSteps
                | Self::DeleteOrphanedTasks
                | Self::PutAllHints
                | Self::DeleteOrphanedHints
                | Self::PutAllTimers
                | Self::DeleteOrphanedTimers
                | Self::DeleteOrphanedRules
                | Self::DeleteOrphanedSignals
                | Self::DeleteOrphanedDecisions
                | Self::PutAllDecisions
                | Self::TruncateSteps
                | Self::TruncateTasks
                | Self::ForgetStepStates
                | Self::ForgetStepParents
                | Self::ForgetTaskStates
        )
    }

    /// Whether it makes the same figures of the Rails tables, for a caller who may not see every row of them.
    pub(crate) fn reads_visible_rows(self) -> bool {
        matches!(
            self,
            Self::VisibleCountedSteps
                | Self::VisibleCountedTasks
                | Self::VisibleFailedSteps
                | Self::VisibleStepDurations
                | Self::VisibleStepTrends
                | Self::VisibleTaskDurations
                | Self::VisibleSlowSteps
                | Self::VisibleRows(_)
                | Self::VisibleRowsAfter(_)
        )
    }
}

/// While it lives, plans are made with index scans alone, and never compiled just in time.
///
/// A plan made for an empty table scans it from end to end, and is kept while the table grows: until the next
/// ANALYZE, each look-up would cost as much as the table is long. Bitmaps cost three times the time of an index
/// scan to begin and end, for rows that mostly share a page. Where there is no index all the same, as on a small table that
/// is joined by an expression, the plan counts as one that costs a fortune, for which half a second of compiling seems
/// little. The planner reads these variables whenever it plans, which may be at any execution; setting them through the
/// settings' machinery would cost 0.6 µs a call.
pub(crate) struct IndexesOnly {
    seqscan: bool,
    bitmapscan: bool,
    jit: bool,
}

impl IndexesOnly {
    pub(crate) fn begin() -> Self {
        // SAFETY: backend-local variables, put back on drop, which an error's unwinding passes as well.
        unsafe {
            let before = Self {
                seqscan: pg_sys::enable_seqscan,
                bitmapscan: pg_sys::enable_bitmapscan,
                jit: pg_sys::jit_enabled,
            };
            pg_sys::enable_seqscan = false;
            pg_sys::enable_bitmapscan = false;
            pg_sys::jit_enabled = false;
            before
        }
    }
}

impl Drop for IndexesOnly {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe {
            pg_sys::enable_seqscan = self.seqscan;
            pg_sys::enable_bitmapscan = self.bitmapscan;
            pg_sys::jit_enabled = self.jit;
        }
    }
}
