//! How many steps a process should run at once: advice from how busy the system and the process's connections are
//! (semantics 4.4, 4.12).

use super::config::ExecutionSettings;

/// How many tasks and steps there are, and how many of them are at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Tasks in `pending` or `in_progress`.
    pub active_tasks: i64,
    /// All tasks.
    pub total_tasks: i64,
    /// Steps in `pending` or `in_progress`.
    pub active_steps: i64,
    /// All steps.
    pub total_steps: i64,
}

/// The connections of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// How many there may be.
    pub size: i64,
    /// How many are in use.
    pub busy: i64,
}

/// How scarce connections are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressure {
    /// At most half of them are in use.
    Low,
    /// At most 70 %.
    Moderate,
    /// At most 85 %.
    High,
    /// More.
    Critical,
}

impl Load {
    /// A share from 0 to 1: 30 % of it is the share of tasks at work, 70 % that of steps.
    fn share(self) -> f64 {
        let share = |active: i64, total: i64| (active.max(1) as f64 / total.max(1) as f64).min(1.0);
        0.3 * share(self.active_tasks, self.total_tasks) + 0.7 * share(self.active_steps, self.total_steps)
    }
}

impl Pool {
    fn available(self) -> i64 {
        self.size.saturating_sub(self.busy).max(0)
    }

    /// How scarce they are. A pool without connections is as scarce as can be.
    pub fn pressure(self) -> Pressure {
        if self.size < 1 {
            return Pressure::Critical;
        }
        // Rounded as the engine does, to a tenth of a percent.
        match (self.busy.max(0) as f64 / self.size as f64 * 1_000.0).round() as i64 {
            ..=500 => Pressure::Low,
            501..=700 => Pressure::Moderate,
            701..=850 => Pressure::High,
            851.. => Pressure::Critical,
        }
    }
}

/// The advice: what load and connections both allow, within the bounds of the settings.
pub fn recommend(load: Load, pool: Option<Pool>, settings: &ExecutionSettings) -> i32 {
    let (least, most) = settings.bounds();
    let by_load = by_load(load, least, most);
    let advice = pool.map_or(by_load, |pool| by_load.min(by_connections(pool, settings)));
    advice.clamp(least, most) as i32
}

fn by_load(load: Load, least: i64, most: i64) -> i64 {
    match load.share() {
        share if share <= 0.3 => most,
        share if share <= 0.6 => (((most - least) as f64 * 0.6) + least as f64).round() as i64,
        _ => least + 1,
    }
}

fn by_connections(pool: Pool, settings: &ExecutionSettings) -> i64 {
    let (least, most) = settings.bounds();
    let available = pool.available();
    let share = |factor: f64, of: i64| (of as f64 * factor).floor() as i64;
    let pressure = pool.pressure();
    let advice = share(settings.factor(pressure), available).min(most).max(least);
    match pressure {
        Pressure::Low => advice,
        Pressure::Moderate => advice.min(share(0.6, available)),
        Pressure::High => share(0.7, advice).min(share(0.6, available)),
        Pressure::Critical => least.min(share(0.6, available)),
    }
}
