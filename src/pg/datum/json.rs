//! Reads and makes values of `jsonb`.

use crate::core::error::TaskerError;
use crate::core::json;
use crate::pg::datum::values::text;
use pgrx::pg_sys::JsonbIteratorToken::{
    self, WJB_BEGIN_ARRAY, WJB_BEGIN_OBJECT, WJB_ELEM, WJB_END_ARRAY, WJB_END_OBJECT, WJB_KEY, WJB_VALUE,
};
use pgrx::pg_sys::{self, Datum};
use pgrx::varlena;
use serde_json::Value;
use std::ffi::{CStr, CString};

/// Returns the document in a `jsonb` value. A value that is only passed on needs no document: see [`json_member`] and
/// [`json_object`].
///
/// # Errors
/// [`TaskerError::UnreadableJson`] for a document that is nested too deep.
pub fn json_of(datum: Datum) -> Result<Value, TaskerError> {
    // SAFETY: the caller has checked the type; detoasting makes the value whole and aligned. JsonbToCString returns a
    // palloc'd C string, which lives until it is freed below.
    unsafe {
        let value = pg_sys::pg_detoast_datum(datum.cast_mut_ptr());
        let root = &raw mut (*value.cast::<pg_sys::Jsonb>()).root;
        let length = varlena::varsize_any_exhdr(value) as i32;
        let text = pg_sys::JsonbToCString(std::ptr::null_mut(), root, length);
        let document = json::parse(&CStr::from_ptr(text).to_string_lossy());
        pg_sys::pfree(text.cast());
        document
    }
}

/// Returns a `jsonb` value, allocated in the current memory. It builds an object as PostgreSQL does after parsing a
/// text; writing and parsing a text takes twice as long.
pub fn json(document: &Value) -> Datum {
    if document.is_object() && can_be_made(document) {
        let mut making = JsonBuilder::default();
        making.value(document, WJB_VALUE);
        return making.made();
    }
    let text = CString::new(document.to_string()).unwrap_or_default();
    // SAFETY: the input function of `jsonb` takes a C string, and returns a value or raises an error.
    let value =
        unsafe { pgrx::direct_function_call_as_datum(pg_sys::jsonb_in, &[Some(Datum::from(text.as_ptr()))]) };
    value.unwrap_or(Datum::from(0))
}

/// Returns a `jsonb` object without one of its members, and any other value unchanged.
pub fn without(object: Datum, member: &str) -> Option<Datum> {
    if JsonObject::of(object).is_none() {
        return Some(object);
    }
    // SAFETY: the operator `jsonb - text` takes these two, and returns a value or raises an error.
    unsafe { pgrx::direct_function_call_as_datum(pg_sys::jsonb_delete, &[Some(object), Some(text(member))]) }
}

/// Returns whether `jsonb` accepts all texts of a document. If not, its input function raises the error (22P05).
fn can_be_made(document: &Value) -> bool {
    match document {
        Value::String(text) => !text.contains('\0'),
        Value::Array(elements) => elements.iter().all(can_be_made),
        Value::Object(members) => {
            members.iter().all(|(name, value)| !name.contains('\0') && can_be_made(value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// The largest total size of the members of a `jsonb` object (`JENTRY_OFFLENMASK`); [`json_object`] refuses more.
pub const LARGEST_OBJECT: usize = 0x0fff_ffff;

/// Returns how much of [`LARGEST_OBJECT`] a member with this value takes: its size once it is detoasted, plus room for
/// its entries and their alignment. The stored value may be a fraction of that size. It reads only headers, never the
/// value itself.
pub fn member_size(name: Option<Datum>, value: Option<Datum>) -> usize {
    // SAFETY: as the caller promises by the types, which are of variable length; only headers are looked at.
    let size = |datum: Datum| unsafe { pg_sys::toast_raw_datum_size(datum) };
    name.map_or(0, size) + value.map_or(0, size) + 16
}

/// Returns a `jsonb` object of these members, made of the values as they are stored. A value is `jsonb` or, for `None`,
/// null. The last of several members with one name counts. Returns `None` if an object cannot hold them all.
pub fn json_object(members: &[(Datum, Option<Datum>)]) -> Option<Datum> {
    let size: usize = members.iter().map(|(name, value)| member_size(Some(*name), *value)).sum();
    if size > LARGEST_OBJECT {
        return None;
    }
    let mut making = JsonBuilder::default();
    making.push(WJB_BEGIN_OBJECT, None);
    for (name, value) in members {
        // SAFETY: names are `text` and values `jsonb`, which detoasting makes whole and aligned.
        unsafe {
            let name = pg_sys::pg_detoast_datum_packed(name.cast_mut_ptr());
            let mut key = pg_sys::JsonbValue { type_: pg_sys::jbvType::jbvString, ..Default::default() };
            key.val.string.val = varlena::vardata_any(name).cast_mut();
            key.val.string.len = varlena::varsize_any_exhdr(name) as i32;
            making.push(WJB_KEY, Some(key));
            let mut content = pg_sys::JsonbValue { type_: pg_sys::jbvType::jbvNull, ..Default::default() };
            if let Some(value) = value {
                let value = pg_sys::pg_detoast_datum(value.cast_mut_ptr());
                let root = &raw mut (*value.cast::<pg_sys::Jsonb>()).root;
                if (*root).header & pg_sys::JB_FSCALAR != 0 {
                    pg_sys::JsonbExtractScalar(root, &mut content);
                } else {
                    content.type_ = pg_sys::jbvType::jbvBinary;
                    content.val.binary.data = root;
                    content.val.binary.len = varlena::varsize_any_exhdr(value) as i32;
                }
            }
            making.push(WJB_VALUE, Some(content));
        }
    }
    making.push(WJB_END_OBJECT, None);
    Some(making.made())
}

/// A `jsonb` value in the making, by the protocol of jsonb.h: begin, then keys and values in turn, or elements, then
/// end.
struct JsonBuilder {
    state: *mut pg_sys::JsonbParseState,
    latest: *mut pg_sys::JsonbValue,
}

impl Default for JsonBuilder {
    fn default() -> Self {
        Self { state: std::ptr::null_mut(), latest: std::ptr::null_mut() }
    }
}

impl JsonBuilder {
    fn push(&mut self, token: JsonbIteratorToken::Type, value: Option<pg_sys::JsonbValue>) {
        let mut value = value;
        let value = value.as_mut().map_or(std::ptr::null_mut(), std::ptr::from_mut);
        // SAFETY: the value is copied; what it points to lives until all of it is `made`.
        self.latest = unsafe { pg_sys::pushJsonbValue(&mut self.state, token, value) };
    }

    /// Adds a value in the place that the token names.
    fn value(&mut self, document: &Value, place: JsonbIteratorToken::Type) {
        let mut scalar = pg_sys::JsonbValue { type_: pg_sys::jbvType::jbvNull, ..Default::default() };
        match document {
            Value::Object(members) => {
                self.push(WJB_BEGIN_OBJECT, None);
                for (name, value) in members {
                    self.push(WJB_KEY, Some(string(name)));
                    self.value(value, WJB_VALUE);
                }
                return self.push(WJB_END_OBJECT, None);
            }
            Value::Array(elements) => {
                self.push(WJB_BEGIN_ARRAY, None);
                elements.iter().for_each(|element| self.value(element, WJB_ELEM));
                return self.push(WJB_END_ARRAY, None);
            }
            Value::Null => {}
            Value::Bool(flag) => {
                scalar.type_ = pg_sys::jbvType::jbvBool;
                scalar.val.boolean = *flag;
            }
            Value::Number(number) => {
                scalar.type_ = pg_sys::jbvType::jbvNumeric;
                scalar.val.numeric = numeric(&number.to_string());
            }
            Value::String(text) => scalar = string(text),
        }
        self.push(place, Some(scalar));
    }

    /// Returns the complete value.
    fn made(self) -> Datum {
        // SAFETY: the end of an object or array has been pushed last.
        unsafe { Datum::from(pg_sys::JsonbValueToJsonb(self.latest)) }
    }
}

/// Refers to a text without copying it.
fn string(text: &str) -> pg_sys::JsonbValue {
    let mut value = pg_sys::JsonbValue { type_: pg_sys::jbvType::jbvString, ..Default::default() };
    value.val.string.val = text.as_ptr().cast_mut().cast();
    value.val.string.len = text.len() as i32;
    value
}

/// Converts a number as PostgreSQL reads it.
fn numeric(number: &str) -> pg_sys::Numeric {
    let text = CString::new(number).unwrap_or_default();
    let arguments = [Some(Datum::from(text.as_ptr())), Some(Datum::from(0)), Some(Datum::from(-1_i32))];
    // SAFETY: numeric_in takes a C string, a type that it does not look at and a precision, -1 for any; it returns a value or
    // raises an error.
    let value = unsafe { pgrx::direct_function_call_as_datum(pg_sys::numeric_in, &arguments) };
    value.map_or(std::ptr::null_mut(), |value| value.cast_mut_ptr())
}

/// Returns a member of an element of a `jsonb` array as it is stored: numbers would lose digits in a document of ours.
pub fn json_member(array: Datum, element: i32, member: &str) -> Option<Datum> {
    // SAFETY: calls of PostgreSQL's own operators, with the types that they take.
    unsafe {
        let object = pgrx::direct_function_call_as_datum(
            pg_sys::jsonb_array_element,
            &[Some(array), Some(Datum::from(element))],
        )?;
        pgrx::direct_function_call_as_datum(pg_sys::jsonb_object_field, &[Some(object), Some(text(member))])
    }
}

/// An object in a `jsonb` value, read without copying.
#[derive(Clone, Copy)]
pub struct JsonObject(*mut pg_sys::JsonbContainer);

impl JsonObject {
    /// Returns the object in a `jsonb` value; `None` for any other value. It lives as long as the current memory.
    pub fn of(datum: Datum) -> Option<Self> {
        // SAFETY: the caller has checked the type; detoasting makes the value whole and aligned.
        let root = unsafe {
            let value = pg_sys::pg_detoast_datum(datum.cast_mut_ptr());
            &raw mut (*value.cast::<pg_sys::Jsonb>()).root
        };
        Self::at(root)
    }

    fn at(container: *mut pg_sys::JsonbContainer) -> Option<Self> {
        // SAFETY: the container is part of a value that is whole.
        let header = unsafe { (*container).header };
        (header & pg_sys::JB_FOBJECT != 0).then_some(Self(container))
    }

    fn value(self, member: &str) -> Option<pg_sys::JsonbValue> {
        let mut value = pg_sys::JsonbValue::default();
        // SAFETY: the container is an object, in which PostgreSQL looks for a key of this length; what it finds it writes to
        // `value`, with pointers into the object.
        let found = unsafe {
            let (key, length) = (member.as_ptr().cast(), member.len() as i32);
            pg_sys::getKeyJsonValueFromContainer(self.0, key, length, &mut value)
        };
        (!found.is_null()).then_some(value)
    }

    /// Passes a member that is a text to `read`; returns `None` for any other.
    pub fn text<R>(self, member: &str, read: impl FnOnce(&str) -> R) -> Option<R> {
        let value = self.value(member).filter(|value| value.type_ == pg_sys::jbvType::jbvString)?;
        // SAFETY: the type says which part of the union is filled. Texts in a `jsonb` value are valid in the encoding
        // of the database, which [`crate::pg::host::installation`] has checked to be UTF-8 or ASCII.
        let text = unsafe {
            let string = value.val.string;
            std::slice::from_raw_parts(string.val.cast::<u8>(), string.len as usize)
        };
        std::str::from_utf8(text).ok().map(read)
    }

    /// Returns a member that is an integer of 32 bits; `None` for any other.
    pub fn integer(self, member: &str) -> Option<i32> {
        let value = self.value(member).filter(|value| value.type_ == pg_sys::jbvType::jbvNumeric)?;
        let mut has_error = false;
        // SAFETY: the type says which part of the union is filled; the function says by its flag that a number is too large.
        let number = unsafe { pg_sys::numeric_int4_opt_error(value.val.numeric, &mut has_error) };
        (!has_error).then_some(number)
    }

    /// Returns a member as a `jsonb` value; `None` for null, or if the member does not exist.
    pub fn member(self, member: &str) -> Option<Datum> {
        let mut value = self.value(member).filter(|value| value.type_ != pg_sys::jbvType::jbvNull)?;
        // SAFETY: the value is copied.
        Some(Datum::from(unsafe { pg_sys::JsonbValueToJsonb(&mut value) }))
    }

    /// Returns the objects in a member that is a list.
    pub fn objects(self, member: &str) -> impl Iterator<Item = Self> {
        let list = self.value(member).filter(|value| value.type_ == pg_sys::jbvType::jbvBinary);
        // SAFETY: the type says which part of the union is filled.
        let list = list.map(|value| unsafe { value.val.binary.data });
        // SAFETY: a container begins with its header.
        let list = list.filter(|list| unsafe { (**list).header } & pg_sys::JB_FARRAY != 0);
        // SAFETY: as above.
        let length = list.map_or(0, |list| unsafe { (*list).header } & pg_sys::JB_CMASK);
        (0..length).filter_map(move |at| {
            // SAFETY: the container is an array with more elements than this index; the result is palloc'd.
            let element = unsafe { pg_sys::getIthJsonbValueFromContainer(list?, at).as_ref()? };
            if element.type_ != pg_sys::jbvType::jbvBinary {
                return None;
            }
            // SAFETY: the type says which part of the union is filled.
            Self::at(unsafe { element.val.binary.data })
        })
    }
}
