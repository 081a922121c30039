//! What is stored of the configuration, read once by each backend and then only when it has changed.

use super::config::Subject;
use super::spi::{self, LookUp, Session, Statement};
use crate::core::config::{Effective, Scope, Section};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use pgrx::pg_sys::Oid;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What scopes set.
#[derive(Default)]
struct Stored {
    /// By section and scope.
    layers: HashMap<String, HashMap<String, Map<String, Value>>>,
    /// What comes of laying scopes over each other, by section and those that say something. Most tasks share it.
    effective: RefCell<HashMap<(&'static str, Vec<String>), Rc<Effective>>>,
}

/// So many of these are kept at most: each task may have a scope of its own.
const MOST_KEPT: usize = 1_000;

/// Which configuration a snapshot shows: that of an installation, after the change of that number by that transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    schema: Oid,
    version: i64,
    changed_by: u32,
}

thread_local! {
    static CACHE: RefCell<Option<(Key, Rc<Stored>)>> = const { RefCell::new(None) };
}

/// What is stored for a section, as the snapshot of the session shows it; `None` for nothing.
///
/// # Complexity
/// A look into an index, and one for each kind of name that something is set for; after a change, all that is stored.
pub struct Layers {
    stored: Rc<Stored>,
    section: Section,
}

impl Layers {
    /// Reads them.
    pub fn read(session: &Session, section: Section) -> Result<Option<Self>, TaskerError> {
        let Some((version, changed_by)) = session.latest_config()? else { return Ok(None) };
        let key = Key { schema: session.schema(), version, changed_by };
        let known = CACHE.with_borrow(|cache| {
            cache.as_ref().filter(|(known, _)| *known == key).map(|(_, stored)| Rc::clone(stored))
        });
        let stored = match known {
            Some(stored) => stored,
            None => {
                let stored = Rc::new(read_all(session)?);
                CACHE.set(Some((key, Rc::clone(&stored))));
                stored
            }
        };
        Ok(stored.layers.contains_key(section.as_str()).then_some(Self { stored, section }))
    }

    /// The options as they apply to a task or a step.
    pub fn applied_to(&self, session: &Session, subject: Subject<'_>) -> Result<Rc<Effective>, TaskerError> {
        let mut scopes = Vec::with_capacity(5);
        let mut step_name = subject.step_name.map(str::to_owned);
        let (mut namespace, mut task_name) = (None, None);
        if let Some(task) = subject.task.filter(|_| self.is_set_for(&["namespace:", "task_name:"])) {
            (namespace, task_name) = names_of_task(session, task)?;
        }
        if let Some(named_step) = subject.named_step.filter(|_| self.is_set_for(&["step_name:"])) {
            session.look_up(LookUp::NamesOfSteps, &[named_step.into()], |row| {
                step_name = Some(row.text(1, str::to_owned));
                Ok(())
            })?;
        }
        scopes.push(Some(Scope::Global));
        scopes.push(namespace.map(Scope::Namespace));
        scopes.push(task_name.map(Scope::TaskName));
        scopes.push(step_name.map(Scope::StepName));
        scopes.push(subject.task.map(|task| Scope::Task(TaskId(task))));
        Ok(self.lay_over(scopes.into_iter().flatten().map(|scope| scope.to_string())))
    }

    /// Lays what these scopes set over the defaults, the widest first.
    fn lay_over(&self, scopes: impl Iterator<Item = String>) -> Rc<Effective> {
        let section = self.section.as_str();
        let Some(layers) = self.stored.layers.get(section) else {
            return Rc::new(Effective::of(self.section, []));
        };
        let key = (section, scopes.filter(|scope| layers.contains_key(scope)).collect::<Vec<_>>());
        if let Some(known) = self.stored.effective.borrow().get(&key) {
            return Rc::clone(known);
        }
        let said = key.1.iter().filter_map(|scope| Some((scope.as_str(), layers.get(scope)?)));
        let effective = Rc::new(Effective::of(self.section, said));
        let mut kept = self.stored.effective.borrow_mut();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key, Rc::clone(&effective));
        effective
    }

    /// Whether any scope of these kinds sets something.
    fn is_set_for(&self, kinds: &[&str]) -> bool {
        let scopes = self.stored.layers.get(self.section.as_str());
        scopes
            .is_some_and(|scopes| scopes.keys().any(|scope| kinds.iter().any(|kind| scope.starts_with(kind))))
    }
}

/// The namespace and the name by which a task may be configured.
fn names_of_task(session: &Session, task: i64) -> Result<(Option<String>, Option<String>), TaskerError> {
    let (mut named_task, mut name, mut namespace, mut namespace_name) = (None, None, None, None);
    session.look_up(LookUp::Tasks, &[task], |row| {
        named_task = Some(row.i32(1).into());
        Ok(())
    })?;
    session.look_up(LookUp::NamesOfTasks, named_task.as_slice(), |row| {
        name = Some(row.text(0, str::to_owned));
        namespace = row.value(1).map(|_| row.i64(1));
        Ok(())
    })?;
    session.look_up(LookUp::Namespaces, namespace.as_slice(), |row| {
        namespace_name = Some(row.text(0, str::to_owned));
        Ok(())
    })?;
    Ok((namespace_name, name))
}

fn read_all(session: &Session) -> Result<Stored, TaskerError> {
    let mut stored = Stored::default();
    session.read(Statement::AllConfig, &[], |row| {
        if let Some(Value::Object(options)) = row.value(2).map(spi::json_of).transpose()? {
            let section = stored.layers.entry(row.text(0, str::to_owned)).or_default();
            section.insert(row.text(1, str::to_owned), options);
        }
        Ok(())
    })?;
    Ok(stored)
}
