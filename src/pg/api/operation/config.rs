//! `tasker_config`, `tasker_set_config` and related functions: options that are stored in the database.

use crate::core::config::{
    ConfigScope, Environment, RegisteredSection, Section, foreign_sections, import, schema_of, schema_of_all,
};
use crate::core::error::TaskerError;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::definition::config::ConfigStore;
use crate::pg::host::installation::TASK_AND_STEP_TABLES;
use crate::pg::reading::config_layers::{ConfigSubject, RegisteredSections};
use crate::pg::reading::loader;
use crate::pg::spi::{self, Row, Statement};
use crate::pg::writing::writer::{Writer, write};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_config(text, bigint, text)`
    tasker_config, pg_finfo_tasker_config => config;
    /// `tasker_set_config(text, jsonb, text)`
    tasker_set_config, pg_finfo_tasker_set_config => set_config;
    /// `tasker_config_history(text, text)`
    tasker_config_history, pg_finfo_tasker_config_history => config_history;
    /// `tasker_rollback_config(bigint)`
    tasker_rollback_config, pg_finfo_tasker_rollback_config => rollback_config;
    /// `tasker_import_config(jsonb, text)`
    tasker_import_config, pg_finfo_tasker_import_config => import_config;
    /// `tasker_register_config_section(text, jsonb, text)`
    tasker_register_config_section, pg_finfo_tasker_register_config_section => register_config_section;
    /// `tasker_unregister_config_section(text, boolean)`
    tasker_unregister_config_section, pg_finfo_tasker_unregister_config_section => unregister_config_section;
    /// `tasker_config_sections()`
    tasker_config_sections, pg_finfo_tasker_config_sections => config_sections;
    /// `tasker_config_schema(text)`
    tasker_config_schema, pg_finfo_tasker_config_schema => config_schema;
    /// `tasker_config_preset(text)`
    tasker_config_preset, pg_finfo_tasker_config_preset => config_preset;
}

fn config(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    let (section, step_name) = (call.text(0), call.text(2));
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let mut task = call.bigint(1);
        if let Some(id) = task {
            // A hidden task is treated as absent.
            task = reader.visible_among(Statement::VisibleTasks, &[id])?.into_iter().next();
        }
        let subject = ConfigSubject { task, named_step: None, step_name: step_name.as_deref() };
        let registered = RegisteredSections::read(reader.session)?;
        let (ours, others) = choose(section.as_deref(), &registered)?;
        for section in ours {
            let effective = reader.config(section, subject)?;
            for (path, setting) in section.leaves() {
                rows.push([
                    Some(export::text(section.as_str())),
                    Some(export::text(&path)),
                    effective.value(&path).map(spi::json),
                    Some(export::text(effective.origin(&path))),
                    Some(spi::json(&setting.default_value())),
                    Some(export::text(setting.about)),
                ])?;
            }
        }
        for section in others {
            let effective = registered.applied_to(&section, reader.session, subject)?;
            for option in section.options(&effective) {
                rows.push([
                    Some(export::text(section.name())),
                    Some(export::text(&option.path)),
                    Some(spi::json(&option.value)),
                    Some(export::text(effective.origin(&option.path))),
                    Some(spi::json(&option.default)),
                    Some(export::text(&option.about)),
                ])?;
            }
        }
        Ok(())
    })?;
    rows.done()
}

/// The section of that name, or all sections: built-in and registered ones.
fn choose(
    name: Option<&str>,
    registered: &RegisteredSections,
) -> Result<(Vec<Section>, Vec<RegisteredSection>), TaskerError> {
    let names = match name {
        Some(name) => match Section::find(name) {
            Some(section) => return Ok((vec![section], Vec::new())),
            None => vec![name],
        },
        None => registered.names(),
    };
    let found = names.into_iter().map(|name| {
        registered.get(name)?.ok_or_else(|| Section::unknown(name, registered.names().into_iter()))
    });
    let ours = if name.is_none() { Section::ALL.to_vec() } else { Vec::new() };
    Ok((ours, found.collect::<Result<_, _>>()?))
}

fn set_config(call: &Call) -> Result<Datum, ErrorReport> {
    let section = call.text(0).ok_or(TaskerError::NullArgument("section"))?;
    let options = call.json(1)?.ok_or(TaskerError::NullArgument("options"))?;
    let scope = ConfigScope::parse(&call.text(2).ok_or(TaskerError::NullArgument("scope"))?)?;
    change(|writer| ConfigStore::of(writer).set_config(&section, &scope, &options))
}

/// Changes the configuration, for those who may; returns the version.
fn change(work: impl FnOnce(&Writer) -> Result<i64, TaskerError>) -> Result<Datum, ErrorReport> {
    write(|writer| {
        writer.installation.require_update(TASK_AND_STEP_TABLES)?;
        writer.installation.require_all_rows("change the configuration")?;
        Ok(spi::bigint(work(writer)?))
    })
}

fn register_config_section(call: &Call) -> Result<Datum, ErrorReport> {
    let name = call.text(0).ok_or(TaskerError::NullArgument("section"))?;
    let schema = call.json(1)?.ok_or(TaskerError::NullArgument("schema"))?;
    let description = call.text(2);
    change(|writer| {
        ConfigStore::of(writer).register_section(&RegisteredSection::new(&name, schema, description)?)
    })
}

fn unregister_config_section(call: &Call) -> Result<Datum, ErrorReport> {
    let name = call.text(0).ok_or(TaskerError::NullArgument("section"))?;
    let force = call.boolean(1).ok_or(TaskerError::NullArgument("force"))?;
    change(|writer| ConfigStore::of(writer).unregister_section(&name, force))
}

fn config_sections(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let (text, kind) = (|text: &str| Some(export::text(text)), |kind| Some(export::text(kind)));
        for section in Section::ALL {
            let schema = Some(export::document(&schema_of(section))?);
            rows.push([text(section.as_str()), kind("built-in"), text(section.about()), schema])?;
        }
        let registered = RegisteredSections::read(reader.session)?;
        for section in choose(None, &registered)?.1 {
            let schema = Some(export::document(section.schema())?);
            rows.push([
                text(section.name()),
                kind("registered"),
                section.description().map(export::text),
                schema,
            ])?;
        }
        for (section, why) in foreign_sections() {
            rows.push([text(section), kind("stays in Rails"), text(why), None])?;
        }
        Ok(())
    })?;
    rows.done()
}

/// The column of the scope in a row of the history.
const SCOPE_IN_HISTORY: usize = 2;

fn config_history(call: &Call) -> Result<Datum, ErrorReport> {
    let (section, scope) = (call.text(0), call.text(1));
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        if let Some(scope) = scope.as_deref().filter(|scope| *scope != RegisteredSection::SCOPE) {
            ConfigScope::parse(scope)?;
        }
        let arguments = [section.as_deref().map(export::text), scope.as_deref().map(export::text)];
        let task_of =
            |row: &Row| row.text(SCOPE_IN_HISTORY, |scope| scope.strip_prefix("task:")?.parse::<i64>().ok());
        let mut tasks = Vec::new();
        reader.session.read_optional(Statement::ConfigHistory, &arguments, |row| {
            tasks.extend(task_of(row));
            Ok(())
        })?;
        // The options of a hidden task are hidden too.
        let visible = reader.visible_among(Statement::VisibleTasks, &tasks)?;
        let mut found = false;
        rows.fill::<6>(|push| {
            reader.session.read_optional(Statement::ConfigHistory, &arguments, |row| {
                found = true;
                if task_of(row).is_none_or(|task| visible.contains(&task)) {
                    push(std::array::from_fn(|at| row.value(at)));
                }
                Ok(())
            })
        })?;
        // The history of a section that is no longer registered remains.
        if let Some(name) = section.as_deref().filter(|_| !found) {
            choose(Some(name), &RegisteredSections::read(reader.session)?)?;
        }
        Ok(())
    })?;
    rows.done()
}

fn rollback_config(call: &Call) -> Result<Datum, ErrorReport> {
    let version = call.bigint(0).ok_or(TaskerError::NullArgument("version"))?;
    change(|writer| ConfigStore::of(writer).rollback_config(version))
}

fn import_config(call: &Call) -> Result<Datum, ErrorReport> {
    let document = call.json(0)?.ok_or(TaskerError::NullArgument("document"))?;
    let scope = ConfigScope::parse(&call.text(1).ok_or(TaskerError::NullArgument("scope"))?)?;
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_update(TASK_AND_STEP_TABLES)?;
        writer.installation.require_all_rows("change the configuration")?;
        let registered = RegisteredSections::read(writer.session)?;
        let names = registered.names();
        let import = import(&document, |name| names.contains(&name))?;
        for (section, patch) in import.patches {
            ConfigStore::of(writer).set_config(section.as_str(), &scope, &patch.into())?;
        }
        for (section, patch) in import.registered {
            ConfigStore::of(writer).set_config(&section, &scope, &patch.into())?;
        }
        for option in &import.options {
            rows.push([
                Some(export::text(&option.path)),
                Some(export::text(option.outcome.as_str())),
                Some(export::text(&option.detail)),
            ])?;
        }
        rows.done()
    })
}

fn config_schema(call: &Call) -> Result<Datum, ErrorReport> {
    let name = call.text(0);
    if let Some(section) = name.as_deref().and_then(Section::find) {
        return export::document(&schema_of(section));
    }
    let mut schema = schema_of_all(&Section::ALL);
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let registered = RegisteredSections::read(reader.session)?;
        for section in choose(name.as_deref(), &registered)?.1 {
            if name.is_some() {
                schema = section.schema().clone();
            } else {
                schema["properties"][section.name()] = section.schema().clone();
            }
        }
        Ok(())
    })?;
    export::document(&schema)
}

fn config_preset(call: &Call) -> Result<Datum, ErrorReport> {
    let environment = call.text(0).ok_or(TaskerError::NullArgument("environment"))?;
    export::document(&Environment::parse(&environment)?.preset())
}
