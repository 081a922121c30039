//! Writes stored configuration.

use crate::core::config::{
    ConfigScope, EffectiveOptions, RegisteredSection, Section, check, check_combination, fair_key, object,
    patched,
};
use crate::core::error::TaskerError;
use crate::pg::datum::export;
use crate::pg::host::acl::session_user;
use crate::pg::queue::shares;
use crate::pg::reading::config_layers::RegisteredSections;
use crate::pg::spi::{self, Statement};
use crate::pg::writing::writer::Writer;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The stored configuration.
pub struct ConfigStore<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> ConfigStore<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Changes the options of a scope in a section, by a merge patch; returns the new version.
    pub fn set_config(&self, section: &str, scope: &ConfigScope, patch: &Value) -> Result<i64, TaskerError> {
        self.writer.session.write(Statement::LockConfig, &[]);
        match Section::find(section) {
            Some(section) => {
                let patch = check(section, patch)?;
                let options = patched(self.options_of(section, scope)?, patch);
                self.put_config(section, scope, options)
            }
            None => {
                let (section, scopes) = self.registered_section(section)?;
                let before = scopes.get(&scope.to_string()).cloned().unwrap_or_default();
                let options = patched(before, object(patch)?.clone());
                self.put_registered(&section, scopes, scope, options)
            }
        }
    }

    /// Sets a scope back to an earlier version; returns the new version.
    pub fn rollback_config(&self, version: i64) -> Result<i64, TaskerError> {
        self.writer.session.write(Statement::LockConfig, &[]);
        let mut found = None;
        self.writer.session.write_returning(Statement::ConfigVersion, &[spi::bigint(version)], |row| {
            let options = row.value(2).map_or(Ok(Value::Null), spi::json_of);
            found = Some((row.text(0, str::to_owned), row.text(1, str::to_owned), options));
        })?;
        let (section, scope, options) = found.ok_or_else(|| {
            TaskerError::invalid("version", format!("must be that of a change; there is none with {version}"))
        })?;
        let options = options?;
        // An option may have gone, or changed what it may be, since that version was stored.
        match Section::find(&section) {
            Some(section) => {
                self.put_config(section, &ConfigScope::parse(&scope)?, check(section, &options)?)
            }
            None if scope != RegisteredSection::SCOPE => {
                let (section, scopes) = self.registered_section(&section)?;
                self.put_registered(&section, scopes, &ConfigScope::parse(&scope)?, object(&options)?.clone())
            }
            None => match object(&options)? {
                options if options.is_empty() => self.unregister_section(&section, false),
                options => self.register_section(&RegisteredSection::of_stored(&section, options)?),
            },
        }
    }

    /// Registers a section, or changes its schema; returns the version, which is an old one if nothing has changed.
    pub fn register_section(&self, section: &RegisteredSection) -> Result<i64, TaskerError> {
        self.writer.session.write(Statement::LockConfig, &[]);
        let stored = self.stored_section(section.name())?;
        section.check(&stored.scopes)?;
        match stored.registration {
            Some((registration, version)) if registration == section.to_stored() => Ok(version),
            _ => self.store_config(section.name(), RegisteredSection::SCOPE, section.to_stored()),
        }
    }

    /// Ends the registration of a section, and with `force` also removes the options that are set in it; returns the
    /// version.
    pub fn unregister_section(&self, name: &str, force: bool) -> Result<i64, TaskerError> {
        self.writer.session.write(Statement::LockConfig, &[]);
        let (_, scopes) = self.registered_section(name)?;
        if !(force || scopes.is_empty()) {
            let scopes: Vec<&str> = scopes.keys().map(String::as_str).collect();
            return Err(TaskerError::NotPermitted {
                action: format!("unregister section \"{name}\""),
                reason: format!("options of it are set for {}", scopes.join(", ")),
                hint: "Remove the options with tasker_set_config(), or pass force => true to remove them too.",
            });
        }
        for scope in scopes.keys() {
            self.store_config(name, scope, Map::new())?;
        }
        self.store_config(name, RegisteredSection::SCOPE, Map::new())
    }

    /// Returns the registered section with this name, and the options of each scope in it.
    fn registered_section(&self, name: &str) -> Result<(RegisteredSection, Scopes), TaskerError> {
        let stored = self.stored_section(name)?;
        match stored.registration {
            Some((registration, _)) => {
                Ok((RegisteredSection::of_stored(name, &registration)?, stored.scopes))
            }
            None => {
                let registered = RegisteredSections::read(self.writer.session)?;
                Err(Section::unknown(name, registered.names().into_iter()))
            }
        }
    }

    /// Stores the new options of a scope. The configuration is locked, so that the options that are checked together
    /// with them stay as they are.
    fn put_config(
        &self,
        section: Section,
        scope: &ConfigScope,
        options: Map<String, Value>,
    ) -> Result<i64, TaskerError> {
        let global = match scope {
            ConfigScope::Global => Map::new(),
            _ => self.options_of(section, &ConfigScope::Global)?,
        };
        check_combination(section, &EffectiveOptions::of(section, [("global", &global), ("", &options)]))?;
        fair_key::check(section, scope, &options)?;
        if fair_key::is_set(section, &options) {
            shares::require(self.writer.session)?;
        }
        self.store_config(section.as_str(), &scope.to_string(), options)
    }

    /// Stores the new options of a scope of a registered section, if all scopes of the section are valid together.
    fn put_registered(
        &self,
        section: &RegisteredSection,
        mut scopes: Scopes,
        scope: &ConfigScope,
        options: Map<String, Value>,
    ) -> Result<i64, TaskerError> {
        let scope = scope.to_string();
        scopes.insert(scope.clone(), options.clone());
        section.check(&scopes)?;
        self.store_config(section.name(), &scope, options)
    }

    /// Writes a version, and the options that are in effect since.
    fn store_config(
        &self,
        section: &str,
        scope: &str,
        options: Map<String, Value>,
    ) -> Result<i64, TaskerError> {
        let (section, scope) = (export::text(section), export::text(scope));
        let is_empty = options.is_empty();
        let options = export::text(&Value::Object(options).to_string());
        let mut version = 0;
        self.writer.session.write_returning(
            Statement::PutConfigVersion,
            &[section, scope, options, spi::timestamp(self.writer.now), export::text(&session_user())],
            |row| version = row.i64(0),
        )?;
        if is_empty {
            self.writer.session.write(Statement::DropConfig, &[section, scope]);
        } else {
            self.writer.session.write(Statement::PutConfig, &[section, scope, options, spi::bigint(version)]);
        }
        Ok(version)
    }

    /// Returns the options that a scope itself sets.
    fn options_of(&self, section: Section, scope: &ConfigScope) -> Result<Map<String, Value>, TaskerError> {
        let mut scopes = self.stored_section(section.as_str())?.scopes;
        Ok(scopes.remove(&scope.to_string()).unwrap_or_default())
    }

    /// Returns what is stored for a section. The configuration is locked.
    fn stored_section(&self, section: &str) -> Result<StoredSection, TaskerError> {
        let mut stored = StoredSection::default();
        self.writer.session.read(Statement::ConfigOfSection, &[export::text(section)], |row| {
            let (scope, version) = (row.text(0, str::to_owned), row.i64(2));
            if let Value::Object(options) = row.value(1).map_or(Ok(Value::Null), spi::json_of)? {
                if scope == RegisteredSection::SCOPE {
                    stored.registration = Some((options, version));
                } else {
                    stored.scopes.insert(scope, options);
                }
            }
            Ok(())
        })?;
        Ok(stored)
    }
}

/// The options of each scope in a section.
type Scopes = BTreeMap<String, Map<String, Value>>;

/// The stored data of a section.
#[derive(Default)]
struct StoredSection {
    /// The registration, unless the section is built in, and the version since which it is in effect.
    registration: Option<(Map<String, Value>, i64)>,
    scopes: Scopes,
}
