//! Looks up rows of one table by the values of one of its columns. Every function begins with look-ups. They are too
//! small for the executor: starting and ending a plan costs more than finding ten rows through an index.

use crate::core::error::TaskerError;
use crate::core::time::Timestamp;
use crate::pg::datum::values::{bigint_array, integer_array, timestamp};
use crate::pg::heap::lookup::LookUp;
use crate::pg::heap::scans;
use crate::pg::spi::{Row, Session, Snapshot, Statement};
use pgrx::pg_sys;

impl Session {
    /// Passes the rows of these keys to `each`, each row once, in no order, in the snapshot of the session.
    ///
    /// The rows are found through an index of the table, without the executor. A statement does it if that is
    /// impossible: if the table is a view or partitioned, has no such index, or if the privileges and policies of
    /// another role apply.
    ///
    /// # Complexity
    /// O(log n) for each key, and O(1) for each row; O(n) at most.
    pub fn look_up(
        &self,
        look_up: LookUp,
        keys: &[i64],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        self.look_up_in(self.snapshot, look_up, keys, each)
    }

    /// Looks rows up in a fresh snapshot: for triggers, which must not miss what was committed while they waited.
    pub fn look_up_fresh(
        &self,
        look_up: LookUp,
        keys: &[i64],
        each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        self.look_up_in(Snapshot::Fresh, look_up, keys, each)
    }

    fn look_up_in(
        &self,
        snapshot: Snapshot,
        look_up: LookUp,
        keys: &[i64],
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        let mut keys = keys.to_vec();
        if look_up.key().1 == pg_sys::INT4OID {
            keys.retain(|key| i32::try_from(*key).is_ok());
        }
        keys.sort_unstable();
        keys.dedup();
        if keys.is_empty() {
            return Ok(());
        }
        if scans::rows(&self.tables, look_up, &keys, snapshot, &mut each)?.is_some() {
            return Ok(());
        }
        let argument = match look_up.key().1 {
            pg_sys::INT4OID => integer_array(&keys.iter().map(|key| *key as i32).collect::<Vec<_>>()),
            _ => bigint_array(&keys),
        };
        self.read_in(snapshot, Statement::Rows(look_up), &[argument], each)
    }

    /// Passes the rows whose key, a time, is later to `each`, as [`Self::look_up`] passes those of given keys.
    ///
    /// # Complexity
    /// O(log n), and O(1) for each row.
    pub fn look_up_after(
        &self,
        look_up: LookUp,
        after: Timestamp,
        mut each: impl FnMut(&Row) -> Result<(), TaskerError>,
    ) -> Result<(), TaskerError> {
        match scans::rows_after(&self.tables, look_up, after, self.snapshot, &mut each)? {
            Some(()) => Ok(()),
            None => self.read_in_parts(Statement::RowsAfter(look_up), &[timestamp(after)], each),
        }
    }

    /// Returns whether a table surely has no row, so that the caller can omit a statement that would find none. It sees
    /// the rows that a writing statement would see.
    ///
    /// # Complexity
    /// O(log n).
    pub fn is_surely_empty(&self, look_up: LookUp) -> bool {
        matches!(scans::first_key(&self.tables, look_up), Some(None))
    }

    /// Returns whether an installation has a table, which an earlier layout may lack, and the table may have rows.
    ///
    /// # Complexity
    /// O(log n).
    pub fn may_have_rows(&self, look_up: LookUp) -> bool {
        self.has_table(look_up.table()) && !self.is_surely_empty(look_up)
    }

    /// Returns whether the times of a table are surely all later.
    ///
    /// # Complexity
    /// O(log n).
    pub fn is_surely_later(&self, look_up: LookUp, time: Timestamp) -> bool {
        let first = scans::first_key(&self.tables, look_up);
        first.is_some_and(|first| first.is_none_or(|first| first > time.to_postgres()))
    }

    /// Returns the first time of a table, if it has one that can be found through an index.
    ///
    /// # Complexity
    /// O(log n).
    pub fn first_time(&self, look_up: LookUp) -> Option<Timestamp> {
        scans::first_key(&self.tables, look_up).flatten().map(Timestamp::from_postgres)
    }

    /// Returns the last change of the configuration that the session's snapshot shows, and the transaction that made
    /// it.
    ///
    /// # Complexity
    /// O(log n).
    pub fn latest_config(&self) -> Result<Option<(i64, u32)>, TaskerError> {
        let mut latest = None;
        let mut each = |row: &Row| {
            latest = row.value(1).map(|changed_by| (row.i64(0), changed_by.value() as u32));
            Ok(())
        };
        if scans::last_row(&self.tables, LookUp::ConfigVersions, self.snapshot, &mut each)?.is_none() {
            self.read(Statement::LatestConfig, &[], each)?;
        }
        Ok(latest)
    }
}
