//! `tasker_register_task`, `tasker_validate_template`, `tasker_template`, `tasker_template_graph`: templates of tasks.

use crate::core::error::TaskerError;
use crate::core::template::{Problem, Template, element, find_problems, graph_document};
use crate::pg::datum::export::{self, Call, export};
use crate::pg::definition::rules::path_problems;
use crate::pg::definition::templates::TemplateStore;
use crate::pg::reading::loader;
use crate::pg::writing::writer::write;
use pgrx::IntoDatum;
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;
use serde_json::Value;

export! {
    /// `tasker_register_task(jsonb, text)`
    tasker_register_task, pg_finfo_tasker_register_task => register_task;
    /// `tasker_validate_template(jsonb)`
    tasker_validate_template, pg_finfo_tasker_validate_template => validate_template;
    /// `tasker_template(text, text, text)`
    tasker_template, pg_finfo_tasker_template => template;
    /// `tasker_template_graph(text, text, text)`
    tasker_template_graph, pg_finfo_tasker_template_graph => template_graph;
}

fn register_task(call: &Call) -> Result<Datum, ErrorReport> {
    let document = call.json(0)?.ok_or(TaskerError::NullArgument("template"))?;
    let problems = problems(&document);
    if !problems.is_empty() {
        return Err(TaskerError::InvalidTemplate(problems).into());
    }
    let mut template = Template::parse(&document)?;
    if let Some(environment) = call.text(1) {
        template = template.in_environment(&environment)?;
    }
    let mut rows = call.rows()?;
    write(|writer| {
        let registration = TemplateStore::of(writer).register(&template)?;
        rows.push([
            registration.named_task.0.into_datum(),
            Some(export::text(&template.namespace_name)),
            Some(export::text(&template.name)),
            Some(export::text(&template.version)),
            registration.created.into_datum(),
            registration.changed.into_datum(),
        ])?;
        rows.done()
    })
}

fn validate_template(call: &Call) -> Result<Datum, ErrorReport> {
    let template = call.json(0)?.ok_or(TaskerError::NullArgument("template"))?;
    let mut rows = call.rows()?;
    for problem in problems(&template) {
        rows.push([Some(export::text(&problem.path)), Some(export::text(&problem.message))])?;
    }
    rows.done()
}

/// Finds all problems of a template, including those that PostgreSQL's parser finds in its predicates.
fn problems(template: &Value) -> Vec<Problem> {
    let mut problems = find_problems(template);
    let steps = template["step_templates"].as_array().into_iter().flatten().enumerate();
    problems.extend(steps.flat_map(|(at, step)| {
        let path = element("$.step_templates", at);
        path_problems(step).map(move |(field, problem)| Problem::new(format!("{path}.{field}"), problem))
    }));
    problems
}

fn template(call: &Call) -> Result<Datum, ErrorReport> {
    export::document(&found(call)?)
}

fn template_graph(call: &Call) -> Result<Datum, ErrorReport> {
    let template = found(call)?;
    let dag = template.dag().ok_or_else(|| TaskerError::StoredTemplate {
        template: template.full_name(),
        problem: "its steps are not a graph without cycles".to_owned(),
    })?;
    export::document(&graph_document(&template, &dag))
}

/// The template that the arguments name.
fn found(call: &Call) -> Result<Template, ErrorReport> {
    let name = call.text(0).ok_or(TaskerError::NullArgument("task_name"))?;
    let namespace = call.text(1).ok_or(TaskerError::NullArgument("namespace"))?;
    let version = call.text(2);
    loader::read(&[], |reader| Ok(reader.template(&namespace, &name, version.as_deref())?.1))
}
