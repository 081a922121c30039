//! Computes how many tasks of each pattern a data set has.

use super::pattern::Pattern;
use crate::core::error::TaskerError;
use serde_json::Value;

/// The source of a task in a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskSource {
    /// A pattern, which always has the same steps.
    Pattern(Pattern),
    /// A random workflow.
    Random,
}

impl TaskSource {
    /// The name in a distribution.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pattern(pattern) => pattern.as_str(),
            Self::Random => "random",
        }
    }

    /// The source of that name, if there is one.
    pub fn parse(name: &str) -> Option<Self> {
        if name == Self::Random.as_str() {
            return Some(Self::Random);
        }
        Pattern::parse(name).map(Self::Pattern)
    }

    /// The rank in [`Distribution::allot`].
    fn rank(self) -> usize {
        match self {
            Self::Pattern(pattern) => pattern as usize,
            Self::Random => Pattern::ALL.len(),
        }
    }
}

/// The share of each source, from 0 to 1; what is left over belongs to the linear pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution(Vec<(TaskSource, f64)>);

/// The greatest rounding error of a sum of shares that were written as decimal fractions.
const ROUNDING: f64 = 1e-9;

impl Distribution {
    /// The distribution of the engine's factory of data sets.
    pub fn of_engine() -> Self {
        Self(vec![
            (TaskSource::Pattern(Pattern::Linear), 0.30),
            (TaskSource::Pattern(Pattern::Diamond), 0.25),
            (TaskSource::Pattern(Pattern::ParallelMerge), 0.20),
            (TaskSource::Pattern(Pattern::Tree), 0.15),
            (TaskSource::Pattern(Pattern::Mixed), 0.10),
        ])
    }

    /// Reads an object of names and shares: `{"linear": 0.5, "random": 0.5}`.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] for anything else, for a name that does not exist, and for shares that are
    /// negative or more than 1 together.
    pub fn parse(document: &Value) -> Result<Self, TaskerError> {
        let refuse = |problem: String| TaskerError::invalid("distribution", problem);
        let Value::Object(members) = document else {
            return Err(refuse("must be an object of patterns and their shares".to_owned()));
        };
        let mut shares = vec![(TaskSource::Pattern(Pattern::Linear), 0.0)];
        for (name, share) in members {
            let source = TaskSource::parse(name).ok_or_else(|| {
                refuse(format!("names \"{name}\", which is not {}", Self::describe_sources()))
            })?;
            let share = share.as_f64().filter(|share| (0.0..=1.0).contains(share));
            let share =
                share.ok_or_else(|| refuse(format!("must give \"{name}\" a share between 0 and 1")))?;
            match source {
                TaskSource::Pattern(Pattern::Linear) => shares[0].1 = share,
                other => shares.push((other, share)),
            }
        }
        if shares.iter().map(|(_, share)| share).sum::<f64>() > 1.0 + ROUNDING {
            return Err(refuse("must not add up to more than 1".to_owned()));
        }
        shares.sort_by_key(|(source, _)| source.rank());
        Ok(Self(shares))
    }

    fn describe_sources() -> String {
        let names: Vec<&str> = Pattern::ALL.iter().map(|pattern| pattern.as_str()).collect();
        format!("{} or {}", names.join(", "), TaskSource::Random.as_str())
    }

    /// Divides tasks among the sources as the engine's factory rounds: each share for itself, halves away from zero.
    /// The linear pattern, the first source, gets or gives the difference. If it has too few tasks to give, the engine
    /// makes more tasks than requested; here, the last sources give theirs. The counts always add up to `tasks`.
    pub fn allot(&self, tasks: usize) -> Vec<(TaskSource, usize)> {
        let mut counts: Vec<(TaskSource, usize)> =
            self.0.iter().map(|&(source, share)| (source, (tasks as f64 * share).round() as usize)).collect();
        let assigned: usize = counts.iter().map(|(_, count)| count).sum();
        let mut surplus = assigned.saturating_sub(tasks);
        if let Some((_, linear)) = counts.first_mut() {
            *linear += tasks.saturating_sub(assigned);
            surplus -= take(linear, surplus);
        }
        for (_, count) in counts.iter_mut().rev() {
            surplus -= take(count, surplus);
        }
        counts
    }
}

/// Takes at most the wanted number, and returns how many it has taken.
fn take(from: &mut usize, wanted: usize) -> usize {
    let taken = wanted.min(*from);
    *from -= taken;
    taken
}
