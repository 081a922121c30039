//! `tasker_claim_steps`, `tasker_complete_and_claim`, `tasker_heartbeat`, `tasker_release_step`: the claims of a
//! worker.

use crate::core::error::TaskerError;
use crate::core::readiness::retry_limit;
use crate::core::time::Duration;
use crate::pg::api::values;
use crate::pg::api::work::claim_source::source;
use crate::pg::api::work::waiting::{self, wait_of};
use crate::pg::datum::export::{self, Call, Element, Rows, export};
use crate::pg::execution::claims::Claims;
use crate::pg::execution::claims::requests::{Claim, ClaimRequest};
use crate::pg::execution::completions::Completions;
use crate::pg::execution::executions::{Executions, Failure};
use crate::pg::execution::inputs::ClaimInputs;
use crate::pg::execution::leases::Token;
use crate::pg::execution::recovery::Recovery;
use crate::pg::host::installation::{RailsTable, TASK_AND_STEP_TABLES};
use crate::pg::host::wakeups::Audience;
use crate::pg::queue::{shares, times};
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::writer::{Writer, write};
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

/// The number of due items that a call handles before it claims.
const DUE_AT_ONCE: i32 = 100;

export! {
    /// `tasker_claim_steps(…)`
    tasker_claim_or_wait, pg_finfo_tasker_claim_or_wait => claim_or_wait;
    /// `tasker_claim_steps(…)` of 0.1.0, without `wait`
    tasker_claim_steps, pg_finfo_tasker_claim_steps => claim_steps;
    /// `tasker_complete_and_claim(bigint, jsonb, uuid, …)`
    tasker_complete_and_claim_or_wait, pg_finfo_tasker_complete_and_claim_or_wait => complete_and_claim_or_wait;
    /// `tasker_complete_and_claim(bigint, jsonb, uuid, …)` of 0.1.0, without `wait`
    tasker_complete_and_claim, pg_finfo_tasker_complete_and_claim => complete_and_claim;
    /// `tasker_heartbeat(uuid[], interval, jsonb)`
    tasker_heartbeat, pg_finfo_tasker_heartbeat => heartbeat;
    /// `tasker_release_step(bigint, uuid, text, interval)`
    tasker_release_step, pg_finfo_tasker_release_step => release_step;
}

/// The number of arguments from the worker to `exclude`.
const CLAIM_ARGUMENTS: usize = 10;

fn claim_or_wait(call: &Call) -> Result<Datum, ErrorReport> {
    claims(call, 0, wait_of(call, CLAIM_ARGUMENTS)?, |_| Ok(()))
}

fn claim_steps(call: &Call) -> Result<Datum, ErrorReport> {
    claims(call, 0, None, |_| Ok(()))
}

fn complete_and_claim_or_wait(call: &Call) -> Result<Datum, ErrorReport> {
    let wait = wait_of(call, 3 + CLAIM_ARGUMENTS)?;
    // A worker that has nothing to complete can wait with the same call.
    if wait.is_some() && (0..3).all(|argument| call.datum(argument).is_none()) {
        return claims(call, 3, wait, |_| Ok(()));
    }
    complete_and_claim(call)
}

/// Does not wait: others see the results when the transaction commits, and until then wait for the locks of the step.
fn complete_and_claim(call: &Call) -> Result<Datum, ErrorReport> {
    let step = values::step_argument(call)?;
    let (results, token) = (call.datum(1), call.datum(2).map(Token::of));
    claims(call, 3, None, |writer| {
        // Complete first, with nothing else locked: only this part waits for other sessions.
        Completions::of(writer).complete(step, results, token)?;
        Ok(())
    })
}

/// Claims what the arguments from the `first` on ask for, after something else.
fn claims(
    call: &Call,
    first: usize,
    wait: Option<Duration>,
    before: impl Fn(&Writer) -> Result<(), ErrorReport>,
) -> Result<Datum, ErrorReport> {
    let worker = call.text(first).ok_or(TaskerError::NullArgument("worker"))?;
    let max_steps = call.integer(first + 1).ok_or(TaskerError::NullArgument("max_rows"))?;
    let max_steps =
        usize::try_from(max_steps).map_err(|_| TaskerError::invalid("max_rows", "must not be negative"))?;
    let lease = lease_of(call, first + 2)?;
    let mut rows = call.rows()?;
    let audience = |writer: &Writer| {
        require_privileges(writer)?;
        Ok(source(call, first + 3, writer)?.map_or(Audience::Something, |from| from.audience()))
    };
    waiting::look(wait.filter(|_| max_steps > 0), &mut rows, audience, |writer, rows| {
        require_privileges(writer)?;
        before(writer)?;
        Recovery::of(writer).recover_first(DUE_AT_ONCE)?;
        // Resolving names costs most of a look in vain.
        let has_task = call.bigint(first + 3).is_some();
        let is_empty =
            || writer.session.is_surely_empty(LookUp::RankedHints) && !shares::are_used(writer.session);
        if wait.is_some() && !has_task && is_empty() {
            return Ok(());
        }
        let Some(from) = source(call, first + 3, writer)? else { return Ok(()) };
        let claims =
            Claims::of(writer).claim(&ClaimRequest { worker: &worker, max_steps, lease, from: &from })?;
        push_claims(writer, &claims, rows)
    })?;
    rows.done()
}

fn require_privileges(writer: &Writer) -> Result<(), TaskerError> {
    writer.installation.require_select(TASK_AND_STEP_TABLES)?;
    // Claims return the names of tasks.
    writer.installation.require_select(&[RailsTable::NamedTasks, RailsTable::TaskNamespaces])?;
    // Check this before the owner does work for all roles.
    writer.installation.require_write(&[RailsTable::WorkflowSteps])
}

fn push_claims(writer: &Writer, claims: &[Claim], rows: &mut Rows) -> Result<(), ErrorReport> {
    if claims.is_empty() {
        return Ok(());
    }
    let inputs = ClaimInputs::of(writer).inputs_of(claims)?;
    rows.fill(|push| {
        for Claim { step, token, lease_until, .. } in claims {
            // Without them: hidden from the caller.
            let Some(inputs) = inputs.get(&step.id.0) else { continue };
            if inputs.parent_results.is_none() {
                // No handler could be given them, now or later.
                Executions::of(writer).fail(step.id, &Failure::of_too_large_results(), Some(*token))?;
                continue;
            }
            let handler = inputs.handler;
            push([
                step.id.0.into_datum(),
                step.task_id.0.into_datum(),
                step.named_step_id.0.into_datum(),
                handler.namespace,
                handler.task_name,
                handler.version,
                handler.step_name,
                handler.class,
                handler.config,
                inputs.priority.into_datum(),
                step.next_attempt().into_datum(),
                retry_limit(step.retry_limit).into_datum(),
                Some(token.datum()),
                lease_until.to_postgres().into_datum(),
                inputs.inputs,
                inputs.context,
                inputs.parent_results,
            ]);
        }
        Ok(())
    })
}

fn heartbeat(call: &Call) -> Result<Datum, ErrorReport> {
    // An aggregate over no rows is NULL: a list without elements.
    let tokens = call.elements(0, Element::Uuid).unwrap_or_default();
    let tokens: Vec<Token> = tokens.into_iter().flatten().map(Token::of).collect();
    let asked: Vec<i64> = tokens.iter().map(|token| token.step().0).collect();
    let tokens = spi::uuid_array(tokens.iter().map(Token::datum).collect());
    let named = [tokens, spi::bigint_array(&asked)];
    let lease = lease_of(call, 1)?.map(spi::interval);
    // Explanations have to read it later.
    call.json(2)?;
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_select(&[RailsTable::WorkflowSteps])?;
        writer.installation.require_write(&[RailsTable::WorkflowSteps])?;
        let mut leased = Vec::new();
        writer.session.write_returning(Statement::LeasesOfTokens, &named, |row| {
            leased.extend(row.value(1).map(|_| row.i64(1)));
        })?;
        // Lock the step before its lease, in the order of all writers. Then no session can take back, in between, a
        // step that its worker extends and ends in one transaction. Lock it as the caller: a token does not work for a
        // step that row-level security hides.
        let free = writer.lock_free_ids(LookUp::LockedSteps, Statement::LockFreeStepRows, &leased)?;
        let free = writer.as_owner().lock_free_steps(&free)?;
        let free: Vec<i64> = free.steps.all().iter().map(|step| step.id.0).collect();
        let now = spi::timestamp(writer.now);
        let arguments = [Some(tokens), Some(now), lease, call.datum(2), Some(spi::bigint_array(&free))];
        writer.session.write_optional(Statement::Heartbeat, &arguments, |_| {})?;
        times::cap_leases(writer.session, &free);
        let timed_out = times::ended(writer.session, named[0], named[1], writer.now)?;
        let shown = if timed_out.is_empty() { &leased } else { &asked };
        let visible = writer.reader().visible_among(Statement::VisibleAmongSteps, shown)?;
        rows.fill(|push| {
            writer.session.write_returning(Statement::LeasesOfTokens, &named, |row| {
                let is_visible = row.value(1).is_some() && visible.contains(&row.i64(1));
                let token = row.value(0).map(Token::of);
                let is_timed_out = token.is_some_and(|token| {
                    timed_out.contains(&token.bytes()) && visible.contains(&token.step().0)
                });
                let (status, lease) = match (is_visible, row.value(2)) {
                    (_, None) if is_timed_out => ("timed_out", [None, None]),
                    (false, _) => ("lost", [None, None]),
                    (true, Some(_)) => ("cancelled", [row.value(1), row.value(3)]),
                    (true, None) => ("held", [row.value(1), row.value(3)]),
                };
                let [step, until] = lease;
                push([row.value(0), step, Some(export::text(status)), until]);
            })
        })?;
        rows.done()
    })
}

fn release_step(call: &Call) -> Result<Datum, ErrorReport> {
    let step = values::step_argument(call)?;
    let token = call.datum(1).map(Token::of).ok_or(TaskerError::NullArgument("claim_token"))?;
    let run_after = call.interval(3).map(run_after_seconds).transpose()?;
    let state = write(|writer| {
        Ok(Executions::of(writer).release(step, token, call.text(2).as_deref(), run_after)?)
    })?;
    Ok(export::text(state.as_str()))
}

/// The whole seconds that a step must wait, rounded up: the engine's column takes no fractions.
fn run_after_seconds(run_after: Duration) -> Result<i32, TaskerError> {
    if run_after < Duration::microseconds(0) {
        return Err(TaskerError::invalid("run_after", "must not be negative"));
    }
    i32::try_from(run_after.whole_seconds_up())
        .map_err(|_| TaskerError::invalid("run_after", "must be at most 68 years"))
}

/// A lease that a caller asks for.
fn lease_of(call: &Call, argument: usize) -> Result<Option<Duration>, TaskerError> {
    let lease = call.interval(argument);
    match lease {
        Some(lease) if lease <= Duration::microseconds(0) => {
            Err(TaskerError::invalid("lease", "must be greater than zero"))
        }
        _ => Ok(lease),
    }
}
