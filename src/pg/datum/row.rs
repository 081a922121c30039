//! Reads the rows that statements return.

use crate::core::time::Timestamp;
use crate::pg::datum::values::{short_content, with_bytes, with_text};
use pgrx::pg_sys::{self, Datum};

/// A row of a result, valid as long as its statement's result.
pub struct Row<'a> {
    pub values: &'a [Datum],
    pub nulls: &'a [bool],
}

impl Row<'_> {
    /// Returns any column. The memory to which it points lives as long as the result of the statement.
    pub fn value(&self, column: usize) -> Option<Datum> {
        (!*self.nulls.get(column)?).then(|| self.values[column])
    }

    /// Returns whether a column of type `xid` names this transaction or one of its subtransactions.
    pub fn is_own_transaction(&self, column: usize) -> bool {
        self.value(column).is_some_and(|datum| {
            // SAFETY: looks into backend-local state.
            unsafe { pg_sys::TransactionIdIsCurrentTransactionId((datum.value() as u32).into()) }
        })
    }

    /// Returns a `bigint`.
    pub fn i64(&self, column: usize) -> i64 {
        self.value(column).map_or(0, |datum| datum.value() as i64)
    }

    /// Returns an `integer`.
    pub fn i32(&self, column: usize) -> i32 {
        self.optional_i32(column).unwrap_or(0)
    }

    /// Returns an `integer`, or `None` for NULL.
    pub fn optional_i32(&self, column: usize) -> Option<i32> {
        self.value(column).map(|datum| datum.value() as i32)
    }

    /// Returns a `timestamp`, or `None` for NULL.
    pub fn optional_timestamp(&self, column: usize) -> Option<Timestamp> {
        self.value(column).map(|datum| Timestamp::from_postgres(datum.value() as i64))
    }

    /// Returns a `double precision`.
    pub fn f64(&self, column: usize) -> f64 {
        self.value(column).map_or(0.0, |datum| f64::from_bits(datum.value() as u64))
    }

    /// Returns a `boolean`.
    pub fn bool(&self, column: usize) -> bool {
        self.value(column).is_some_and(|datum| datum.value() != 0)
    }

    /// Passes a `text` or `varchar` to `read`.
    pub fn text<R>(&self, column: usize, read: impl FnOnce(&str) -> R) -> R {
        match self.value(column) {
            Some(datum) => with_text(datum, read),
            None => read(""),
        }
    }

    /// Passes the content of a `bytea` to `read`.
    pub fn bytes<R>(&self, column: usize, read: impl FnOnce(&[u8]) -> R) -> R {
        match self.value(column) {
            Some(datum) => with_bytes(datum, read),
            None => read(&[]),
        }
    }

    /// Passes the elements of a `bigint[]` without NULLs to `read`.
    pub fn i64_array<R>(&self, column: usize, read: impl FnOnce(&[i64]) -> R) -> R {
        let Some(datum) = self.value(column) else { return read(&[]) };
        // SAFETY: behind the header of an array of one dimension stand its length and its lower bound and, as
        // there is no null bitmap, at once its elements (array.h); an array of no dimension has none. The copy
        // that detoasting makes is aligned, and lives in the current memory.
        unsafe {
            if let Some(content) = short_content(datum) {
                let mut elements = [0; SHORT_ARRAY];
                return read(elements_of(content, &mut elements));
            }
            let array: *mut pg_sys::ArrayType = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
            if (*array).ndim != 1 || (*array).dataoffset != 0 {
                return read(&[]);
            }
            let dimensions = array.add(1).cast::<i32>();
            let data = dimensions.add(2).cast::<i64>();
            let length = usize::try_from(*dimensions).unwrap_or(0);
            read(std::slice::from_raw_parts(data, length))
        }
    }
}

/// The size of a buffer with room for a few more `bigint`s than a value with a one-byte header can hold.
const SHORT_ARRAY: usize = 16;

/// Copies the elements of an array of `bigint` from its content after the length header: the number of dimensions,
/// whether there are NULLs, the type of the elements, their number, the first index, and the elements. None of these is
/// aligned.
fn elements_of<'a>(content: &[u8], elements: &'a mut [i64; SHORT_ARRAY]) -> &'a [i64] {
    let head = |at: usize| {
        content.get(4 * at..4 * at + 4).and_then(|bytes| bytes.try_into().ok()).map(i32::from_ne_bytes)
    };
    if (head(0), head(1)) != (Some(1), Some(0)) {
        return &[];
    }
    let mut count = 0;
    for (element, bytes) in elements.iter_mut().zip(content.get(20..).unwrap_or_default().chunks_exact(8)) {
        *element = bytes.try_into().map_or(0, i64::from_ne_bytes);
        count += 1;
    }
    &elements[..count]
}
