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

use std::cmp::Ordering;
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

/// The transactions that a snapshot shows, in one database cluster; after a restore, also those of earlier clusters.
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
    /// The other clusters that have recorded events which the snapshot shows, in ascending order. These events came with a
    /// restore, so all of their transactions have ended.
    pub others: Vec<Earlier>,
}

/// A cluster that has recorded events before a restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Earlier {
    /// Its identifier.
    pub cluster: u64,
    /// The place in its log of the last of these events.
    pub log: u64,
}

/// A part of a batch: the events that one cluster has recorded, of the transactions that one snapshot does not show, but
/// another one does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The place of the part in its batch.
    pub origin: Origin,
    /// The cluster, and what was seen of it before.
    pub from: SeenTransactions,
    /// What the batch shows of it.
    pub to: SeenTransactions,
    /// The place in the log of its last event in the batch: the data may come back to an earlier cluster, which then records
    /// more.
    pub up_to: u64,
}

impl SeenTransactions {
    /// All transactions of a cluster.
    fn all_of(cluster: u64) -> Self {
        Self { cluster, next: i64::MAX as u64, ..Self::default() }
    }

    /// Returns the parts of the batch from this snapshot to another one, in their order. What earlier clusters have recorded
    /// is older than what this one has.
    pub fn parts_to(&self, to: &Self) -> Vec<Part> {
        // The events of a cluster that had been seen as another one's: data may come back to where it was.
        let unseen = |cluster| match self.others.iter().find(|earlier| earlier.cluster == cluster) {
            Some(earlier) => Self { cluster, log: earlier.log + 1, ..Self::default() },
            None => Self { cluster, ..Self::default() },
        };
        let mut parts = Vec::new();
        for Earlier { cluster, log } in &to.others {
            let (origin, from) = match *cluster == self.cluster {
                true => (Origin::LastRead, self.clone()),
                false => (Origin::Between(*cluster), unseen(*cluster)),
            };
            parts.push(Part { origin, from, to: Self::all_of(*cluster), up_to: *log });
        }
        parts.sort_by_key(|part| part.origin);
        let from = if self.cluster == to.cluster { self.clone() } else { unseen(to.cluster) };
        parts.push(Part { origin: Origin::Here, from, to: to.clone(), up_to: LAST_PLACE.0 });
        parts
    }

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

/// The cluster that has recorded an event of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The one in which the consumer read the batch before, and from which the data was restored since.
    #[default]
    LastRead,
    /// One in which the consumer has read nothing since it had the data.
    Between(u64),
    /// The one of the batch.
    Here,
}

/// The place of an event among the events of one cluster: its place in the log, its transaction, its number.
pub type Place = (u64, u64, u32);

/// A place after those of all events. Its numbers are in range of the types of the stored rows.
const LAST_PLACE: Place = (i64::MAX as u64, i64::MAX as u64, i32::MAX as u32);

/// The place of an event among the events of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EventKey {
    /// Where the event was recorded.
    pub origin: Origin,
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

    /// Returns up to which place the events of a cluster are acknowledged, of the transactions that the returned snapshot
    /// shows and the one before the batch does not.
    pub fn acknowledged_in(&self, cluster: u64) -> Option<(SeenTransactions, Place)> {
        let (batch, last) = self.part.as_ref()?;
        let part = self.seen.parts_to(batch).into_iter().find(|part| part.from.cluster == cluster)?;
        match part.origin.cmp(&last.origin) {
            Ordering::Less => Some((part.to, (part.up_to, LAST_PLACE.1, LAST_PLACE.2))),
            Ordering::Equal => Some((part.to, (last.log, last.transaction, last.number))),
            Ordering::Greater => None,
        }
    }

    /// Returns whether an event that a cluster has recorded is acknowledged.
    pub fn has(&self, cluster: u64, place: Place) -> bool {
        let was_seen = |earlier: &Earlier| earlier.cluster == cluster && place.0 <= earlier.log;
        let is_seen =
            self.seen.cluster == cluster && self.seen.shows(place.1) || self.seen.others.iter().any(was_seen);
        let in_part = || {
            self.acknowledged_in(cluster).is_some_and(|(batch, up_to)| batch.shows(place.1) && place <= up_to)
        };
        is_seen || in_part()
    }
}

impl Position {
    /// Returns the cluster that has recorded the event.
    pub const fn cluster(&self) -> u64 {
        match self.key.origin {
            Origin::LastRead => self.seen.cluster,
            Origin::Between(cluster) => cluster,
            Origin::Here => self.batch.cluster,
        }
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
        for (at, earlier) in self.others.iter().enumerate() {
            let before = if at > 0 { "," } else { "." };
            write!(f, "{before}{:x}-{:x}", earlier.cluster, earlier.log)?;
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
        let (text, others) = match text.match_indices('.').nth(3) {
            Some((at, _)) => (&text[..at], &text[at + 1..]),
            None => (text, ""),
        };
        let [cluster, log, next, running] = split(text, '.')?;
        let (log, next) = (number(log)?, number(next)?);
        let of = |text: &str| {
            let [transaction, before] = split(text, '-')?;
            let since = log.checked_sub(number(before)?).ok_or(NotAPosition)?;
            Ok(Running { number: number(transaction)?, since })
        };
        let running = list(running).map(of).collect::<Result<Vec<_>, _>>()?;
        let earlier = |text: &str| {
            let [cluster, log] = split(text, '-')?;
            Ok(Earlier { cluster: hexadecimal(cluster)?, log: number(log)? })
        };
        let others = list(others).map(earlier).collect::<Result<Vec<_>, _>>()?;
        let is_ascending = running.windows(2).all(|pair| pair[0].number < pair[1].number);
        if !is_ascending || running.last().is_some_and(|last| last.number >= next) {
            return Err(NotAPosition);
        }
        Ok(Self { cluster: hexadecimal(cluster)?, log, next, running, others })
    }
}

impl fmt::Display for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::LastRead => f.write_str("0")?,
            Origin::Between(cluster) => write!(f, "0-{cluster:x}")?,
            Origin::Here => f.write_str("1")?,
        }
        write!(f, ".{:x}.{:x}.{:x}", self.log, self.transaction, self.number)
    }
}

impl FromStr for EventKey {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let [origin, log, transaction, in_transaction] = split(text, '.')?;
        let origin = match origin {
            "0" => Origin::LastRead,
            "1" => Origin::Here,
            between => match split(between, '-')? {
                ["0", cluster] => Origin::Between(hexadecimal(cluster)?),
                [_, _] => return Err(NotAPosition),
            },
        };
        let in_transaction = number(in_transaction)?;
        let number_of = i32::try_from(in_transaction).map_err(|_| NotAPosition)?;
        Ok(Self {
            origin,
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

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|_| !text.is_empty())
}

fn split<const PARTS: usize>(text: &str, separator: char) -> Result<[&str; PARTS], NotAPosition> {
    let parts: Vec<&str> = text.split(separator).collect();
    parts.try_into().map_err(|_| NotAPosition)
}
