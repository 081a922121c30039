//! temporary
use super::error::TaskerError;
use super::time::Timestamp;
pub fn parse(header: &str, _now: Timestamp) -> Result<Option<i32>, TaskerError> {
    header.trim().parse().map(Some).map_err(|_| TaskerError::InvalidArgument {
        argument: "retry_after",
        problem: "is not a number".to_owned(),
    })
}
