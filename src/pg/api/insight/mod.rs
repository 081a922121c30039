//! Questions about many tasks: analysis, health, overviews, slow steps.

pub(super) mod analysis;
pub(super) mod analytics;
pub(super) mod concurrency;
pub(super) mod health;
pub(super) mod overview;
pub(super) mod slowest;
