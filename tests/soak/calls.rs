//! The calls of a worker, as they go over the wire.

use postgres::Row;
use postgres::types::ToSql;

use crate::clock::SECOND;
use crate::core::testkit::Random;
use crate::journal::{Ending, Execution, Outcome};
use crate::pattern::{NAMESPACES, SYSTEMS, WORKFLOWS};
use crate::session::{Failure, Session};

/// In seconds.
pub const LEASES: [i64; 4] = [5, 15, 30, 60];

const CLAIM: &str = "
    SELECT workflow_step_id, attempt, claim_token::text, (extract(epoch FROM lease_until) * 1000000)::bigint
    FROM tasker_claim_steps($1, $2, $3::text::interval, task_id => $4, namespaces => $5, task_names => $6, step_names => $7,
        dependent_systems => $8)";
const COMPLETE_AND_CLAIM: &str = "
    SELECT workflow_step_id, attempt, claim_token::text, (extract(epoch FROM lease_until) * 1000000)::bigint
    FROM tasker_complete_and_claim($9, $10::text::jsonb, $11::text::uuid, $1, $2, $3::text::interval, task_id => $4, namespaces => $5,
        task_names => $6, step_names => $7, dependent_systems => $8)";
const HEARTBEAT: &str = "
    SELECT status, (extract(epoch FROM lease_until) * 1000000)::bigint
    FROM tasker_heartbeat(ARRAY[$1::text::uuid], $2::text::interval, $3::text::jsonb)";
const COMPLETE: &str = "
    SELECT state, repeated FROM tasker_complete_step($1, $2::text::jsonb, $3::text::uuid)";
const FAIL: &str = "
    SELECT state, repeated, (extract(epoch FROM next_eligible_at) * 1000000)::bigint
    FROM tasker_fail_step($1, $2::text::jsonb, $3, $4, $5::text::uuid)";
const RELEASE: &str = "SELECT tasker_release_step($1, $2::text::uuid, 'soak')";

/// A claim.
pub struct Request {
    pub steps: i32,
    lease: i64,
    namespaces: Option<Vec<&'static str>>,
    task_names: Option<Vec<&'static str>>,
    step_names: Option<Vec<&'static str>>,
    dependent_systems: Option<Vec<&'static str>>,
}

impl Request {
    pub fn random(random: &mut Random) -> Self {
        let mut request = Self {
            steps: random.between(1, 3) as i32,
            lease: *random.one_of(&LEASES),
            namespaces: None,
            task_names: None,
            step_names: None,
            dependent_systems: None,
        };
        if random.permille(200) {
            let workflow = random.one_of(&*WORKFLOWS);
            match random.below(4) {
                0 => request.namespaces = Some(vec![*random.one_of(&NAMESPACES)]),
                1 => request.task_names = Some(vec![workflow.name]),
                2 => request.step_names = Some(workflow.step_names()),
                _ => request.dependent_systems = Some(vec![*random.one_of(&SYSTEMS)]),
            }
        }
        request
    }
}

/// What came of ending an execution.
pub struct Answer {
    pub state: String,
    /// Whether it had ended in this way before.
    pub repeated: bool,
    /// From when the step may run again.
    pub next_eligible_at: Option<i64>,
}

pub fn claim(session: &mut Session, worker: &str, request: &Request) -> Result<Vec<Execution>, Failure> {
    claimed(session, CLAIM, worker, request, &[])
}

/// Ends an execution well, and claims.
pub fn complete_and_claim(
    session: &mut Session,
    ended: &Execution,
    worker: &str,
    request: &Request,
) -> Result<Vec<Execution>, Failure> {
    let parameters: [&(dyn ToSql + Sync); 3] = [&ended.step, &results(ended), &ended.token];
    claimed(session, COMPLETE_AND_CLAIM, worker, request, &parameters)
}

fn claimed(
    session: &mut Session,
    statement: &str,
    worker: &str,
    request: &Request,
    further: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Execution>, Failure> {
    let lease = format!("{} seconds", request.lease);
    let mut parameters: Vec<&(dyn ToSql + Sync)> = vec![
        &worker,
        &request.steps,
        &lease,
        &None::<i64>,
        &request.namespaces,
        &request.task_names,
        &request.step_names,
        &request.dependent_systems,
    ];
    parameters.extend(further);
    let execution = |row: &Row| {
        let lease_until: i64 = row.get(3);
        Execution {
            step: row.get(0),
            attempt: row.get(1),
            token: row.get(2),
            claimed_at: lease_until - request.lease * SECOND,
            lease_until,
            claim: Outcome::Acknowledged,
            ending: None,
            outcome: Outcome::Unknown,
            next_eligible_at: None,
        }
    };
    Ok(session.query(statement, &parameters)?.iter().map(execution).collect())
}

/// What a handler leaves behind.
fn results(execution: &Execution) -> String {
    format!("{{\"token\": \"{}\"}}", execution.token)
}

/// What became of the lease, and until when it lasts.
pub fn heartbeat(
    session: &mut Session,
    token: &str,
    lease: Option<i64>,
    progress: Option<String>,
) -> Result<(String, Option<i64>), Failure> {
    let lease = lease.map(|seconds| format!("{seconds} seconds"));
    let rows = session.query(HEARTBEAT, &[&token, &lease, &progress])?;
    Ok((rows[0].get(0), rows[0].get(1)))
}

pub fn end(session: &mut Session, execution: &Execution, ending: &Ending) -> Result<Answer, Failure> {
    let (step, token) = (execution.step, &execution.token);
    let error = "{\"error\": \"soak\", \"error_class\": \"Soak\", \"backtrace\": []}";
    let rows = match ending {
        Ending::Completed => session.query(COMPLETE, &[&step, &results(execution), token])?,
        Ending::Failed { retryable, retry_after } => {
            session.query(FAIL, &[&step, &error, retryable, retry_after, token])?
        }
        Ending::Released => session.query(RELEASE, &[&step, token])?,
    };
    let row = &rows[0];
    Ok(match ending {
        Ending::Completed => Answer { state: row.get(0), repeated: row.get(1), next_eligible_at: None },
        Ending::Failed { .. } => {
            Answer { state: row.get(0), repeated: row.get(1), next_eligible_at: row.get(2) }
        }
        Ending::Released => Answer { state: row.get(0), repeated: false, next_eligible_at: None },
    })
}
