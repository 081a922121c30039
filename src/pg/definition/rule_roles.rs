//! Decides which role a rule or a schedule acts as: the role that defined it, with that role's rights.
//!
//! A worker of another role, maintenance or a superuser may apply a rule. The rule names the role that defined it, and
//! a seal proves that this role did. Without the seal, the owner of the side tables could write any name there, and the
//! owner's triggers and policies run as the named role. If neither the seal nor membership proves the role, the rule
//! fails.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::pg::host::acl::{self, role_name, role_named};
use crate::pg::host::actor::Actor;
use crate::pg::host::installation::{CREATED_TABLES, RailsTable};
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Oid};
use std::collections::HashSet;

/// The length in bytes of the secret that only the server's own code can read.
const KEY_BYTES: usize = 32;

/// The tables that creating a task of a template reads.
const TEMPLATE_TABLES: &[RailsTable] = &[
    RailsTable::Tasks,
    RailsTable::WorkflowSteps,
    RailsTable::NamedTasks,
    RailsTable::NamedSteps,
    RailsTable::TaskNamespaces,
    RailsTable::DependentSystems,
];

/// The work that a role has defined, and that any session may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefinedWork {
    /// The rule of a step.
    Rule(StepId),
    /// The schedule with a number.
    Schedule(i64),
}

impl DefinedWork {
    fn text(self) -> &'static str {
        match self {
            Self::Rule(_) => "its rule",
            Self::Schedule(_) => "the schedule",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Rule(_) => "tasker_retry_step()",
            Self::Schedule(_) => "tasker_schedule() again",
        }
    }
}

/// The roles on whose behalf rules and schedules read and create.
pub struct RuleRoles<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> RuleRoles<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Returns a writer that works on behalf of the role that defined the rule of a step, or the reason why there is
    /// none.
    pub fn writer_of_rule(&self, step: StepId) -> Result<Result<Writer<'a>, String>, TaskerError> {
        let (mut name, mut seal) = (None, None);
        self.writer.session.write_returning(Statement::RoleOfRule, &[spi::bigint(step.0)], |row| {
            let text = |column| row.value(column).map(|_| row.text(column, str::to_owned));
            (name, seal) = (text(0), text(1));
        })?;
        Ok(self.writer_of(name, seal, DefinedWork::Rule(step)))
    }

    /// Returns a writer that works on behalf of the role that defined some work, by its stored name and seal, or the
    /// reason why there is none.
    pub fn writer_of(
        &self,
        name: Option<String>,
        seal: Option<String>,
        work: DefinedWork,
    ) -> Result<Writer<'a>, String> {
        let owner = self.writer.installation.owner();
        let as_owner = |author, is_proven| Writer { author, is_proven, ..self.writer.as_owner() };
        let Some(name) = name else { return Ok(as_owner(owner, true)) };
        let Some(role) = role_named(&name) else {
            return Err(format!("role \"{name}\", which defined {}, does not exist", work.text()));
        };
        let is_proven = acl::is_trusted(owner, role)
            || seal.is_some_and(|seal| seal == seal_of(self.writer.installation.schema, work, role));
        // SAFETY: a catalog look-up by oid.
        if unsafe { pg_sys::superuser_arg(role) } {
            // Triggers and policies of the owner's must not run as a superuser.
            return Ok(as_owner(role, is_proven));
        }
        if role == self.writer.installation.caller() {
            return Ok(Writer { actor: Actor::Caller, author: role, is_proven, ..*self.writer });
        }
        let acting = self.writer.installation.acting_for(role);
        if matches!(work, DefinedWork::Rule(_)) && role != owner && !acting.row_security_applies() {
            // Only the privileges of the role matter (`missing_right`), and nothing has to run as the role. A schedule always
            // runs as its role: it creates whole tasks, for which more rights matter.
            return Ok(as_owner(role, is_proven));
        }
        if !is_proven {
            return Err(format!(
                "nothing proves that role \"{name}\" defined {}, for example after a restore into another server: \
                 let that role call {}, or grant it to the owner of the tables",
                work.text(),
                work.remedy()
            ));
        }
        Ok(Writer {
            installation: acting,
            actor: Actor::Caller,
            author: role,
            is_proven: true,
            ..*self.writer
        })
    }

    /// Returns the reason why the role on whose behalf the writer works may not read steps, or insert into these tables;
    /// `None` if it may.
    pub fn missing_right(&self, inserts_into: &[RailsTable]) -> Option<String> {
        let acting = self.writer.installation.acting_for(self.writer.author);
        let reading = acting.lacking(&[RailsTable::Tasks, RailsTable::WorkflowSteps], pg_sys::ACL_SELECT);
        let creating = || acting.lacking(inserts_into, pg_sys::ACL_INSERT);
        let (verb, table) = match (reading, creating()) {
            (Some(table), _) => ("read", table),
            (None, Some(table)) => ("insert into", table),
            (None, None) => return None,
        };
        Some(format!(
            "role \"{}\", which defined its rule, may not {verb} {table}",
            role_name(self.writer.author)
        ))
    }

    /// Returns the reason why the role on whose behalf the writer works may not create tasks of templates; `None` if it
    /// may.
    pub fn missing_right_of_schedule(&self) -> Option<String> {
        let acting = self.writer.installation.acting_for(self.writer.author);
        let reading = acting.lacking(TEMPLATE_TABLES, pg_sys::ACL_SELECT);
        let creating = acting.lacking(CREATED_TABLES, pg_sys::ACL_INSERT);
        let (verb, table) = match (reading, creating) {
            (Some(table), _) => ("read", table),
            (None, table) => ("insert into", table?),
        };
        let role = role_name(self.writer.author);
        Some(format!("role \"{role}\", which defined the schedule, may not {verb} {table}"))
    }

    /// Returns those of the steps that the role on whose behalf the writer works may see; `None` if no policy hides
    /// any.
    pub fn shown_steps(&self, steps: &[i64]) -> Result<Option<HashSet<i64>>, TaskerError> {
        self.shown(Statement::VisibleAmongSteps, steps)
    }

    /// Returns the steps of a task that the role on whose behalf the writer works may see; `None` if no policy hides
    /// any. Returns an error if the task is hidden.
    pub fn shown_steps_of(&self, task: TaskId) -> Result<Option<HashSet<i64>>, TaskerError> {
        match self.shown(Statement::VisibleTasks, &[task.0])? {
            None => Ok(None),
            Some(shown) if shown.is_empty() => Err(TaskerError::TaskNotFound(task)),
            Some(_) => self.shown(Statement::VisibleSteps, &[task.0]),
        }
    }

    fn shown(&self, statement: Statement, ids: &[i64]) -> Result<Option<HashSet<i64>>, TaskerError> {
        if self.writer.actor == Actor::Owner || !self.writer.installation.row_security_applies() {
            return Ok(None);
        }
        Ok(Some(self.writer.rails_ids(statement, ids)?.into_iter().collect()))
    }

    /// Returns the seals on the rules of these steps, for the role on whose behalf the writer works. They are empty if
    /// nothing proves that this role has defined the work: an unproven name must not become a proof.
    pub fn seals(&self, steps: &[i64]) -> Vec<String> {
        steps
            .iter()
            .map(|step| {
                if !self.writer.is_proven {
                    return String::new();
                }
                let work = DefinedWork::Rule(StepId(*step));
                seal_of(self.writer.installation.schema, work, self.writer.author)
            })
            .collect()
    }

    /// Returns the seal on the schedule with a number, for the role on whose behalf the writer works.
    pub fn seal_of_schedule(&self, schedule: i64) -> String {
        seal_of(self.writer.installation.schema, DefinedWork::Schedule(schedule), self.writer.author)
    }
}

/// Returns a keyed digest that binds a rule to its step, or a schedule to its number, and to its role. The key is the secret of the cluster that stands in
/// for unknown users when they log in: it is random, stored in `pg_control`, and no SQL function shows it.
fn seal_of(schema: Oid, work: DefinedWork, role: Oid) -> String {
    // SAFETY: a backend-local variable; a pointer to bytes of shared memory, which never change.
    let (database, key) = unsafe {
        let key = pg_sys::GetMockAuthenticationNonce().cast::<u8>();
        (pg_sys::MyDatabaseId, std::slice::from_raw_parts(key, KEY_BYTES))
    };
    let (kind, number) = match work {
        DefinedWork::Rule(step) => ("rule", step.0),
        DefinedWork::Schedule(number) => ("schedule", number),
    };
    let message = format!("tasker_core {kind} {database} {schema} {number} {role}");
    let inner = sha256([key, message.as_bytes()].concat());
    sha256([key, &inner].concat()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: Vec<u8>) -> Vec<u8> {
    // SAFETY: sha256() takes a bytea and returns one.
    let digest =
        unsafe { pgrx::direct_function_call::<Vec<u8>>(pg_sys::sha256_bytea, &[bytes.into_datum()]) };
    digest.unwrap_or_default()
}
