//! Patterns of cron. The crate `croner` reads them and finds the next local time of one; it knows no time zone here.

use crate::core::error::TaskerError;
use chrono::{DateTime, NaiveDateTime};
use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};

/// The longest pattern, in characters.
const LONGEST: usize = 256;

/// A pattern of cron with five fields, or with six: then the first one is for seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronPattern {
    cron: Box<Cron>,
}

impl CronPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`TaskerError::InvalidArgument`] if it is none.
    pub fn parse(text: &str) -> Result<Self, TaskerError> {
        let fields = text.split_whitespace().count();
        if !text.trim_start().starts_with('@') && !(5..=6).contains(&fields) {
            return Err(TaskerError::invalid("cron", "must have five fields, or six with the seconds first"));
        }
        let parser = CronParser::builder().seconds(Seconds::Optional).year(Year::Disallowed).build();
        if text.chars().nth(LONGEST).is_some() {
            return Err(TaskerError::invalid("cron", format!("must have at most {LONGEST} characters")));
        }
        match parser.parse(text) {
            Ok(cron) => Ok(Self { cron: Box::new(cron) }),
            Err(problem) => {
                let (text, problem) = (text.escape_debug(), described(problem));
                Err(TaskerError::invalid(
                    "cron",
                    format!("must be a pattern of cron, not \"{text}\": {problem}"),
                ))
            }
        }
    }

    /// Returns the first local time after another one that the pattern names; both in seconds since 1970. `None`: there
    /// is none any more.
    pub fn next_local(&self, after: i64) -> Option<i64> {
        let after = local_time(after)?;
        self.cron.find_next_occurrence(&after, false).ok().map(|next| next.and_utc().timestamp())
    }

    /// Returns whether the pattern names times of day, and not a rhythm: its seconds, minutes and hours have no `*`.
    pub fn names_times_of_day(&self) -> bool {
        let fields: Vec<&str> = self.cron.as_str().split_whitespace().collect();
        // The fields for the day, the month and the day of the week are the last three.
        fields[..fields.len().saturating_sub(3)].iter().all(|field| !field.contains('*'))
    }
}

fn described(problem: CronError) -> String {
    let text = match problem {
        CronError::InvalidPattern(text)
        | CronError::IllegalCharacters(text)
        | CronError::ComponentError(text) => text,
        other => other.to_string(),
    };
    text.trim_end_matches('.').to_owned()
}

fn local_time(seconds: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp(seconds, 0).map(|time| time.naive_utc())
}
