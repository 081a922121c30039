//! What is stored of the configuration, read once by each backend and then only when it has changed.

use crate::core::config::{ConfigScope, EffectiveOptions, RegisteredSection, Section};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::steps::Step;
use crate::pg::spi::{self, LookUp, Session, Statement};
use pgrx::pg_sys::Oid;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// What a configuration is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConfigSubject<'a> {
    pub task: Option<i64>,
    pub named_step: Option<i32>,
    pub step_name: Option<&'a str>,
}

impl ConfigSubject<'_> {
    pub fn of(step: &Step) -> Self {
        Self { task: Some(step.task_id.0), named_step: Some(step.named_step_id.0), step_name: None }
    }
}

/// What scopes set.
#[derive(Default)]
struct StoredOptions {
    /// By section and scope.
    layers: HashMap<String, HashMap<String, Map<String, Value>>>,
    /// What comes of laying scopes over each other, by section and those that say something. Most tasks share it.
    effective: RefCell<HashMap<(&'static str, Vec<String>), Rc<EffectiveOptions>>>,
}

/// The largest number of these that are kept: each task may have a scope of its own.
const MOST_KEPT: usize = 1_000;

/// Which configuration a snapshot shows: that of an installation, after the change of that number by that transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    schema: Oid,
    version: i64,
    changed_by: u32,
}

thread_local! {
    static CACHE: RefCell<Option<(Key, Rc<StoredOptions>)>> = const { RefCell::new(None) };
}

/// What is stored for a section, as the snapshot of the session shows it; `None` for nothing.
///
/// # Complexity
/// A look into an index, and one for each kind of name that something is set for; after a change, all that is stored.
pub struct Layers {
    stored: Rc<StoredOptions>,
    section: Section,
}

impl Layers {
    /// Reads them.
    pub fn read(session: &Session, section: Section) -> Result<Option<Self>, TaskerError> {
        let stored = stored(session)?.filter(|stored| stored.layers.contains_key(section.as_str()));
        Ok(stored.map(|stored| Self { stored, section }))
    }

    /// The options as they apply to a task or a step.
    pub fn applied_to(
        &self,
        session: &Session,
        subject: ConfigSubject<'_>,
    ) -> Result<Rc<EffectiveOptions>, TaskerError> {
        let empty = HashMap::new();
        let layers = self.stored.layers.get(self.section.as_str()).unwrap_or(&empty);
        Ok(self.lay_over(scopes(session, subject, layers)?.into_iter()))
    }

    /// Lays what these scopes set over the defaults, the widest first.
    fn lay_over(&self, scopes: impl Iterator<Item = String>) -> Rc<EffectiveOptions> {
        let section = self.section.as_str();
        let Some(layers) = self.stored.layers.get(section) else {
            return Rc::new(EffectiveOptions::of(self.section, []));
        };
        let key = (section, scopes.filter(|scope| layers.contains_key(scope)).collect::<Vec<_>>());
        if let Some(known) = self.stored.effective.borrow().get(&key) {
            return Rc::clone(known);
        }
        let said = key.1.iter().filter_map(|scope| Some((scope.as_str(), layers.get(scope)?)));
        let effective = Rc::new(EffectiveOptions::of(self.section, said));
        let mut kept = self.stored.effective.borrow_mut();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key, Rc::clone(&effective));
        effective
    }
}

/// The sections that applications have registered, with what is set in them, as the snapshot of the session shows it.
pub struct RegisteredSections {
    stored: Option<Rc<StoredOptions>>,
}

impl RegisteredSections {
    /// Reads them.
    pub fn read(session: &Session) -> Result<Self, TaskerError> {
        Ok(Self { stored: stored(session)? })
    }

    /// The one of that name.
    pub fn get(&self, name: &str) -> Result<Option<RegisteredSection>, TaskerError> {
        let layers = self.stored.as_ref().and_then(|stored| stored.layers.get(name));
        let registration = layers.and_then(|layers| layers.get(RegisteredSection::SCOPE));
        registration.map(|stored| RegisteredSection::of_stored(name, stored)).transpose()
    }

    /// Their names, in order.
    pub fn names(&self) -> Vec<&str> {
        let layers = self.stored.iter().flat_map(|stored| &stored.layers);
        let registered = layers.filter(|(_, layers)| layers.contains_key(RegisteredSection::SCOPE));
        let mut names: Vec<&str> = registered.map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The options of one as they apply to a task or a step.
    pub fn applied_to(
        &self,
        section: &RegisteredSection,
        session: &Session,
        subject: ConfigSubject<'_>,
    ) -> Result<EffectiveOptions, TaskerError> {
        let empty = HashMap::new();
        let layers = self.stored.as_ref().and_then(|stored| stored.layers.get(section.name()));
        let layers = layers.unwrap_or(&empty);
        let scopes = scopes(session, subject, layers)?;
        let said = scopes.iter().filter_map(|scope| Some((scope.as_str(), layers.get(scope)?)));
        Ok(EffectiveOptions::over(section.defaults(), said))
    }
}

/// All that is stored, as the snapshot of the session shows it; `None` for nothing.
fn stored(session: &Session) -> Result<Option<Rc<StoredOptions>>, TaskerError> {
    let Some((version, changed_by)) = session.latest_config()? else { return Ok(None) };
    let key = Key { schema: session.schema(), version, changed_by };
    let known = CACHE.with_borrow(|cache| {
        cache.as_ref().filter(|(known, _)| *known == key).map(|(_, stored)| Rc::clone(stored))
    });
    Ok(Some(match known {
        Some(stored) => stored,
        None => {
            let stored = Rc::new(read_all(session)?);
            CACHE.set(Some((key, Rc::clone(&stored))));
            stored
        }
    }))
}

/// The scopes that apply to a task or a step, the widest first. Names are looked up only where something is set by name.
fn scopes(
    session: &Session,
    subject: ConfigSubject<'_>,
    layers: &HashMap<String, Map<String, Value>>,
) -> Result<Vec<String>, TaskerError> {
    let is_set_for =
        |kinds: &[&str]| layers.keys().any(|scope| kinds.iter().any(|kind| scope.starts_with(kind)));
    let mut step_name = subject.step_name.map(str::to_owned);
    let (mut namespace, mut task_name) = (None, None);
    if let Some(task) = subject.task.filter(|_| is_set_for(&["namespace:", "task_name:"])) {
        (namespace, task_name) = names_of_task(session, task)?;
    }
    if let Some(named_step) = subject.named_step.filter(|_| is_set_for(&["step_name:"])) {
        session.look_up(LookUp::NamesOfSteps, &[named_step.into()], |row| {
            step_name = Some(row.text(1, str::to_owned));
            Ok(())
        })?;
    }
    let scopes = [
        Some(ConfigScope::Global),
        namespace.map(ConfigScope::Namespace),
        task_name.map(ConfigScope::TaskName),
        step_name.map(ConfigScope::StepName),
        subject.task.map(|task| ConfigScope::Task(TaskId(task))),
    ];
    Ok(scopes.into_iter().flatten().map(|scope| scope.to_string()).collect())
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

fn read_all(session: &Session) -> Result<StoredOptions, TaskerError> {
    let mut stored = StoredOptions::default();
    session.read(Statement::AllConfig, &[], |row| {
        if let Some(Value::Object(options)) = row.value(2).map(spi::json_of).transpose()? {
            let section = stored.layers.entry(row.text(0, str::to_owned)).or_default();
            section.insert(row.text(1, str::to_owned), options);
        }
        Ok(())
    })?;
    Ok(stored)
}
