//! Finds an installation: a schema with the Tasker tables and our side tables. A database may have several.

use crate::core::error::TaskerError;
use crate::pg::host::installed_columns::ColumnUse;
pub use crate::pg::host::schema_names::{quoted, schema_name};
use crate::pg::host::{acl, installed_triggers};
use pgrx::pg_sys::{self, Oid};
use std::ffi::{CStr, CString};

/// The Rails tables that reads may need, by which privileges are checked.
#[derive(Clone, Copy, Debug)]
pub enum RailsTable {
    Tasks,
    TaskTransitions,
    WorkflowSteps,
    StepEdges,
    StepTransitions,
    NamedSteps,
    NamedTasks,
    TaskNamespaces,
    DependentSystems,
}

impl RailsTable {
    pub const fn name(self) -> &'static CStr {
        match self {
            Self::Tasks => c"tasker_tasks",
            Self::TaskTransitions => c"tasker_task_transitions",
            Self::WorkflowSteps => STEPS,
            Self::StepEdges => c"tasker_workflow_step_edges",
            Self::StepTransitions => c"tasker_workflow_step_transitions",
            Self::NamedSteps => c"tasker_named_steps",
            Self::NamedTasks => c"tasker_named_tasks",
            Self::TaskNamespaces => c"tasker_task_namespaces",
            Self::DependentSystems => c"tasker_dependent_systems",
        }
    }
}

/// The table by which an installation is found.
const STEPS: &CStr = c"tasker_workflow_steps";
/// The side table that shows that the extension is installed in a schema.
const SIDE_STEPS: &CStr = c"tasker_core_steps";

/// The Rails tables that the step functions read.
pub const STEP_TABLES: &[RailsTable] =
    &[RailsTable::WorkflowSteps, RailsTable::StepEdges, RailsTable::StepTransitions, RailsTable::NamedSteps];
/// The Rails tables that functions read if they need the task as well as its steps.
pub const TASK_AND_STEP_TABLES: &[RailsTable] = &[
    RailsTable::Tasks,
    RailsTable::TaskTransitions,
    RailsTable::WorkflowSteps,
    RailsTable::StepEdges,
    RailsTable::StepTransitions,
    RailsTable::NamedSteps,
];
/// The Rails tables that creating a task writes.
pub const CREATED_TABLES: &[RailsTable] =
    &[RailsTable::Tasks, RailsTable::WorkflowSteps, RailsTable::StepEdges];
/// The Rails tables from which figures by the names of tasks and steps are computed.
pub const ALL_TABLES: &[RailsTable] = &[
    RailsTable::Tasks,
    RailsTable::TaskTransitions,
    RailsTable::WorkflowSteps,
    RailsTable::StepEdges,
    RailsTable::StepTransitions,
    RailsTable::NamedSteps,
    RailsTable::NamedTasks,
    RailsTable::TaskNamespaces,
];

/// A schema whose side tables exist.
#[derive(Clone, Copy, Debug)]
pub struct Installation {
    pub schema: Oid,
    /// The role that owns the side tables. They are read and written as this role.
    owner: Oid,
    /// The identity of the session when it looked the installation up.
    caller: SessionIdentity,
}

/// The role that PostgreSQL currently acts as, with its restrictions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionIdentity {
    user: Oid,
    context: i32,
}

impl SessionIdentity {
    /// Returns the current identity.
    pub fn current() -> Self {
        let (mut user, mut context) = (pg_sys::InvalidOid, 0);
        // SAFETY: reads backend-local variables.
        unsafe { pg_sys::GetUserIdAndSecContext(&mut user, &mut context) };
        Self { user, context }
    }

    /// Runs `work` as this identity. An error needs no undoing: ending the (sub)transaction restores the user.
    fn act<R>(self, work: impl FnOnce() -> R) -> R {
        let before = Self::current();
        // SAFETY: backend-local variables; what is set here is set back below.
        unsafe { pg_sys::SetUserIdAndSecContext(self.user, self.context) };
        let result = work();
        // SAFETY: as above.
        unsafe { pg_sys::SetUserIdAndSecContext(before.user, before.context) };
        result
    }
}

impl Installation {
    /// Finds the installation through the caller's search_path, as the engine's own functions do.
    pub fn in_search_path() -> Result<Self, TaskerError> {
        // SAFETY: a name look-up with a C string constant.
        let table = unsafe { pg_sys::RelnameGetRelid(STEPS.as_ptr()) };
        if table == pg_sys::InvalidOid {
            return Err(TaskerError::TablesNotFound { table: "tasker_workflow_steps" });
        }
        // SAFETY: a catalog look-up by oid.
        let found = Self::in_schema(unsafe { pg_sys::get_rel_namespace(table) })?;
        installed_triggers::require(found.schema)?;
        found.require_columns(ColumnUse::Read)?;
        Ok(found)
    }

    /// Raises 55000 unless the engine's tables have the columns that a use needs, and need no others.
    pub fn require_columns(self, what: ColumnUse) -> Result<(), TaskerError> {
        installed_triggers::require_columns(self.schema, what)
    }

    /// Finds the installation in a schema even if its triggers are missing, for triggers and for repairs.
    pub fn in_schema(schema: Oid) -> Result<Self, TaskerError> {
        require_utf8()?;
        relation(schema, SIDE_STEPS)
            .and_then(owner_of)
            .map(|owner| Self { schema, owner, caller: SessionIdentity::current() })
            .ok_or_else(|| TaskerError::NotInstalled { schema: schema_name(schema) })
    }

    /// Raises 42501 unless the caller may SELECT these tables. Side rows repeat their contents, so this check makes it
    /// safe to read the side rows as their owner.
    pub fn require_select(self, tables: &[RailsTable]) -> Result<(), TaskerError> {
        self.require(tables, pg_sys::ACL_SELECT)
    }

    /// Raises 42501 unless the caller may UPDATE these tables.
    pub fn require_update(self, tables: &[RailsTable]) -> Result<(), TaskerError> {
        self.require(tables, pg_sys::ACL_UPDATE)
    }

    /// Raises 42501 unless the caller may UPDATE these tables, or columns of them. Every call that moves steps or tasks
    /// asks this, even if nothing needs to be written at the moment or the owner writes.
    pub fn require_write(self, tables: &[RailsTable]) -> Result<(), TaskerError> {
        match tables.iter().find(|table| !self.may_write(**table)) {
            Some(table) => self.require_update(&[*table]),
            None => Ok(()),
        }
    }

    /// Returns whether the caller may SELECT these tables.
    pub fn may_read(self, tables: &[RailsTable]) -> bool {
        self.lacking(tables, pg_sys::ACL_SELECT).is_none()
    }

    /// Returns whether the caller may UPDATE a table, or a column of it.
    pub fn may_write(self, table: RailsTable) -> bool {
        self.lacking(&[table], pg_sys::ACL_UPDATE).is_none()
    }

    /// Raises 42501 if row-level security hides tasks or steps from the caller: settings for the whole installation
    /// apply to the hidden rows too.
    pub fn require_all_rows(self, action: &'static str) -> Result<(), TaskerError> {
        if self.row_security_applies() { Err(TaskerError::BindsHiddenRows { action }) } else { Ok(()) }
    }

    /// Returns whether the caller may SELECT a relation of this name in the schema.
    pub fn may_select(self, name: &CStr) -> bool {
        // SAFETY: a catalog look-up by oid.
        relation(self.schema, name).is_some_and(|relation| unsafe {
            pg_sys::pg_class_aclcheck(relation, self.caller.user, pg_sys::ACL_SELECT as pg_sys::AclMode)
                == pg_sys::AclResult::ACLCHECK_OK
        })
    }

    fn require(self, tables: &[RailsTable], privilege: u32) -> Result<(), TaskerError> {
        for table in tables {
            let relation = relation(self.schema, table.name())
                .ok_or(TaskerError::TablesNotFound { table: table.name().to_str().unwrap_or_default() })?;
            // SAFETY: catalog look-ups by oid; aclcheck_error raises the error that PostgreSQL itself would.
            unsafe {
                let verdict =
                    pg_sys::pg_class_aclcheck(relation, self.caller.user, privilege as pg_sys::AclMode);
                if verdict != pg_sys::AclResult::ACLCHECK_OK {
                    pg_sys::aclcheck_error(verdict, pg_sys::ObjectType::OBJECT_TABLE, table.name().as_ptr());
                }
            }
        }
        Ok(())
    }

    /// Returns whether row-level security filters the caller's view of tasks or steps. It asks as the caller, because
    /// `FORCE ROW LEVEL SECURITY` is suspended while we act as the owner. Like PostgreSQL, it raises 42501 if a policy
    /// applies and `row_security` is off.
    pub fn row_security_applies(self) -> bool {
        self.as_caller(|| {
            [RailsTable::Tasks, RailsTable::WorkflowSteps].into_iter().any(|table| {
                // SAFETY: a catalog look-up by oid.
                relation(self.schema, table.name()).is_some_and(|relation| unsafe {
                    pg_sys::check_enable_rls(relation, pg_sys::InvalidOid, false)
                        == pg_sys::CheckEnableRlsResult::RLS_ENABLED as i32
                })
            })
        })
    }

    /// Returns this installation as seen by another role, for work on behalf of that role. The role's privileges and
    /// policies apply, even if it owns the tables.
    pub fn acting_for(self, role: Oid) -> Self {
        let flags = pg_sys::SECURITY_LOCAL_USERID_CHANGE as i32;
        Self { caller: SessionIdentity { user: role, context: self.caller.context | flags }, ..self }
    }

    /// Returns the tables of the engine that the extension writes.
    pub fn written_tables(self) -> Vec<Oid> {
        let written = [
            RailsTable::Tasks,
            RailsTable::TaskTransitions,
            RailsTable::WorkflowSteps,
            RailsTable::StepEdges,
            RailsTable::StepTransitions,
        ];
        written.iter().filter_map(|table| relation(self.schema, table.name())).collect()
    }

    /// Returns the role that owns the side tables.
    pub fn owner(self) -> Oid {
        self.owner
    }

    /// Returns the first of these tables on which the caller does not have a privilege, not even on one of its columns.
    pub fn lacking(self, tables: &[RailsTable], privilege: u32) -> Option<&'static str> {
        let (user, mode) = (self.caller.user, pg_sys::AclMode::from(privilege));
        let lacks = |table: &&RailsTable| {
            // SAFETY: catalog look-ups by oid.
            relation(self.schema, table.name()).is_none_or(|relation| unsafe {
                pg_sys::pg_class_aclcheck(relation, user, mode) != pg_sys::AclResult::ACLCHECK_OK
                    && pg_sys::pg_attribute_aclcheck_all(
                        relation,
                        user,
                        mode,
                        pg_sys::AclMaskHow::ACLMASK_ANY,
                    ) != pg_sys::AclResult::ACLCHECK_OK
            })
        };
        tables.iter().find(lacks).map(|table| table.name().to_str().unwrap_or_default())
    }

    /// Runs `work` as the owner of the side tables, exempt from forced row-level security, as foreign keys are
    /// checked (ri_triggers.c).
    pub fn as_owner<R>(self, work: impl FnOnce() -> R) -> R {
        let flags = (pg_sys::SECURITY_LOCAL_USERID_CHANGE | pg_sys::SECURITY_NOFORCE_RLS) as i32;
        SessionIdentity { user: self.owner, context: self.caller.context | flags }.act(work)
    }

    /// Returns whether PostgreSQL currently acts as the caller, not as the owner.
    pub fn is_caller_acting(self) -> bool {
        SessionIdentity::current() == self.caller
    }

    /// Returns the role that called the function.
    pub fn caller(self) -> Oid {
        self.caller.user
    }

    /// Runs `work`, which maintains the installation, with the rights of the owner if the caller has these. A trigger
    /// or an expression that the owner has attached to the tables then has no more rights than the owner. As for
    /// REINDEX, it cannot leave a setting or a deferred trigger behind either. Any other caller keeps its own rights.
    pub fn maintained<R>(self, work: impl FnOnce() -> R) -> R {
        if self.caller.user == self.owner {
            return self.as_owner(work);
        }
        // SAFETY: a catalog look-up by oid.
        if !unsafe { pg_sys::has_privs_of_role(self.caller.user, self.owner) } {
            return work();
        }
        let flags = pg_sys::SECURITY_LOCAL_USERID_CHANGE
            | pg_sys::SECURITY_RESTRICTED_OPERATION
            | pg_sys::SECURITY_NOFORCE_RLS;
        let owner = SessionIdentity { user: self.owner, context: self.caller.context | flags as i32 };
        keeping_settings(|| owner.act(work))
    }

    /// Runs `work` as the owner at commit. Triggers leave no setting behind in a session that may be a superuser's.
    pub fn as_owner_for_commit<R>(self, work: impl FnOnce() -> R) -> R {
        keeping_settings(|| self.as_owner(work))
    }

    /// Returns whether a table belongs to the installation: by its name, and by an owner that the installation's owner
    /// trusts.
    pub fn has(self, relation: &pg_sys::FormData_pg_class, name: &CStr) -> bool {
        // SAFETY: a name ends within its 64 bytes.
        let is_named = unsafe { CStr::from_ptr(relation.relname.data.as_ptr()) } == name;
        is_named && acl::is_trusted(relation.relowner, self.owner)
    }

    /// Returns whether this process receives rows of the installation, with their side rows, from a publisher.
    pub fn is_replicated_here(self) -> bool {
        // SAFETY: reads a backend-local variable.
        let is_worker = unsafe { pg_sys::IsLogicalWorker() };
        is_worker && relation(self.schema, SIDE_STEPS).is_some_and(is_subscribed)
    }

    /// Runs `work`, within [`Self::as_owner`], as the caller again.
    pub fn as_caller<R>(self, work: impl FnOnce() -> R) -> R {
        self.caller.act(work)
    }
}

/// Raises 42501 unless the current user may create objects in a schema, or has the rights of an installation's owner
/// there.
pub fn require_change(schema: Oid) {
    let user = SessionIdentity::current().user;
    let owns = |table| {
        let owner = relation(schema, table).and_then(owner_of);
        // SAFETY: a catalog look-up by oid.
        owner.is_some_and(|owner| unsafe { pg_sys::has_privs_of_role(user, owner) })
    };
    if owns(STEPS) || owns(SIDE_STEPS) {
        return;
    }
    // SAFETY: catalog look-ups by oid; aclcheck_error raises the error that PostgreSQL itself would.
    unsafe {
        let verdict = acl::check_schema(schema, user, pg_sys::ACL_CREATE);
        if verdict != pg_sys::AclResult::ACLCHECK_OK {
            let name = CString::new(schema_name(schema)).unwrap_or_default();
            pg_sys::aclcheck_error(verdict, pg_sys::ObjectType::OBJECT_SCHEMA, name.as_ptr());
        }
    }
}

/// Refuses a database whose encoding is not UTF-8: Rust requires it of text. SQL_ASCII accepts any bytes, so it is
/// refused too.
fn require_utf8() -> Result<(), TaskerError> {
    // SAFETY: backend-local variables; the name is a C string constant.
    unsafe {
        if pg_sys::GetDatabaseEncoding() == pg_sys::pg_enc::PG_UTF8 as i32 {
            return Ok(());
        }
        let encoding = CStr::from_ptr(pg_sys::GetDatabaseEncodingName()).to_string_lossy().into_owned();
        Err(TaskerError::UnsupportedEncoding { encoding })
    }
}

/// Runs `work`, and then restores the settings that it has changed.
fn keeping_settings<R>(work: impl FnOnce() -> R) -> R {
    // SAFETY: the level is ended below; an error ends it with the (sub)transaction.
    let level = unsafe { pg_sys::NewGUCNestLevel() };
    let result = work();
    // SAFETY: the level begun above.
    unsafe { pg_sys::AtEOXact_GUC(false, level) };
    result
}

fn relation(schema: Oid, name: &CStr) -> Option<Oid> {
    // SAFETY: a catalog look-up with a C string constant.
    let oid = unsafe { pg_sys::get_relname_relid(name.as_ptr(), schema) };
    (oid != pg_sys::InvalidOid).then_some(oid)
}

/// Returns whether a subscription of this database includes a relation.
fn is_subscribed(relation: Oid) -> bool {
    let none = pg_sys::Datum::from(0);
    // SAFETY: the list of the rows with this first key column is released before it is forgotten.
    unsafe {
        let rows = pg_sys::SearchSysCacheList(
            pg_sys::SysCacheIdentifier::SUBSCRIPTIONRELMAP as i32,
            1,
            pg_sys::Datum::from(relation),
            none,
            none,
        );
        let is_subscribed = (*rows).n_members > 0;
        pg_sys::ReleaseCatCacheList(rows);
        is_subscribed
    }
}

fn owner_of(relation: Oid) -> Option<Oid> {
    // SAFETY: the tuple is read before its cache entry is released, and pg_class rows begin with the struct.
    unsafe {
        let tuple =
            pg_sys::SearchSysCache1(pg_sys::SysCacheIdentifier::RELOID as i32, pg_sys::Datum::from(relation));
        if tuple.is_null() {
            return None;
        }
        let class: *mut pg_sys::FormData_pg_class = pg_sys::heap_tuple_get_struct(tuple);
        let owner = (*class).relowner;
        pg_sys::ReleaseSysCache(tuple);
        Some(owner)
    }
}
