//! `tasker_event_types`: the catalogue of events.

use crate::core::event_types::EVENT_TYPES;
use crate::pg::datum::export::{self, Call, export};
use crate::pg::spi;
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
    rows.done()
}
