//! `tasker_event_types`: the catalogue of events.

use crate::core::declared_events::{DeclaredEvent, declared};
use crate::core::event_types::{EVENT_TYPES, category_of};
use crate::core::template::full_name;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::host::acl;
use crate::pg::host::installation::{Installation, RailsTable};
use crate::pg::reading::loader;
use crate::pg::spi::{self, Statement};
use pgrx::pg_sys::Datum;
use pgrx::pg_sys::panic::ErrorReport;

export! {
    /// `tasker_event_types()`
    tasker_event_types, pg_finfo_tasker_event_types => event_types;
}

fn event_types(call: &Call) -> Result<Datum, ErrorReport> {
    let mut rows = call.rows()?;
    for event in EVENT_TYPES {
        rows.push([
            Some(export::text(event.name)),
            Some(export::text(event.category())),
            Some(export::text(event.source.as_str())),
            Some(export::text(event.about)),
            Some(spi::json(&event.payload_schema())),
        ])?;
    }
    for event in declared_events()? {
        rows.push([
            Some(export::text(&event.name)),
            Some(export::text(category_of(&event.name))),
            Some(export::text(event.source.as_str())),
            Some(export::text(&event.about)),
            Some(spi::json(&DeclaredEvent::payload_schema())),
        ])?;
    }
    rows.done()
}

/// Returns the events that registered templates declare, as far as the caller may read them. The catalogue needs no
/// installation.
fn declared_events() -> Result<Vec<DeclaredEvent>, ErrorReport> {
    let tables = [RailsTable::NamedTasks, RailsTable::TaskNamespaces];
    let Ok(installation) = Installation::in_search_path() else { return Ok(Vec::new()) };
    let (caller, schema) = (installation.caller(), installation.schema);
    if !tables.iter().all(|table| acl::may_select(caller, schema, table.name())) {
        return Ok(Vec::new());
    }
    loader::read(&tables, |reader| {
        let mut templates = Vec::new();
        reader.as_caller(Statement::CustomEvents, &[], |row| {
            let of = |column| row.text(column, str::to_owned);
            let name = full_name(&of(0), &of(1), Some(&of(2)));
            // A list that cannot be read declares nothing.
            let list = row.value(3).and_then(|list| spi::json_of(list).ok());
            templates.extend(list.map(|list| (name, list)));
        })?;
        Ok(declared(templates))
    })
}
