//! Positions in the event stream. They follow the order in which transactions become visible, not the order in which
//! they write: a consumer remembers which transactions it has seen, and never passes one that commits late.
//!
//! A reader gets *batches*. A batch has the events of all transactions that have committed since the consumer's last
//! batch, in the order of their [`EventKey`]s. An event is written at the end of its transaction, so of two transactions,
//! the one that saw the other's changes has the greater keys: events of one task are in order.
//!
//! A batch is read in the order of the write-ahead log, from a place behind which none of its events can be. A transaction
//! that began after the last batch writes its events behind the place of that batch. A transaction that ran then may have
//! written them before; so a consumer remembers, for each transaction that runs, the place of the last batch before it
//! began.

use std::fmt;
use std::str::FromStr;

/// A transaction that had not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its number.
    pub number: u64,
    /// A place in the write-ahead log before all of its events.
    pub since: u64,
}

/// The transactions that a snapshot shows, in one database cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenTransactions {
    /// The identifier of the cluster: numbers of transactions mean something in their cluster alone.
    pub cluster: u64,
    /// A place in the write-ahead log before the snapshot was taken: transactions that began later than the snapshot write
    /// their events behind it.
    pub log: u64,
    /// The first transaction that had not begun yet.
    pub next: u64,
    /// The transactions before it that had not ended, in ascending order.
    pub running: Vec<Running>,
}

impl SeenTransactions {
    /// Returns whether the snapshot shows what a transaction of the cluster has written.
    pub fn shows(&self, transaction: u64) -> bool {
        transaction < self.next && self.place_of(transaction).is_err()
    }

    fn place_of(&self, transaction: u64) -> Result<usize, usize> {
        self.running.binary_search_by_key(&transaction, |running| running.number)
    }

    /// This snapshot as the one of the batch after another one: the place in the log of the earlier one is before the
    /// events of all transactions that it had not seen begin.
    #[must_use]
    pub fn following(&self, earlier: &Self) -> Self {
        let mut next = self.clone();
        if earlier.cluster == self.cluster {
            next.log = next.log.max(earlier.log);
            for running in &mut next.running {
                running.since = match earlier.place_of(running.number) {
                    Ok(place) => earlier.running[place].since,
                    Err(_) if running.number >= earlier.next => earlier.log,
                    Err(_) => 0,
                };
            }
        }
        next
    }

    /// The place in the log behind which the events of the next batch are, if that one shows `to`: of the transactions that
    /// ran at this one, only those that have ended matter.
    pub fn reads_from(&self, to: &Self) -> u64 {
        let ended = self.running.iter().filter(|running| to.shows(running.number));
        ended.map(|running| running.since).fold(self.log, u64::min)
    }

    /// Returns whether the snapshot shows all that another one shows.
    pub fn includes(&self, other: &Self) -> bool {
        self.cluster == other.cluster
            && self.next >= other.next
            && !self.running.iter().any(|running| other.shows(running.number))
    }
}

/// The place of an event among the events of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// Whether the event was written in this cluster, and not in the one from which the data was restored.
    pub is_of_here: bool,
    /// The place in the write-ahead log at which its transaction began to write its events, and the number of the rows of
    /// events that it wrote before. Each of these rows takes more than a byte of the log: a transaction that saw them has
    /// greater places.
    pub log: u64,
    /// Its transaction.
    pub transaction: u64,
    /// Its number in the row, from 1.
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
        for (at, running) in self.running.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{:x}-{:x}", running.number, self.log.saturating_sub(running.since))?;
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
        let (log, next) = (number(log)?, number(next)?);
        let of = |text: &str| {
            let [transaction, before] = split(text, '-')?;
            let since = log.checked_sub(number(before)?).ok_or(NotAPosition)?;
            Ok(Running { number: number(transaction)?, since })
        };
        let running = match running {
            "" => Vec::new(),
            running => running.split(',').map(of).collect::<Result<Vec<_>, _>>()?,
        };
        let is_ascending = running.windows(2).all(|pair| pair[0].number < pair[1].number);
        if !is_ascending || running.last().is_some_and(|last| last.number >= next) {
            return Err(NotAPosition);
        }
        Ok(Self { cluster: hexadecimal(cluster)?, log, next, running })
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
