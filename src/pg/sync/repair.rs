//! Compares side rows and graphs with the Rails tables, for `tasker_install`, `tasker_rebuild` and `tasker_doctor`.
//! These run with a pinned search_path, and with the rights of the owner of the installation if the caller has these,
//! otherwise with the caller's.

use crate::core::dag::{Defect, Edge, LocatedDefect, find_defects};
use crate::core::error::TaskerError;
use crate::core::ids::{EdgeId, StepId, TaskId};
use crate::core::recovery::needs_a_look;
use crate::core::steps::StepsBuilder;
use crate::pg::host::actor::Actor;
use crate::pg::host::installation::{self, Installation};
use crate::pg::host::{clock, settings, transactions};
use crate::pg::queue::{shares, times};
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Session, Snapshot, Statement};
use crate::pg::sync::{counts, forks};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

/// A stage of rebuilding: it deletes the orphans of a side table, writes missing and different rows, and has the
/// planner count the rows, because the next statements join them.
struct Stage {
    side_table: &'static str,
    delete: Statement,
    put: Option<Statement>,
    analyze: Option<Statement>,
}

const STAGES: [Stage; 8] = [
    Stage {
        side_table: "tasker_core_tasks",
        delete: Statement::DeleteOrphanedTasks,
        put: Some(Statement::PutAllTasks),
        analyze: Some(Statement::AnalyzeTasks),
    },
    Stage {
        side_table: "tasker_core_rules",
        delete: Statement::DeleteOrphanedRules,
        put: None,
        analyze: None,
    },
    Stage {
        side_table: "tasker_core_signals",
        delete: Statement::DeleteOrphanedSignals,
        put: None,
        analyze: None,
    },
    Stage {
        side_table: "tasker_core_steps",
        delete: Statement::DeleteOrphanedSteps,
        put: Some(Statement::PutAllSteps),
        analyze: Some(Statement::AnalyzeSteps),
    },
    Stage {
        side_table: "tasker_core_hints",
        delete: Statement::DeleteOrphanedHints,
        put: Some(Statement::PutAllHints),
        analyze: Some(Statement::AnalyzeHints),
    },
    Stage {
        side_table: "tasker_core_attempted",
        delete: Statement::DeleteOrphanedAttempted,
        put: Some(Statement::PutAllAttempted),
        analyze: Some(Statement::AnalyzeAttempted),
    },
    Stage {
        side_table: "tasker_core_decisions",
        delete: Statement::DeleteOrphanedDecisions,
        put: Some(Statement::PutAllDecisions),
        analyze: Some(Statement::AnalyzeDecisions),
    },
    Stage {
        side_table: "tasker_core_timers",
        delete: Statement::DeleteOrphanedTimers,
        put: Some(Statement::PutAllTimers),
        analyze: Some(Statement::AnalyzeTimers),
    },
];

/// The number of written rows from which a NOTICE reports them. New statistics are made from a smaller number.
const MANY: i64 = 100_000;
const ENOUGH_TO_ANALYZE: i64 = 1_000;

/// Writes the rows that differ, so that every side row agrees with the Rails tables.
#[pg_extern(sql = false)]
fn rebuild(
    installation: pg_sys::Oid,
) -> Result<
    TableIterator<
        'static,
        (name!(side_table, &'static str), name!(inserted, i64), name!(updated, i64), name!(deleted, i64)),
    >,
    ErrorReport,
> {
    let installation = Installation::in_schema(installation)?;
    let rows = installation.maintained(|| {
        let mut rows = spi::connected(installation, Snapshot::Callers, rebuild_all)?;
        // In a snapshot that shows what has just been written.
        let miscounted = spi::connected(installation, Snapshot::Fresh, counts::repair)?;
        rows.push(("tasker_core_counts", 0, miscounted, 0));
        Ok::<_, TaskerError>(rows)
    })?;
    Ok(TableIterator::new(rows))
}

fn rebuild_all(session: &Session) -> Result<Vec<(&'static str, i64, i64, i64)>, TaskerError> {
    let weight = [spi::interval(settings::priority_interval())];
    let mut rows = Vec::new();
    for Stage { side_table, delete, put, analyze } in STAGES {
        let [deleted, _] = written_by(session, delete, &[])?;
        let [inserted, updated] = match put {
            Some(put) => {
                let arguments = if put == Statement::PutAllHints { &weight[..] } else { &[] };
                written_by(session, shares::heeded_by(session, put), arguments)?
            }
            None => [0, 0],
        };
        let written = inserted + updated + deleted;
        if let Some(analyze) = analyze
            && written >= ENOUGH_TO_ANALYZE
        {
            session.write(analyze, &[]);
        }
        if written >= MANY {
            notice!("{side_table}: {inserted} rows inserted, {updated} updated, {deleted} deleted");
        }
        rows.push((side_table, inserted, updated, deleted));
    }
    if let Some(timers) = rows.iter_mut().find(|(side_table, ..)| *side_table == "tasker_core_timers") {
        timers.1 += times::restore_timers(session)?;
    }
    let orphans = times::orphans(session).chain(forks::orphans(session));
    for (side_table, delete) in orphans.chain(shares::orphans(session)) {
        rows.push((side_table, 0, 0, written_by(session, delete, &[])?[0]));
    }
    Ok(rows)
}

fn written_by(session: &Session, statement: Statement, arguments: &[Datum]) -> Result<[i64; 2], TaskerError> {
    let mut written = [0, 0];
    session.write_returning(statement, arguments, |row| written = [row.i64(0), row.i64(1)])?;
    Ok(written)
}

/// Returns the side rows that do not agree with the Rails tables.
#[pg_extern(sql = false)]
fn drift(
    installation: pg_sys::Oid,
) -> Result<
    TableIterator<'static, (name!(side_table, &'static str), name!(row_id, i64), name!(problem, String))>,
    ErrorReport,
> {
    let mut drift = Vec::new();
    examine(installation, |session| {
        for (side_table, statement) in [
            ("tasker_core_tasks", Statement::DriftOfTasks),
            ("tasker_core_steps", Statement::DriftOfSteps),
            ("tasker_core_attempted", Statement::DriftOfAttempted),
        ] {
            session.read(statement, &[], |row| {
                drift.push((side_table, row.i64(0), row.text(1, str::to_owned)));
                Ok(())
            })?;
        }
        Ok(())
    })?;
    Ok(TableIterator::new(drift))
}

/// Runs a query of the doctor on an installation.
fn examine<R>(
    installation: pg_sys::Oid,
    look: impl FnOnce(&Session) -> Result<R, TaskerError>,
) -> Result<R, TaskerError> {
    let installation = Installation::in_schema(installation)?;
    installation.maintained(|| spi::connected(installation, Snapshot::Callers, look))
}

/// Returns the current transitions to states that do not exist: the table, the state, their number, and the first step
/// or task.
#[pg_extern(sql = false)]
fn unknown_states(
    installation: pg_sys::Oid,
) -> Result<
    TableIterator<
        'static,
        (
            name!(table_name, String),
            name!(to_state, String),
            name!(transitions, i64),
            name!(first_parent_id, i64),
        ),
    >,
    ErrorReport,
> {
    let mut found = Vec::new();
    examine(installation, |session| {
        session.read(Statement::UnknownStates, &[], |row| {
            found.push((row.text(0, str::to_owned), row.text(1, str::to_owned), row.i64(2), row.i64(3)));
            Ok(())
        })
    })?;
    Ok(TableIterator::new(found))
}

/// Returns the work that was put aside, the oldest first, and its total.
#[pg_extern(sql = false)]
fn troubles(
    installation: pg_sys::Oid,
    max_rows: i32,
) -> Result<
    TableIterator<
        'static,
        (
            name!(kind, String),
            name!(subject_id, i64),
            name!(attempts, i32),
            name!(next_try, String),
            name!(sqlstate, String),
            name!(message, String),
            name!(since, String),
            name!(total, i64),
        ),
    >,
    ErrorReport,
> {
    let mut found = Vec::new();
    examine(installation, |session| {
        session.read(Statement::Troubles, &[max_rows.into()], |row| {
            let text = |column| row.text(column, str::to_owned);
            found.push((text(0), row.i64(1), row.i32(2), text(3), text(4), text(5), text(6), row.i64(7)));
            Ok(())
        })
    })?;
    Ok(TableIterator::new(found))
}

/// Returns the steps that another session's open transaction, or a prepared one, has changed or locked, and its number.
#[pg_extern(sql = false)]
fn locked_steps(
    installation: pg_sys::Oid,
) -> Result<TableIterator<'static, (name!(workflow_step_id, i64), name!(transaction_number, i64))>, ErrorReport>
{
    let mut found = Vec::new();
    examine(installation, |session| {
        session.read(Statement::LockedStepRows, &[], |row| {
            let open = row.value(1).and_then(transactions::open);
            found.extend(open.map(|open| (row.i64(0), i64::from(open.number.into_inner()))));
            Ok(())
        })
    })?;
    Ok(TableIterator::new(found))
}

/// Returns the tasks that wait for themselves, the step by which each waits, and their total.
#[pg_extern(sql = false)]
fn wait_cycles(
    installation: pg_sys::Oid,
    max_rows: i32,
) -> Result<
    TableIterator<'static, (name!(task_id, i64), name!(workflow_step_id, i64), name!(total, i64))>,
    ErrorReport,
> {
    let mut found = Vec::new();
    examine(installation, |session| {
        session.read(Statement::WaitCycles, &[max_rows.into()], |row| {
            found.push((row.i64(0), row.i64(1), row.i64(2)));
            Ok(())
        })
    })?;
    Ok(TableIterator::new(found))
}

/// Returns the steps and tasks with several current transitions: the table, the id, how many it has, and their total.
#[pg_extern(sql = false)]
fn several_current_transitions(
    installation: pg_sys::Oid,
) -> Result<
    TableIterator<
        'static,
        (name!(table_name, String), name!(parent_id, i64), name!(transitions, i64), name!(total, i64)),
    >,
    ErrorReport,
> {
    let mut found = Vec::new();
    examine(installation, |session| {
        session.read(Statement::SeveralCurrentTransitions, &[], |row| {
            found.push((row.text(0, str::to_owned), row.i64(1), row.i64(2), row.i64(3)));
            Ok(())
        })
    })?;
    Ok(TableIterator::new(found))
}

/// Returns the highest id of a table of the installation.
#[pg_extern(sql = false)]
fn highest_id(installation: pg_sys::Oid, table: &str, column: &str) -> Result<Option<i64>, ErrorReport> {
    let found = Installation::in_schema(installation)?;
    let statement = spi::section("doctor/highest_id")
        .replace("@installation@", &installation::quoted(&installation::schema_name(installation)))
        .replace("@table@", &installation::quoted(table))
        .replace("@column@", &installation::quoted(column));
    let rows = found.maintained(|| spi::text_rows(&statement));
    Ok(rows.first().and_then(|row| row.first()?.parse().ok()))
}

/// Returns the counts that do not agree with the side rows.
#[pg_extern(sql = false)]
fn miscounts(
    installation: pg_sys::Oid,
) -> Result<
    TableIterator<'static, (name!(kind, &'static str), name!(counted, i64), name!(present, i64))>,
    ErrorReport,
> {
    let mut wrong = Vec::new();
    examine(installation, |session| {
        for kind in counts::CountSubject::ALL {
            let (counted, present) = (counts::of(session, kind)?, counts::recount(session, kind)?);
            if counted != present {
                wrong.push((kind.as_str(), counted.total(), present.total()));
            }
        }
        Ok(())
    })?;
    Ok(TableIterator::new(wrong))
}

/// Returns the steps with work to do that no entry of a queue leads to.
#[pg_extern(sql = false)]
fn unqueued_steps(
    installation: pg_sys::Oid,
) -> Result<TableIterator<'static, (name!(workflow_step_id, i64), name!(task_id, i64))>, ErrorReport> {
    let installation = Installation::in_schema(installation)?;
    let look = |session: &Session| {
        let mut builder = StepsBuilder::default();
        let unqueued = shares::heeded_by(session, Statement::UnqueuedSteps);
        session.read(unqueued, &[], |row| match loader::push(&mut builder, row) {
            // This is reported as an unknown state.
            Err(TaskerError::UnknownStepState { .. }) => Ok(()),
            read => read,
        })?;
        let workflows = Reader { installation, session, actor: Actor::Owner }.linked(builder)?;
        let assessments = workflows.assess(clock::statement_now());
        let steps = workflows.steps.all().iter().zip(&assessments);
        let lost = steps.filter(|(_, assessment)| needs_a_look(assessment));
        Ok::<_, TaskerError>(lost.map(|(step, _)| (step.id.0, step.task_id.0)).collect::<Vec<_>>())
    };
    let found = installation.maintained(|| spi::connected(installation, Snapshot::Callers, look))?;
    Ok(TableIterator::new(found))
}

/// Returns the edges that can never be satisfied, or count twice.
#[pg_extern(sql = false)]
fn graph_defects(
    installation: pg_sys::Oid,
) -> Result<
    TableIterator<
        'static,
        (
            name!(defect, &'static str),
            name!(task_id, i64),
            name!(edge_id, Option<i64>),
            name!(detail, String),
        ),
    >,
    ErrorReport,
> {
    let mut edges = Vec::new();
    examine(installation, |session| {
        session.read(Statement::Edges, &[], |row| {
            edges.push(Edge {
                id: EdgeId(row.i64(0)),
                from: StepId(row.i64(1)),
                to: StepId(row.i64(2)),
                from_task: TaskId(row.i64(3)),
                to_task: TaskId(row.i64(4)),
            });
            Ok(())
        })
    })?;
    Ok(TableIterator::new(find_defects(&edges).into_iter().map(described)))
}

fn described(finding: LocatedDefect) -> (&'static str, i64, Option<i64>, String) {
    let (name, detail) = match finding.defect {
        Defect::SelfEdge(step) => ("self_edge", format!("step {step} depends on itself")),
        Defect::DuplicateEdge(from, to) => {
            ("duplicate_edge", format!("the edge from step {from} to step {to} is stored more than once"))
        }
        Defect::CrossTaskEdge(from, to) => {
            ("cross_task_edge", format!("step {to} depends on step {from} of another task"))
        }
        Defect::Cycle(steps) => {
            let around = steps.iter().chain(steps.first()).map(StepId::to_string).collect::<Vec<_>>();
            ("cycle", around.join(" -> "))
        }
    };
    (name, finding.task.0, finding.edge.map(|edge| edge.0), detail)
}
