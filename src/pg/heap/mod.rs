//! Reads and writes rows directly, below the executor, as PostgreSQL reads and writes its own catalogs.
//!
//! May import `host` and `datum`. Knows nothing of statements: if it returns `None`, `spi` runs one.
//!
//! # Why
//! Moving a step reads, locks and writes about ten rows of side tables. Starting and ending an executor plan costs
//! several times more than reading or writing one row.
//!
//! # What it mirrors
//! | Here | PostgreSQL |
//! |---|---|
//! | [`index_scan`], [`table_scan`] | `systable_beginscan()` and `systable_getnext()` (`genam.c`) |
//! | [`cursor`] | `heapam_fetch_row_version()` (`heapam_handler.c`) |
//! | [`row_locks`] | `heap_lock_tuple()`, `heap_delete()` and `heap_update()`, as the executor calls them (`heapam_handler.c`) |
//! | [`index_entries`] | `CatalogIndexInsert()` (`indexing.c`) and `ExecInsertIndexTuples()` |
//! | [`tuple_layout`] | `heap_deform_tuple()` (`heaptuple.c`) |
//! | [`bulk_insert`] | `heap_multi_insert()` as `COPY` calls it |
//!
//! A comment that begins with "Mirrors" at each call into these parts of PostgreSQL names the differences between
//! versions. The sources of 14.13, 15.18, 16.4, 17 (its first beta) and 18.6 were compared. "Unchanged" means that the
//! arguments, rules and errors of the function are the same; how it logs and locks pages may differ.
//!
//! # Invariants
//! - Only side tables are written. The engine's tables are written by statements, so that triggers, policies, defaults,
//!   constraints and every kind of index work as usual. `LockedTable::writable()` in [`tables`] decides, in one place.
//!   The one exception is [`plain_deletion`], where a deletion would do nothing else.
//! - A table is written here only if it is a plain heap that belongs to the installation's owner, without triggers that
//!   would fire, rules, policies, checks, generated columns and domains.
//! - No pointer into the relation cache survives a call that may accept invalidations. The needed facts are copied
//!   ([`tables`] remembers copies, until PostgreSQL reports a change).
//! - A row that another transaction holds is left unchanged and counted as busy. `heap_update()` is called only on a
//!   row that is locked.
//! - Every column keeps its type: a look-up names the types that it reads ([`lookup`]), and refuses a table with
//!   others.
//! - An error needs no clean-up here: the resource owner of the (sub)transaction closes tables, scans and snapshots.
//!
//! # When a statement runs instead
//! A statement runs if the relation is a view, partitioned or foreign; if it has no usable index; if another role's
//! privileges or row-level security decide; if a column has another type; or if an index cannot be written here. Rows
//! are written only below REPEATABLE READ ([`row_writes`]): above it, `heap_update()` needs the checks of a snapshot
//! that the executor makes.

pub mod bulk_insert;
pub mod cursor;
pub mod index_entries;
pub mod index_scan;
pub mod key_search;
pub mod lookup;
pub mod open_tables;
pub mod plain_deletion;
pub mod row_locks;
pub mod row_writes;
pub mod scans;
pub mod table_scan;
pub mod tables;
pub mod tuple_layout;
