//! Reads the stored configuration: once for each backend, and again only when it has changed.

use crate::core::config::{
    ConfigScope, EffectiveOptions, ExecutionSettings, RegisteredSection, Section, fair_key,
};
use crate::core::error::TaskerError;
use crate::core::ids::TaskId;
use crate::core::steps::Step;
use crate::pg::spi::{self, LookUp, Session, Statement};
use pgrx::pg_sys::Oid;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// The task, step or step name whose configuration is read.
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

/// The options that scopes set.
#[derive(Default)]
struct StoredOptions {
    /// The options by section and scope.
    layers: HashMap<String, HashMap<String, Map<String, Value>>>,
    /// The results of laying scopes over each other, by section and by the scopes that set something. Most tasks share
    /// a result.
    effective: RefCell<HashMap<(&'static str, Vec<String>), Rc<EffectiveOptions>>>,
}

/// The largest number of results that are kept: each task may have a scope of its own.
const MOST_KEPT: usize = 1_000;

/// The configuration that a snapshot shows: of one installation, after the change with this number, made by this
/// transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    schema: Oid,
    version: i64,
    changed_by: u32,
}

thread_local! {
    static CACHE: RefCell<Option<(Key, Rc<StoredOptions>)>> = const { RefCell::new(None) };
}

/// The stored layers of a section, as the snapshot of the session shows them.
///
/// # Complexity
/// A look into an index, and one for each kind of name for which something is set. After a change, everything stored is
/// read again.
pub struct Layers {
    stored: Rc<StoredOptions>,
    section: Section,
}

impl Layers {
    /// Reads the layers; `None` if nothing is set in the section.
    pub fn read(session: &Session, section: Section) -> Result<Option<Self>, TaskerError> {
        let stored = stored(session)?.filter(|stored| stored.layers.contains_key(section.as_str()));
        Ok(stored.map(|stored| Self { stored, section }))
    }

    /// Returns the options as they apply to a task or a step.
    pub fn applied_to(
        &self,
        session: &Session,
        subject: ConfigSubject<'_>,
    ) -> Result<Rc<EffectiveOptions>, TaskerError> {
        let empty = HashMap::new();
        let layers = self.stored.layers.get(self.section.as_str()).unwrap_or(&empty);
        Ok(self.lay_over(scopes(session, subject, layers)?.into_iter()))
    }

    /// Returns the options as they apply to all tasks of a name.
    pub fn applied_to_name(&self, namespace: &str, task_name: &str) -> Rc<EffectiveOptions> {
        let scopes = [
            ConfigScope::Global,
            ConfigScope::Namespace(namespace.to_owned()),
            ConfigScope::TaskName(task_name.to_owned()),
        ];
        self.lay_over(scopes.iter().map(ToString::to_string))
    }

    /// Returns whether a scope sets an option.
    pub fn sets(&self, option: &str) -> bool {
        let layers = self.stored.layers.get(self.section.as_str());
        layers.is_some_and(|layers| layers.values().any(|options| options.contains_key(option)))
    }

    /// Returns whether something is set for single tasks.
    pub fn has_single_tasks(&self) -> bool {
        let layers = self.stored.layers.get(self.section.as_str());
        layers.is_some_and(|layers| layers.keys().any(|scope| scope.starts_with("task:")))
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

/// The keys of the context by which tasks take turns.
pub struct FairKeys(Layers);

impl FairKeys {
    /// Reads the keys; `None` if none is set.
    ///
    /// # Complexity
    /// That of [`Layers::read`].
    pub fn read(session: &Session) -> Result<Option<Self>, TaskerError> {
        let layers = Layers::read(session, Section::Execution)?;
        Ok(layers.filter(|layers| layers.sets(fair_key::OPTION)).map(Self))
    }

    /// Returns the path of the key for the tasks of a name; empty: they do not take turns.
    pub fn of_named_task(&self, session: &Session, named_task: i32) -> Result<Vec<String>, TaskerError> {
        let (namespace, name) = names(session, Some(named_task.into()))?;
        let effective = self.0.applied_to_name(&namespace.unwrap_or_default(), &name.unwrap_or_default());
        Ok(ExecutionSettings::of(&effective)?.fair_by().to_vec())
    }
}

/// The sections that applications have registered, with what is set in them, as the snapshot of the session shows it.
pub struct RegisteredSections {
    stored: Option<Rc<StoredOptions>>,
}

impl RegisteredSections {
    /// Reads the registered sections.
    pub fn read(session: &Session) -> Result<Self, TaskerError> {
        Ok(Self { stored: stored(session)? })
    }

    /// Returns the section with this name.
    pub fn get(&self, name: &str) -> Result<Option<RegisteredSection>, TaskerError> {
        let layers = self.stored.as_ref().and_then(|stored| stored.layers.get(name));
        let registration = layers.and_then(|layers| layers.get(RegisteredSection::SCOPE));
        registration.map(|stored| RegisteredSection::of_stored(name, stored)).transpose()
    }

    /// Returns the names of the sections, in order.
    pub fn names(&self) -> Vec<&str> {
        let layers = self.stored.iter().flat_map(|stored| &stored.layers);
        let registered = layers.filter(|(_, layers)| layers.contains_key(RegisteredSection::SCOPE));
        let mut names: Vec<&str> = registered.map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// Returns the options of a section as they apply to a task or a step.
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

/// Reads everything stored, as the snapshot of the session shows it; `None` if nothing is stored.
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

/// Returns the scopes that apply to a task or a step, the widest first. Names are looked up only if something is set by
/// name.
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

/// Looks up the namespace and the name of a task, by which it may be configured.
fn names_of_task(session: &Session, task: i64) -> Result<(Option<String>, Option<String>), TaskerError> {
    let mut named_task = None;
    session.look_up(LookUp::Tasks, &[task], |row| {
        named_task = Some(row.i32(1).into());
        Ok(())
    })?;
    names(session, named_task)
}

/// Looks up the namespace and the name of a named task.
fn names(
    session: &Session,
    named_task: Option<i64>,
) -> Result<(Option<String>, Option<String>), TaskerError> {
    let (mut name, mut namespace, mut namespace_name) = (None, None, None);
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
