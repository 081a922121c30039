//! Writes the rows of steps and edges page by page, if their tables are left without indexes.

use crate::core::error::TaskerError;
use crate::pg::datum::export;
use crate::pg::spi::{self, BulkInsert, Statement};
use crate::pg::testkit::{SideRowFacts, Template};
use crate::pg::writing::writer::Writer;
use pgrx::IntoDatum;
use pgrx::pg_sys::{
    self, BOOLOID, Datum, INT4OID, INT8ARRAYOID, INT8OID, JSONBOID, TEXTOID, TIMESTAMPOID, VARCHAROID,
};
use serde_json::Value;

fn schema(writer: &Writer) -> pg_sys::Oid {
    writer.session.schema()
}

/// Takes ids for new rows from a sequence that no other session uses until the transaction ends. Returns `None` if the
/// ids come from elsewhere, or if another session uses the sequence.
fn take_ids(
    writer: &Writer,
    table: &str,
    column: &str,
    number: usize,
) -> Result<Option<Vec<i64>>, TaskerError> {
    let mut found = None;
    let arguments = [spi::bigint(schema(writer).to_u32().into()), export::text(table), export::text(column)];
    writer.rails(Statement::SequenceOfColumn, &arguments, |row| {
        found = u32::try_from(row.i64(0)).ok().map(|sequence| (pg_sys::Oid::from(sequence), row.i64(1)));
    })?;
    let (Some((sequence, increment)), true) = (found, number > 0) else { return Ok(None) };
    // SAFETY: a sequence that the catalog names, locked against those who take from it; nextval() and setval() take a
    // regclass and bigints and return one, or raise an error.
    let first = unsafe {
        if !pg_sys::ConditionalLockRelationOid(sequence, pg_sys::ShareRowExclusiveLock as i32) {
            return Ok(None);
        }
        let next = pgrx::direct_function_call_as_datum(pg_sys::nextval_oid, &[Some(sequence.into())]);
        let first = next.map_or(0, |next| next.value() as i64);
        let last = first.saturating_add(increment.saturating_mul(number as i64 - 1));
        pgrx::direct_function_call_as_datum(pg_sys::setval_oid, &[Some(sequence.into()), last.into_datum()]);
        first
    };
    Ok(Some((0..number as i64).map(|place| first + increment * place).collect()))
}

/// Writes what the statement `testkit/put_steps` writes, and returns the ids of the steps of these tasks, in order.
/// Returns `None` if only the statement can do it.
pub fn put_steps(
    writer: &Writer,
    tasks: &[(i64, &Template, &Value)],
) -> Result<Option<Vec<i64>>, TaskerError> {
    let columns = [
        (c"workflow_step_id", INT8OID),
        (c"task_id", INT8OID),
        (c"named_step_id", INT4OID),
        (c"retryable", BOOLOID),
        (c"retry_limit", INT4OID),
        (c"in_process", BOOLOID),
        (c"processed", BOOLOID),
        (c"attempts", INT4OID),
        (c"inputs", JSONBOID),
        (c"results", JSONBOID),
        (c"skippable", BOOLOID),
        (c"created_at", TIMESTAMPOID),
        (c"updated_at", TIMESTAMPOID),
    ];
    let number = tasks.iter().map(|(_, template, _)| template.named_steps.len()).sum();
    let Some(mut table) = BulkInsert::begin(schema(writer), c"tasker_workflow_steps", columns) else {
        return Ok(None);
    };
    let Some(ids) = take_ids(writer, "tasker_workflow_steps", "workflow_step_id", number)? else {
        table.end();
        return Ok(None);
    };
    let (now, no, nothing) =
        (spi::timestamp(writer.now), Datum::from(false), spi::json(&Value::Object(Default::default())));
    let mut next = ids.iter();
    for (task, template, context) in tasks {
        let context = spi::json(context);
        for (named_step, id) in template.named_steps.iter().zip(&mut next) {
            table.add(|| {
                let (id, task, named_step) = (spi::bigint(*id), spi::bigint(*task), Datum::from(*named_step));
                let (limit, none) = (Datum::from(3), Datum::from(0));
                [id, task, named_step, Datum::from(true), limit, no, no, none, context, nothing, no, now, now]
            });
        }
    }
    table.end();
    Ok(Some(ids))
}

/// Writes what the statement `testkit/put_edges` writes; returns `false` if only the statement can do it.
pub fn put_edges(writer: &Writer, parents: &[i64], children: &[i64]) -> Result<bool, TaskerError> {
    let columns = [
        (c"id", INT8OID),
        (c"from_step_id", INT8OID),
        (c"to_step_id", INT8OID),
        (c"name", VARCHAROID),
        (c"created_at", TIMESTAMPOID),
        (c"updated_at", TIMESTAMPOID),
    ];
    let Some(mut table) = BulkInsert::begin(schema(writer), c"tasker_workflow_step_edges", columns) else {
        return Ok(false);
    };
    let ids = take_ids(writer, "tasker_workflow_step_edges", "id", parents.len())?;
    if let Some(ids) = &ids {
        let (now, name) = (spi::timestamp(writer.now), export::text("provides"));
        for ((id, parent), child) in ids.iter().zip(parents).zip(children) {
            table.add(|| [spi::bigint(*id), spi::bigint(*parent), spi::bigint(*child), name, now, now]);
        }
    }
    table.end();
    Ok(ids.is_some())
}

/// Writes what the statement `testkit/put_side_steps` writes, without the counts; returns `false` if only the statement
/// can do it.
pub fn put_side_steps(writer: &Writer, steps: &[i64], written: &SideRowFacts) -> bool {
    let columns = [
        (c"workflow_step_id", INT8OID),
        (c"task_id", INT8OID),
        (c"created_at", TIMESTAMPOID),
        (c"named_step_id", INT4OID),
        (c"attempts", INT4OID),
        (c"retry_limit", INT4OID),
        (c"retryable", BOOLOID),
        (c"in_process", BOOLOID),
        (c"processed", BOOLOID),
        (c"skippable", BOOLOID),
        (c"state", TEXTOID),
        (c"parent_step_ids", INT8ARRAYOID),
        (c"has_rule", BOOLOID),
    ];
    let Some(mut table) = BulkInsert::begin(schema(writer), c"tasker_core_steps", columns) else {
        return false;
    };
    let (now, no, state) = (spi::timestamp(writer.now), Datum::from(false), export::text("pending"));
    let facts = written.owners.iter().zip(&written.named).zip(&written.parents);
    for (id, ((task, named_step), parents)) in steps.iter().zip(facts) {
        table.add(|| {
            let (id, task, named_step) = (spi::bigint(*id), spi::bigint(*task), Datum::from(*named_step));
            let (limit, none, parents) =
                (Datum::from(3), Datum::from(0), spi::bigint_array(&crate::pg::testkit::ascending(parents)));
            [id, task, now, named_step, none, limit, Datum::from(true), no, no, no, state, parents, no]
        });
    }
    table.end();
    true
}
