//! `tasker_config`, `tasker_set_config` and what belongs to them: settings that are stored in the database.

use crate::core::config::{Environment, Scope, Section, import, schema_of, schema_of_all};
use crate::core::error::TaskerError;
use crate::pg::config::Subject;
use crate::pg::export::{self, Call, export};
use crate::pg::installation::TASK_AND_STEP_TABLES;
use crate::pg::loader;
use crate::pg::spi::{self, Statement};
use crate::pg::writer::write;
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
    /// `tasker_config_schema(text)`
    tasker_config_schema, pg_finfo_tasker_config_schema => config_schema;
    /// `tasker_config_preset(text)`
    tasker_config_preset, pg_finfo_tasker_config_preset => config_preset;
}

fn config(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    let sections = match call.text(0) {
        Some(name) => vec![Section::parse(&name)?],
        None => Section::ALL.to_vec(),
    };
    let step_name = call.text(2);
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        let mut task = call.bigint(1);
        if let Some(id) = task {
            // What is hidden is as good as absent.
            task = reader.visible_among(Statement::VisibleTasks, &[id])?.into_iter().next();
        }
        let subject = Subject { task, named_step: None, step_name: step_name.as_deref() };
        for section in sections {
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
        Ok(())
    })?;
    rows.done()
}

fn set_config(call: &Call) -> Result<Datum, ErrorReport> {
    let section = Section::parse(&call.text(0).ok_or(TaskerError::NullArgument("section"))?)?;
    let options = call.json(1)?.ok_or(TaskerError::NullArgument("options"))?;
    let scope = Scope::parse(&call.text(2).ok_or(TaskerError::NullArgument("scope"))?)?;
    write(|writer| {
        writer.installation.require_update(TASK_AND_STEP_TABLES)?;
        writer.installation.require_all_rows("change the configuration")?;
        Ok(spi::bigint(writer.set_config(section, &scope, &options)?))
    })
}

fn config_history(call: &Call) -> Result<Datum, ErrorReport> {
    let section = call.text(0).map(|name| Section::parse(&name)).transpose()?;
    let scope = call.text(1).map(|name| Scope::parse(&name)).transpose()?;
    let mut rows = call.rows()?;
    loader::read(TASK_AND_STEP_TABLES, |reader| {
        rows.fill::<6>(|push| {
            let arguments = [
                section.map(|section| export::text(section.as_str())),
                scope.map(|scope| export::text(&scope.to_string())),
            ];
            reader.session.read_optional(Statement::ConfigHistory, &arguments, |row| {
                push(std::array::from_fn(|at| row.value(at)));
                Ok(())
            })
        })
    })?;
    rows.done()
}

fn rollback_config(call: &Call) -> Result<Datum, ErrorReport> {
    let version = call.bigint(0).ok_or(TaskerError::NullArgument("version"))?;
    write(|writer| {
        writer.installation.require_update(TASK_AND_STEP_TABLES)?;
        writer.installation.require_all_rows("change the configuration")?;
        Ok(spi::bigint(writer.rollback_config(version)?))
    })
}

fn import_config(call: &Call) -> Result<Datum, ErrorReport> {
    let import = import(&call.json(0)?.ok_or(TaskerError::NullArgument("document"))?)?;
    let scope = Scope::parse(&call.text(1).ok_or(TaskerError::NullArgument("scope"))?)?;
    let mut rows = call.rows()?;
    write(|writer| {
        writer.installation.require_update(TASK_AND_STEP_TABLES)?;
        writer.installation.require_all_rows("change the configuration")?;
        for (section, patch) in import.patches {
            writer.set_config(section, &scope, &patch.into())?;
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
    let schema = match call.text(0) {
        Some(name) => schema_of(Section::parse(&name)?),
        None => schema_of_all(&Section::ALL),
    };
    export::document(&schema)
}

fn config_preset(call: &Call) -> Result<Datum, ErrorReport> {
    let environment = call.text(0).ok_or(TaskerError::NullArgument("environment"))?;
    export::document(&Environment::parse(&environment)?.preset())
}
