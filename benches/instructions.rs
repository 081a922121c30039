//! Runs one workload of `src/core` once, for instructions.sh to count its instructions; without an argument, names them all.
#![allow(missing_docs, dead_code, unused_imports, reason = "a bench uses a part of what it includes")]
#![allow(clippy::print_stdout, reason = "its output is read by a script")]

#[path = "../src/core/mod.rs"]
mod core;
#[path = "core/workloads.rs"]
mod workloads;

use std::process::ExitCode;

/// What callgrind counts, by this name.
#[inline(never)]
#[unsafe(no_mangle)]
extern "C" fn tasker_core_measured(run: &workloads::Workload) {
    run();
}

fn main() -> ExitCode {
    // Cargo passes options of its own.
    let Some(name) = std::env::args().skip(1).find(|argument| !argument.starts_with('-')) else {
        workloads::ALL.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    };
    let Some((_, prepare)) = workloads::ALL.iter().find(|(known, _)| *known == name) else {
        return ExitCode::FAILURE;
    };
    let run = prepare();
    // What is done at the first time alone is not what a server does.
    run();
    tasker_core_measured(&run);
    ExitCode::SUCCESS
}
