//! Analyses of a task: `tasker_critical_path`, `tasker_bottlenecks`, `tasker_parallelism`, `tasker_workflow_summary`.

use crate::core::analysis::{
    self, Fact, Level, Weights, bottlenecks, critical_path, efficiency, levels, parallelism,
};
use crate::core::config::Section;
use crate::core::context::{Context, summarize};
use crate::core::dag::Dag;
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::readiness::{Assessment, Reason, Semantics};
use crate::core::steps::Step;
use crate::core::time::Timestamp;
use crate::pg::api::values::{self, task_argument};
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::host::{clock, interrupts};
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::graph::TaskGraph;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Statement};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{AnyNumeric, IntoDatum};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

export! {
    /// `tasker_critical_path(bigint)`
    tasker_critical_path, pg_finfo_tasker_critical_path => path_of_task;
    /// `tasker_bottlenecks(bigint, integer)`
    tasker_bottlenecks, pg_finfo_tasker_bottlenecks => bottlenecks_of_task;
    /// `tasker_parallelism(bigint)`
    tasker_parallelism, pg_finfo_tasker_parallelism => parallelism_of_task;
    /// `tasker_workflow_summary(bigint)`
    tasker_workflow_summary, pg_finfo_tasker_workflow_summary => summary;
}

/// A task that exists, with all that its analysis needs.
struct Subjects {
    graph: TaskGraph,
    dag: Dag,
    assessments: Vec<Assessment>,
    now: Timestamp,
}

impl Subjects {
    fn read(reader: &Reader, task: TaskId) -> Result<Self, TaskerError> {
        let graph = TaskGraph::require(reader, task)?;
        let now = clock::statement_now();
        Ok(Self { dag: graph.dag()?, assessments: graph.assessments(now), graph, now })
    }

    fn facts(&self) -> Vec<Fact<'_>> {
        let both = self.graph.steps().zip(&self.assessments);
        both.map(|(step, assessment)| Fact { step, assessment }).collect()
    }

    fn context(&self) -> Result<Context, TaskerError> {
        let steps: Vec<Step> = self.graph.steps().cloned().collect();
        let state = self.graph.task()?.state;
        Ok(summarize(&steps, &self.assessments, Semantics::Corrected).of_task(state))
    }

    fn weights(&self, reader: &Reader) -> Result<Weights, TaskerError> {
        let subject = ConfigSubject { task: Some(self.graph.task()?.id.0), ..ConfigSubject::default() };
        Weights::of(&*reader.config(Section::DependencyGraph, subject)?)
    }

    /// The measured durations of steps with these names, in the order of the steps.
    fn measured(&self, reader: &Reader) -> Result<Vec<Option<f64>>, TaskerError> {
        let mut names: Vec<i32> = self.graph.steps().map(|step| step.named_step_id.0).collect();
        names.sort_unstable();
        names.dedup();
        let first = self.graph.steps().next().map_or(0, |step| step.id.0);
        let mut seconds = HashMap::new();
        let arguments = [spi::integer_array(&names), spi::bigint(first)];
        reader.as_caller(Statement::DurationsOfNames, &arguments, |row| {
            seconds.insert(row.i32(0), row.f64(1).max(0.0));
        })?;
        Ok(self.graph.steps().map(|step| seconds.get(&step.named_step_id.0).copied()).collect())
    }
}

fn path_of_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    let report = loader::read(TASK_AND_STEP_TABLES, |reader| {
        let subjects = Subjects::read(reader, task)?;
        let names = subjects.graph.names(reader)?;
        let health = subjects.context()?.health_status;
        let (weights, measured) = (subjects.weights(reader)?, subjects.measured(reader)?);
        Ok(critical_path(&subjects.dag, &subjects.facts(), &names, &measured, &weights, health, subjects.now))
    })?;
    export::document(&report)
}

fn bottlenecks_of_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    let most = call.integer(1).ok_or(TaskerError::NullArgument("max_rows"))?;
    let most = usize::try_from(most).map_err(|_| TaskerError::invalid("max_rows", "must not be negative"))?;
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let subjects = Subjects::read(reader, task)?;
        let weights = subjects.weights(reader)?;
        let mut check = interrupts::check;
        let found = bottlenecks(&subjects.dag, &subjects.facts(), &weights, subjects.now, &mut check);
        let names = reader.names(subjects.graph.steps().map(|step| step.named_step_id))?;
        for bottleneck in found.into_iter().take(most) {
            let step = subjects.graph.step(bottleneck.at);
            rows.push([
                step.id.0.into_datum(),
                names.get(step.named_step_id),
                Some(export::text(step.state.as_str())),
                bottleneck.score.into_datum(),
                Some(export::text(bottleneck.severity)),
                Some(export::text(bottleneck.kind)),
                (bottleneck.downstream as i32).into_datum(),
                (bottleneck.waiting_downstream as i32).into_datum(),
                Some(export::text(bottleneck.resolution)),
                Some(export::text(&bottleneck.estimated_resolution)),
            ])?;
        }
        rows.done()
    })
}

fn parallelism_of_task(call: &Call) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let subjects = Subjects::read(reader, task)?;
        for (number, level) in levels(&subjects.dag, &subjects.facts()).into_iter().enumerate() {
            rows.push([
                values::integer(number),
                values::integer(level.total),
                values::integer(level.ready),
                values::integer(level.running),
                values::integer(level.waiting),
                values::integer(level.failed),
                values::integer(level.completed),
                Some(export::text(level.potential())),
                Some(export::text(level.bottleneck_risk())),
            ])?;
        }
        rows.done()
    })
}

fn summary(call: &Call) -> Result<Datum, ErrorReport> {
    let task = task_argument(call)?;
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let subjects = Subjects::read(reader, task)?;
        let (facts, dag) = (subjects.facts(), &subjects.dag);
        let (context, levels) = (subjects.context()?, levels(dag, &facts));
        let sum = |of: fn(&Level) -> usize| levels.iter().map(of).sum::<usize>();
        let ids = |places: Vec<usize>| -> Option<Datum> {
            let ids: Vec<i64> = places.into_iter().map(|at| dag.step(at).0).collect();
            Some(spi::bigint_array(&ids))
        };
        let which =
            |is_so: fn(&Fact<'_>) -> bool| ids((0..facts.len()).filter(|at| is_so(&facts[*at])).collect());
        rows.push([
            task.0.into_datum(),
            Some(export::text(subjects.graph.task()?.state.as_str())),
            Some(export::text(context.execution_status.as_str())),
            Some(export::text(context.health_status.as_str())),
            values::integer(facts.len()),
            values::integer(levels.len()),
            values::integer(levels.iter().map(|level| level.total).max().unwrap_or(0)),
            ids(dag.roots()),
            ids(dag.leaves()),
            which(|fact| fact.assessment.verdict.is_ready()),
            which(|fact| fact.step.state.is_running()),
            which(|fact| analysis::is_unready(*fact)),
            Some(spi::json(&reasons(&facts))),
            Some(export::text(parallelism(sum(|level| level.ready)))),
            AnyNumeric::try_from(efficiency(&levels)).ok().into_datum(),
            ids(dag.single_points_of_failure()),
        ])?;
        rows.done()
    })
}

/// Counts the unfinished steps by the reason that holds them.
fn reasons(facts: &[Fact<'_>]) -> Value {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let unfinished = facts.iter().filter(|fact| analysis::is_unready(**fact));
    for reason in unfinished.filter_map(|fact| fact.assessment.verdict.reason()) {
        *counts.entry(Reason::as_str(reason)).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|(reason, count)| (reason.to_owned(), count.into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
