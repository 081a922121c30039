//! Converts values of PostgreSQL's types: arguments of statements, and columns of results.

use crate::core::time::{Duration, Timestamp};
use pgrx::pg_sys::{self, Datum};
use pgrx::varlena;

/// Makes a `bigint` argument.
pub fn bigint(value: i64) -> Datum {
    Datum::from(value)
}

/// Makes a `timestamp` argument.
pub fn timestamp(time: Timestamp) -> Datum {
    Datum::from(time.to_postgres())
}

/// Makes an `interval` argument, allocated in the current memory.
pub fn interval(length: Duration) -> Datum {
    // SAFETY: palloc returns the requested number of bytes, aligned for any type, or raises an error.
    unsafe {
        let interval: *mut pg_sys::Interval = pg_sys::palloc(size_of::<pg_sys::Interval>()).cast();
        interval.write(pg_sys::Interval { time: length.to_microseconds(), day: 0, month: 0 });
        Datum::from(interval)
    }
}

/// Makes a `double precision` argument.
pub fn float8(value: f64) -> Datum {
    Datum::from(value.to_bits())
}

/// Passes the text in a `text` or `varchar` value to `read`.
pub fn with_text<R>(datum: Datum, read: impl FnOnce(&str) -> R) -> R {
    // SAFETY: the caller promises that it has checked the type; a detoasted copy lives in the current memory context.
    unsafe {
        if let Some(content) = short_content(datum) {
            return read(std::str::from_utf8(content).unwrap_or_default());
        }
        let varlena = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
        read(pgrx::text_to_rust_str(varlena).unwrap_or_default())
    }
}

/// Returns the content of a value of variable length that is stored in place with a header of one byte, as almost all
/// that the extension reads are. It needs no call of PostgreSQL.
///
/// # Safety
/// The value must be of such a type, and outlive the returned content.
pub unsafe fn short_content<'a>(datum: Datum) -> Option<&'a [u8]> {
    let value: *const pg_sys::varlena = datum.cast_mut_ptr();
    // SAFETY: as promised; the bytes of the content follow the header.
    unsafe {
        let is_short = varlena::varatt_is_1b(value) && !varlena::varatt_is_1b_e(value);
        is_short.then(|| {
            std::slice::from_raw_parts(varlena::vardata_1b(value).cast(), varlena::varsize_any_exhdr(value))
        })
    }
}

/// Makes a `bytea` value in the current memory.
pub fn bytes(bytes: &[u8]) -> Datum {
    // SAFETY: PostgreSQL stores both types as a header and bytes; the copy does not look into them. Its length is far below
    // the limit.
    unsafe { Datum::from(pg_sys::cstring_to_text_with_len(bytes.as_ptr().cast(), bytes.len() as i32)) }
}

/// Passes the content of a `bytea` value to `read`.
pub fn with_bytes<R>(datum: Datum, read: impl FnOnce(&[u8]) -> R) -> R {
    // SAFETY: the caller promises that it has checked the type; a detoasted copy lives in the current memory context.
    unsafe {
        if let Some(content) = short_content(datum) {
            return read(content);
        }
        let value = pg_sys::pg_detoast_datum_packed(datum.cast_mut_ptr());
        let content = std::slice::from_raw_parts(
            varlena::vardata_any(value).cast::<u8>(),
            varlena::varsize_any_exhdr(value),
        );
        read(content)
    }
}

/// Copies a value of variable length of a row (`text`, `jsonb`) as it is stored, into the current memory, so that it
/// outlives the row. Numbers would lose digits in a document of ours.
pub fn kept(datum: Datum) -> Datum {
    // SAFETY: the caller promises that it has checked the type; the copy is palloc'd.
    Datum::from(unsafe { pg_sys::pg_detoast_datum_copy(datum.cast_mut_ptr()) })
}

/// Makes a `bigint[]` argument, allocated in the current memory.
pub fn bigint_array(values: &[i64]) -> Datum {
    array(values.iter().map(|value| Datum::from(*value)).collect(), Element::Bigint)
}

/// Makes a `text[]` argument, allocated in the current memory.
pub fn text_array(values: &[String]) -> Datum {
    array(values.iter().map(|value| text(value)).collect(), Element::Text)
}

/// Makes an `integer[]` argument, allocated in the current memory.
pub fn integer_array(values: &[i32]) -> Datum {
    array(values.iter().map(|value| Datum::from(*value)).collect(), Element::Integer)
}

/// Makes a `double precision[]` argument, allocated in the current memory.
pub fn float8_array(values: &[f64]) -> Datum {
    array(values.iter().copied().map(float8).collect(), Element::Float8)
}

/// Makes a `uuid[]` argument of `uuid` values, allocated in the current memory.
pub fn uuid_array(values: Vec<Datum>) -> Datum {
    array(values, Element::Uuid)
}

/// Makes an array of values that are all not NULL.
fn array(mut elements: Vec<Datum>, element: Element) -> Datum {
    let (of_type, length, is_by_value, alignment) = element.layout();
    // SAFETY: as many elements as said, each of this type, which is laid out so.
    unsafe {
        Datum::from(pg_sys::construct_array(
            elements.as_mut_ptr(),
            elements.len() as i32,
            of_type,
            length,
            is_by_value,
            alignment as std::ffi::c_char,
        ))
    }
}

/// Makes a `jsonb[]` argument of `jsonb` values or NULL, allocated in the current memory.
pub fn json_array(values: &[Option<Datum>]) -> Datum {
    // SAFETY: `jsonb` values are varlenas; what an array holds must not be stored outside of it.
    let whole = |value: &Datum| Datum::from(unsafe { pg_sys::pg_detoast_datum(value.cast_mut_ptr()) });
    let mut elements: Vec<Datum> =
        values.iter().map(|value| value.as_ref().map_or(Datum::from(0), whole)).collect();
    let mut nulls: Vec<bool> = values.iter().map(Option::is_none).collect();
    let (mut length, mut lower_bound) = (elements.len() as i32, 1);
    // SAFETY: as many elements and marks as said, in one dimension, of a type of variable length, by reference, aligned
    // on ints.
    unsafe {
        Datum::from(pg_sys::construct_md_array(
            elements.as_mut_ptr(),
            nulls.as_mut_ptr(),
            1,
            &mut length,
            &mut lower_bound,
            pg_sys::JSONBOID,
            -1,
            false,
            pg_sys::TYPALIGN_INT as std::ffi::c_char,
        ))
    }
}

/// Returns the length of an `interval` value, with 30 days for a month and 24 hours for a day.
pub fn interval_of(datum: Datum) -> Duration {
    // SAFETY: the caller promises that it has checked the type; an interval is passed by reference.
    let interval = unsafe { *datum.cast_mut_ptr::<pg_sys::Interval>() };
    let days = i64::from(interval.month) * 30 + i64::from(interval.day);
    Duration::microseconds(days.saturating_mul(86_400_000_000).saturating_add(interval.time))
}

/// Makes a `text` value in the current memory.
pub fn text(text: &str) -> Datum {
    // SAFETY: copies the bytes of `text`; the length of a name or state is far below the limit.
    unsafe { Datum::from(pg_sys::cstring_to_text_with_len(text.as_ptr().cast(), text.len() as i32)) }
}

/// The type of the elements of an array argument.
#[derive(Clone, Copy, Debug)]
pub enum Element {
    Integer,
    Bigint,
    Float8,
    Text,
    Uuid,
    Json,
}

impl Element {
    /// Returns the type's oid and length, whether it is passed by value, and its alignment (pg_type).
    pub const fn layout(self) -> (pg_sys::Oid, i32, bool, u8) {
        match self {
            Self::Integer => (pg_sys::INT4OID, 4, true, pg_sys::TYPALIGN_INT),
            Self::Bigint => (pg_sys::INT8OID, 8, true, pg_sys::TYPALIGN_DOUBLE),
            Self::Float8 => (pg_sys::FLOAT8OID, 8, true, pg_sys::TYPALIGN_DOUBLE),
            Self::Text => (pg_sys::TEXTOID, -1, false, pg_sys::TYPALIGN_INT),
            Self::Uuid => (pg_sys::UUIDOID, 16, false, pg_sys::TYPALIGN_CHAR),
            Self::Json => (pg_sys::JSONBOID, -1, false, pg_sys::TYPALIGN_INT),
        }
    }
}
