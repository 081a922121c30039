//! Evaluates the condition of a partial index for a row, if that is possible without the executor: a flag must be set,
//! or a text must have a certain value.

use crate::pg::datum::values::with_text;
use pgrx::pg_sys::{self, Datum};

/// A part of the WHERE of a partial index.
pub enum IndexCondition {
    /// The condition that the flag in the column with this number is true.
    IsTrue(i16),
    /// The condition that the column with this number has this text.
    IsText(i16, String),
}

impl IndexCondition {
    /// Returns the conditions of a predicate, which must all hold. An index over every row has none. Returns `None` if
    /// the predicate contains a condition of another kind.
    ///
    /// # Safety
    /// The predicate must be that of an index, as the relation cache has it: NULL, or a list of expressions.
    pub unsafe fn all_of(predicate: *mut pg_sys::List) -> Option<Vec<Self>> {
        // SAFETY: as promised.
        unsafe {
            let Some(list) = predicate.as_ref() else { return Some(Vec::new()) };
            let nodes = std::slice::from_raw_parts(list.elements, list.length as usize);
            nodes.iter().map(|cell| Self::of_node(cell.ptr_value.cast())).collect()
        }
    }

    /// Converts an expression of a predicate.
    ///
    /// # Safety
    /// The node must be an expression.
    unsafe fn of_node(node: *mut pg_sys::Node) -> Option<Self> {
        // SAFETY: as promised; what its tag says it is.
        unsafe {
            if let Some(column) = column(node, pg_sys::BOOLOID) {
                return Some(Self::IsTrue(column));
            }
            let comparison = cast::<pg_sys::OpExpr>(node, pg_sys::NodeTag::T_OpExpr)?;
            let is_usual = [pg_sys::DEFAULT_COLLATION_OID, pg_sys::C_COLLATION_OID]
                .contains(&comparison.inputcollid)
                && comparison.opfuncid == pg_sys::Oid::from(pg_sys::F_TEXTEQ);
            let arguments = comparison.args.as_ref().filter(|list| is_usual && list.length == 2)?;
            let side = |at: usize| (*arguments.elements.add(at)).ptr_value.cast::<pg_sys::Node>();
            let text = cast::<pg_sys::Const>(side(1), pg_sys::NodeTag::T_Const)?;
            if text.constisnull || text.consttype != pg_sys::TEXTOID {
                return None;
            }
            // `varchar` is stored as `text`.
            let (one, of_type) = match cast::<pg_sys::RelabelType>(side(0), pg_sys::NodeTag::T_RelabelType) {
                Some(varchar) => (varchar.arg.cast(), pg_sys::VARCHAROID),
                None => (side(0), pg_sys::TEXTOID),
            };
            Some(Self::IsText(column(one, of_type)?, with_text(text.constvalue, str::to_owned)))
        }
    }

    /// Returns whether the condition holds for a row with these values, which must be of its table.
    pub fn holds(&self, values: &[Datum], nulls: &[bool]) -> bool {
        let value = |column: i16| {
            let at = column as usize - 1;
            (!nulls[at]).then(|| values[at])
        };
        match self {
            Self::IsTrue(column) => value(*column).is_some_and(|flag| flag.value() as u8 != 0),
            Self::IsText(column, text) => {
                value(*column).is_some_and(|value| with_text(value, |value| value == text))
            }
        }
    }
}

/// Returns the number of the column if an expression is a column of this type.
///
/// # Safety
/// The node must be an expression.
unsafe fn column(node: *mut pg_sys::Node, of_type: pg_sys::Oid) -> Option<i16> {
    // SAFETY: as promised.
    let variable = unsafe { cast::<pg_sys::Var>(node, pg_sys::NodeTag::T_Var) }?;
    (variable.vartype == of_type && variable.varattno > 0).then_some(variable.varattno)
}

/// Returns a node as the type that belongs to a tag, if it has the tag.
///
/// # Safety
/// The node must be an expression.
pub unsafe fn cast<'a, T>(node: *mut pg_sys::Node, tag: pg_sys::NodeTag) -> Option<&'a T> {
    // SAFETY: nodes begin with their tags, which say what they are.
    unsafe { (node.as_ref()?.type_ == tag).then(|| &*node.cast::<T>()) }
}
