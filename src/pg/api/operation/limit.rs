//! `tasker_set_limit`, `tasker_pause`, `tasker_resume`, `tasker_limits`: limits and pauses.

use crate::core::config::LONGEST_NAME;
use crate::core::error::TaskerError;
use crate::core::time::Duration;
use crate::core::wording::one_of;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::execution::limits::parked::ParkedSteps;
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::queue::shares;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::write;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::BTreeSet;

export! {
    /// `tasker_set_limit(text, text, integer, integer, interval)`
    tasker_set_limit, pg_finfo_tasker_set_limit => set_limit;
    /// `tasker_pause(text, text, text)`
    tasker_pause, pg_finfo_tasker_pause => pause;
    /// `tasker_resume(text, text)`
    tasker_resume, pg_finfo_tasker_resume => resume;
    /// `tasker_limits()`
    tasker_limits, pg_finfo_tasker_limits => limits;
}

/// The column of `tasker_limits()` with the number of steps that wait.
const WAITING: usize = 8;

/// The scopes of limits.
const SCOPES: [&str; 5] = ["namespace", "task_name", "step_name", "dependent_system", "key"];

fn set_limit(call: &Call) -> Result<Datum, ErrorReport> {
    let (scope, name) = subject(call)?;
    let (max_running, max_starts, per) = (call.integer(2), call.integer(3), call.interval(4));
    if max_running.is_some_and(|max| max < 0) {
        return Err(TaskerError::invalid("max_running", "must not be negative").into());
    }
    if max_starts.is_some_and(|max| max < 1) {
        return Err(TaskerError::invalid("max_starts", "must be greater than zero").into());
    }
    if per.is_some_and(|per| per <= Duration::microseconds(0)) {
        return Err(TaskerError::invalid("per", "must be greater than zero").into());
    }
    if max_starts.is_some() != per.is_some() {
        return Err(TaskerError::invalid("per", "and max_starts belong together").into());
    }
    change(&scope, &name, Statement::SetLimit, |_| {
        vec![max_running.map(Into::into), max_starts.map(Into::into), per.map(spi::interval)]
    })
}

fn pause(call: &Call) -> Result<Datum, ErrorReport> {
    let (scope, name) = subject(call)?;
    let reason = call.text(2);
    change(&scope, &name, Statement::SetPause, |now| vec![Some(now), reason.as_deref().map(export::text)])
}

fn resume(call: &Call) -> Result<Datum, ErrorReport> {
    let (scope, name) = subject(call)?;
    change(&scope, &name, Statement::SetPause, |_| vec![None, None])
}

fn limits(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(TASK_AND_STEP_TABLES)?;
        let (mut shown, mut delayed) = (None, Vec::new());
        if shares::are_used(writer.session) {
            writer.session.write_returning(Statement::DelayedShares, &[], |row| {
                delayed.push((row.i64(0), row.text(1, str::to_owned)));
            })?;
        }
        if writer.reader().is_filtered() {
            let mut limited = Vec::new();
            writer.session.write_returning(Statement::LimitedSteps, &[], |row| limited.push(row.i64(0)))?;
            limited.extend(delayed.iter().map(|(step, _)| *step));
            let visible = writer.reader().visible_among(Statement::VisibleAmongSteps, &limited)?;
            delayed.retain(|(step, _)| visible.contains(step));
            shown = Some(spi::bigint_array(&visible.into_iter().collect::<Vec<_>>()));
        }
        rows.fill::<9>(|push| {
            writer.session.write_optional(Statement::Limits, &[shown], |row| {
                let mut columns = std::array::from_fn(|at| row.value(at));
                let (scope, name) = (row.text(0, str::to_owned), row.text(1, str::to_owned));
                let shared = delayed.iter().filter(|(_, bucket)| is_of_limit(bucket, &scope, &name)).count();
                if shared > 0 {
                    columns[WAITING] =
                        Some(spi::bigint(row.i64(WAITING).saturating_add_unsigned(shared as u64)));
                }
                push(columns)
            })
        })?;
        rows.done()
    })
}

/// Returns whether a bucket belongs to a limit: a limit on a key has one for each value.
fn is_of_limit(bucket: &str, scope: &str, name: &str) -> bool {
    let rest = bucket.strip_prefix(scope).and_then(|rest| rest.strip_prefix(':'));
    rest.and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| match scope {
        "key" => rest.starts_with('='),
        _ => rest.is_empty(),
    })
}

/// Writes the row of a limit, and makes the next claims look again at the steps that wait for it.
fn change(
    scope: &str,
    name: &str,
    statement: Statement,
    values: impl FnOnce(Datum) -> Vec<Option<Datum>>,
) -> Result<Datum, ErrorReport> {
    write(|writer| {
        writer.installation.require_update(TASK_AND_STEP_TABLES)?;
        writer.installation.require_all_rows("set limits or pauses")?;
        let subject = [Some(export::text(scope)), Some(export::text(name))];
        let mut arguments = subject.to_vec();
        arguments.extend(values(spi::timestamp(writer.now)));
        writer.session.write_optional(statement, &arguments, |_| {})?;
        writer.session.write(Statement::DropEmptyLimits, &[]);
        let mut buckets = Vec::new();
        writer.session.write_optional(Statement::ParkedBuckets, &subject, |row| {
            buckets.push(row.text(0, str::to_owned))
        })?;
        if shares::are_used(writer.session) {
            writer.session.write_optional(Statement::ShareBuckets, &subject, |row| {
                buckets.push(row.text(0, str::to_owned))
            })?;
        }
        for bucket in buckets.into_iter().collect::<BTreeSet<_>>() {
            ParkedSteps::of(writer).recover_bucket(&bucket)?;
        }
        Ok(Datum::from(0))
    })
}

fn subject(call: &Call) -> Result<(String, String), TaskerError> {
    let scope = call.text(0).ok_or(TaskerError::NullArgument("scope"))?;
    let name = call.text(1).ok_or(TaskerError::NullArgument("name"))?;
    if !SCOPES.contains(&scope.as_str()) {
        return Err(TaskerError::invalid("scope", one_of(&SCOPES)));
    }
    if name.len() > LONGEST_NAME {
        return Err(TaskerError::invalid("name", format!("must be at most {LONGEST_NAME} bytes long")));
    }
    Ok((scope, name))
}
