//! Decides which role a rule acts as: the role that defined it, with that role's rights.
//!
//! A worker of another role, maintenance or a superuser may apply a rule. The rule names the role that defined it, and
//! a seal proves that this role did. Without the seal, the owner of the side tables could write any name there, and the
//! owner's triggers and policies run as the named role. If neither the seal nor membership proves the role, the rule
//! fails.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::pg::host::acl::{self, role_name, role_named};
use crate::pg::host::actor::Actor;
use crate::pg::host::installation::RailsTable;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::IntoDatum;
use pgrx::pg_sys::{self, Oid};
use std::collections::HashSet;

/// The length in bytes of the secret that only the server's own code can read.
const KEY_BYTES: usize = 32;

/// The roles on whose behalf rules read and create.
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
        let owner = self.writer.installation.owner();
        let as_owner = |author| Writer { author, ..self.writer.as_owner() };
        let Some(name) = name else { return Ok(Ok(as_owner(owner))) };
        let Some(role) = role_named(&name) else {
            return Ok(Err(format!("role \"{name}\", which defined its rule, does not exist")));
        };
        // SAFETY: a catalog look-up by oid.
        if unsafe { pg_sys::superuser_arg(role) } {
            // Triggers and policies of the owner's must not run as a superuser.
            return Ok(Ok(as_owner(role)));
        }
        if role == self.writer.installation.caller() {
            return Ok(Ok(Writer { actor: Actor::Caller, author: role, ..*self.writer }));
        }
        let acting = self.writer.installation.acting_for(role);
        if role != owner && !acting.row_security_applies() {
            // Only the privileges of the role matter (`missing_right`), and nothing has to run as the role.
            return Ok(Ok(as_owner(role)));
        }
        let is_proven = acl::is_trusted(owner, role)
            || seal.is_some_and(|seal| seal == seal_of(self.writer.installation.schema, step, role));
        if !is_proven {
            return Ok(Err(format!(
                "nothing proves that role \"{name}\" defined its rule, for example after a restore into another server: \
                 let that role call tasker_retry_step(), or grant it to the owner of the tables"
            )));
        }
        Ok(Ok(Writer { installation: acting, actor: Actor::Caller, author: role, ..*self.writer }))
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

    /// Returns the seals on the rules of these steps, for the role on whose behalf the writer works.
    pub fn seals(&self, steps: &[i64]) -> Vec<String> {
        steps
            .iter()
            .map(|step| seal_of(self.writer.installation.schema, StepId(*step), self.writer.author))
            .collect()
    }
}

/// Returns a keyed digest that binds a rule to its step and role. The key is the secret of the cluster that stands in
/// for unknown users when they log in: it is random, stored in `pg_control`, and no SQL function shows it.
fn seal_of(schema: Oid, step: StepId, role: Oid) -> String {
    // SAFETY: a backend-local variable; a pointer to bytes of shared memory, which never change.
    let (database, key) = unsafe {
        let key = pg_sys::GetMockAuthenticationNonce().cast::<u8>();
        (pg_sys::MyDatabaseId, std::slice::from_raw_parts(key, KEY_BYTES))
    };
    let message = format!("tasker_core rule {database} {schema} {step} {role}");
    let inner = sha256([key, message.as_bytes()].concat());
    sha256([key, &inner].concat()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha256(bytes: Vec<u8>) -> Vec<u8> {
    // SAFETY: sha256() takes a bytea and returns one.
    let digest =
        unsafe { pgrx::direct_function_call::<Vec<u8>>(pg_sys::sha256_bytea, &[bytes.into_datum()]) };
    digest.unwrap_or_default()
}
