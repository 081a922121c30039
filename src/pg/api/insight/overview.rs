//! `tasker_stuck_tasks`, `tasker_next_steps`, `tasker_failures`: an operator's view of all tasks.

use crate::core::context::summarize;
use crate::core::error::TaskerError;
use crate::core::find::StepFacts;
use crate::core::ids::{StepId, TaskId};
use crate::core::readiness::{Assessment, Reason, Semantics, Verdict, eligible_since};
use crate::core::state::{StepState, TaskState};
use crate::core::stuck::{StuckTask, is_run, last_moved_at, stuck};
use crate::core::time::{Duration, Timestamp};
use crate::core::time_limits::DueTime;
use crate::pg::api::question::find::as_caller;
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::clock;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::queue::shares;
use crate::pg::queue::times;
use crate::pg::reading::config::{self, ConfiguredTimes};
use crate::pg::reading::config_layers::ConfigSubject;
use crate::pg::reading::loader::{self, Reader};
use crate::pg::spi::{self, Statement};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// The number of tasks that are examined together.
const PAGE: i32 = 500;

/// The number of queue rows that are read first.
const NEXT_AT_FIRST: i32 = 100;

/// The number of columns of `tasker_next_steps` in 0.1.0.
const COLUMNS_IN_0_1: usize = 9;

/// The default period of `tasker_failures`.
const LAST_WEEK: Duration = Duration::seconds(-7 * 24 * 60 * 60);

export! {
    /// `tasker_stuck_tasks(interval, integer, bigint)`
    tasker_stuck_tasks, pg_finfo_tasker_stuck_tasks => stuck_tasks;
    /// `tasker_next_steps(integer)` of 0.1.0
    tasker_next_steps, pg_finfo_tasker_next_steps => next_steps_alone;
    /// `tasker_next_steps(integer)`
    tasker_next_steps_with_limits, pg_finfo_tasker_next_steps_with_limits => next_steps_with_limits;
    /// `tasker_failures(timestamptz, integer)`
    tasker_failures, pg_finfo_tasker_failures => failures;
}

fn failures(call: &Call) -> Result<Datum, ErrorReport> {
    let since = call.datum(0).unwrap_or_else(|| spi::timestamp(clock::statement_now().plus(LAST_WEEK)));
    let max_rows = values::max_rows(call.integer(1))?;
    let arguments = [Some(since), max_rows.into_datum()];
    as_caller::<11>(
        call,
        Statement::Failures,
        &[RailsTable::StepTransitions, RailsTable::WorkflowSteps],
        &arguments,
    )
}

/// The stored columns of a task that the answer shows.
struct TaskRow {
    id: TaskId,
    names: [String; 3],
    moved_at: Option<Timestamp>,
}

fn stuck_tasks(call: &Call) -> Result<Datum, ErrorReport> {
    let older_than = call.interval(0).ok_or(TaskerError::NullArgument("older_than"))?;
    let before =
        |now: Timestamp| now.plus(Duration::microseconds(older_than.to_microseconds().saturating_neg()));
    let max_rows = values::max_rows(call.integer(1))?;
    let now = clock::statement_now();
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let open = [TaskState::Pending, TaskState::InProgress].map(|state| state.to_string());
        let (mut after, mut left) = (call.bigint(2), max_rows);
        let (mut known, mut wanted) = (VecDeque::new(), PAGE);
        while left > 0 {
            if known.is_empty() {
                let mut listed = Vec::new();
                let from = spi::bigint(after.unwrap_or(i64::MIN));
                let arguments = [from, spi::timestamp(before(now)), wanted.into()];
                reader.session.read(Statement::OpenTasksAfter, &arguments, |row| {
                    listed.push(row.i64(0));
                    Ok(())
                })?;
                let Some(last) = listed.last() else { break };
                after = Some(*last);
                // Each list is chosen from all open tasks.
                wanted = wanted.saturating_mul(8);
                if reader.is_filtered() {
                    let visible = reader.visible_tasks(listed.clone())?;
                    listed.retain(|task| visible.contains(task));
                }
                known.extend(listed);
                continue;
            }
            let listed: Vec<i64> = known.drain(..known.len().min(PAGE as usize)).collect();
            let mut arguments = [None; 17];
            arguments[1] = Some(spi::text_array(&open));
            arguments[14] = Some(spi::bigint_array(&listed));
            arguments[16] = PAGE.into_datum();
            let mut page = Vec::new();
            reader.optional_as_caller(Statement::FindTasks, &arguments, |row| {
                page.push(TaskRow {
                    id: TaskId(row.i64(0)),
                    names: [1, 2, 3].map(|column| row.text(column, str::to_owned)),
                    moved_at: row.optional_timestamp(5),
                });
                Ok(())
            })?;
            let ids: Vec<TaskId> = page.iter().map(|stored| stored.id).collect();
            let workflows = reader.readable_workflows(&ids)?;
            let assessments = workflows.assess(now);
            let places: HashMap<TaskId, _> = workflows.steps.by_task().collect();
            for stored in &page {
                let Some(task) = workflows.task(stored.id) else { continue };
                let place = places.get(&stored.id).cloned().unwrap_or(0..0);
                let steps = &workflows.steps.all()[place.clone()];
                let moved_at = last_moved_at(steps, stored.moved_at).unwrap_or(now);
                if left == 0 || moved_at > before(now) {
                    continue;
                }
                let (mut is_running, mut has_lost_worker) = (false, false);
                for (step, assessment) in steps.iter().zip(&assessments[place.clone()]) {
                    if step.state == StepState::InProgress {
                        let found = StepFacts {
                            step,
                            assessment,
                            root_cause: None,
                            lease_until: reader.lease(step.id)?.map(|lease| lease.until),
                            stale_after: config::stale_after(reader.session, step)?,
                            now,
                        };
                        is_running |= is_run(&found);
                        has_lost_worker |= found.is_stuck();
                    }
                }
                let context =
                    summarize(steps, &assessments[place.clone()], Semantics::Corrected).of_task(task.state);
                let mut waits_for_itself = false;
                if context.counts.waiting > 0 {
                    reader.session.read(Statement::WaitsForItself, &[spi::bigint(task.id.0)], |row| {
                        waits_for_itself = row.bool(0);
                        Ok(())
                    })?;
                }
                let why = stuck(task, &context, is_running, has_lost_worker, waits_for_itself);
                let Some(mut why) = why else { continue };
                if why.may_be_claimed() {
                    let ready = steps
                        .iter()
                        .zip(&assessments[place])
                        .filter(|(_, assessment)| assessment.verdict.is_ready());
                    let ready: Vec<StepId> = ready.map(|(step, _)| step.id).collect();
                    if let Some((step, by)) = reader.held_by(&ready)? {
                        why = StuckTask::uncommitted_claim(step, &by);
                    }
                }
                let [namespace, name, version] = stored.names.each_ref().map(|name| Some(export::text(name)));
                rows.push([
                    stored.id.0.into_datum(),
                    namespace,
                    name,
                    version,
                    Some(export::text(task.state.as_str())),
                    values::timestamp(Some(moved_at)),
                    Some(export::text(context.execution_status.as_str())),
                    Some(export::text(why.reason)),
                    Some(export::text(&why.hint)),
                ])?;
                left -= 1;
            }
        }
        Ok(())
    })?;
    rows.done()
}

/// A step that the queues name.
struct QueueEntry {
    step: StepId,
    task: i64,
    source: String,
    at: Option<Timestamp>,
    bucket: Option<String>,
}

/// The fair queue, and what limits delay of it. Their steps are shown as those of the queue and of limits.
const FAIR_QUEUE: &str = "fair queue";
const FAIR_LIMIT: &str = "fair limit";

fn next_steps_alone(call: &Call) -> Result<Datum, ErrorReport> {
    next_steps(call, false)
}

fn next_steps_with_limits(call: &Call) -> Result<Datum, ErrorReport> {
    next_steps(call, true)
}

/// The queues are read as their owner; what they name is shown if the caller may see it, and if it will run: a hint may be
/// at a step that is not ready. So each queue is read on, in growing pages, until enough is found or it ends.
fn next_steps(call: &Call, has_limits: bool) -> Result<Datum, ErrorReport> {
    let max_rows = values::max_rows(call.integer(0))?;
    let now = clock::statement_now();
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let mut seen = HashSet::new();
        let mut left = max_rows as usize;
        let is_fair = shares::are_used(reader.session);
        for source in ["queue", FAIR_QUEUE, "limit", FAIR_LIMIT, "timer"] {
            if !is_fair && [FAIR_QUEUE, FAIR_LIMIT].contains(&source) {
                continue;
            }
            let (mut passed, mut page) = (0_i32, max_rows.max(NEXT_AT_FIRST));
            while left > 0 {
                let queued = next_page(reader, source, page, passed)?;
                let is_last = queued.len() < page as usize;
                let mut new: Vec<QueueEntry> =
                    queued.into_iter().filter(|queued| seen.insert(queued.step)).collect();
                if reader.is_filtered() {
                    let steps: Vec<(i64, i64)> =
                        new.iter().map(|queued| (queued.step.0, queued.task)).collect();
                    let visible: HashSet<i64> = reader.visible_steps(&steps)?.into_iter().collect();
                    new.retain(|queued| visible.contains(&queued.step.0));
                }
                let found = next_of(reader, new, now)?;
                let shown = &found[..left.min(found.len())];
                let deadlines = match has_limits {
                    true => deadlines_of(reader, shown)?,
                    false => BTreeMap::new(),
                };
                for next in shown {
                    left -= 1;
                    let row = columns(next, max_rows as usize - left);
                    if has_limits {
                        rows.push(with_limits(row, next, deadlines.get(&TaskId(next.task))))?;
                    } else {
                        rows.push(row)?;
                    }
                }
                if is_last {
                    break;
                }
                passed = passed.saturating_add(page);
                page = page.saturating_mul(4);
            }
        }
        Ok(())
    })?;
    rows.done()
}

/// A page of one of the queues.
fn next_page(reader: &Reader, source: &str, page: i32, passed: i32) -> Result<Vec<QueueEntry>, TaskerError> {
    let mut queued = Vec::new();
    if [FAIR_QUEUE, FAIR_LIMIT].contains(&source) {
        let is_open = source == FAIR_QUEUE;
        let statement = if is_open { Statement::NextShareSteps } else { Statement::NextDelayedShareSteps };
        reader.session.read(statement, &[page.into(), passed.into()], |row| {
            queued.push(QueueEntry {
                step: StepId(row.i64(0)),
                task: row.i64(1),
                source: if is_open { "queue" } else { "limit" }.to_owned(),
                at: row.optional_timestamp(2),
                bucket: (!is_open).then(|| row.text(3, str::to_owned)),
            });
            Ok(())
        })?;
        return Ok(queued);
    }
    let arguments = [export::text(source), page.into(), passed.into()];
    reader.session.read(Statement::NextSteps, &arguments, |row| {
        queued.push(QueueEntry {
            step: StepId(row.i64(0)),
            task: row.i64(1),
            source: row.text(2, str::to_owned),
            at: row.optional_timestamp(3),
            bucket: row.value(4).map(|_| row.text(4, str::to_owned)),
        });
        Ok(())
    })?;
    Ok(queued)
}

/// A step that will run, and that the caller may see.
struct Next {
    queued: QueueEntry,
    is_ready: bool,
    runs_at: Option<Timestamp>,
    task: i64,
    texts: [String; 2],
    /// The time until which a worker must claim it, if it is ready.
    start_by: Option<Timestamp>,
    /// How long an execution may last.
    timeout: Option<Duration>,
}

/// The queued steps that will run, in their order.
fn next_of(reader: &Reader, queued: Vec<QueueEntry>, now: Timestamp) -> Result<Vec<Next>, TaskerError> {
    let ids: Vec<i64> = queued.iter().map(|queued| queued.step.0).collect();
    let workflows = reader.readable_steps(&ids)?;
    let assessments = workflows.assess(now);
    let steps = workflows.steps.all();
    let known: HashMap<StepId, (usize, &Assessment)> = steps
        .iter()
        .zip(&assessments)
        .enumerate()
        .map(|(at, (step, found))| (step.id, (at, found)))
        .collect();
    let limits = times::of_steps(reader.session, &ids)?;
    let configured = ConfiguredTimes::read(reader.session)?;
    let mut next = Vec::new();
    for queued in queued {
        let Some((at, assessment)) = known.get(&queued.step) else { continue };
        let runs_at = match assessment.verdict {
            Verdict::Ready => queued.at.filter(|_| queued.source == "timer"),
            Verdict::Blocked(
                Reason::WaitingForBackoff | Reason::WaitingForTime | Reason::WaitingForSignal,
            ) => assessment.next_eligible_at,
            Verdict::Blocked(_) => continue,
        };
        let is_ready = assessment.verdict.is_ready();
        let own = limits.get(&queued.step).map(|kept| kept.times).unwrap_or_default();
        let times = configured.complete(reader.session, own, ConfigSubject::of(&steps[*at]))?;
        let ready_since = eligible_since(&steps[*at], workflows.steps.parents(*at));
        let start_by = times.start_by(ready_since).filter(|_| is_ready);
        let timeout = times.timeout();
        next.push(Next { queued, is_ready, runs_at, task: 0, texts: Default::default(), start_by, timeout });
    }
    let mut names = HashMap::new();
    let ids: Vec<i64> = next.iter().map(|next| next.queued.step.0).collect();
    if !ids.is_empty() {
        reader.as_caller(Statement::NamesOfVisibleSteps, &[spi::bigint_array(&ids)], |row| {
            let texts = [2, 3].map(|column| row.text(column, str::to_owned));
            names.insert(StepId(row.i64(0)), (row.i64(1), texts));
        })?;
    }
    let named = next.into_iter().filter_map(|next| {
        let (task, texts) = names.remove(&next.queued.step)?;
        Some(Next { task, texts, ..next })
    });
    Ok(named.collect())
}

fn deadlines_of(reader: &Reader, shown: &[Next]) -> Result<BTreeMap<TaskId, DueTime>, TaskerError> {
    let tasks: Vec<i64> = shown.iter().map(|next| next.task).collect();
    times::deadlines(reader.session, &tasks)
}

fn with_limits(
    row: [Option<Datum>; COLUMNS_IN_0_1],
    next: &Next,
    deadline: Option<&DueTime>,
) -> [Option<Datum>; COLUMNS_IN_0_1 + 3] {
    let limits = [
        values::timestamp(next.start_by),
        next.timeout.map(spi::interval),
        values::timestamp(deadline.map(|deadline| deadline.at)),
    ];
    let mut columns = row.into_iter().chain(limits);
    std::array::from_fn(|_| columns.next().flatten())
}

fn columns(next: &Next, place: usize) -> [Option<Datum>; COLUMNS_IN_0_1] {
    let Next { queued, is_ready, runs_at, task, texts, .. } = next;
    let [task_name, name] = texts.each_ref().map(|text| Some(export::text(text)));
    let source = if *is_ready { queued.source.as_str() } else { "timer" };
    [
        values::integer(place),
        queued.step.0.into_datum(),
        (*task).into_datum(),
        task_name,
        name,
        Some(export::text(source)),
        values::timestamp(*runs_at),
        values::timestamp(queued.at.filter(|_| *is_ready && queued.source != "timer")),
        queued.bucket.as_deref().map(export::text),
    ]
}
