//! Runs triggers and checks that are deferred to the end of the transaction.
//!
//! PostgreSQL would run them with the rights of the caller, even for rows that were written as the owner. Also, a
//! refusal at the end would roll back everything that the transaction has done. So they run where the rows are written,
//! as the role that has written them.

use pgrx::pg_sys::{self, Oid};

/// A constraint whose check or trigger can be deferred.
struct Constraint {
    oid: Oid,
    /// The schema of the table, which is also the schema of the constraint.
    schema: Oid,
    is_deferred_at_first: bool,
}

/// Returns the tables among these on which this transaction has deferred any trigger so far.
///
/// # Complexity
/// One look at each event that the transaction has deferred, for each table; constant if there are none.
pub fn pending_on(tables: &[Oid]) -> Vec<Oid> {
    // SAFETY: a look at a backend-local list.
    let is_pending = |table: &Oid| unsafe { pg_sys::AfterTriggerPendingOnRel(*table) };
    tables.iter().copied().filter(is_pending).collect()
}

/// Runs, as the current user, the triggers and checks that this transaction has deferred so far on these tables.
pub fn run(tables: &[Oid]) {
    let constraints: Vec<Constraint> = tables.iter().flat_map(|table| constraints(*table)).collect();
    set(constraints.iter(), false);
    set(constraints.iter().filter(|constraint| constraint.is_deferred_at_first), true);
}

fn constraints(table: Oid) -> Vec<Constraint> {
    // SAFETY: a relation that is gone is no error here; what is taken of an open one is copied before anything else is
    // looked up.
    unsafe {
        let open = pg_sys::try_relation_open(table, pg_sys::AccessShareLock as i32);
        let Some(found) = open.as_ref() else { return Vec::new() };
        let triggers = found.trigdesc.as_ref().map_or(&[][..], |triggers| {
            std::slice::from_raw_parts(triggers.triggers, triggers.numtriggers as usize)
        });
        let deferrable = triggers
            .iter()
            .filter(|trigger| trigger.tgdeferrable && trigger.tgconstraint != pg_sys::InvalidOid);
        // A foreign key that points here belongs to the other table, perhaps of another schema.
        // Of these functions PostgreSQL only compares the oid: nothing is looked up while the relation is walked.
        let own = deferrable
            .filter(|trigger| pg_sys::RI_FKey_trigger_type(trigger.tgfoid) != pg_sys::RI_TRIGGER_PK as i32);
        let found = own.map(|trigger| Constraint {
            oid: trigger.tgconstraint,
            schema: (*found.rd_rel).relnamespace,
            is_deferred_at_first: trigger.tginitdeferred,
        });
        let found = found.collect();
        pg_sys::relation_close(open, pg_sys::NoLock as i32);
        found
    }
}

/// Does what SET CONSTRAINTS does. Without `deferred` it runs the pending triggers and checks.
fn set<'a>(constraints: impl Iterator<Item = &'a Constraint>, deferred: bool) {
    // SAFETY: nodes as the parser makes them (gram.y), in the current memory; the names are palloc'd C strings or NULL. What they
    // stand for is looked up by these names again, and a name that is gone is an error of PostgreSQL's.
    unsafe {
        let mut names = std::ptr::null_mut();
        for constraint in constraints {
            let schema = pg_sys::get_namespace_name(constraint.schema);
            let name = pg_sys::get_constraint_name(constraint.oid);
            if !schema.is_null() && !name.is_null() {
                names = pg_sys::lappend(names, pg_sys::makeRangeVar(schema, name, -1).cast());
            }
        }
        if names.is_null() {
            return;
        }
        let mut statement = pg_sys::ConstraintsSetStmt {
            type_: pg_sys::NodeTag::T_ConstraintsSetStmt,
            constraints: names,
            deferred,
        };
        pg_sys::AfterTriggerSetState(&mut statement);
    }
}
