//! Checks whether the engine's tables have the columns that our statements name, and need no others.
//!
//! An application may change the engine's tables by a migration. Most changes do no harm. After the others, a statement
//! of ours would fail with a message about its internals. `tests/pg_regress/sql/migrations.sql` tries every column.

use crate::pg::host::acl::is_ours_and_named;
use crate::pg::host::descriptors;
use pgrx::pg_sys::{self, Oid};
use std::ffi::CStr;

/// The purpose for which a function uses the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnUse {
    /// Reads tables, as every function does.
    Read,
    /// Moves tasks and steps.
    Write,
    /// Creates tasks and steps.
    Create,
    /// Registers templates.
    Register,
    /// Annotates tasks.
    Annotate,
}

/// The types that a column may have.
#[derive(Clone, Copy, Debug)]
enum ColumnType {
    Bigint,
    Integer,
    /// An id that we pass on without reading it, or a number that fits in either type.
    AnyInteger,
    Boolean,
    Text,
    /// A time in UTC, without a time zone.
    Time,
    /// A time that is written, but never read.
    AnyTime,
    /// A document that is read. It must not be `json`: one document that jsonb cannot hold, such as "\\u0000", would
    /// make every statement that reads it fail.
    Jsonb,
    /// A document that is written, but never read.
    AnyJson,
}

impl ColumnType {
    fn types(self) -> &'static [Oid] {
        match self {
            Self::Bigint => &[pg_sys::INT8OID],
            Self::Integer => &[pg_sys::INT4OID],
            Self::AnyInteger => &[pg_sys::INT4OID, pg_sys::INT8OID],
            Self::Boolean => &[pg_sys::BOOLOID],
            Self::Text => &[pg_sys::VARCHAROID, pg_sys::TEXTOID],
            Self::Time => &[pg_sys::TIMESTAMPOID],
            Self::AnyTime => &[pg_sys::TIMESTAMPOID, pg_sys::TIMESTAMPTZOID],
            Self::Jsonb => &[pg_sys::JSONBOID],
            Self::AnyJson => &[pg_sys::JSONBOID, pg_sys::JSONOID],
        }
    }
}

struct TableColumns {
    name: &'static CStr,
    /// The use that inserts rows.
    inserted_by: ColumnUse,
    /// The columns, each with the first use that needs it.
    columns: &'static [(ColumnUse, ColumnType, &'static str)],
}

use ColumnType::{AnyInteger, AnyJson, AnyTime, Bigint, Boolean, Integer, Jsonb, Text, Time};
use ColumnUse::{Annotate, Create, Read, Register, Write};

const TABLES: [TableColumns; COUNT] = [
    TableColumns {
        name: c"tasker_tasks",
        inserted_by: Create,
        columns: &[
            (Read, Bigint, "task_id"),
            (Read, Integer, "named_task_id"),
            (Read, Text, "initiator"),
            (Read, Text, "source_system"),
            (Read, Text, "reason"),
            (Read, Jsonb, "tags"),
            (Read, Time, "requested_at"),
            (Read, Time, "created_at"),
            (Write, Boolean, "complete"),
            (Read, Jsonb, "context"),
            (Write, AnyTime, "updated_at"),
            (Create, AnyJson, "bypass_steps"),
            (Create, Text, "identity_hash"),
        ],
    },
    TableColumns {
        name: c"tasker_workflow_steps",
        inserted_by: Create,
        columns: &[
            (Read, Bigint, "workflow_step_id"),
            (Read, Bigint, "task_id"),
            (Read, Integer, "named_step_id"),
            (Read, Boolean, "retryable"),
            (Read, Integer, "retry_limit"),
            (Read, Boolean, "in_process"),
            (Read, Boolean, "processed"),
            (Read, Integer, "attempts"),
            (Read, Time, "last_attempted_at"),
            (Read, Time, "processed_at"),
            (Read, Integer, "backoff_request_seconds"),
            (Read, Time, "created_at"),
            (Read, Boolean, "skippable"),
            (Write, Jsonb, "inputs"),
            (Read, Jsonb, "results"),
            (Write, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_workflow_step_edges",
        inserted_by: Create,
        columns: &[
            (Read, Bigint, "from_step_id"),
            (Read, Bigint, "to_step_id"),
            (Create, Text, "name"),
            (Create, AnyTime, "created_at"),
            (Create, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_workflow_step_transitions",
        inserted_by: Write,
        columns: &[
            (Read, Bigint, "id"),
            (Read, Text, "to_state"),
            (Read, Text, "from_state"),
            (Read, Jsonb, "metadata"),
            (Read, Integer, "sort_key"),
            (Read, Boolean, "most_recent"),
            (Read, Bigint, "workflow_step_id"),
            (Read, Time, "created_at"),
            (Write, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_task_transitions",
        inserted_by: Write,
        columns: &[
            (Read, Bigint, "id"),
            (Read, Text, "to_state"),
            (Read, Text, "from_state"),
            (Read, Jsonb, "metadata"),
            (Read, Integer, "sort_key"),
            (Read, Boolean, "most_recent"),
            (Read, Bigint, "task_id"),
            (Read, Time, "created_at"),
            (Write, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_named_steps",
        inserted_by: Register,
        columns: &[
            (Read, Integer, "named_step_id"),
            (Read, Text, "name"),
            (Read, AnyInteger, "dependent_system_id"),
            (Register, Text, "description"),
            (Register, AnyTime, "created_at"),
            (Register, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_named_tasks",
        inserted_by: Register,
        columns: &[
            (Read, Integer, "named_task_id"),
            (Read, Text, "name"),
            (Read, Text, "version"),
            (Read, Bigint, "task_namespace_id"),
            (Read, Jsonb, "configuration"),
            (Register, Text, "description"),
            (Register, AnyTime, "created_at"),
            (Register, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_named_tasks_named_steps",
        inserted_by: Register,
        columns: &[
            (Create, AnyInteger, "named_task_id"),
            (Create, AnyInteger, "named_step_id"),
            (Register, AnyInteger, "named_task_id"),
            (Register, AnyInteger, "named_step_id"),
            (Register, Boolean, "skippable"),
            (Register, Boolean, "default_retryable"),
            (Register, AnyInteger, "default_retry_limit"),
            (Register, AnyTime, "created_at"),
            (Register, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_task_namespaces",
        inserted_by: Register,
        columns: &[
            (Read, AnyInteger, "task_namespace_id"),
            (Read, Text, "name"),
            (Register, AnyTime, "created_at"),
            (Register, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_dependent_systems",
        inserted_by: Register,
        columns: &[
            (Read, AnyInteger, "dependent_system_id"),
            (Read, Text, "name"),
            (Register, AnyTime, "created_at"),
            (Register, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_annotation_types",
        inserted_by: Annotate,
        columns: &[
            (Read, AnyInteger, "annotation_type_id"),
            (Read, Text, "name"),
            (Annotate, AnyTime, "created_at"),
            (Annotate, AnyTime, "updated_at"),
        ],
    },
    TableColumns {
        name: c"tasker_task_annotations",
        inserted_by: Annotate,
        columns: &[
            (Read, Bigint, "task_id"),
            (Read, AnyInteger, "annotation_type_id"),
            (Read, Jsonb, "annotation"),
            (Annotate, Bigint, "task_annotation_id"),
            (Annotate, AnyTime, "created_at"),
            (Annotate, AnyTime, "updated_at"),
        ],
    },
];

/// The number of tables.
pub const COUNT: usize = 12;

/// Finds the tables of a schema, and describes each fault that makes them unfit for a use in a sentence.
///
/// # Complexity
/// Opens 12 tables.
pub fn problems(schema: Oid, what: ColumnUse) -> ([Oid; COUNT], Vec<String>) {
    let mut problems = Vec::new();
    let tables = TABLES.each_ref().map(|expected| {
        // SAFETY: a catalog look-up with a C string constant.
        let table = unsafe { pg_sys::get_relname_relid(expected.name.as_ptr(), schema) };
        look_at(table, expected, what, &mut problems);
        table
    });
    (tables, problems)
}

fn look_at(table: Oid, expected: &TableColumns, what: ColumnUse, problems: &mut Vec<String>) {
    let name = expected.name.to_string_lossy();
    let needed: Vec<_> = expected.columns.iter().filter(|(first, ..)| *first == what).collect();
    let inserts = expected.inserted_by == what;
    if needed.is_empty() && !inserts {
        return;
    }
    let lock = pg_sys::AccessShareLock as pg_sys::LOCKMODE;
    // SAFETY: a relation that is gone, as InvalidOid is, is no error here. What is read of it is copied before anything is called
    // that may accept invalidations.
    let (columns, fills) = unsafe {
        let relation = pg_sys::try_relation_open(table, lock);
        let Some(data) = relation.as_ref() else {
            problems.push(format!("Table \"{name}\" is missing."));
            return;
        };
        let triggers = data.trigdesc.as_ref().map_or(&[][..], |triggers| {
            std::slice::from_raw_parts(triggers.triggers, triggers.numtriggers as usize)
        });
        let before_insert =
            (pg_sys::TRIGGER_TYPE_ROW | pg_sys::TRIGGER_TYPE_BEFORE | pg_sys::TRIGGER_TYPE_INSERT) as i16;
        let fills: Vec<Oid> = triggers
            .iter()
            .filter(|trigger| trigger.tgtype & before_insert == before_insert)
            .map(|trigger| trigger.tgfoid)
            .collect();
        let columns: Vec<Column> = descriptors::attributes(data.rd_att)
            .iter()
            .filter(|column| !column.attisdropped)
            .map(Column::of)
            .collect();
        pg_sys::relation_close(relation, lock);
        (columns, fills)
    };
    let known = problems.len();
    for (_, kind, wanted) in needed {
        match columns.iter().find(|column| column.name == *wanted) {
            None => problems.push(format!("Table \"{name}\" has no column \"{wanted}\".")),
            Some(column) if !kind.types().contains(&column.base_type()) => problems.push(format!(
                "Column \"{wanted}\" of table \"{name}\" is of type {}, not {}.",
                type_name(column.type_id),
                type_name(kind.types()[0])
            )),
            Some(_) => {}
        }
    }
    if problems.len() > known {
        return;
    }
    // A trigger of the application may give the value.
    let is_filled = || fills.iter().any(|function| !is_ours_by_any_name(*function));
    let unknown = |column: &&Column| {
        column.must_be_given && !is_of_engine(expected, &column.name) && !column.is_of_type_with_default()
    };
    if inserts
        && let Some(column) = columns.iter().find(unknown)
        && !is_filled()
    {
        problems.push(format!(
            "Column \"{}\" of table \"{name}\" is NOT NULL without a default, and tasker_core gives it no value.",
            column.name
        ));
    }
}

/// The facts about a column that the check needs.
struct Column {
    name: String,
    type_id: Oid,
    /// True if a row cannot be inserted without a value for the column.
    must_be_given: bool,
}

impl Column {
    fn of(column: &pg_sys::FormData_pg_attribute) -> Self {
        // SAFETY: a name ends within its 64 bytes.
        let name = unsafe { CStr::from_ptr(column.attname.data.as_ptr()) };
        Self {
            name: name.to_string_lossy().into_owned(),
            type_id: column.atttypid,
            must_be_given: column.attnotnull && !column.atthasdef && column.attidentity == 0,
        }
    }

    /// Returns whether the column has a type with a default, for example a domain.
    fn is_of_type_with_default(&self) -> bool {
        // SAFETY: a catalog look-up by oid; NULL, or a palloc'd expression that is not looked into.
        unsafe { !pg_sys::get_typdefault(self.type_id).is_null() }
    }

    fn base_type(&self) -> Oid {
        // SAFETY: a catalog look-up by oid.
        unsafe { pg_sys::getBaseType(self.type_id) }
    }
}

/// Returns whether the column is the engine's own. Our statements fill those without a default, except an id, which has
/// a sequence of its own.
fn is_of_engine(table: &TableColumns, column: &str) -> bool {
    matches!(column, "id" | "description") || table.columns.iter().any(|(.., name)| *name == column)
}

fn is_ours_by_any_name(function: Oid) -> bool {
    is_ours_and_named(function, c"_tasker_sync_step_transitions")
        || is_ours_and_named(function, c"_tasker_sync_task_transitions")
}

fn type_name(id: Oid) -> String {
    // SAFETY: returns a palloc'd C string, for a type that does not exist as well.
    unsafe { CStr::from_ptr(pg_sys::format_type_be(id)).to_string_lossy().into_owned() }
}
