//! Reads columns of rows as a table stores them (htup_details.h, tupmacs.h). It does the work of PostgreSQL's slots,
//! but without a call for every row, and the guard against errors that each call needs.

use crate::pg::datum::row::Row;
use pgrx::pg_sys::{self, Datum};
use pgrx::varlena;

/// The places of the wanted columns in a table's rows.
pub struct TupleLayout {
    /// The columns of the table up to the last wanted one.
    attributes: Vec<Attribute>,
    /// The number of wanted columns.
    wanted: usize,
}

struct Attribute {
    /// The length in bytes; -1 or -2 if each value has its own length.
    length: i16,
    alignment: usize,
    is_by_value: bool,
    /// The index among the wanted columns; `None` for others.
    place: Option<usize>,
}

/// A buffer for the wanted columns of a row.
pub struct Columns {
    values: Vec<Datum>,
    nulls: Vec<bool>,
}

impl Columns {
    /// Returns a wanted column that is an integer or a time.
    pub fn key(&self, place: usize) -> i64 {
        // PostgreSQL extends the sign of an integer that is smaller.
        self.values[place].value() as i64
    }

    /// Returns the first `count` columns as a row.
    pub fn row(&self, count: usize) -> Row<'_> {
        Row { values: &self.values[..count], nulls: &self.nulls[..count] }
    }
}

impl TupleLayout {
    /// Creates the layout for these columns: numbers from 1, each at most once.
    pub fn new(attributes: &[pg_sys::FormData_pg_attribute], wanted: &[i16]) -> Self {
        let last = wanted.iter().copied().max().map_or(0, |last| last as usize);
        let attributes = attributes.iter().take(last).map(|attribute| Attribute {
            length: attribute.attlen,
            alignment: match attribute.attalign as u8 {
                pg_sys::TYPALIGN_CHAR => 1,
                pg_sys::TYPALIGN_SHORT => 2,
                pg_sys::TYPALIGN_INT => 4,
                _ => 8,
            },
            is_by_value: attribute.attbyval,
            place: wanted.iter().position(|column| *column == attribute.attnum),
        });
        Self { attributes: attributes.collect(), wanted: wanted.len() }
    }

    /// Returns a buffer for one row at a time.
    pub fn room(&self) -> Columns {
        Columns { values: vec![Datum::from(0); self.wanted], nulls: vec![true; self.wanted] }
    }

    /// Copies the columns of a row into the buffer. Values by reference point into the row.
    ///
    /// # Safety
    /// The row must be of the table, and the descriptor must be the table's.
    pub unsafe fn read(
        &self,
        tuple: pg_sys::HeapTuple,
        descriptor: pg_sys::TupleDesc,
        columns: &mut Columns,
    ) {
        // Mirrors heap_deform_tuple() (heaptuple.c). Rows lie the same; 18 takes lengths and alignments from CompactAttribute.
        // SAFETY: as promised, a tuple with its header; as many attributes lie behind it as it says, each aligned as its
        // type wants, NULLs marked in the bitmap behind the header and taking no room.
        unsafe {
            let header = &*(*tuple).t_data;
            if (u32::from(header.t_infomask2) & pg_sys::HEAP_NATTS_MASK) < self.attributes.len() as u32 {
                return self.read_short(tuple, descriptor, columns);
            }
            let has_null = u32::from(header.t_infomask) & pg_sys::HEAP_HASNULL != 0;
            let bits = header.t_bits.as_ptr();
            let data = (*tuple).t_data.cast::<u8>().add(header.t_hoff.into());
            let mut offset = 0;
            for (at, attribute) in self.attributes.iter().enumerate() {
                if has_null && *bits.add(at / 8) & (1 << (at % 8)) == 0 {
                    if let Some(place) = attribute.place {
                        columns.nulls[place] = true;
                    }
                    continue;
                }
                // A value with a short header is not aligned, and its first byte is not that of a filling, which is 0.
                if attribute.length >= 0 || *data.add(offset) == 0 {
                    offset = offset.next_multiple_of(attribute.alignment);
                }
                let value = data.add(offset);
                if let Some(place) = attribute.place {
                    columns.nulls[place] = false;
                    columns.values[place] = attribute.fetch(value);
                }
                offset += attribute.size(value);
            }
        }
    }

    /// Reads a row that was written before the last columns were added to the table.
    ///
    /// # Safety
    /// The safety conditions of `read` apply.
    unsafe fn read_short(
        &self,
        tuple: pg_sys::HeapTuple,
        descriptor: pg_sys::TupleDesc,
        columns: &mut Columns,
    ) {
        // SAFETY: as promised; room for all attributes of the descriptor.
        unsafe {
            let count = (*descriptor).natts as usize;
            let (mut values, mut nulls) = (vec![Datum::from(0); count], vec![true; count]);
            pg_sys::heap_deform_tuple(tuple, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
            for (at, attribute) in self.attributes.iter().enumerate() {
                if let Some(place) = attribute.place {
                    (columns.values[place], columns.nulls[place]) = (values[at], nulls[at]);
                }
            }
        }
    }
}

impl Attribute {
    /// Reads a value of the attribute.
    ///
    /// # Safety
    /// The pointer must lead to a value of the attribute.
    unsafe fn fetch(&self, value: *const u8) -> Datum {
        // SAFETY: of this length, and aligned as its type wants.
        unsafe {
            match (self.is_by_value, self.length) {
                (true, 1) => Datum::from(*value.cast::<i8>()),
                (true, 2) => Datum::from(*value.cast::<i16>()),
                (true, 4) => Datum::from(*value.cast::<i32>()),
                (true, _) => Datum::from(*value.cast::<i64>()),
                (false, _) => Datum::from(value.cast_mut().cast::<pg_sys::varlena>()),
            }
        }
    }

    /// Returns the size of a value of the attribute in bytes.
    ///
    /// # Safety
    /// The pointer must lead to a value of the attribute.
    unsafe fn size(&self, value: *const u8) -> usize {
        // SAFETY: a value of variable length has a header that says how long it is.
        unsafe {
            match self.length {
                -1 => varlena::varsize_any(value.cast()),
                -2 => std::ffi::CStr::from_ptr(value.cast()).count_bytes() + 1,
                length => length.unsigned_abs().into(),
            }
        }
    }
}
