#!/bin/sh
# Compiles the dependencies of the library without the source, in the folder that has Cargo.lock and the Cargo.toml of all packages.
# Argument: the feature for the version of PostgreSQL, such as pg15.
set -eu
mkdir -p src/bin
touch src/lib.rs
echo 'fn main() {}' >src/bin/pgrx_embed.rs
cargo build --release --lib --no-default-features --features "$1"
# The next build must not take the empty library for the real one.
rm -rf target/release/libtasker_core.* target/release/.fingerprint/tasker_core-* src
