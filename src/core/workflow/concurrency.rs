//! Recommends how many steps a process should run at once, from the load of the system and the free
//! connections of the process.

use crate::core::config::ExecutionSettings;

/// The number of tasks and steps, and how many of them are active.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Tasks in `pending` or `in_progress`.
    pub active_tasks: i64,
    /// The number of all tasks.
    pub total_tasks: i64,
    /// Steps in `pending` or `in_progress`.
    pub active_steps: i64,
    /// The number of all steps.
    pub total_steps: i64,
}

/// The connections of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The size of the pool.
    pub size: i64,
    /// The number of connections in use.
    pub busy: i64,
}

/// The scarcity of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pressure {
    /// At most 50 % of the connections are in use.
    Low,
    /// At most 70 % of the connections are in use.
    Moderate,
    /// At most 85 % of the connections are in use.
    High,
    /// More than 85 % of the connections are in use.
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

    /// The scarcity of connections. It is critical for a pool without connections.
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

/// Recommends as many steps as load and connections both allow, within the bounds of the settings.
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
