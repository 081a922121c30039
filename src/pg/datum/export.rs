//! Declares C functions as PostgreSQL calls them: the version 1 convention, arguments, and results of many rows.
//!
//! The SQL declarations are in `sql/install`. They do not use pgrx's `#[pg_extern]`, which returns rows one at a time
//! (some 1 µs each); these fill a tuplestore.

use crate::core::error::TaskerError;
use crate::core::time::{Duration, Timestamp};
use crate::pg::datum::json::json_of;
pub use crate::pg::datum::values::{Element, text};
use crate::pg::datum::values::{interval_of, with_text};
use crate::pg::host::descriptors;
use pgrx::PgLogLevel;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::pg_sys::{self, Datum};

/// Declares functions `symbol, pg_finfo_symbol => body`, whose body is a `fn(&Call) -> Result<Datum, ErrorReport>`.
macro_rules! export {
    ($($(#[$doc:meta])* $symbol:ident, $finfo:ident => $body:path;)+) => {$(
        $(#[$doc])*
        ///
        /// # Safety
        /// The caller must be PostgreSQL, with a call frame of the version 1 convention.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $symbol(
            fcinfo: ::pgrx::pg_sys::FunctionCallInfo,
        ) -> ::pgrx::pg_sys::Datum {
            // SAFETY: PostgreSQL passes a valid call frame, and waits for the answer.
            unsafe {
                ::pgrx::pg_sys::submodules::panic::pgrx_extern_c_guard(|| {
                    $crate::pg::datum::export::answer(&$crate::pg::datum::export::Call::new(fcinfo), $body)
                })
            }
        }

        #[doc(hidden)]
        #[unsafe(no_mangle)]
        pub extern "C" fn $finfo() -> &'static ::pgrx::pg_sys::Pg_finfo_record {
            const V1: ::pgrx::pg_sys::Pg_finfo_record = ::pgrx::pg_sys::Pg_finfo_record { api_version: 1 };
            &V1
        }
    )+};
}
pub(crate) use export;

/// Runs the body of a function. It reports an error of the body, and does not return then.
pub fn answer(call: &Call, body: fn(&Call) -> Result<Datum, ErrorReport>) -> Datum {
    body(call).unwrap_or_else(|error| {
        error.report(PgLogLevel::ERROR);
        Datum::from(0)
    })
}

/// A call in progress.
pub struct Call {
    fcinfo: pg_sys::FunctionCallInfo,
}

impl Call {
    /// Creates the call.
    ///
    /// # Safety
    /// `fcinfo` must be the frame of the call in progress.
    pub unsafe fn new(fcinfo: pg_sys::FunctionCallInfo) -> Self {
        Self { fcinfo }
    }

    /// Returns the call frame.
    pub fn fcinfo(&self) -> pg_sys::FunctionCallInfo {
        self.fcinfo
    }

    /// Returns a `bigint` argument, `None` for NULL.
    pub fn bigint(&self, argument: usize) -> Option<i64> {
        // SAFETY: the SQL declaration has this argument, of this type.
        unsafe { pgrx::fcinfo::pg_getarg::<i64>(self.fcinfo, argument) }
    }

    /// Returns a `bigint[]` argument without its NULL elements, `None` for NULL.
    pub fn bigints(&self, argument: usize) -> Option<Vec<i64>> {
        // SAFETY: the SQL declaration has this argument, of this type; the array is copied before it can go.
        let array = unsafe { pgrx::fcinfo::pg_getarg::<pgrx::Array<'_, i64>>(self.fcinfo, argument) };
        array.map(|array| array.iter().flatten().collect())
    }

    /// Returns an `integer` argument, `None` for NULL.
    pub fn integer(&self, argument: usize) -> Option<i32> {
        // SAFETY: the SQL declaration has this argument, of this type.
        unsafe { pgrx::fcinfo::pg_getarg::<i32>(self.fcinfo, argument) }
    }

    /// Returns a `double precision` argument, `None` for NULL.
    pub fn double(&self, argument: usize) -> Option<f64> {
        // SAFETY: the SQL declaration has this argument, of this type.
        unsafe { pgrx::fcinfo::pg_getarg::<f64>(self.fcinfo, argument) }
    }

    /// Returns an `integer[]` argument without its NULL elements, `None` for NULL.
    pub fn integers(&self, argument: usize) -> Option<Vec<i32>> {
        // SAFETY: the SQL declaration has this argument, of this type; the array is copied before it can go.
        let array = unsafe { pgrx::fcinfo::pg_getarg::<pgrx::Array<'_, i32>>(self.fcinfo, argument) };
        array.map(|array| array.iter().flatten().collect())
    }

    /// Returns NULL as the result of the function.
    pub fn null(&self) -> Datum {
        // SAFETY: the frame of the call that is going on.
        unsafe { (*self.fcinfo).isnull = true };
        Datum::from(0)
    }

    /// Returns a `boolean` argument, `None` for NULL.
    pub fn boolean(&self, argument: usize) -> Option<bool> {
        // SAFETY: the SQL declaration has this argument, of this type.
        unsafe { pgrx::fcinfo::pg_getarg::<bool>(self.fcinfo, argument) }
    }

    /// Returns a `text` argument, `None` for NULL.
    pub fn text(&self, argument: usize) -> Option<String> {
        // SAFETY: the SQL declaration has this argument, of this type; the text is copied.
        unsafe { pgrx::fcinfo::pg_getarg::<String>(self.fcinfo, argument) }
    }

    /// Returns the texts of a `text[]` argument, without those that are NULL; `None` for a NULL array.
    pub fn texts(&self, argument: usize) -> Option<Vec<String>> {
        let elements = self.elements(argument, Element::Text)?;
        Some(elements.into_iter().flatten().map(|element| with_text(element, str::to_owned)).collect())
    }

    /// Returns a `jsonb` argument as a document, `None` for NULL.
    pub fn json(&self, argument: usize) -> Result<Option<serde_json::Value>, TaskerError> {
        self.datum(argument).map(json_of).transpose()
    }

    /// Returns an `interval` argument, `None` for NULL.
    pub fn interval(&self, argument: usize) -> Option<Duration> {
        self.datum(argument).map(interval_of)
    }

    /// Returns an argument of any type unchanged, to be passed on; `None` for NULL.
    pub fn datum(&self, argument: usize) -> Option<Datum> {
        // SAFETY: the SQL declaration has this argument.
        unsafe {
            let argument = (*self.fcinfo).args.as_slice((*self.fcinfo).nargs as usize).get(argument)?;
            (!argument.isnull).then_some(argument.value)
        }
    }

    /// Returns the elements of an array argument unchanged, `None` for NULL ones; `None` for a NULL array.
    pub fn elements(&self, argument: usize, element: Element) -> Option<Vec<Option<Datum>>> {
        let array = self.datum(argument)?;
        let (of_type, length, is_by_value, alignment) = element.layout();
        let (mut values, mut nulls, mut count) = (std::ptr::null_mut(), std::ptr::null_mut(), 0);
        // SAFETY: the SQL declaration has this argument, an array of this type, which is laid out so; PostgreSQL
        // allocates as many values and marks as it says.
        unsafe {
            let array = pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast();
            let alignment = alignment as std::ffi::c_char;
            pg_sys::deconstruct_array(
                array,
                of_type,
                length,
                is_by_value,
                alignment,
                &mut values,
                &mut nulls,
                &mut count,
            );
            let count = usize::try_from(count).unwrap_or(0);
            Some((0..count).map(|at| (!*nulls.add(at)).then(|| *values.add(at))).collect())
        }
    }

    /// Begins a result of rows.
    pub fn rows(&self) -> Result<Rows, ErrorReport> {
        // SAFETY: `resultinfo`, where there is one, tells its type; a ReturnSetInfo is filled as fmgr/README says
        // for the materialize mode, with a tuplestore that lives as long as the query.
        unsafe {
            let result: *mut pg_sys::ReturnSetInfo = (*self.fcinfo).resultinfo.cast();
            if result.is_null()
                || (*result).type_ != pg_sys::NodeTag::T_ReturnSetInfo
                || (*result).allowedModes & pg_sys::SetFunctionReturnMode::SFRM_Materialize as i32 == 0
                || (*result).expectedDesc.is_null()
            {
                return Err(ErrorReport::new(
                    pgrx::PgSqlErrorCode::ERRCODE_FEATURE_NOT_SUPPORTED,
                    "set-valued function called in context that cannot accept a set",
                    "tasker_core",
                ));
            }
            let before = pg_sys::MemoryContextSwitchTo((*(*result).econtext).ecxt_per_query_memory);
            let descriptor = pg_sys::CreateTupleDescCopy((*result).expectedDesc);
            let random =
                (*result).allowedModes & pg_sys::SetFunctionReturnMode::SFRM_Materialize_Random as i32;
            let store = pg_sys::tuplestore_begin_heap(random != 0, false, pg_sys::work_mem);
            pg_sys::MemoryContextSwitchTo(before);
            (*result).returnMode = pg_sys::SetFunctionReturnMode::SFRM_Materialize;
            (*result).setResult = store;
            (*result).setDesc = descriptor;
            let columns = descriptors::attributes(descriptor).iter().enumerate();
            let instants = columns.filter(|(_, column)| column.atttypid == pg_sys::TIMESTAMPTZOID);
            Ok(Rows { store, descriptor, instants: instants.map(|(at, _)| at).collect(), is_empty: true })
        }
    }
}

/// The rows of a result, added one after the other.
pub struct Rows {
    store: *mut pg_sys::Tuplestorestate,
    descriptor: pg_sys::TupleDesc,
    /// The indexes of the columns of type `timestamptz`.
    instants: Vec<usize>,
    is_empty: bool,
}

impl Rows {
    /// Adds a row and copies the memory to which its values point. An infinite `timestamptz` becomes NULL: some drivers
    /// cannot read it.
    ///
    /// # Errors
    /// 55000 if the extension's SQL declares another number of columns: it is of another version.
    pub fn push<const COLUMNS: usize>(&mut self, row: [Option<Datum>; COLUMNS]) -> Result<(), ErrorReport> {
        let mut values = row.map(|value| value.unwrap_or(Datum::from(0)));
        let mut nulls = row.map(|value| value.is_none());
        for &at in &self.instants {
            if values
                .get(at)
                .is_some_and(|value| Timestamp::from_postgres(value.value() as i64).is_infinite())
            {
                nulls[at] = true;
            }
        }
        self.is_empty = false;
        // SAFETY: descriptor and store live as long as the query; the arrays have a value for each column.
        unsafe {
            if (*self.descriptor).natts as usize != COLUMNS {
                return Err(ErrorReport::new(
                    pgrx::PgSqlErrorCode::ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
                    "the SQL of extension \"tasker_core\" has another version than its library",
                    "tasker_core",
                )
                .set_hint("Run ALTER EXTENSION tasker_core UPDATE."));
            }
            pg_sys::tuplestore_putvalues(
                self.store,
                self.descriptor,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
        }
        Ok(())
    }

    /// Adds the rows that `read` passes to it one by one.
    pub fn fill<const COLUMNS: usize>(
        &mut self,
        read: impl FnOnce(&mut dyn FnMut([Option<Datum>; COLUMNS])) -> Result<(), TaskerError>,
    ) -> Result<(), ErrorReport> {
        let mut pushed = Ok(());
        read(&mut |row| {
            if pushed.is_ok() {
                pushed = self.push(row);
            }
        })?;
        pushed
    }

    /// Returns whether no row has been added yet.
    pub const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Returns the result of the function itself, beside the rows.
    pub fn done(self) -> Result<Datum, ErrorReport> {
        Ok(Datum::from(0))
    }
}

/// Converts a document to a `jsonb` value.
pub fn document(document: &impl serde::Serialize) -> Result<Datum, ErrorReport> {
    let text = serde_json::to_string(document).map_err(|error| {
        ErrorReport::new(pgrx::PgSqlErrorCode::ERRCODE_INTERNAL_ERROR, error.to_string(), "tasker_core")
    })?;
    let text = std::ffi::CString::new(text).unwrap_or_default();
    // SAFETY: a call of PostgreSQL's own input function with the C string that it takes; it copies what it keeps. A
    // document has no NUL: serde_json writes one as an escape.
    let value =
        unsafe { pgrx::direct_function_call_as_datum(pg_sys::jsonb_in, &[Some(text.as_ptr().into())]) };
    Ok(value.unwrap_or(Datum::from(0)))
}
