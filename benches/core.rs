//! How long the rules of `src/core` take, without PostgreSQL: `cargo bench --bench core`.
#![allow(missing_docs, dead_code, unused_imports, reason = "a bench uses a part of what it includes")]

#[path = "../src/core/mod.rs"]
mod core;
#[path = "core/workloads.rs"]
mod workloads;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, prepare) in workloads::ALL {
        let run = prepare();
        criterion.bench_function(name, |bencher| bencher.iter(&run));
    }
    criterion.final_summary();
}
