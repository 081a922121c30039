//! What the tests that try random cases in a database share: the connection, the numbers in their environment, and a runner
//! that repeats the same cases until it is told otherwise.

use std::env;

use postgres::{Client, NoTls};
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestError, TestRng, TestRunner};

/// Connects to the database that the test may change.
pub fn connect() -> Client {
    let url = env::var("TASKER_TEST_DATABASE_URL").unwrap_or_else(|_| {
        panic!(
            "TASKER_TEST_DATABASE_URL is not set; it names the database to test in, for example \
             \"host=/tmp/cluster user=postgres dbname=tasker_test\", and `make test` sets it"
        )
    });
    Client::connect(&url, NoTls).expect("a connection to TASKER_TEST_DATABASE_URL")
}

/// The schema of the extension.
pub fn schema_of_extension(client: &mut Client) -> String {
    let sql = "SELECT pronamespace::regnamespace::text FROM pg_proc WHERE proname = '_tasker_drift'";
    client.query_one(sql, &[]).expect("the extension").get(0)
}

/// The number in an environment variable.
pub fn number(variable: &str, default: u32) -> u32 {
    env::var(variable)
        .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is not a number")))
}

/// A runner of so many cases. The seed is the number in `seed_variable`, or 1; "random" draws one. Streams have
/// different cases.
pub fn runner(
    seed_variable: &str,
    stream: u8,
    cases: u32,
    max_shrink_iters: u32,
    failure_persistence: Option<FileFailurePersistence>,
) -> TestRunner {
    let config = Config {
        cases,
        failure_persistence: failure_persistence.map(|persistence| Box::new(persistence) as _),
        max_shrink_iters,
        max_shrink_time: 60_000,
        ..Config::default()
    };
    if env::var(seed_variable).is_ok_and(|seed| seed == "random") {
        return TestRunner::new(config);
    }
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number(seed_variable, 1).to_le_bytes());
    seed[4] = stream;
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// The smallest case that failed, with the reason.
pub fn failure_of<T: std::fmt::Debug>(outcome: Result<(), TestError<T>>) -> Option<(T, String)> {
    match outcome {
        Ok(()) => None,
        Err(TestError::Fail(reason, case)) => Some((case, reason.to_string())),
        Err(TestError::Abort(reason)) => panic!("aborted: {reason}"),
    }
}
