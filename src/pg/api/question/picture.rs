//! Pictures of a task: `tasker_task_mermaid`, `tasker_task_dot`, `tasker_task_svg`, `tasker_task_timeline_svg`.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::picture::{
    self, BarTransition, ChartRow, History, Picture, PictureNode, PictureState, Timeline, detail,
    timeline_svg,
};
use crate::core::state::StepState;
use crate::pg::api::question::explain_fork::shown_origin;
use crate::pg::api::question::timeline;
use crate::pg::api::values::task_argument;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::clock;
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::reading::forks;
use crate::pg::reading::graph::TaskGraph;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Statement};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::HashMap;

export! {
    /// `tasker_task_mermaid(bigint)`
    tasker_task_mermaid, pg_finfo_tasker_task_mermaid => mermaid;
    /// `tasker_task_dot(bigint)`
    tasker_task_dot, pg_finfo_tasker_task_dot => dot;
    /// `tasker_task_svg(bigint)`
    tasker_task_svg, pg_finfo_tasker_task_svg => svg;
    /// `tasker_task_timeline_svg(bigint)`
    tasker_task_timeline_svg, pg_finfo_tasker_task_timeline_svg => timeline_picture;
}

fn mermaid(call: &Call) -> Result<Datum, ErrorReport> {
    draw(call, TaskGraph::require_writable, picture::mermaid)
}

fn dot(call: &Call) -> Result<Datum, ErrorReport> {
    draw(call, TaskGraph::require_writable, picture::dot)
}

fn svg(call: &Call) -> Result<Datum, ErrorReport> {
    draw(call, TaskGraph::require, picture::svg)
}

fn draw(
    call: &Call,
    find: fn(&Reader, TaskId) -> Result<TaskGraph, TaskerError>,
    with: fn(&Picture) -> String,
) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    let picture = loader::read(TASK_AND_STEP_TABLES, |reader| Ok(picture_of(reader, &find(reader, task)?)?))?;
    Ok(export::text(&with(&picture)))
}

fn timeline_picture(call: &Call) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    let timeline = loader::read(TASK_AND_STEP_TABLES, |reader| Ok(timeline_of(reader, task)?))?;
    Ok(export::text(&timeline_svg(&timeline)))
}

fn picture_of(reader: &Reader, graph: &TaskGraph) -> Result<Picture, TaskerError> {
    let assessments = graph.assessments(clock::statement_now());
    let names = graph.names(reader)?;
    let copied = forks::copied_steps(reader.session, graph.task()?.id)?;
    let nodes = graph.steps().zip(names).zip(&assessments).map(|((step, name), assessment)| PictureNode {
        id: step.id,
        name,
        state: match copied.contains(&step.id) {
            true => PictureState::Copied,
            false => PictureState::of(step.state, assessment.verdict),
        },
        detail: detail(assessment),
        copies: Vec::new(),
    });
    let edges = graph.edges().filter_map(|(from, to)| Some((graph.place(from)?, graph.place(to)?)));
    let picture = Picture { title: title(reader, graph)?, nodes: nodes.collect(), edges: edges.collect() };
    Ok(picture.with_folded_copies(&graph.mapped()))
}

fn timeline_of(reader: &Reader, task: TaskId) -> Result<Timeline, TaskerError> {
    let graph = TaskGraph::require(reader, task)?;
    let now = clock::statement_now();
    let assessments = graph.assessments(now);
    let names = graph.names(reader)?;
    let transitions = transitions(reader, task)?;
    let copied = forks::copied_steps(reader.session, task)?;
    let is_own = |step: &StepId| !copied.contains(step);
    let shown = transitions.iter().filter(|(step, _)| graph.place(**step).is_some() && is_own(step));
    let latest = shown.flat_map(|(_, entered)| entered).map(|entered| entered.at).max();
    let to = latest.filter(|_| graph.task().is_ok_and(|task| task.state.is_closed())).unwrap_or(now);
    let rows: Vec<ChartRow> = graph
        .steps()
        .zip(names)
        .enumerate()
        .map(|(at, (step, name))| {
            if copied.contains(&step.id) {
                // It ran in another task, perhaps long ago.
                return ChartRow::copied(step.id, name);
            }
            let transitions = transitions.get(&step.id).map_or(&[][..], Vec::as_slice);
            ChartRow::of(History::of(step, name, &assessments[at], graph.parents(at), transitions), to)
        })
        .collect();
    let own = graph.steps().filter(|step| is_own(&step.id));
    let from = own.map(|step| step.created_at).min().unwrap_or(to).min(to);
    Ok(Timeline { title: title(reader, &graph)?, from, to, rows }.with_folded_copies(&graph.mapped()))
}

/// The transitions of each step, in the order of their sort keys.
fn transitions(reader: &Reader, task: TaskId) -> Result<HashMap<StepId, Vec<BarTransition>>, TaskerError> {
    let mut found: HashMap<StepId, Vec<(i32, BarTransition)>> = HashMap::new();
    timeline::each_transition(reader, task, |transition| {
        // A state that does not exist is the doctor's to report.
        if let (Some(step), Some(state)) = (transition.step, StepState::parse(transition.to_state)) {
            let (at, backoff, is_release) = (transition.at, transition.backoff, transition.is_release);
            let entered = BarTransition { state, at, backoff, is_release };
            found.entry(step).or_default().push((transition.sort_key, entered));
        }
    })?;
    let in_order = |mut entered: Vec<(i32, BarTransition)>| {
        entered.sort_by_key(|(sort_key, _)| *sort_key);
        entered.into_iter().map(|(_, entered)| entered).collect()
    };
    Ok(found.into_iter().map(|(step, entered)| (step, in_order(entered))).collect())
}

/// `order #42, in progress`
fn title(reader: &Reader, graph: &TaskGraph) -> Result<String, TaskerError> {
    let task = graph.task()?;
    let mut name = "task".to_owned();
    reader.as_caller(Statement::NameOfTask, &[spi::bigint(task.id.0)], |row| {
        name = row.text(0, str::to_owned);
    })?;
    let paused = if task.is_paused && !task.state.is_closed() { ", paused" } else { "" };
    let state = task.state.as_str().replace('_', " ");
    let origin = shown_origin(reader, task.id)?;
    let origin = origin.map_or_else(String::new, |origin| format!(", forked from #{}", origin.task));
    Ok(format!("{name} #{}, {state}{paused}{origin}", task.id))
}
