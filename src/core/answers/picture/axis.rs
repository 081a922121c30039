//! A time axis: the position of an instant, and the labelled instants.

use crate::core::time::Timestamp;

/// The highest number of ticks beside the one at 0.
const MOST_TICKS: f64 = 8.0;
const SECOND: f64 = 1_000_000.0;
const MINUTE: f64 = 60.0 * SECOND;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
/// The steps between a second and a day that are not powers of ten.
const STEPS: [f64; 18] = [
    SECOND,
    2.0 * SECOND,
    5.0 * SECOND,
    10.0 * SECOND,
    15.0 * SECOND,
    30.0 * SECOND,
    MINUTE,
    2.0 * MINUTE,
    5.0 * MINUTE,
    10.0 * MINUTE,
    15.0 * MINUTE,
    30.0 * MINUTE,
    HOUR,
    2.0 * HOUR,
    3.0 * HOUR,
    6.0 * HOUR,
    12.0 * HOUR,
    DAY,
];

/// A time axis from one instant to a later one, drawn at some width. Lengths are microseconds as `f64`: PostgreSQL's
/// infinities are far away but finite.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    from: f64,
    span: f64,
    width: f64,
}

impl Axis {
    /// The axis between two instants; if the second is not later, it has no length.
    pub fn new(from: Timestamp, to: Timestamp, width: f64) -> Self {
        let from = from.to_postgres() as f64;
        Self { from, span: (to.to_postgres() as f64 - from).max(0.0), width }
    }

    /// The length of the axis.
    pub fn span(&self) -> f64 {
        self.span
    }

    /// The position of an instant: from 0 to the width, whatever the instant is.
    pub fn place(&self, at: Timestamp) -> f64 {
        if self.span > 0.0 {
            ((at.to_postgres() as f64 - self.from) / self.span).clamp(0.0, 1.0) * self.width
        } else {
            0.0
        }
    }

    /// The time between two instants.
    pub fn length(&self, from: Timestamp, to: Timestamp) -> f64 {
        (to.to_postgres() as f64 - from.to_postgres() as f64).max(0.0)
    }

    /// The ticks and their labels: the time since the beginning, in round steps.
    pub fn ticks(&self) -> Vec<(f64, String)> {
        if self.span <= 0.0 {
            return vec![(0.0, duration(0.0))];
        }
        let step = self.step();
        let count = (self.span / step + 1e-9).floor() as usize;
        (0..=count).map(|at| at as f64 * step).map(|at| (at / self.span * self.width, duration(at))).collect()
    }

    /// The least round step that needs no more than the permitted ticks.
    fn step(&self) -> f64 {
        let least = self.span / MOST_TICKS;
        if let Some(step) = STEPS.into_iter().find(|&step| step >= least).filter(|_| least > SECOND / 2.0) {
            return step;
        }
        let unit = if least > DAY { DAY } else { 1.0 };
        let power = 10_f64.powf((least / unit).max(1.0).log10().floor());
        let round = [1.0, 2.0, 5.0].into_iter().find(|round| round * power * unit >= least).unwrap_or(10.0);
        round * power * unit
    }
}

/// A length of time in its two largest units: `2 h 30 min`, `1.5 s`, `20 ms`.
pub fn duration(microseconds: f64) -> String {
    let pair = |large: f64, large_name: &str, small: f64, small_name: &str| {
        let total = (microseconds / small).round();
        let per_large = (large / small).round();
        let (whole, rest) = ((total / per_large).floor(), total % per_large);
        if rest > 0.0 {
            format!("{whole} {large_name} {rest} {small_name}")
        } else {
            format!("{whole} {large_name}")
        }
    };
    let decimal = |unit: f64, name: &str| format!("{} {name}", (microseconds / unit * 100.0).round() / 100.0);
    // Each limit is the value at which the smaller unit would round up to the larger one.
    match microseconds {
        m if m <= 0.0 => "0 s".to_owned(),
        m if m < 999.5 => decimal(1.0, "µs"),
        m if m < SECOND - 5.0 => decimal(1_000.0, "ms"),
        m if m < MINUTE - 5_000.0 => decimal(SECOND, "s"),
        m if m < HOUR - SECOND / 2.0 => pair(MINUTE, "min", SECOND, "s"),
        m if m < DAY - MINUTE / 2.0 => pair(HOUR, "h", MINUTE, "min"),
        _ => pair(DAY, "d", HOUR, "h"),
    }
}
