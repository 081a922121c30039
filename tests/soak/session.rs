//! A connection that comes back: backends are killed and the server restarts while the soak runs.

use std::collections::HashMap;
use std::env;
use std::thread::sleep;
use std::time::Duration;

use postgres::types::ToSql;
use postgres::{Client, Config, Error, NoTls, Row, Statement};

/// How many times a connection is tried, with 20 ms between: long enough for a crash recovery.
const TRIES: u32 = 3000;

pub struct Session {
    config: Config,
    setup: String,
    client: Option<Client>,
    statements: HashMap<String, Statement>,
    /// How many connections were lost.
    pub lost: u32,
}

/// Why a statement brought no answer.
#[derive(Debug)]
pub enum Failure {
    /// The connection is gone; whether the statement took effect is not known.
    Lost,
    /// The server refused it, with this SQLSTATE and message; it took no effect.
    Refused(String, String),
}

impl Session {
    /// `setup` runs on each new connection.
    pub fn new(application: &str, setup: &str) -> Self {
        let url =
            env::var("TASKER_TEST_DATABASE_URL").expect("TASKER_TEST_DATABASE_URL, set by tests/soak.sh");
        let mut config: Config = url.parse().expect("a valid TASKER_TEST_DATABASE_URL");
        config.application_name(application);
        Self { config, setup: setup.to_owned(), client: None, statements: HashMap::new(), lost: 0 }
    }

    fn client(&mut self) -> &mut Client {
        if self.client.is_none() {
            let setup = &self.setup;
            let connect = || {
                let mut client = self.config.connect(NoTls)?;
                client.batch_execute(setup)?;
                Ok(client)
            };
            let mut outcome: Result<Client, Error> = connect();
            for _ in 0..TRIES {
                if outcome.is_ok() {
                    break;
                }
                sleep(Duration::from_millis(20));
                outcome = connect();
            }
            self.statements.clear();
            self.client = Some(outcome.expect("the server comes back"));
        }
        self.client.as_mut().expect("connected")
    }

    pub fn query(&mut self, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Failure> {
        let known = self.statements.get(sql).filter(|_| self.client.is_some()).cloned();
        let statement = match known {
            Some(statement) => Ok(statement),
            None => self.client().prepare(sql),
        };
        let outcome = statement.and_then(|statement| {
            self.statements.insert(sql.to_owned(), statement.clone());
            self.client().query(&statement, parameters)
        });
        outcome.map_err(|error| self.failure(&error))
    }

    /// Statements without parameters and answer.
    pub fn execute(&mut self, sql: &str) -> Result<(), Failure> {
        self.client().batch_execute(sql).map_err(|error| self.failure(&error))
    }

    /// Asks until there is an answer; for statements that may run twice.
    pub fn insist(&mut self, sql: &str) -> Vec<Row> {
        loop {
            match self.query(sql, &[]) {
                Ok(rows) => return rows,
                Err(Failure::Lost) => {}
                Err(Failure::Refused(code, message)) => panic!("{sql}: {code} {message}"),
            }
        }
    }

    fn failure(&mut self, error: &Error) -> Failure {
        let refused = error.as_db_error().filter(|refusal| refusal.severity() == "ERROR");
        match refused {
            Some(refusal) => Failure::Refused(refusal.code().code().to_owned(), refusal.message().to_owned()),
            None => {
                self.client = None;
                self.lost += 1;
                Failure::Lost
            }
        }
    }
}
