//! Stores registered templates, and reads them.
//!
//! `tasker_named_tasks.configuration` holds the normal form; the rows that the engine makes for a template (namespace,
//! systems, named steps, their defaults) are made from it. All of these tables are read and written as the caller.

use crate::core::dag::Dag;
use crate::core::error::TaskerError;
use crate::core::ids::{NamedStepId, NamedTaskId};
use crate::core::rules::Rule;
use crate::core::template::{ContextSchema, Template, full_name};
use crate::core::version::latest;
use crate::core::wording::nearest;
use crate::pg::datum::export;
use crate::pg::host::installed_columns::ColumnUse;
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::Datum;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The result of the registration of a template.
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    pub named_task: NamedTaskId,
    /// True if the template did not exist before.
    pub created: bool,
    /// True if the template existed with other contents.
    pub changed: bool,
}

/// A template that is ready for the creation of tasks.
pub struct PreparedTemplate {
    pub named_task: NamedTaskId,
    pub template: Template,
    pub dag: Dag,
    /// The ids of the named steps, by the places of the steps in the template.
    pub named_steps: Vec<NamedStepId>,
    pub schema: Option<ContextSchema>,
    /// The rules of those steps that have one, with their places in the template.
    pub rules: Vec<(usize, Rule)>,
}

impl Reader<'_> {
    /// Returns the stored template of a version, or of the latest one, with the id of its named task.
    ///
    /// # Complexity
    /// O(versions + length of the template).
    pub fn template(
        &self,
        namespace: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<(NamedTaskId, Template), TaskerError> {
        let mut versions = Vec::new();
        self.as_caller(Statement::TemplateVersions, &[export::text(namespace), export::text(name)], |row| {
            if row.bool(2) {
                versions.push((NamedTaskId(row.i32(0)), row.text(1, str::to_owned)));
            }
        })?;
        let texts = || versions.iter().map(|(_, version)| version.as_str());
        let place = match version {
            Some(version) => texts().position(|text| text == version),
            None => latest(texts()),
        };
        let Some((id, found)) = place.and_then(|place| versions.get(place)) else {
            let registered: Vec<&str> = texts().collect();
            return Err(self.not_found(namespace, name, version, &registered)?);
        };
        let mut document = Ok(Value::Null);
        self.as_caller(Statement::StoredTemplate, &[Datum::from(id.0)], |row| {
            document = row.value(0).map_or(Ok(Value::Null), spi::json_of);
        })?;
        let full_name = full_name(namespace, name, Some(found));
        let document = document.map_err(|problem| TaskerError::StoredTemplate {
            template: full_name.clone(),
            problem: problem.to_string(),
        })?;
        let template = Template::of_stored(&full_name, &document)?;
        Ok((*id, template))
    }

    /// Returns a template with everything that the creation of tasks needs.
    pub fn prepared(
        &self,
        namespace: &str,
        name: &str,
        version: Option<&str>,
    ) -> Result<PreparedTemplate, TaskerError> {
        let (named_task, template) = self.template(namespace, name, version)?;
        let broken =
            |problem: String| TaskerError::StoredTemplate { template: template.full_name(), problem };
        let dag =
            template.dag().ok_or_else(|| broken("its steps are not a graph without cycles".to_owned()))?;
        let schema = template.schema.as_ref().map(ContextSchema::compile).transpose().map_err(broken)?;
        let mut stored = HashMap::new();
        self.as_caller(Statement::NamedStepsOfTemplate, &[Datum::from(named_task.0)], |row| {
            let name = (row.text(0, str::to_owned), row.text(1, str::to_owned));
            stored.insert(name, NamedStepId(row.i32(2)));
        })?;
        let named_steps = template.step_templates.iter().map(|step| {
            let key = (template.system_of(step).to_owned(), step.name.clone());
            let missing =
                || broken(format!("step \"{}\" is not in tasker_named_tasks_named_steps", step.name));
            stored.get(&key).copied().ok_or_else(missing)
        });
        let named_steps = named_steps.collect::<Result<_, _>>()?;
        let rules = template.step_templates.iter().enumerate();
        let rules = rules.filter_map(|(at, step)| Some((at, step.rule()?))).collect();
        Ok(PreparedTemplate { named_task, dag, named_steps, schema, rules, template })
    }

    /// Returns an error that names what is registered instead.
    fn not_found(
        &self,
        namespace: &str,
        name: &str,
        version: Option<&str>,
        registered: &[&str],
    ) -> Result<TaskerError, TaskerError> {
        let hint = if registered.is_empty() {
            let mut names = Vec::new();
            self.as_caller(Statement::TemplateNames, &[], |row| {
                names.push((row.text(0, str::to_owned), row.text(1, str::to_owned)));
            })?;
            let elsewhere = names.iter().find(|(_, known)| known == name);
            let here = names.iter().filter(|(known, _)| known == namespace);
            let meant = nearest(name, here.map(|(_, name)| name.as_str()));
            match (elsewhere, meant) {
                (Some((namespace, _)), _) => format!("There is one of namespace \"{namespace}\"."),
                (None, Some(meant)) => format!("Did you mean \"{meant}\"?"),
                (None, None) => "tasker_register_task() registers one.".to_owned(),
            }
        } else {
            format!("Registered versions: {}.", registered.join(", "))
        };
        Ok(TaskerError::TemplateNotFound { template: full_name(namespace, name, version), hint })
    }
}

/// The stored templates.
pub struct TemplateStore<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> TemplateStore<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Stores a template, and creates the rows that the engine creates for it.
    ///
    /// # Complexity
    /// O(length of the template).
    pub fn register(&self, template: &Template) -> Result<Registration, TaskerError> {
        self.writer.installation.require_columns(ColumnUse::Register)?;
        let now = spi::timestamp(self.writer.now);
        let steps = template.step_templates.iter().map(|step| {
            json!({
                "name": step.name,
                "system": template.system_of(step),
                "description": step.description.as_deref().unwrap_or(&step.name),
                "skippable": step.skippable,
                "retryable": step.default_retryable,
                "retry_limit": step.default_retry_limit,
            })
        });
        let steps = export::text(&steps.collect::<Value>().to_string());
        let (namespace, name) = (export::text(&template.namespace_name), export::text(&template.name));
        self.writer.rails(Statement::PutNamespace, &[namespace, now], |_| {})?;
        self.writer.rails(Statement::PutSystems, &[steps, now], |_| {})?;
        self.writer.rails(Statement::PutNamedSteps, &[steps, now], |_| {})?;
        let stored = serde_json::to_string(template).map_err(|error| TaskerError::StoredTemplate {
            template: template.full_name(),
            problem: error.to_string(),
        })?;
        let mut written = None;
        self.writer.installation.as_caller(|| {
            self.writer.session.write_optional(
                Statement::PutNamedTask,
                &[
                    Some(namespace),
                    Some(name),
                    Some(export::text(&template.version)),
                    template.description.as_deref().map(export::text),
                    Some(export::text(&stored)),
                    Some(now),
                ],
                |row| written = Some((NamedTaskId(row.i32(0)), row.bool(1))),
            )
        })?;
        let registration = match written {
            Some((named_task, created)) => Registration { named_task, created, changed: !created },
            None => {
                let version = Some(template.version.as_str());
                let (named_task, _) =
                    self.writer.reader().template(&template.namespace_name, &template.name, version)?;
                Registration { named_task, created: false, changed: false }
            }
        };
        let id = Datum::from(registration.named_task.0);
        self.writer.rails(Statement::PutTemplateSteps, &[id, steps, now], |_| {})?;
        self.writer.rails(Statement::DropTemplateSteps, &[id, steps], |_| {})?;
        // The statements for names do not insert what another session has just inserted. So the number of their rows
        // proves nothing.
        let mut stored = 0;
        self.writer.rails(Statement::NamedStepsOfTemplate, &[id], |_| stored += 1)?;
        if stored != template.step_templates.len() {
            return Err(TaskerError::WriteDiscarded { table: "tasker_named_tasks_named_steps" });
        }
        Ok(registration)
    }
}
