//! Maps: adds a copy of a step for each element of a list, and gathers what the copies have done.
//!
//! The copies are written as a step adds steps: on behalf of the role that defined the rule.

use crate::core::error::TaskerError;
use crate::core::ids::StepId;
use crate::core::rules::{ForEach, Rule};
use crate::core::steps::Step;
use crate::pg::datum::export;
use crate::pg::definition::rule_roles::RuleRoles;
use crate::pg::definition::rules::RuleStore;
use crate::pg::execution::rules::waits::{ids_of, without_content};
use crate::pg::host::acl::role_name;
use crate::pg::host::actor::Actor;
use crate::pg::host::installation::RailsTable;
use crate::pg::queue::times;
use crate::pg::spi::{self, LookUp, Snapshot, Statement};
use crate::pg::writing::subtransaction;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::json;

/// The tables into which copies are written.
const COPIED_TABLES: &[RailsTable] = &[RailsTable::WorkflowSteps, RailsTable::StepEdges];

/// The list of a map, as it is now.
struct List {
    /// The parent with the list.
    source: i64,
    length: usize,
    elements: Option<Datum>,
}

/// The result of adding copies.
pub enum Addition {
    /// The copies, in the order of the elements.
    Added(Vec<i64>),
    /// The reason why they cannot be added; nothing was.
    Refused(String),
    /// Another session holds the parent with the list.
    NotNow,
}

/// Mapped steps.
pub struct Maps<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Maps<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Adds a copy of a step for each element of its list. It waits for no other session: the parent with the list,
    /// whose side row the new edges need, is locked before.
    ///
    /// # Complexity
    /// O(elements), by one statement for the copies and one for their edges.
    pub fn add_copies(&self, step: &Step, rule: &Rule, map: &ForEach) -> Result<Addition, TaskerError> {
        let author = match RuleRoles::of(self.writer).writer_of_rule(step.id)? {
            Ok(author) => author,
            Err(reason) => return Ok(Addition::Refused(reason)),
        };
        if let Some(reason) = RuleRoles::of(&author).missing_right(COPIED_TABLES) {
            return Ok(Addition::Refused(reason));
        }
        let List { source, length, elements } = match self.list(step.id, map, &author)? {
            Ok(list) => list,
            Err(reason) => return Ok(Addition::Refused(reason)),
        };
        if let Some(reason) = map.refusal(length) {
            return Ok(Addition::Refused(reason));
        }
        let Some(elements) = elements.filter(|_| length > 0) else { return Ok(Addition::Added(Vec::new())) };
        if self.writer.lock_free_steps(&[source])?.steps.all().is_empty() {
            return Ok(Addition::NotNow);
        }
        let put = |writer: &Writer| put_copies(writer, step.id, source, length, elements);
        let copies = match permitted(&author, put)? {
            Ok(copies) => copies,
            Err(reason) => return Ok(Addition::Refused(format!("its copies cannot be added: {reason}"))),
        };
        if let Some(rule) = rule.of_copies() {
            let rules: Vec<(StepId, &Rule)> = copies.iter().map(|copy| (StepId(*copy), &rule)).collect();
            RuleStore::of(&author).put_rules(&rules);
        }
        if let Some(kept) = times::of_steps(self.writer.session, &[step.id.0])?.get(&step.id) {
            let limited: Vec<_> =
                copies.iter().map(|copy| (StepId(*copy), step.task_id, kept.times)).collect();
            times::put(self.writer.session, &limited)?;
            times::note_ready(self.writer.session, &copies)?;
        }
        Ok(Addition::Added(copies))
    }

    /// Returns the list of a step, as far as the role that defined its rule may see it.
    fn list(
        &self,
        step: StepId,
        map: &ForEach,
        author: &Writer,
    ) -> Result<Result<List, String>, TaskerError> {
        let mut parents = Vec::new();
        self.writer.session.look_up_fresh(LookUp::Steps, &[step.0], |row| {
            row.i64_array(14, |ids| parents.extend_from_slice(ids));
            Ok(())
        })?;
        let shown = RuleRoles::of(author).shown_steps(&parents)?;
        let arguments = [
            Some(spi::bigint(step.0)),
            Some(export::text(&map.step)),
            Some(export::text(&map.path)),
            ids_of(shown),
        ];
        let (mut list, mut is_shown) = (None, false);
        self.writer.session.write_optional(Statement::ListOfMap, &arguments, |row| {
            is_shown = row.bool(1);
            let length = usize::try_from(row.i32(2)).unwrap_or_default();
            list = Some(List { source: row.i64(0), length, elements: row.value(3).map(spi::kept) });
        })?;
        Ok(match list {
            Some(list) if is_shown => Ok(list),
            Some(_) => Err(format!(
                "role \"{}\", which defined its rule, may not see step \"{}\"",
                role_name(author.author),
                map.step
            )),
            None => Err(format!("it does not depend on \"{}\" any more", map.step)),
        })
    }

    /// Returns the results of a mapped step: those of its copies, as far as the role that defined its rule may see them.
    /// The inner error says why the role may not see any.
    pub fn gathered(&self, step: StepId) -> Result<Result<Option<Datum>, String>, TaskerError> {
        let author = match RuleRoles::of(self.writer).writer_of_rule(step)? {
            Ok(author) => author,
            Err(reason) => return Ok(Err(reason)),
        };
        if let Some(reason) = RuleRoles::of(&author).missing_right(&[]) {
            return Ok(Err(reason));
        }
        let (mut copies, mut size) = (Vec::new(), 0);
        self.writer.session.write_returning(Statement::Copies, &[spi::bigint(step.0)], |row| {
            copies.push(row.i64(0));
            size += spi::member_size(None, row.value(1));
        })?;
        if size > spi::LARGEST_OBJECT {
            let count = Some(spi::json(&json!(copies.len())));
            return Ok(Ok(Some(without_content([("count", count)], "results"))));
        }
        let shown = RuleRoles::of(&author).shown_steps(&copies)?;
        let arguments = [Some(spi::bigint_array(&copies)), ids_of(shown)];
        let mut results = None;
        self.writer.session.write_optional(Statement::ResultsOfCopies, &arguments, |row| {
            results = row.value(0).map(spi::kept);
        })?;
        Ok(Ok(results))
    }
}

/// Adds the copies and their edges, as the role of the writer.
fn put_copies(
    writer: &Writer,
    mapped: StepId,
    source: i64,
    length: usize,
    elements: Datum,
) -> Result<Vec<i64>, TaskerError> {
    let mut copies = Vec::with_capacity(length);
    let arguments = [spi::bigint(mapped.0), elements, spi::timestamp(writer.now)];
    writer.rails(Statement::PutCopies, &arguments, |row| copies.push(row.i64(0)))?;
    if copies.len() < length {
        return Err(TaskerError::WriteDiscarded { table: "tasker_workflow_steps" });
    }
    let parents = copies.iter().map(|_| source).chain(copies.iter().copied());
    let children = copies.iter().copied().chain(copies.iter().map(|_| mapped.0));
    writer.put_edges(&parents.collect::<Vec<_>>(), &children.collect::<Vec<_>>())?;
    Ok(copies)
}

/// Runs `work` as a role; the inner error says what a privilege or a policy of that role forbids.
fn permitted<R>(
    author: &Writer,
    work: impl FnOnce(&Writer) -> Result<R, TaskerError>,
) -> Result<Result<R, String>, TaskerError> {
    if author.actor == Actor::Owner {
        return work(author).map(Ok);
    }
    author.session.connect();
    author.session.close_tables();
    let done = subtransaction::unless_forbidden(|| {
        spi::connected(author.session.installation(), Snapshot::Fresh, |session| {
            work(&Writer { session, ..*author })
        })
    })?;
    Ok(done.map_err(|refusal| refusal.message))
}
