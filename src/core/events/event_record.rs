//! The events of a transaction as the stream stores them: in a few bytes each, because every writer pays for them in
//! write-ahead log.
//!
//! An event is a byte for its name, and its task, step and transition. A name of the database has a number; other names
//! are spelled out. An id takes seven bits a byte, least significant bits first; the highest bit says that another byte
//! follows (LEB128).

use std::borrow::Cow;

/// The names that the database records. The place of a name, counted from 1, is the number that stands for it in stored
/// rows: add new names at the end, and never remove one.
pub const NUMBERED_NAMES: [&str; 19] = [
    "step.execution_requested",
    "step.completed",
    "step.failed",
    "step.retry_requested",
    "step.initialize_requested",
    "step.released",
    "step.cancelled",
    "step.resolved_manually",
    "task.created",
    "task.initialize_requested",
    "task.start_requested",
    "task.completed",
    "task.failed",
    "task.retry_requested",
    "task.cancelled",
    "task.resolved_manually",
    "task.paused",
    "task.resumed",
    "signal.received",
];

/// What an event is called whose number this version does not know: a later version has recorded it.
pub const UNKNOWN: &str = "unknown.event";

/// The length of the events above which another row is begun. Rows of this length are not compressed, and a reader that
/// wants a few events does not read many.
const LONG_ROW: usize = 250;

/// An event without its payload. An id of 0 is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedEvent {
    /// The name of the event.
    pub event: Cow<'static, str>,
    /// Its task.
    pub task: Option<i64>,
    /// Its step.
    pub step: Option<i64>,
    /// The transition of the step or task that it tells of.
    pub transition: Option<i64>,
}

/// The events of a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRow {
    /// The events as they are stored.
    pub bytes: Vec<u8>,
    /// How many they are.
    pub number: u32,
}

impl EventRow {
    /// Returns whether the next event belongs to another row.
    pub const fn is_full(&self) -> bool {
        self.bytes.len() >= LONG_ROW
    }

    /// Adds an event.
    pub fn push(&mut self, event: &RecordedEvent) {
        match NUMBERED_NAMES.iter().position(|name| *name == event.event) {
            Some(place) => self.bytes.push(place as u8 + 1),
            None => {
                let name = event.event.as_bytes();
                let length = name.len().min(usize::from(u8::MAX));
                self.bytes.extend([0, length as u8]);
                self.bytes.extend_from_slice(&name[..length]);
            }
        }
        [event.task, event.step, event.transition].into_iter().for_each(|id| self.push_id(id.unwrap_or(0)));
        self.number += 1;
    }

    fn push_id(&mut self, id: i64) {
        let mut left = id.cast_unsigned();
        while left > 0x7f {
            self.bytes.push(left as u8 | 0x80);
            left >>= 7;
        }
        self.bytes.push(left as u8);
    }
}

/// The events of stored bytes, in their order. They end where the bytes make no sense.
#[derive(Clone, Debug)]
pub struct Events<'a> {
    bytes: &'a [u8],
}

impl<'a> Events<'a> {
    /// The events of stored bytes.
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.bytes.split_at_checked(length)?;
        self.bytes = left;
        Some(taken)
    }

    fn name(&mut self) -> Option<Cow<'static, str>> {
        let number = usize::from(*self.take(1)?.first()?);
        if number > 0 {
            return Some(NUMBERED_NAMES.get(number - 1).copied().unwrap_or(UNKNOWN).into());
        }
        let length = usize::from(*self.take(1)?.first()?);
        Some(String::from_utf8_lossy(self.take(length)?).into_owned().into())
    }

    fn id(&mut self) -> Option<Option<i64>> {
        let mut id = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = *self.take(1)?.first()?;
            id |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(Some(id.cast_signed()).filter(|id| *id != 0));
            }
        }
        None
    }
}

impl Iterator for Events<'_> {
    type Item = RecordedEvent;

    fn next(&mut self) -> Option<RecordedEvent> {
        let event = self.name()?;
        Some(RecordedEvent { event, task: self.id()?, step: self.id()?, transition: self.id()? })
    }
}
