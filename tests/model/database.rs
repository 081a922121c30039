//! The same calls, made to the extension.

use postgres::types::ToSql;
use postgres::{Client, Error, Row, Statement};

use crate::call::{Call, Case};
use crate::rules::{Answer, World};

/// 2026-01-01 12:00:00 UTC, in seconds.
const START: i64 = 1_767_268_800;
const FIRST: i64 = 1_000_000;

const CLAIM: &str = "
    SELECT workflow_step_id, claim_token::text, attempt, retry_limit, extract(epoch FROM lease_until)::bigint
    FROM tasker_claim_steps($1, $2, $3::text::interval, $4)";
const HEARTBEAT: &str = "
    SELECT status, extract(epoch FROM lease_until)::bigint
    FROM tasker_heartbeat(ARRAY[$1::text::uuid], $2::text::interval)";
const RELEASE: &str = "SELECT tasker_release_step($1, $2::text::uuid, 'model')";
const COMPLETE: &str = "
    SELECT state, ready_step_ids, task_state, repeated
    FROM tasker_complete_step($1, '{\"list\": [0, 1, 2]}', $2::text::uuid)";
const FAIL: &str = "
    SELECT state, attempts, extract(epoch FROM next_eligible_at)::bigint, exhausted, task_state, repeated
    FROM tasker_fail_step($1, '{\"error\": \"model\"}', $2, $3, $4::text::uuid)";
const TASKS: &str = "
    SELECT task.task_id, coalesce(transition.to_state, 'pending'), task.complete
    FROM tasker_tasks AS task
    LEFT JOIN tasker_task_transitions AS transition ON transition.task_id = task.task_id AND most_recent
    ORDER BY task.task_id";
const STEPS: &str = "
    SELECT step.workflow_step_id, coalesce(transition.to_state, 'pending'),
        step.workflow_step_id IN (SELECT workflow_step_id FROM tasker_ready_steps_of_tasks($1::bigint[])),
        step.attempts, step.in_process, step.processed, step.retryable, step.backoff_request_seconds::bigint,
        extract(epoch FROM step.last_attempted_at)::bigint,
        lease.claim_token::text, extract(epoch FROM lease.lease_until)::bigint, lease.ended_as
    FROM tasker_workflow_steps AS step
    LEFT JOIN tasker_workflow_step_transitions AS transition
        ON transition.workflow_step_id = step.workflow_step_id AND transition.most_recent
    LEFT JOIN tasker_core_leases AS lease ON lease.workflow_step_id = step.workflow_step_id
    ORDER BY step.workflow_step_id";
/// Side rows that are not what the tables say, and rows of a history that do not continue it.
const FAULTS: &str = "
    SELECT 'drift: ' || drift::text FROM _tasker_drift(current_schema()::regnamespace) AS drift
    UNION ALL
    SELECT 'history: ' || step::text FROM (
        SELECT workflow_step_id, sort_key, from_state, to_state,
            lag(to_state, 1, 'pending') OVER (PARTITION BY workflow_step_id ORDER BY sort_key) AS before
        FROM tasker_workflow_step_transitions) AS step
    WHERE from_state IS DISTINCT FROM before
    UNION ALL
    SELECT 'history: ' || task::text FROM (
        SELECT task_id, sort_key, from_state, to_state,
            lag(to_state, 1, 'pending') OVER (PARTITION BY task_id ORDER BY sort_key) AS before
        FROM tasker_task_transitions) AS task
    WHERE from_state IS DISTINCT FROM before";

/// The statements, prepared once.
pub struct Statements {
    claim: Statement,
    heartbeat: Statement,
    release: Statement,
    complete: Statement,
    fail: Statement,
    tasks: Statement,
    steps: Statement,
    faults: Statement,
}

impl Statements {
    pub fn prepare(client: &mut Client) -> Self {
        let mut prepare = |sql| client.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        Self {
            claim: prepare(CLAIM),
            heartbeat: prepare(HEARTBEAT),
            release: prepare(RELEASE),
            complete: prepare(COMPLETE),
            fail: prepare(FAIL),
            tasks: prepare(TASKS),
            steps: prepare(STEPS),
            faults: prepare(FAULTS),
        }
    }
}

/// A case, as the database holds it.
pub struct Database<'a> {
    client: &'a mut Client,
    statements: &'a Statements,
    tasks: Vec<i64>,
    first_step: i64,
}

fn seconds(time: Option<i64>) -> Option<i64> {
    time.map(|time| time - START)
}

impl<'a> Database<'a> {
    /// Inside the caller's transaction.
    pub fn write(client: &'a mut Client, statements: &'a Statements, case: &Case) -> Result<Self, Error> {
        let at = "'2026-01-01 12:00:00', '2026-01-01 12:00:00'";
        let mut sql = String::new();
        let tasks: Vec<i64> = (FIRST..).take(case.tasks).collect();
        for task in &tasks {
            sql.push_str(&format!(
                "INSERT INTO tasker_tasks
                     (task_id, named_task_id, requested_at, identity_hash, created_at, updated_at)
                 VALUES ({task}, 1, '2026-01-01', 'task {task}', {at});\n"
            ));
        }
        for (task, deadline) in tasks.iter().zip(case.deadlines) {
            if let Some((seconds, cancels)) = deadline {
                let at = format!("'2026-01-01 12:00:00'::timestamp + interval '{seconds} seconds'");
                sql.push_str(&format!(
                    "INSERT INTO tasker_core_deadlines (task_id, deadline_at, on_deadline)
                     VALUES ({task}, {at}, '{}');
                     INSERT INTO tasker_core_timers (kind, subject_id, due_at) VALUES ('task', {task}, {at});\n",
                    if cancels { "cancel" } else { "fail" }
                ));
            }
        }
        for (position, step) in case.steps.iter().enumerate() {
            let (id, task) = (FIRST + position as i64, tasks[case.task_of(position)]);
            let limit = step.retry_limit.map_or_else(|| "NULL".to_owned(), |limit| limit.to_string());
            sql.push_str(&format!(
                "INSERT INTO tasker_workflow_steps (workflow_step_id, task_id, named_step_id, attempts, retry_limit,
                     retryable, created_at, updated_at)
                 VALUES ({id}, {task}, {position}, 0, {limit}, {}, {at});\n",
                step.retryable
            ));
            if let Some(timeout) = step.timeout {
                sql.push_str(&format!(
                    "INSERT INTO tasker_core_step_times (workflow_step_id, task_id, timeout_seconds)
                     VALUES ({id}, {task}, {timeout});\n"
                ));
            }
        }
        // Forks get the next ids.
        for (sequence, last) in [
            ("tasker_tasks_task_id_seq", FIRST + case.tasks as i64 - 1),
            ("tasker_workflow_steps_workflow_step_id_seq", FIRST + case.steps.len() as i64 - 1),
        ] {
            sql.push_str(&format!("SELECT setval('{sequence}', {last});\n"));
        }
        for position in 0..case.steps.len() {
            let to = FIRST + position as i64;
            for parent in case.parents_of(position) {
                let from = FIRST + parent as i64;
                sql.push_str(&format!(
                    "INSERT INTO tasker_workflow_step_edges (from_step_id, to_step_id, name, created_at, updated_at)
                     VALUES ({from}, {to}, 'provides', {at});\n"
                ));
            }
        }
        if let Some((position, elements)) = case.map() {
            let (id, task) = (FIRST + position as i64, tasks[case.task_of(position)]);
            let source = case.parents_of(position)[0];
            let last = FIRST + case.steps.len() as i64 - 1;
            sql.push_str(&format!(
                "INSERT INTO tasker_core_rules (workflow_step_id, task_id, rule) VALUES ({id}, {task},
                     '{{\"for_each\": {{\"step\": \"step {source}\", \"path\": \"$.list[*] ? (@ < {elements})\"}}}}');
                 UPDATE tasker_core_steps SET has_rule = true WHERE workflow_step_id = {id};
                 SELECT setval('tasker_workflow_steps_workflow_step_id_seq', {last});\n"
            ));
        }
        let mut database = Self { client, statements, tasks, first_step: FIRST };
        database.set_clock(0)?;
        database.client.batch_execute(&sql)?;
        Ok(database)
    }

    fn set_clock(&mut self, now: i64) -> Result<(), Error> {
        let sql =
            format!("SELECT set_config('tasker_core.fake_now', to_timestamp({})::text, true)", START + now);
        self.client.batch_execute(&sql)
    }

    /// What the call answers; of a claim also the steps and tokens.
    pub fn call(&mut self, world: &World, call: &Call) -> (Answer, Vec<(usize, String)>) {
        self.client.batch_execute("SAVEPOINT call").expect("a savepoint");
        let mut picked = Vec::new();
        let outcome = self.send(world, call, &mut picked);
        let end = if outcome.is_ok() { "RELEASE call" } else { "ROLLBACK TO call; RELEASE call" };
        self.client.batch_execute(end).expect("a savepoint");
        let refusal = |error: Error| match error.as_db_error() {
            Some(refusal) => refusal.code().code().to_owned(),
            None => panic!("the connection broke: {error}"),
        };
        (outcome.map_err(refusal), picked)
    }

    fn send(
        &mut self,
        world: &World,
        call: &Call,
        picked: &mut Vec<(usize, String)>,
    ) -> Result<String, Error> {
        let id = |step: usize| FIRST + world.step(step) as i64;
        let shown = |step: usize, token| world.token(world.step(step), token);
        let interval = |seconds: i64| format!("{seconds} seconds");
        match *call {
            Call::Advance(seconds) => self.set_clock(world.now + seconds).map(|()| String::new()),
            Call::Maintain => self.client.batch_execute("SELECT tasker_maintain()").map(|()| String::new()),
            Call::Claim { worker, steps, lease, task } => {
                let worker = format!("worker {worker}");
                let task = task.map(|task| self.tasks[world.task(task)]);
                let rows =
                    self.client.query(&self.statements.claim, &[&worker, &steps, &interval(lease), &task])?;
                let mut lines = Vec::new();
                for row in rows {
                    let (step, token) = (self.position(row.get(0)), row.get(1));
                    let (attempt, limit): (i32, i32) = (row.get(2), row.get(3));
                    let until = row.get::<_, i64>(4) - START;
                    lines.push(format!("step {step} attempt {attempt} of {limit} until {until}"));
                    picked.push((step, token));
                }
                lines.sort();
                Ok(lines.join(", "))
            }
            Call::Heartbeat { step, token, lease } => {
                let row =
                    self.one(&self.statements.heartbeat, &[&shown(step, token), &lease.map(interval)])?;
                let until = seconds(row.get(1)).map_or_else(String::new, |until| format!(" until {until}"));
                let status: String = row.get(0);
                Ok(if status == "held" { status + &until } else { status })
            }
            Call::Release { step, token } => {
                Ok(self.one(&self.statements.release, &[&id(step), &shown(step, token)])?.get(0))
            }
            Call::Complete { step, token } => {
                let row = self.one(&self.statements.complete, &[&id(step), &shown(step, token)])?;
                let ready: Vec<i64> = row.get(1);
                let mut ready: Vec<usize> = ready.into_iter().map(|id| self.position(id)).collect();
                ready.sort_unstable();
                let (state, task, repeated): (String, String, bool) = (row.get(0), row.get(2), row.get(3));
                Ok(format!("{state}, ready {ready:?}, task {task}, repeated {repeated}"))
            }
            Call::Fail { step, token, retryable, retry_after } => {
                let retry_after = retry_after.map(|seconds| seconds.to_string());
                let parameters: [&(dyn ToSql + Sync); 4] =
                    [&id(step), &retryable, &retry_after, &shown(step, token)];
                let row = self.one(&self.statements.fail, &parameters)?;
                let (state, attempts): (String, i32) = (row.get(0), row.get(1));
                let (next, exhausted) = (seconds(row.get(2)), row.get::<_, bool>(3));
                let (task, repeated): (String, bool) = (row.get(4), row.get(5));
                Ok(format!(
                    "{state} after {attempts}, next {next:?}, exhausted {exhausted}, task {task}, repeated {repeated}"
                ))
            }
            Call::CancelStep { step, descendants } => {
                self.verb(&format!("tasker_cancel_step({}, 'model', {descendants})", id(step)))
            }
            Call::CancelTask(task) => {
                self.verb(&format!("tasker_cancel_task({}, 'model')", self.tasks[world.task(task)]))
            }
            Call::CancelMany => {
                let rows = self.client.query(
                    "SELECT task_id, done FROM tasker_cancel_many(created_since => '-infinity', dry_run => false)",
                    &[],
                )?;
                let line = |row: &Row| {
                    format!("task {} done {}", row.get::<_, i64>(0) - FIRST, row.get::<_, bool>(1))
                };
                Ok(rows.iter().map(line).collect::<Vec<_>>().join(", "))
            }
            Call::ResolveStep(step) => self.verb(&format!(
                "tasker_resolve_step({}, '{{\"by\": \"hand\"}}', 'stranger', 'model')",
                id(step)
            )),
            Call::Fork { task, from } => {
                let task = self.tasks[world.task(task)];
                let row = self.client.query_one(
                    "SELECT task_id, created, copied_steps, open_steps FROM tasker_fork_task($1, $2)",
                    &[&task, &from.map(|step| id(step).to_string())],
                )?;
                let (new, copied, open): (i64, i64, i64) = (row.get(0), row.get(2), row.get(3));
                self.tasks.push(new);
                Ok(format!(
                    "task {}, created {}, {copied} copied, {open} open",
                    new - FIRST,
                    row.get::<_, bool>(1)
                ))
            }
            Call::RetryStep(step) => self.verb(&format!("tasker_retry_step({}, 'model')", id(step))),
            Call::ResetStep(step) => self.verb(&format!("tasker_reset_step({}, 'model')", id(step))),
        }
    }

    fn position(&self, id: i64) -> usize {
        (id - self.first_step) as usize
    }

    fn one(&mut self, statement: &Statement, parameters: &[&(dyn ToSql + Sync)]) -> Result<Row, Error> {
        self.client.query_one(statement, parameters)
    }

    fn verb(&mut self, call: &str) -> Result<String, Error> {
        let rows =
            self.client.query(&format!("SELECT workflow_step_id, from_state, state FROM {call}"), &[])?;
        let line = |row: &Row| {
            let (from, to): (String, String) = (row.get(1), row.get(2));
            format!("step {} {from} to {to}", self.position(row.get(0)))
        };
        let mut lines: Vec<String> = rows.iter().map(line).collect();
        lines.sort();
        Ok(lines.join(", "))
    }

    /// What can be seen between the calls, as [`World::picture`] has it.
    pub fn picture(&mut self) -> Vec<String> {
        let tasks = self.client.query(&self.statements.tasks, &[]).expect("the tasks");
        let steps = self.client.query(&self.statements.steps, &[&self.tasks]).expect("the steps");
        let task = |row: &Row| {
            let (state, complete): (String, bool) = (row.get(1), row.get(2));
            format!("task {}: {state}, complete {complete}", row.get::<_, i64>(0) - FIRST)
        };
        let step = |row: &Row| {
            let lease = row.get::<_, Option<String>>(9).map_or_else(String::new, |token| {
                let ended =
                    row.get::<_, Option<String>>(11).map_or_else(String::new, |ended| format!(", {ended}"));
                format!(", leased until {} by {token}{ended}", row.get::<_, i64>(10) - START)
            });
            let (state, ready, attempts): (String, bool, i32) = (row.get(1), row.get(2), row.get(3));
            let (in_process, processed, retryable): (bool, bool, bool) = (row.get(4), row.get(5), row.get(6));
            let (wait, last): (Option<i64>, Option<i64>) = (row.get(7), seconds(row.get(8)));
            format!(
                "step {}: {state}, ready {ready}, attempts {attempts}, in_process {in_process}, \
                 processed {processed}, retryable {retryable}, wait {wait:?} after {last:?}{lease}",
                self.position(row.get(0))
            )
        };
        tasks.iter().map(task).chain(steps.iter().map(step)).collect()
    }

    pub fn faults(&mut self) -> Vec<String> {
        let rows = self.client.query(&self.statements.faults, &[]).expect("the faults");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Runs SQL behind the back of the extension.
    pub fn meddle(&mut self, sql: &str) {
        self.client.batch_execute(sql).expect("a meddling");
    }
}
