//! `tasker_find_steps`: searches steps by their stored data and by what they wait for.

use crate::core::find::StepCondition;
use crate::core::readiness::{Reason, retry_limit};
use crate::pg::api::values;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::clock;
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::reading::loader;
use crate::pg::reading::search::{Hit, Search};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_find_steps(…)`
    tasker_find_steps, pg_finfo_tasker_find_steps => find_steps;
}

fn find_steps(call: &Call) -> Result<Datum, ErrorReport> {
    let search = Search {
        condition: call.text(0).map(|text| StepCondition::parse(&text)).transpose()?,
        filters: std::array::from_fn(|at| call.datum(at + 1)),
        among: None,
        after: call.bigint(10),
        max_rows: values::max_rows(call.integer(11))?,
    };
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        reader.search(&search, clock::statement_now(), |hit| {
            rows.push(columns(hit))?;
            Ok(true)
        })
    })?;
    rows.done()
}

fn columns(hit: &Hit) -> [Option<Datum>; 16] {
    let Hit { stored, known, root_cause } = hit;
    let assessment = known.map(|(_, assessment)| assessment);
    [
        stored.id.0.into_datum(),
        stored.task.0.into_datum(),
        Some(export::text(&stored.namespace)),
        Some(export::text(&stored.task_name)),
        Some(export::text(&stored.version)),
        Some(export::text(&stored.name)),
        Some(export::text(&stored.state)),
        values::timestamp(stored.state_since),
        stored.attempts.unwrap_or(0).into_datum(),
        known.map(|(step, _)| retry_limit(step.retry_limit)).or(stored.retry_limit).into_datum(),
        assessment
            .and_then(|assessment| assessment.verdict.reason())
            .map(|reason| export::text(Reason::as_str(reason))),
        root_cause.filter(|root| *root != stored.id).map(|root| root.0).into_datum(),
        assessment.and_then(|assessment| values::timestamp(assessment.next_eligible_at)),
        assessment.map(|assessment| assessment.verdict.is_ready()).into_datum(),
        values::timestamp(stored.created_at),
        values::timestamp(stored.processed_at),
    ]
}
