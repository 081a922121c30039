//! Puts refused work aside with its error and tries it again, after a longer wait each time. Other work does not wait
//! for it.

use crate::core::error::TaskerError;
use crate::core::ids::{StepId, TaskId};
use crate::core::time::Timestamp;
use crate::core::trouble::{self, Trouble};
use crate::pg::datum::export;
use crate::pg::execution::limits::parked::ParkedSteps;
use crate::pg::queue::hints;
use crate::pg::spi::{self, LookUp, Statement};
use crate::pg::writing::subtransaction;
use crate::pg::writing::subtransaction::Refusal;
use crate::pg::writing::writer::Writer;
use pgrx::pg_sys::panic::ErrorReport;
use pgrx::{PgLogLevel, PgSqlErrorCode};

/// The kind of work that was refused. A timer leads to it again.
#[derive(Clone, Copy, Debug)]
pub enum WorkKind<'a> {
    /// The recovery of a step, or its rule.
    Step,
    /// The claim of a step.
    Claim,
    Task,
    /// The deletion of an ended task. No timer leads to it: the next round does.
    Purge,
    /// The parked steps of a bucket; the subject is 0.
    Bucket(&'a str),
}

impl WorkKind<'_> {
    /// Returns the text under which the kind is stored.
    pub fn text(self) -> String {
        match self {
            Self::Step => "step".to_owned(),
            Self::Claim => "claim".to_owned(),
            Self::Task => "task".to_owned(),
            Self::Purge => "purge".to_owned(),
            Self::Bucket(bucket) => format!("bucket {bucket}"),
        }
    }
}

/// Work that was refused.
pub struct Troubles<'a> {
    writer: &'a Writer<'a>,
}

impl<'a> Troubles<'a> {
    pub fn of(writer: &'a Writer<'a>) -> Self {
        Self { writer }
    }

    /// Does `work` for all subjects at once. If that is refused, does it for one after the other, and puts aside those
    /// that are refused again. Returns the results, and the subjects that were put aside.
    ///
    /// # Complexity
    /// One subtransaction; one more for each subject after a refusal.
    pub fn for_all_or_each<R>(
        &self,
        kind: WorkKind,
        subjects: &[i64],
        work: impl Fn(&[i64]) -> Result<R, TaskerError>,
    ) -> Result<(Vec<R>, Vec<i64>), TaskerError> {
        if subjects.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let (mut done, mut refused) = (Vec::new(), Vec::new());
        match subtransaction::attempt(self.writer, || work(subjects))? {
            Ok(all) => done.push(all),
            Err(refusal) if subjects.len() == 1 => {
                self.put_aside(kind, subjects[0], &refusal)?;
                refused.push(subjects[0]);
            }
            Err(_) => {
                for subject in subjects {
                    match subtransaction::attempt(self.writer, || work(&[*subject]))? {
                        Ok(one) => done.push(one),
                        Err(refusal) => {
                            self.put_aside(kind, *subject, &refusal)?;
                            refused.push(*subject);
                        }
                    }
                }
            }
        }
        let succeeded: Vec<i64> =
            subjects.iter().copied().filter(|subject| !refused.contains(subject)).collect();
        self.end_troubles(kind, &succeeded);
        Ok((done, refused))
    }

    /// Stores that work was refused, and sets a timer to try it again.
    pub fn put_aside(&self, kind: WorkKind, subject: i64, refusal: &Refusal) -> Result<(), TaskerError> {
        let attempts = self.trouble(kind, subject)?.map_or(0, |trouble| trouble.attempts).saturating_add(1);
        let next_try = self.writer.now.plus(trouble::wait(attempts));
        let arguments = [
            export::text(&kind.text()),
            spi::bigint(subject),
            attempts.into(),
            spi::timestamp(next_try),
            export::text(&refusal.sqlstate),
            export::text(&refusal.message),
            spi::timestamp(self.writer.now),
            spi::bigint(self.writer.installation.schema.to_u32().into()),
        ];
        self.writer.session.write(Statement::PutTrouble, &arguments);
        match kind {
            WorkKind::Step | WorkKind::Claim => {
                hints::set_step_timer(self.writer.session, StepId(subject), next_try)
            }
            WorkKind::Purge => {}
            WorkKind::Task => hints::set_task_timer(self.writer.session, TaskId(subject), next_try),
            WorkKind::Bucket(bucket) => ParkedSteps::of(self.writer).set_bucket_timer(bucket, next_try),
        }
        Ok(())
    }

    /// Warns the caller about a step that a constraint or trigger keeps from being claimed.
    pub fn warn_of_claim(&self, step: StepId, refusal: &Refusal) {
        let message = format!("workflow step {step} cannot be claimed: {}", refusal.message);
        ErrorReport::new(PgSqlErrorCode::ERRCODE_WARNING, message, "tasker_core")
            .set_hint(format!("tasker_explain_step({step}) shows when it is tried again."))
            .report(PgLogLevel::WARNING);
    }

    /// Removes the notes about refused work that has been done. If no work is put aside, this costs one read of an
    /// index.
    pub fn end_troubles(&self, kind: WorkKind, subjects: &[i64]) {
        if !subjects.is_empty() && !self.writer.session.is_surely_empty(LookUp::Troubles) {
            let arguments = [export::text(&kind.text()), spi::bigint_array(subjects)];
            self.writer.session.write(Statement::EndTroubles, &arguments);
        }
    }

    fn trouble(&self, kind: WorkKind, subject: i64) -> Result<Option<Trouble>, TaskerError> {
        self.writer.reader().trouble(kind, subject)
    }
}

impl crate::pg::reading::loader::Reader<'_> {
    /// Returns what is stored about refused work.
    pub fn trouble(&self, kind: WorkKind, subject: i64) -> Result<Option<Trouble>, TaskerError> {
        if self.session.is_surely_empty(LookUp::Troubles) {
            return Ok(None);
        }
        let mut found = None;
        let arguments = [export::text(&kind.text()), spi::bigint(subject)];
        self.session.read(Statement::TroubleOf, &arguments, |row| {
            found = Some(Trouble {
                work: kind.text(),
                attempts: row.i32(0),
                next_try: row.optional_timestamp(1).unwrap_or(Timestamp::INFINITY),
                sqlstate: row.text(2, str::to_owned),
                message: row.text(3, str::to_owned),
                since: row.optional_timestamp(4).unwrap_or(Timestamp::MINUS_INFINITY),
            });
            Ok(())
        })?;
        Ok(found)
    }
}
