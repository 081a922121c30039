//! Keeps the leases of steps: which worker holds a step, and the token that proves it.

use crate::core::error::TaskerError;
use crate::core::explain::LeasePart;
use crate::core::ids::{StepId, TaskId};
use crate::core::steps::Step;
use crate::core::time::{Duration, Timestamp};
use crate::core::time_limits::LeaseTerms;
use crate::pg::datum::export;
use crate::pg::queue::times::{self, Beginning};
use crate::pg::reading::config;
use crate::pg::reading::loader::Reader;
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::{self, Datum};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A `claim_token`: a UUID of version 8, which is 60 random bits and, in the last 62, the id of its step. So leases
/// need no index on their tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token([u8; 16]);

impl Token {
    /// Makes a new, unique token for a step.
    pub fn random(step: StepId) -> Self {
        // SAFETY: gen_random_uuid() takes no argument, and returns a uuid, or raises an error.
        let random = unsafe { pgrx::direct_function_call_as_datum(pg_sys::gen_random_uuid, &[]) };
        let mut bytes = random.map_or([0; 16], |uuid| Self::of(uuid).0);
        bytes[6] = 0x80 | bytes[6] & 0x0f;
        bytes[8..].copy_from_slice(&(1 << 63 | (step.0 as u64) << 2 >> 2).to_be_bytes());
        Self(bytes)
    }

    /// Returns the step of the token.
    pub fn step(&self) -> StepId {
        let last = self.0[8..].iter().fold(0, |number, byte| number << 8 | i64::from(*byte));
        StepId(last << 2 >> 2)
    }

    /// Returns the bytes of the token.
    pub const fn bytes(&self) -> [u8; 16] {
        self.0
    }

    /// Reads a token from a `uuid` value.
    pub fn of(datum: Datum) -> Self {
        // SAFETY: a uuid is passed by reference, to 16 bytes that are never toasted.
        Self(unsafe { *datum.cast_mut_ptr::<[u8; 16]>() })
    }

    /// Returns the `uuid` value, which borrows from the token.
    pub fn datum(&self) -> Datum {
        Datum::from(self.0.as_ptr())
    }
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

/// The lease of a worker on a step.
pub struct Lease {
    pub token: Token,
    pub worker: String,
    pub attempt: i32,
    pub claimed_at: Timestamp,
    pub until: Timestamp,
    /// True if the step was cancelled while the worker held it.
    pub is_over: bool,
    pub heartbeat_at: Option<Timestamp>,
    /// The progress that the worker has reported: a `jsonb` value in the memory context in which it was read.
    pub progress: Option<Datum>,
}

impl Lease {
    /// Returns the public part of the lease, without the token.
    pub fn into_public(self) -> Result<LeasePart, TaskerError> {
        let Self { token: _, worker, attempt, claimed_at, until, is_over: _, heartbeat_at, progress } = self;
        let progress = progress.map(spi::json_of).transpose()?;
        Ok(LeasePart { worker, attempt, claimed_at, lease_until: until, heartbeat_at, progress })
    }
}

impl Reader<'_> {
    /// Returns the lease of a step.
    pub fn lease(&self, step: StepId) -> Result<Option<Lease>, TaskerError> {
        Ok(self.leases(&[step.0])?.remove(&step))
    }

    /// Returns the leases of those steps that have one.
    pub fn leases(&self, steps: &[i64]) -> Result<HashMap<StepId, Lease>, TaskerError> {
        let mut leases = HashMap::new();
        self.session.look_up(LookUp::Leases, steps, |row| {
            let Some(token) = row.value(0) else { return Ok(()) };
            let lease = Lease {
                token: Token::of(token),
                worker: row.text(1, str::to_owned),
                attempt: row.i32(2),
                claimed_at: row.optional_timestamp(3).unwrap_or(Timestamp::MINUS_INFINITY),
                until: row.optional_timestamp(4).unwrap_or(Timestamp::MINUS_INFINITY),
                is_over: row.value(5).is_some(),
                heartbeat_at: row.optional_timestamp(6),
                progress: row.value(7).map(spi::kept),
            };
            leases.insert(StepId(row.i64(8)), lease);
            Ok(())
        })?;
        Ok(leases)
    }
}

/// The leases of claimed steps.
pub struct Leases<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Leases<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Grants the worker leases on steps.
    pub fn grant(
        &self,
        ready: &[&Step],
        worker: &str,
        length: Option<Duration>,
    ) -> Result<HashMap<StepId, (Token, Timestamp)>, TaskerError> {
        let mut leases = HashMap::with_capacity(ready.len());
        for (terms, steps) in self.by_terms(ready, length)? {
            let until = terms.lease_until(self.writer.now);
            let given = self.put_leases(&steps, worker, terms.length, until)?;
            if let Some(ends_at) = terms.ends_at(self.writer.now) {
                let tasks: HashMap<StepId, TaskId> =
                    steps.iter().map(|step| (step.id, step.task_id)).collect();
                let begun = given.iter().filter_map(|(step, token)| {
                    Some(Beginning { step: *step, task: *tasks.get(step)?, token: token.datum() })
                });
                times::begin(self.writer.session, &begun.collect::<Vec<_>>(), ends_at)?;
            }
            leases.extend(given.into_iter().map(|(step, token)| (step, (token, until))));
        }
        Ok(leases)
    }

    /// Groups steps by the terms on which their worker holds them. What the claim asks for goes over what the step says,
    /// and that over the configuration.
    fn by_terms<'s>(
        &self,
        ready: &[&'s Step],
        length: Option<Duration>,
    ) -> Result<BTreeMap<LeaseTerms, Vec<&'s Step>>, TaskerError> {
        let ids: Vec<i64> = ready.iter().map(|step| step.id.0).collect();
        let own = times::of_steps(self.writer.session, &ids)?;
        let configured = config::lease_terms(self.writer.session, ready)?;
        // An installation of an earlier layout has nowhere to note the end of an execution.
        let may_limit = times::may_limit(self.writer.session);
        let mut groups: BTreeMap<LeaseTerms, Vec<&Step>> = BTreeMap::new();
        for (step, otherwise) in ready.iter().zip(configured) {
            let own = own.get(&step.id).map(|kept| kept.times).unwrap_or_default();
            let terms = LeaseTerms {
                length: length.or(own.lease()).unwrap_or(otherwise.length),
                timeout: own.timeout().or(otherwise.timeout).filter(|_| may_limit),
            };
            groups.entry(terms).or_default().push(step);
        }
        Ok(groups)
    }

    /// Writes leases of one length, each with a token of its own.
    fn put_leases(
        &self,
        steps: &[&Step],
        worker: &str,
        lease: Duration,
        until: Timestamp,
    ) -> Result<Vec<(StepId, Token)>, TaskerError> {
        let ids: Vec<i64> = steps.iter().map(|step| step.id.0).collect();
        let (worker, now) = (export::text(worker), spi::timestamp(self.writer.now));
        let (until, length) = (spi::timestamp(until), spi::interval(lease));
        let mut given: Vec<(StepId, Token)> =
            steps.iter().map(|step| (step.id, Token::random(step.id))).collect();
        if self.writer.reader().leases(&ids)?.is_empty() {
            let rows = steps.iter().zip(&given).map(|(step, (id, token))| {
                let (task, attempt) = (spi::bigint(step.task_id.0), step.next_attempt().into());
                let (id, token) = (spi::bigint(id.0), token.datum());
                vec![
                    Some(id),
                    Some(task),
                    Some(token),
                    Some(worker),
                    Some(attempt),
                    Some(now),
                    Some(until),
                    Some(length),
                    None,
                    None,
                    None,
                    Some(until),
                ]
            });
            if self
                .writer
                .session
                .tables()
                .insert_rows(LookUp::WholeLeases, &rows.collect::<Vec<_>>())
                .is_some()
            {
                return Ok(given);
            }
        }
        let tokens: Vec<Datum> = given.iter().map(|(_, token)| token.datum()).collect();
        let arguments = [spi::bigint_array(&ids), worker, now, until, length, spi::uuid_array(tokens)];
        let mut written = HashSet::with_capacity(steps.len());
        self.writer.session.write_returning(Statement::PutLeases, &arguments, |row| {
            written.insert(StepId(row.i64(0)));
        })?;
        given.retain(|(step, _)| written.contains(step));
        Ok(given)
    }
}
