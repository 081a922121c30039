//! Computes the options that apply to a task or a step: the layers of its scopes, over the defaults.

use crate::core::config::{BackoffSettings, EffectiveOptions, ReadinessSettings, Section};
use crate::core::error::TaskerError;
use crate::core::steps::Step;
use crate::core::time::Duration;
use crate::core::time_limits::{LeaseTerms, StepTimes};
use crate::pg::host::settings;
use crate::pg::reading::config_layers::{ConfigSubject, Layers};
use crate::pg::reading::loader::Reader;
use crate::pg::spi::Session;
use std::rc::Rc;

/// Returns how long a step may be in progress without a lease before it is stale; `None`: without limit.
pub fn stale_after(session: &Session, step: &Step) -> Result<Option<Duration>, TaskerError> {
    let general = settings::stale_after();
    Ok(match Layers::read(session, Section::Readiness)? {
        Some(layers) => ReadinessSettings::of(&*layers.applied_to(session, ConfigSubject::of(step))?)?
            .stale_after(general),
        None => general,
    })
}

/// Returns how long an execution without a lease may last, and whether that is its timeout: the shorter of this and of the
/// time after which it is stale. `own`: the timeout of the step itself.
pub fn unleased_limit(
    session: &Session,
    step: &Step,
    own: Option<Duration>,
) -> Result<Option<(Duration, bool)>, TaskerError> {
    let general = settings::stale_after();
    let (stale, configured) = match Layers::read(session, Section::Readiness)? {
        Some(layers) => {
            let applied = ReadinessSettings::of(&*layers.applied_to(session, ConfigSubject::of(step))?)?;
            (applied.stale_after(general), applied.timeout())
        }
        None => (general, None),
    };
    Ok(match (stale, own.or(configured)) {
        (Some(stale), Some(timeout)) => Some((stale.min(timeout), timeout <= stale)),
        (Some(stale), None) => Some((stale, false)),
        (None, timeout) => timeout.map(|timeout| (timeout, true)),
    })
}

/// Returns the terms on which workers hold steps that say nothing of their own, if the worker asks for none.
///
/// # Complexity
/// One look into an index if nothing has been set; otherwise a few for each step.
pub fn lease_terms(session: &Session, steps: &[&Step]) -> Result<Vec<LeaseTerms>, TaskerError> {
    let general = settings::default_lease();
    let layers = Layers::read(session, Section::Readiness)?;
    let terms = steps.iter().map(|step| match &layers {
        Some(layers) => {
            let applied = ReadinessSettings::of(&*layers.applied_to(session, ConfigSubject::of(step))?)?;
            Ok(LeaseTerms { length: applied.lease(general), timeout: applied.timeout() })
        }
        None => Ok(LeaseTerms { length: general, timeout: None }),
    });
    terms.collect()
}

/// The configured limits of the time of steps.
pub struct ConfiguredTimes(Option<Layers>);

impl ConfiguredTimes {
    /// The option that limits how long a step may be ready.
    const START: &'static str = "start_within_seconds";

    /// Reads them.
    ///
    /// # Complexity
    /// That of [`Layers::read`].
    pub fn read(session: &Session) -> Result<Self, TaskerError> {
        Ok(Self(Layers::read(session, Section::Readiness)?))
    }

    /// Returns whether a scope limits how long steps may be ready.
    pub fn limit_starts(&self) -> bool {
        self.0.as_ref().is_some_and(|layers| layers.sets(Self::START))
    }

    /// Completes the limits that a step has of its own.
    pub fn complete(
        &self,
        session: &Session,
        own: StepTimes,
        subject: ConfigSubject<'_>,
    ) -> Result<StepTimes, TaskerError> {
        match &self.0 {
            Some(layers) => Ok(ReadinessSettings::of(&*layers.applied_to(session, subject)?)?.complete(own)),
            None => Ok(own),
        }
    }
}

impl Reader<'_> {
    /// Returns the options of a section as they apply to a task or a step.
    ///
    /// # Complexity
    /// The cost of [`Layers::read`], and a few look-ups of names if something is set by name.
    pub fn config(
        &self,
        section: Section,
        subject: ConfigSubject<'_>,
    ) -> Result<Rc<EffectiveOptions>, TaskerError> {
        match Layers::read(self.session, section)? {
            Some(layers) => layers.applied_to(self.session, subject),
            None => Ok(Rc::new(EffectiveOptions::of(section, []))),
        }
    }

    /// Returns the settings for the backoff of a step.
    pub fn backoff_of(&self, step: &Step) -> Result<BackoffSettings, TaskerError> {
        BackoffSettings::of(&*self.config(Section::Backoff, ConfigSubject::of(step))?)
    }
}
