//! What is measured of `src/core`: each with its input, which is the same each time.

use crate::core::backoff::after_failure;
use crate::core::context::summarize;
use crate::core::dag::Dag;
use crate::core::ids::{NamedStepId, StepId, TaskId};
use crate::core::readiness::{Semantics, assess};
use crate::core::state::{StepState, TaskState};
use crate::core::steps::{Step, Steps, StepsBuilder};
use crate::core::template::Template;
use crate::core::time::{Duration, Timestamp};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::hint::black_box;

/// An input, made once, and what is done with it.
pub type Workload = Box<dyn Fn()>;

/// Makes one.
type Prepare = fn() -> Workload;

/// All of them, by name.
pub const ALL: &[(&str, Prepare)] = &[
    ("readiness_10_steps", || readiness(10)),
    ("readiness_1000_steps", || readiness(1_000)),
    ("readiness_5000_steps", || readiness(5_000)),
    ("context_1000_steps", || context(1_000)),
    ("levels_10_steps", || levels(10)),
    ("levels_5000_steps", || levels(5_000)),
    ("backoff", backoff),
    ("template_50_steps", || template(50)),
];

const NOW: Timestamp = Timestamp::from_postgres(3_600_000_000);
/// Every step has one parent or two in the layer before.
const LAYER: i64 = 25;

fn parents(id: i64) -> impl Iterator<Item = StepId> {
    let above = id - LAYER;
    let beside = (id % LAYER != 1 && id % 4 != 0).then_some(above - 1);
    [Some(above), beside].into_iter().flatten().filter(|parent| *parent > 0).map(StepId)
}

/// Half of the layers are complete; in the next some have failed, to be retried or not.
fn step(id: i64, count: i64) -> Step {
    let half = count / 2 / LAYER * LAYER;
    let state = match id {
        id if id <= half => StepState::Complete,
        id if id <= half + LAYER && id % 3 == 0 => StepState::Error,
        _ => StepState::Pending,
    };
    let began = (state != StepState::Pending).then(|| NOW.plus(Duration::seconds(-60)));
    Step {
        id: StepId(id),
        task_id: TaskId(1),
        named_step_id: NamedStepId((id % 50) as i32),
        state,
        created_at: NOW.plus(Duration::seconds(-3_600)),
        state_since: began,
        last_attempted_at: began,
        attempts: Some(if state == StepState::Error { (id % 4) as i32 } else { i32::from(began.is_some()) }),
        retry_limit: Some(3),
        backoff_request_seconds: None,
        backoff: None,
        retryable: true,
        in_process: false,
        processed: state == StepState::Complete,
        skippable: false,
        has_rule: false,
    }
}

fn steps(count: i64) -> Steps {
    let mut builder = StepsBuilder::default();
    for id in 1..=count {
        builder.push(step(id, count), parents(id));
    }
    builder.link().resolve(&HashMap::new())
}

fn readiness(count: i64) -> Workload {
    let steps = steps(count);
    Box::new(move || {
        black_box(assess(black_box(&steps), |_| TaskState::InProgress, NOW, Semantics::Corrected));
    })
}

fn context(count: i64) -> Workload {
    let steps = steps(count);
    let assessments = assess(&steps, |_| TaskState::InProgress, NOW, Semantics::Corrected);
    Box::new(move || {
        black_box(summarize(black_box(steps.all()), &assessments, Semantics::Corrected));
    })
}

fn levels(count: i64) -> Workload {
    let ids: Vec<StepId> = (1..=count).map(StepId).collect();
    let edges: Vec<(StepId, StepId)> =
        (1..=count).flat_map(|id| parents(id).map(move |parent| (parent, StepId(id)))).collect();
    Box::new(move || {
        black_box(Dag::build(black_box(&ids), edges.iter().copied()).map(|dag| dag.levels()).is_ok());
    })
}

fn backoff() -> Workload {
    Box::new(|| {
        for attempts in 0..100 {
            black_box(after_failure(black_box(Some(attempts))));
        }
    })
}

fn template(count: usize) -> Workload {
    let steps: Vec<Value> = (0..count)
        .map(|at| match at {
            0 => json!({"name": "step_0", "handler_class": "First"}),
            _ => json!({
                "name": format!("step_{at}"), "depends_on_steps": [format!("step_{}", at - 1), format!("step_{}", at / 2)],
                "handler_class": "Handler", "default_retryable": true, "default_retry_limit": 3,
            }),
        })
        .collect();
    let document =
        json!({"name": "order", "namespace_name": "shop", "version": "1.2.0", "step_templates": steps});
    Box::new(move || {
        black_box(Template::parse(black_box(&document)).is_ok());
    })
}
