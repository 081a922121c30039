//! Comparing side rows and graphs with what the Rails tables say, for `tasker_install`, `tasker_rebuild` and
//! `tasker_doctor`. These run with the caller's rights and a pinned search_path.

use super::clock;
use super::counts;
use super::installation::Installation;
use super::loader::{self, Reader};
use super::settings;
use super::spi::{self, Session, Snapshot, Statement};
use super::writer::Actor;
use crate::core::dag::{Defect, Edge, Finding, find_defects};
use crate::core::error::TaskerError;
use crate::core::ids::{EdgeId, StepId, TaskId};
use crate::core::recovery::needs_a_look;
use crate::core::steps::StepsBuilder;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::prelude::*;

/// Writes what differs, so that every side row says what the Rails tables say.
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
    let written = spi::connected(installation, Snapshot::Callers, |session| {
        let mut written = Vec::new();
        let weight = [spi::interval(settings::priority_interval())];
        for (side_table, delete, put, arguments) in [
            ("tasker_core_tasks", Statement::DeleteOrphanedTasks, Some(Statement::PutAllTasks), &[][..]),
            ("tasker_core_rules", Statement::DeleteOrphanedRules, None, &[]),
            ("tasker_core_signals", Statement::DeleteOrphanedSignals, None, &[]),
            ("tasker_core_steps", Statement::DeleteOrphanedSteps, Some(Statement::PutAllSteps), &[]),
            ("tasker_core_hints", Statement::DeleteOrphanedHints, Some(Statement::PutAllHints), &weight),
            (
                "tasker_core_attempted",
                Statement::DeleteOrphanedAttempted,
                Some(Statement::PutAllAttempted),
                &[],
            ),
            (
                "tasker_core_decisions",
                Statement::DeleteOrphanedDecisions,
                Some(Statement::PutAllDecisions),
                &[],
            ),
            ("tasker_core_timers", Statement::DeleteOrphanedTimers, Some(Statement::PutAllTimers), &[]),
        ] {
            let [deleted, _] = written_by(session, delete, &[])?;
            let [inserted, updated] = match put {
                Some(put) => written_by(session, put, arguments)?,
                None => [0, 0],
            };
            written.push((side_table, inserted, updated, deleted));
        }
        Ok::<_, TaskerError>(written)
    })?;
    // In a snapshot that shows what has just been written.
    let miscounted = spi::connected(installation, Snapshot::Fresh, counts::repair)?;
    let counts = ("tasker_core_counts", 0, miscounted, 0);
    Ok(TableIterator::new(written.into_iter().chain([counts])))
}

fn written_by(session: &Session, statement: Statement, arguments: &[Datum]) -> Result<[i64; 2], TaskerError> {
    let mut written = [0, 0];
    session.write_returning(statement, arguments, |row| written = [row.i64(0), row.i64(1)])?;
    Ok(written)
}

/// Side rows that do not say what the Rails tables say.
#[pg_extern(sql = false)]
fn drift(
    installation: pg_sys::Oid,
) -> Result<
    TableIterator<'static, (name!(side_table, &'static str), name!(row_id, i64), name!(problem, String))>,
    ErrorReport,
> {
    let installation = Installation::in_schema(installation)?;
    let mut drift = Vec::new();
    spi::connected(installation, Snapshot::Callers, |session| {
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
        Ok::<(), TaskerError>(())
    })?;
    Ok(TableIterator::new(drift))
}

/// Counts that do not say what the side rows do.
#[pg_extern(sql = false)]
fn miscounts(
    installation: pg_sys::Oid,
) -> Result<
    TableIterator<'static, (name!(kind, &'static str), name!(counted, i64), name!(present, i64))>,
    ErrorReport,
> {
    let installation = Installation::in_schema(installation)?;
    let mut wrong = Vec::new();
    spi::connected(installation, Snapshot::Callers, |session| {
        for kind in counts::Kind::ALL {
            let (counted, present) = (counts::of(session, kind)?, counts::recount(session, kind)?);
            if counted != present {
                wrong.push((kind.as_str(), counted.total(), present.total()));
            }
        }
        Ok::<(), TaskerError>(())
    })?;
    Ok(TableIterator::new(wrong))
}

/// Steps that somebody has to look at and nobody will.
#[pg_extern(sql = false)]
fn unqueued_steps(
    installation: pg_sys::Oid,
) -> Result<TableIterator<'static, (name!(workflow_step_id, i64), name!(task_id, i64))>, ErrorReport> {
    let installation = Installation::in_schema(installation)?;
    let found = spi::connected(installation, Snapshot::Callers, |session| {
        let mut builder = StepsBuilder::default();
        session.read(Statement::UnqueuedSteps, &[], |row| loader::push(&mut builder, row))?;
        let workflows = Reader { installation, session, actor: Actor::Owner }.linked(builder)?;
        let assessments = workflows.assess(clock::statement_now());
        let steps = workflows.steps.all().iter().zip(&assessments);
        let lost = steps.filter(|(_, assessment)| needs_a_look(assessment));
        Ok::<_, TaskerError>(lost.map(|(step, _)| (step.id.0, step.task_id.0)).collect::<Vec<_>>())
    })?;
    Ok(TableIterator::new(found))
}

/// Edges that can never be satisfied or count twice.
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
    let installation = Installation::in_schema(installation)?;
    let mut edges = Vec::new();
    spi::connected(installation, Snapshot::Callers, |session| {
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

fn described(finding: Finding) -> (&'static str, i64, Option<i64>, String) {
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
