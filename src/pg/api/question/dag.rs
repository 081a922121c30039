//! The dependency graph: `tasker_dependency_levels`, `tasker_topological_order`, `tasker_ancestors`,
//! `tasker_descendants`, `tasker_task_graph`, and the depths of the engine's view.

use crate::core::dag::Dag;
use crate::core::error::TaskerError;
use crate::core::graph_document::{DocumentNode, describe};
use crate::core::ids::TaskId;
use crate::pg::api::values::{self, States, step_argument, task_argument};
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::installation::{Installation, RailsTable, STEP_TABLES, TASK_AND_STEP_TABLES};
use crate::pg::host::{clock, interrupts};
use crate::pg::reading::graph::{TaskGraph, dag_of, minimum_depth};
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum};
use std::collections::HashMap;

export! {
    /// `tasker_dependency_levels(bigint)`
    tasker_dependency_levels, pg_finfo_tasker_dependency_levels => dependency_levels;
    /// Stands in for `calculate_dependency_levels`.
    tasker_rails_dependency_levels, pg_finfo_tasker_rails_dependency_levels => rails_dependency_levels;
    /// `_tasker_minimum_depth(oid, bigint, bigint)`
    tasker_minimum_depth, pg_finfo_tasker_minimum_depth => depth_of_step;
    /// `tasker_topological_order(bigint)`
    tasker_topological_order, pg_finfo_tasker_topological_order => topological_order;
    /// `tasker_ancestors(bigint, boolean)`
    tasker_ancestors, pg_finfo_tasker_ancestors => ancestors;
    /// `tasker_descendants(bigint, boolean)`
    tasker_descendants, pg_finfo_tasker_descendants => descendants;
    /// `tasker_task_graph(bigint)`
    tasker_task_graph, pg_finfo_tasker_task_graph => task_graph;
}

fn dependency_levels(call: &Call) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    levels(call, task, |reader, dag| match dag.len() {
        0 => reader.require(RailsTable::TaskTransitions, task.0),
        _ => Ok(()),
    })
}

/// The engine's function has no rows for a task that does not exist.
fn rails_dependency_levels(call: &Call) -> Result<Datum, ErrorReport> {
    let Some(task) = call.bigint(0).map(TaskId) else { return call.rows()?.done() };
    levels(call, task, |_, _| Ok(()))
}

/// `check` may refuse what was read.
fn levels(
    call: &Call,
    task: TaskId,
    check: impl FnOnce(&Reader, &Dag) -> Result<(), TaskerError>,
) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(STEP_TABLES, |reader| {
        let dag = dag_of(reader, task)?;
        check(reader, &dag)?;
        let levels = dag.levels();
        let mut order: Vec<usize> = (0..dag.len()).collect();
        order.sort_by_key(|&at| levels[at]);
        for at in order {
            rows.push([dag.step(at).0.into_datum(), (levels[at] as i32).into_datum()])?;
        }
        rows.done()
    })
}

fn depth_of_step(call: &Call) -> Result<Datum, ErrorReport> {
    let arguments = (call.datum(0), call.bigint(1), call.bigint(2));
    let (Some(table), Some(task), Some(step)) = arguments else { return Ok(call.null()) };
    // SAFETY: a catalog look-up by oid; there is no schema for an oid that is none of a table's.
    let schema = unsafe { pg_sys::get_rel_namespace(pg_sys::Oid::from(table.value() as u32)) };
    let installation = Installation::in_schema(schema)?;
    // The view shows the depth to all who may read it; all others must be able to read the steps.
    if !installation.may_select(c"tasker_step_dag_relationships") {
        installation.require_select(&[RailsTable::WorkflowSteps])?;
    }
    match minimum_depth(installation, task, step)? {
        Some(depth) => Ok((depth as i32).into()),
        None => Ok(call.null()),
    }
}

fn topological_order(call: &Call) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    let mut rows = call.rows()?;
    loader::read(STEP_TABLES, |reader| {
        let graph = TaskGraph::require(reader, task)?;
        let dag = graph.dag()?;
        let levels = dag.levels();
        let names = reader.names(graph.steps().map(|step| step.named_step_id))?;
        let states = States::new();
        for (position, &at) in dag.topological_order().iter().enumerate() {
            let step = graph.step(at);
            rows.push([
                values::integer(position + 1),
                step.id.0.into_datum(),
                names.get(step.named_step_id),
                states.get(step.state),
                (levels[at] as i32).into_datum(),
            ])?;
        }
        rows.done()
    })
}

fn ancestors(call: &Call) -> Result<Datum, ErrorReport> {
    relatives(call, Dag::ancestors)
}

fn descendants(call: &Call) -> Result<Datum, ErrorReport> {
    relatives(call, Dag::descendants)
}

fn relatives(call: &Call, of: fn(&Dag, usize) -> Vec<(usize, u32)>) -> Result<Datum, ErrorReport> {
    let step = step_argument(call)?;
    let with_results = call.boolean(1).ok_or(TaskerError::NullArgument("include_results"))?;
    let mut rows = call.rows()?;
    loader::read(STEP_TABLES, |reader| {
        let not_found = || TaskerError::StepNotFound(step);
        let graph = TaskGraph::read(reader, reader.task_of_step(step)?.ok_or_else(not_found)?)?;
        let at = graph.place(step).ok_or_else(not_found)?;
        let found = of(&graph.dag()?, at);
        let names = reader.names(found.iter().map(|(at, _)| graph.step(*at).named_step_id))?;
        let mut results: HashMap<i64, Datum> = HashMap::new();
        if with_results {
            let ids: Vec<i64> = found.iter().map(|(at, _)| graph.step(*at).id.0).collect();
            reader.as_caller(Statement::ResultsOfSteps, &[spi::bigint_array(&ids)], |row| {
                results.extend(row.value(1).map(|document| (row.i64(0), spi::kept(document))));
            })?;
        }
        let states = States::new();
        for (at, distance) in found {
            let step = graph.step(at);
            rows.push([
                step.id.0.into_datum(),
                step.named_step_id.0.into_datum(),
                names.get(step.named_step_id),
                states.get(step.state),
                (distance as i32).into_datum(),
                results.remove(&step.id.0),
            ])?;
        }
        rows.done()
    })
}

fn task_graph(call: &Call) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    let document = loader::read(TASK_AND_STEP_TABLES, |reader| {
        let graph = TaskGraph::require_writable(reader, task)?;
        let assessments = graph.assessments(clock::statement_now());
        let names = graph.names(reader)?;
        let nodes = graph.steps().zip(names).zip(&assessments);
        let nodes = nodes.map(|((step, name), assessment)| DocumentNode { step, name, assessment }).collect();
        Ok(describe(graph.task()?, nodes, graph.edges(), graph.dag(), &mut interrupts::check)?)
    })?;
    export::document(&document)
}
