//! Positions in the event stream. They follow the order in which transactions become visible, not the order in which
//! they write: a consumer remembers which transactions it has seen, and never passes one that commits late.
//!
//! A reader gets *batches*. A batch has the events of all transactions that have committed since the consumer's last
//! batch, in the order of their [`EventKey`]s. An event is written at the end of its transaction, so of two transactions,
//! the one that saw the other's changes has the greater keys: events of one task are in order.

use std::fmt;
use std::str::FromStr;

/// The transactions that a snapshot shows, in one database cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenTransactions {
    /// The identifier of the cluster: numbers of transactions mean something in their cluster alone.
    pub cluster: u64,
    /// A place in the write-ahead log. Transactions that write events later, and that are not listed in `running`, are
    /// not seen; their events have greater keys.
    pub log: u64,
    /// The first transaction that had not begun yet.
    pub next: u64,
    /// The transactions before it that had not ended, in ascending order.
    pub running: Vec<u64>,
}

impl SeenTransactions {
    /// Returns whether the snapshot shows what a transaction of the cluster has written.
    pub fn shows(&self, transaction: u64) -> bool {
        transaction < self.next && self.running.binary_search(&transaction).is_err()
    }

    /// Returns whether the snapshot shows all that another one shows.
    pub fn includes(&self, other: &Self) -> bool {
        let still_runs = |transaction: &&u64| other.shows(**transaction);
        self.cluster == other.cluster
            && self.next >= other.next
            && !self.running.iter().any(|it| still_runs(&it))
    }
}

/// The place of an event among the events of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// Whether the event was written in this cluster, and not in the one from which the data was restored.
    pub is_of_here: bool,
    /// The place in the write-ahead log at which its transaction wrote its events.
    pub log: u64,
    /// Its transaction.
    pub transaction: u64,
    /// Its number in the transaction, from 1.
    pub number: u32,
}

/// The position of an event: all events of earlier batches, and those of its batch up to its key, are before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What the consumer has seen before the batch.
    pub seen: SeenTransactions,
    /// What the batch shows.
    pub batch: SeenTransactions,
    /// The place in the batch.
    pub key: EventKey,
}

/// How far a consumer has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The transactions whose events are all acknowledged.
    pub seen: SeenTransactions,
    /// The batch that is acknowledged in part, and the last acknowledged event of it.
    pub part: Option<(SeenTransactions, EventKey)>,
}

impl Progress {
    /// The progress of a consumer that has seen these transactions.
    pub const fn at(seen: SeenTransactions) -> Self {
        Self { seen, part: None }
    }

    /// The progress after a position is acknowledged; `None` if it is not beyond this progress.
    pub fn advanced(&self, to: &Position) -> Option<Self> {
        let is_beyond = match &self.part {
            _ if to.seen != self.seen => {
                to.seen.includes(self.part.as_ref().map_or(&self.seen, |(batch, _)| batch))
            }
            None => true,
            Some((batch, key)) => to.batch.includes(batch) && to.key > *key,
        };
        is_beyond.then(|| Self { seen: to.seen.clone(), part: Some((to.batch.clone(), to.key)) })
    }

    /// Returns whether an event of this cluster is acknowledged.
    pub fn has(&self, cluster: u64, key: &EventKey) -> bool {
        let is_in = |seen: &SeenTransactions| seen.cluster == cluster && seen.shows(key.transaction);
        // Who has seen something of this cluster has seen all of the one before it.
        let is_older = !key.is_of_here && self.seen.cluster != cluster;
        is_older
            || is_in(&self.seen)
            || self
                .part
                .as_ref()
                .is_some_and(|(batch, last)| (is_in(batch) || !key.is_of_here) && key <= last)
    }
}

/// The text is not a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAPosition;

impl fmt::Display for SeenTransactions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}.{:x}.", self.cluster, self.log, self.next)?;
        for (at, transaction) in self.running.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{transaction:x}")?;
        }
        Ok(())
    }
}

fn hexadecimal(text: &str) -> Result<u64, NotAPosition> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = if is_plain { u64::from_str_radix(text, 16).ok() } else { None };
    // The tables hold them as bigint; the identifier of a cluster has all bits.
    number.ok_or(NotAPosition)
}

fn number(text: &str) -> Result<u64, NotAPosition> {
    hexadecimal(text).and_then(|number| if number > i64::MAX as u64 { Err(NotAPosition) } else { Ok(number) })
}

impl FromStr for SeenTransactions {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let [cluster, log, next, running] = split(text, '.')?;
        let running = match running {
            "" => Vec::new(),
            running => running.split(',').map(number).collect::<Result<Vec<_>, _>>()?,
        };
        let next = number(next)?;
        let is_ascending = running.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_ascending || running.last().is_some_and(|last| *last >= next) {
            return Err(NotAPosition);
        }
        Ok(Self { cluster: hexadecimal(cluster)?, log: number(log)?, next, running })
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = u8::from(self.is_of_here);
        write!(f, "{place}.{:x}.{:x}.{:x}", self.log, self.transaction, self.number)
    }
}

impl FromStr for EventKey {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let [place, log, transaction, in_transaction] = split(text, '.')?;
        let is_of_here = match place {
            "0" => false,
            "1" => true,
            _ => return Err(NotAPosition),
        };
        let in_transaction = number(in_transaction)?;
        let number_of = i32::try_from(in_transaction).map_err(|_| NotAPosition)?;
        Ok(Self {
            is_of_here,
            log: number(log)?,
            transaction: number(transaction)?,
            number: number_of.unsigned_abs(),
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.seen, self.batch, self.key)
    }
}

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let [seen, batch, key] = split(text, '/')?;
        let position = Self { seen: seen.parse()?, batch: batch.parse()?, key: key.parse()? };
        let is_ordered =
            position.batch.cluster != position.seen.cluster || position.batch.includes(&position.seen);
        if is_ordered { Ok(position) } else { Err(NotAPosition) }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            None => write!(f, "{}", self.seen),
            Some((batch, key)) => write!(f, "{}/{batch}/{key}", self.seen),
        }
    }
}

impl FromStr for Progress {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        if text.contains('/') {
            let Position { seen, batch, key } = text.parse()?;
            return Ok(Self { seen, part: Some((batch, key)) });
        }
        Ok(Self::at(text.parse()?))
    }
}

fn split<const PARTS: usize>(text: &str, separator: char) -> Result<[&str; PARTS], NotAPosition> {
    let parts: Vec<&str> = text.split(separator).collect();
    parts.try_into().map_err(|_| NotAPosition)
}
