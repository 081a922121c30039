//! Decides how statements are planned.

use crate::pg::spi::statements::Statement;
use pgrx::pg_sys;

impl Statement {
    /// Returns whether the statement is planned anew for each call, because the best index depends on which of its
    /// arguments are NULL.
    pub(crate) fn is_planned_for_arguments(self) -> bool {
        matches!(
            self,
            Self::FindTasks
                | Self::EndedTasks
                | Self::FindSteps
                | Self::FindStepTransitions
                | Self::FindTaskTransitions
                | Self::StepTransitionStats
                | Self::TaskTransitionStats
                | Self::TaskVersions
        )
    }

    /// Returns whether the statement looks rows up by id, as all do except those that read whole tables. (With index
    /// scans alone, those would only get a huge cost estimate, and be compiled just in time because of it.
    /// `UnqueuedSteps` reads the steps in the order of an index and looks up the rest, whatever the statistics say.)
    pub(crate) fn looks_up(self) -> bool {
        !self.reads_everything() && !self.reads_visible_rows()
    }

    /// Returns whether the statement does for one row what others of its section do for arrays: reading arrays costs as
    /// much as the row.
    pub(crate) fn is_for_one_row(self) -> bool {
        matches!(self, Self::EnterOneStepState | Self::CompleteOneStep)
    }

    /// Returns whether the statement reads whole tables, as their owner.
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
                | Self::NamesOfAllTasks
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
                | Self::PutAllHintsWithShares
                | Self::DeleteOrphanedShares
                | Self::TruncateShares
                | Self::DeleteOrphanedHints
                | Self::PutAllTimers
                | Self::DeleteOrphanedTimers
                | Self::DeleteOrphanedRules
                | Self::DeleteOrphanedSignals
                | Self::DeleteOrphanedDecisions
                | Self::DeleteOrphanedStepTimes
                | Self::DeleteOrphanedDeadlines
                | Self::PutDeadlineTimers
                | Self::DeleteOrphanedForks
                | Self::TruncateForks
                | Self::TruncateStepTimes
                | Self::TruncateDeadlines
                | Self::PutAllDecisions
                | Self::PutAllDecisionsWithShares
                | Self::TruncateSteps
                | Self::TruncateTasks
                | Self::ForgetStepStates
                | Self::ForgetStepParents
                | Self::ForgetTaskStates
        )
    }

    /// Returns whether the statement reads the Rails tables instead of side rows, for a caller who may not see every
    /// row.
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

/// A guard: while it lives, plans use only index scans, and are never compiled just in time.
///
/// A plan made for an empty table scans the whole table, and is kept while the table grows. Until the next ANALYZE,
/// each look-up would read the whole table. Bitmap scans take three times as long as index scans to start and end, for
/// rows that mostly share a page. If no index fits, for example on a small table that is joined by an expression, the
/// plan gets a huge cost estimate, for which half a second of compiling seems little. The planner reads these variables
/// whenever it plans, which may be at any execution. Setting them as ordinary settings would cost 0.6 µs a call.
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
