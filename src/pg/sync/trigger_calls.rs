//! Reads the call of a trigger: the event that fired it, and its rows.

use crate::core::error::TaskerError;
use crate::pg::datum::export::{self, Call};
use crate::pg::host::descriptors;
use crate::pg::host::installation::Installation;
use crate::pg::spi::{self, Session, Snapshot};
use crate::pg::sync::suppression;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum};
use std::cell::Cell;
use std::ffi::CStr;
use std::num::NonZeroUsize;

/// A call of a trigger.
pub struct TriggerCall<'a> {
    data: &'a pg_sys::TriggerData,
    /// The session that writes the side tables.
    pub session: &'a Session,
    /// The row to insert, which a BEFORE ROW trigger returns. PostgreSQL ignores the result of all other triggers.
    row: Cell<pg_sys::HeapTuple>,
}

/// The event that fired a trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    BeforeInsert,
    Insert,
    Update,
    Delete,
    Truncate,
}

/// The version of a row: before or after the event.
#[derive(Clone, Copy, Debug)]
pub enum RowVersion {
    Old,
    New,
}

/// Returns whether a trigger has nothing to do, because our own statement fired it.
fn is_suppressed(data: &pg_sys::TriggerData) -> bool {
    let event = event(data);
    // SAFETY: the relation that fired the trigger is open as long as the trigger runs.
    let schema = unsafe { (*(*data.tg_relation).rd_rel).relnamespace };
    suppression::is_suppressed(schema, (event == Event::Insert, event == Event::Delete), || {
        if data.tg_trigtuple.is_null() {
            return None;
        }
        let version = if event == Event::Delete { RowVersion::Old } else { RowVersion::New };
        let step = column(data, version, c"workflow_step_id", &[pg_sys::INT8OID]);
        step.ok().flatten().map(|step| step.value() as i64)
    })
}

/// Runs the function that follows a table, as the owner of the side tables. The owner of any table may attach the
/// trigger function to it, so it works only for the table with this name.
pub fn run(
    call: &Call,
    table: &CStr,
    follow: fn(&TriggerCall) -> Result<(), TaskerError>,
) -> Result<Datum, ErrorReport> {
    // SAFETY: the frame of this call.
    let data = unsafe { trigger_data(call.fcinfo()) }?;
    if is_suppressed(data) {
        return Ok(Datum::from(data.tg_trigtuple));
    }
    let class = class_of(data);
    let installation = Installation::in_schema(class.relnamespace)?;
    if !installation.has(class, table) {
        return Err(misplaced().into());
    }
    if installation.is_replicated_here() {
        return Ok(Datum::from(data.tg_trigtuple));
    }
    let row = installation.as_owner(|| {
        spi::connected(installation, Snapshot::Callers, |session| {
            let fired = TriggerCall { data, session, row: Cell::new(data.tg_trigtuple) };
            follow(&fired).map(|()| fired.row.get())
        })
    })?;
    Ok(Datum::from(row))
}

unsafe fn trigger_data<'a>(fcinfo: pg_sys::FunctionCallInfo) -> Result<&'a pg_sys::TriggerData, TaskerError> {
    // SAFETY: as the caller promises; a node of the right tag is trigger data.
    unsafe {
        if !pgrx::trigger_support::called_as_trigger(fcinfo) {
            return Err(TaskerError::TriggerProtocol(
                "trigger functions can only be called as triggers".to_owned(),
            ));
        }
        Ok(&*(*fcinfo).context.cast::<pg_sys::TriggerData>())
    }
}

/// Returns the catalog row of the table that fired the trigger.
fn class_of(data: &pg_sys::TriggerData) -> &pg_sys::FormData_pg_class {
    // SAFETY: the relation that fired the trigger is open, and its catalog row stays, as long as the trigger runs.
    unsafe { &*(*data.tg_relation).rd_rel }
}

/// A call of a trigger of a side table, which only reads its rows.
pub struct SideCall<'a> {
    data: &'a pg_sys::TriggerData,
    installation: Installation,
}

impl SideCall<'_> {
    /// Reads the call, which must be for the side table with this name.
    ///
    /// # Safety
    /// The safety conditions of [`Call::new`] apply.
    pub unsafe fn of(fcinfo: pg_sys::FunctionCallInfo, table: &CStr) -> Result<Self, TaskerError> {
        // SAFETY: as the caller promises.
        let data = unsafe { trigger_data(fcinfo) }?;
        let class = class_of(data);
        let installation = Installation::in_schema(class.relnamespace)?;
        if !installation.has(class, table) {
            return Err(misplaced());
        }
        Ok(Self { data, installation })
    }

    /// Returns the event that fired the trigger.
    pub fn event(&self) -> Event {
        event(self.data)
    }

    /// Returns the installation to which the table belongs.
    pub fn installation(&self) -> Installation {
        self.installation
    }

    /// Returns a column of this type.
    pub fn value(
        &self,
        version: RowVersion,
        name: &CStr,
        type_id: pg_sys::Oid,
    ) -> Result<Option<Datum>, TaskerError> {
        column(self.data, version, name, &[type_id])
    }

    /// Passes a `text` column to `read`; returns `None` for NULL.
    pub fn text<R>(
        &self,
        version: RowVersion,
        name: &CStr,
        read: impl FnOnce(&str) -> R,
    ) -> Result<Option<R>, TaskerError> {
        Ok(self.value(version, name, pg_sys::TEXTOID)?.map(|text| spi::with_text(text, read)))
    }
}

fn event(data: &pg_sys::TriggerData) -> Event {
    let event = data.tg_event;
    match event & pg_sys::TRIGGER_EVENT_OPMASK {
        pg_sys::TRIGGER_EVENT_INSERT
            if event & pg_sys::TRIGGER_EVENT_TIMINGMASK == pg_sys::TRIGGER_EVENT_BEFORE =>
        {
            Event::BeforeInsert
        }
        pg_sys::TRIGGER_EVENT_INSERT => Event::Insert,
        pg_sys::TRIGGER_EVENT_UPDATE => Event::Update,
        pg_sys::TRIGGER_EVENT_DELETE => Event::Delete,
        _ => Event::Truncate,
    }
}

/// Returns a column of one of these types, which may be NULL. It checks the type because any role can attach the
/// triggers to a table of its own.
fn column(
    data: &pg_sys::TriggerData,
    version: RowVersion,
    name: &CStr,
    types: &[pg_sys::Oid],
) -> Result<Option<Datum>, TaskerError> {
    let tuple = match (version, event(data)) {
        (RowVersion::New, Event::Update) => data.tg_newtuple,
        (RowVersion::New | RowVersion::Old, _) => data.tg_trigtuple,
    };
    // SAFETY: the tuple, NULL in a statement trigger, is of the relation's descriptor, where the column's
    // number comes from; PostgreSQL keeps both while the trigger runs.
    unsafe {
        let descriptor = (*data.tg_relation).rd_att;
        let number = pg_sys::SPI_fnumber(descriptor, name.as_ptr());
        if tuple.is_null() || number <= 0 {
            return Err(misplaced());
        }
        let type_id = pg_sys::SPI_gettypeid(descriptor, number);
        // An application may have made it a domain.
        if !types.contains(&type_id) && !types.contains(&pg_sys::getBaseType(type_id)) {
            return Err(misplaced());
        }
        let number = NonZeroUsize::new(number as usize).ok_or_else(misplaced)?;
        Ok(pgrx::htup::heap_getattr_raw(tuple, number, descriptor))
    }
}

impl TriggerCall<'_> {
    /// Returns the event that fired the trigger.
    pub fn event(&self) -> Event {
        event(self.data)
    }

    /// Returns a `bigint` column of the row that fired the trigger.
    pub fn id(&self, version: RowVersion, column: &CStr) -> Result<i64, TaskerError> {
        self.value(version, column, &[pg_sys::INT8OID]).map(|datum| datum.value() as i64)
    }

    /// Returns a `boolean` column of the row that fired the trigger.
    pub fn flag(&self, version: RowVersion, column: &CStr) -> Result<bool, TaskerError> {
        self.value(version, column, &[pg_sys::BOOLOID]).map(|datum| datum.value() != 0)
    }

    /// Returns a NOT NULL column, of one of these types, of the row that fired the trigger. It checks the type because
    /// any role can attach the trigger to a table of its own.
    pub fn value(
        &self,
        version: RowVersion,
        column: &CStr,
        types: &[pg_sys::Oid],
    ) -> Result<Datum, TaskerError> {
        self.optional_value(version, column, types)?.ok_or_else(misplaced)
    }

    /// Returns a column that may be NULL, of one of these types, of the row that fired the trigger.
    pub fn optional_value(
        &self,
        version: RowVersion,
        column: &CStr,
        types: &[pg_sys::Oid],
    ) -> Result<Option<Datum>, TaskerError> {
        self::column(self.data, version, column, types)
    }

    /// Returns a `text` or `varchar` column of the new row.
    pub fn text(&self, column: &CStr) -> Result<Option<String>, TaskerError> {
        let value = self.optional_value(RowVersion::New, column, &[pg_sys::VARCHAROID, pg_sys::TEXTOID])?;
        Ok(value.map(|text| spi::with_text(text, str::to_owned)))
    }

    /// Puts a text into a column of the row that is about to be inserted.
    pub fn fill(&self, column: &CStr, text: &str) {
        // SAFETY: the tuple is of the relation's descriptor, where the column's number comes from; the copy that
        // SPI makes outlives the connection.
        unsafe {
            let relation = self.data.tg_relation;
            let mut number = pg_sys::SPI_fnumber((*relation).rd_att, column.as_ptr());
            let mut value = export::text(text);
            let type_id = pg_sys::SPI_gettypeid((*relation).rd_att, number);
            if type_id != pg_sys::getBaseType(type_id) {
                pg_sys::domain_check(value, false, type_id, std::ptr::null_mut(), std::ptr::null_mut());
            }
            let filled = pg_sys::SPI_modifytuple(
                relation,
                self.row.get(),
                1,
                &mut number,
                &mut value,
                std::ptr::null(),
            );
            self.row.set(filled);
        }
    }

    /// Returns whether an UPDATE has changed one of these columns. A value that is stored in another way counts as
    /// changed, even if it means the same.
    pub fn has_changed(&self, columns: &[&CStr]) -> bool {
        // SAFETY: both tuples of an UPDATE have the relation's descriptor and its number of attributes; a name ends
        // within its 64 bytes.
        unsafe {
            let descriptor = (*self.data.tg_relation).rd_att;
            let attributes = descriptors::attributes(descriptor);
            let old = deformed(self.data.tg_trigtuple, descriptor);
            let new = deformed(self.data.tg_newtuple, descriptor);
            attributes.iter().zip(old.iter().zip(&new)).any(|(attribute, (old, new))| {
                let is_same = match (old, new) {
                    (Some(old), Some(new)) => is_stored_alike(*old, *new, attribute),
                    (old, new) => old.is_none() && new.is_none(),
                };
                !is_same && columns.contains(&CStr::from_ptr(attribute.attname.data.as_ptr()))
            })
        }
    }

    /// Returns an id column of the old and the new row, in ascending order, once if they are equal.
    pub fn ids(&self, column: &CStr) -> Result<Vec<i64>, TaskerError> {
        let mut ids = vec![self.id(RowVersion::Old, column)?, self.id(RowVersion::New, column)?];
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Makes the transition tables `old_rows` and `new_rows` known to the statements of this session.
    pub fn with_transition_tables(&self) -> &Session {
        self.session.connect();
        // SAFETY: SPI is connected and the trigger data outlives the connection.
        unsafe { pg_sys::SPI_register_trigger_data(std::ptr::from_ref(self.data).cast_mut()) };
        self.session
    }
}

/// Returns the attributes of a tuple.
///
/// # Safety
/// The tuple must be of the descriptor.
unsafe fn deformed(tuple: pg_sys::HeapTuple, descriptor: pg_sys::TupleDesc) -> Vec<Option<Datum>> {
    // SAFETY: as the caller promises; the arrays have a place for each attribute.
    unsafe {
        let count = (*descriptor).natts as usize;
        let (mut values, mut nulls) = (vec![Datum::from(0); count], vec![true; count]);
        pg_sys::heap_deform_tuple(tuple, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
        values.into_iter().zip(nulls).map(|(value, is_null)| (!is_null).then_some(value)).collect()
    }
}

/// Returns whether two values are stored in the same bytes.
///
/// # Safety
/// Both must be values of the attribute, as rows hold them.
unsafe fn is_stored_alike(one: Datum, other: Datum, attribute: &pg_sys::FormData_pg_attribute) -> bool {
    if attribute.attbyval {
        return one == other;
    }
    // SAFETY: as the caller promises: what is passed by reference has a length of its own, or that of its type.
    unsafe {
        let bytes = |value: Datum| {
            let length = match usize::try_from(attribute.attlen) {
                Ok(length) => length,
                Err(_) if attribute.attlen == -1 => pgrx::varsize_any(value.cast_mut_ptr()),
                Err(_) => CStr::from_ptr(value.cast_mut_ptr()).count_bytes(),
            };
            std::slice::from_raw_parts(value.cast_mut_ptr::<u8>().cast_const(), length)
        };
        bytes(one) == bytes(other)
    }
}

fn misplaced() -> TaskerError {
    TaskerError::TriggerProtocol("trigger is attached to the wrong table".to_owned())
}
