//! The event stream: the catalogue, consumers, reading and publishing.

pub(super) mod catalogue;
pub(super) mod consumer;
pub(super) mod publish;
pub(super) mod read;
pub(super) mod subscription;
