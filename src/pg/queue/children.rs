//! Hints at the children of steps that have finished (see docs/concurrency.md).

use crate::core::error::TaskerError;
use crate::core::rank::rank;
use crate::core::time::Timestamp;
use crate::pg::host::wakeups::{self, BroughtStep};
use crate::pg::host::{clock, settings};
use crate::pg::queue::shares::FairNames;
use crate::pg::queue::times;
use crate::pg::reading::loader::Workflows;
use crate::pg::spi::{self, LookUp, Session, Statement};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Children of parents that have finished.
pub struct Children {
    /// Child, parent.
    edges: BTreeSet<(i64, i64)>,
    steps: HashMap<i64, Child>,
    tasks: HashMap<i64, Ranks>,
}

/// The columns of a child step that its hint repeats.
struct Child {
    task: i64,
    named_step: i32,
    has_rule: bool,
}

/// The columns of the child's task that set the rank of its hint, and the id of the named task that the hint repeats.
struct Ranks {
    named_task: i32,
    priority: i32,
}

/// The key of a hint: the id of the child step, then the id of the parent that caused the hint.
type Key = (i64, i64);

impl Children {
    /// Reads the children of these parents, without children that have finished with them.
    pub fn of(session: &Session, parents: &[i64]) -> Result<Self, TaskerError> {
        let mut edges = Vec::new();
        session.look_up_fresh(LookUp::EdgesFromSteps, parents, |row| {
            edges.push((row.i64(0), row.i64(1)));
            Ok(())
        })?;
        let edges = without_finished(parents, edges.into_iter());
        let mut steps = HashMap::new();
        let ids: Vec<i64> = edges.iter().map(|(child, _)| *child).collect();
        session.look_up_fresh(LookUp::HintedSteps, &ids, |row| {
            let child = Child { task: row.i64(1), named_step: row.i32(2), has_rule: row.bool(3) };
            steps.insert(row.i64(0), child);
            Ok(())
        })?;
        let mut tasks = HashMap::new();
        let ids: Vec<i64> = steps.values().map(|child| child.task).collect();
        session.look_up_fresh(LookUp::RanksOfTasks, &ids, |row| {
            tasks.insert(row.i64(0), Ranks { named_task: row.i32(1), priority: row.i32(2) });
            Ok(())
        })?;
        Ok(Self { edges, steps, tasks })
    }

    /// The children of parents, by edges from parent to child, that have been read with their tasks.
    pub fn known(parents: &[i64], edges: &BTreeSet<(i64, i64)>, children: &Workflows) -> Self {
        let (mut steps, mut tasks) = (HashMap::new(), HashMap::new());
        for step in children.steps.all() {
            let (task, named_step) = (step.task_id.0, step.named_step_id.0);
            steps.insert(step.id.0, Child { task, named_step, has_rule: step.has_rule });
            if let Some(found) = children.task(step.task_id) {
                tasks.insert(task, Ranks { named_task: found.named_task_id.0, priority: found.priority });
            }
        }
        Self { edges: without_finished(parents, edges.iter().copied()), steps, tasks }
    }

    /// Writes a hint at each of these children. The hint carries the parent's id, so that siblings that finish at once
    /// write different rows and do not wait for each other. A child with a rule gets a row in `tasker_core_decisions`
    /// instead.
    pub fn hint(self, session: &Session) -> Result<(), TaskerError> {
        let has_rule = |(child, _): &&Key| self.steps.get(child).is_some_and(|child| child.has_rule);
        let (ruled, others): (Vec<Key>, Vec<Key>) = self
            .edges
            .iter()
            .filter(|(child, _)| self.steps.contains_key(child))
            .partition(|edge| has_rule(edge));
        if !ruled.is_empty() {
            let (steps, causes): (Vec<i64>, Vec<i64>) = ruled.into_iter().unzip();
            session.write(Statement::PutDecisions, &[spi::bigint_array(&steps), spi::bigint_array(&causes)]);
        }
        self.put(session, others)
    }

    /// Writes hints at steps of tasks that exist.
    fn put(&self, session: &Session, mut keys: Vec<Key>) -> Result<(), TaskerError> {
        let steps: Vec<i64> = keys.iter().map(|(child, _)| *child).collect();
        let mut present = HashSet::new();
        session.look_up_fresh(LookUp::Hints, &steps, |row| {
            present.insert((row.i64(0), row.i64(1)));
            Ok(())
        })?;
        keys.retain(|key| !present.contains(key));
        let mut found: Vec<(Key, &Child, &Ranks)> = keys
            .into_iter()
            .filter_map(|key| {
                let child = self.steps.get(&key.0)?;
                Some((key, child, self.tasks.get(&child.task)?))
            })
            .collect();
        if found.is_empty() {
            return Ok(());
        }
        times::note_ready(session, &found.iter().map(|((step, _), ..)| *step).collect::<Vec<_>>())?;
        let names = found.iter().map(|(_, _, ranks)| ranks.named_task);
        if let Some(fair) = FairNames::among(session, names)? {
            let is_fair = |(_, _, ranks): &(Key, &Child, &Ranks)| fair.has(ranks.named_task);
            let ours = found.extract_if(.., |hint| is_fair(hint)).map(|(key, ..)| key).collect();
            wakeups::note_steps(session.schema(), fair.put(session, ours)?);
            if found.is_empty() {
                return Ok(());
            }
        }
        let (now, weight) = (clock::statement_now(), settings::priority_interval());
        let rows = found.iter().map(|((step, cause), child, ranks)| {
            vec![
                Some(spi::bigint(*step)),
                Some(spi::bigint(*cause)),
                Some(spi::bigint(child.task)),
                Some(child.named_step.into()),
                Some(ranks.named_task.into()),
                Some(spi::timestamp(rank(now, weight, ranks.priority))),
                Some(spi::timestamp(Timestamp::MINUS_INFINITY)),
            ]
        });
        let brought = |((step, _), child, ranks): &(Key, &Child, &Ranks)| BroughtStep {
            step: *step,
            named_task: ranks.named_task,
            named_step: child.named_step,
        };
        wakeups::note_steps(session.schema(), found.iter().map(brought));
        // A parent ends once, under its lock, so no other session writes a hint with this cause.
        if session.tables().insert_rows(LookUp::Hints, &rows.collect::<Vec<_>>()).is_some() {
            return Ok(());
        }
        let bigints = |of: fn(&(Key, &Child, &Ranks)) -> i64| {
            spi::bigint_array(&found.iter().map(of).collect::<Vec<_>>())
        };
        let integers = |of: fn(&(Key, &Child, &Ranks)) -> i32| {
            spi::integer_array(&found.iter().map(of).collect::<Vec<_>>())
        };
        session.write(
            Statement::PutHints,
            &[
                bigints(|((step, _), _, _)| *step),
                bigints(|((_, cause), _, _)| *cause),
                bigints(|(_, child, _)| child.task),
                integers(|(_, child, _)| child.named_step),
                integers(|(_, _, ranks)| ranks.named_task),
                integers(|(_, _, ranks)| ranks.priority),
                spi::timestamp(now),
                spi::interval(weight),
            ],
        );
        Ok(())
    }
}

/// Returns the key (child, parent) of each edge, except for children that are themselves in `parents`: these need no
/// hint.
fn without_finished(parents: &[i64], edges: impl Iterator<Item = (i64, i64)>) -> BTreeSet<Key> {
    let finished: HashSet<i64> = parents.iter().copied().collect();
    edges.filter(|(_, child)| !finished.contains(child)).map(|(parent, child)| (child, parent)).collect()
}
