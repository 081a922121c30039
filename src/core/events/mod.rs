//! The event stream: the catalogue of events, patterns of names, positions of consumers, and what a payload may show.

pub mod declared_events;
pub mod event_hygiene;
pub mod event_pattern;
pub mod event_position;
pub mod event_record;
pub mod event_types;
