//! Ticks of an axis and their labels.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeDelta};

/// Distance between two ticks of a time axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Seconds(u32),
    Days(u32),
    Months(u32),
}

/// Numbers from here on are written with an exponent.
const PLAIN_MAX: f64 = 1e15;

/// Maximum number of ticks: no terminal has room for more.
const TICKS_MAX: usize = 200;

impl Step {
    /// Distances that are easy to read, finest first.
    fn all() -> impl Iterator<Item = Self> {
        const HOUR: u32 = 3_600;
        let seconds = [60, 300, 900, 1_800, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR];
        let days = [1, 2, 7, 14];
        let months = [1, 2, 3, 6, 12, 24, 60, 120, 600, 1_200];
        let seconds = seconds.map(Self::Seconds).into_iter();
        let longer = days.map(Self::Days).into_iter();
        seconds.chain(longer.chain(months.map(Self::Months)))
    }

    /// Approximate length, for comparison.
    fn seconds(self) -> u64 {
        match self {
            Self::Seconds(seconds) => u64::from(seconds),
            Self::Days(days) => u64::from(days) * 86_400,
            Self::Months(months) => u64::from(months) * 2_629_746,
        }
    }

    /// Returns the last tick at or before a time.
    fn floor(self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        let midnight = time.date().and_hms_opt(0, 0, 0)?;
        match self {
            Self::Seconds(seconds) => {
                let since = (time - midnight).num_seconds();
                let since = since - since % i64::from(seconds);
                midnight.checked_add_signed(TimeDelta::seconds(since))
            }
            // Weeks begin on Mondays; other numbers of days count from a Monday.
            Self::Days(days) => {
                let monday = NaiveDate::from_ymd_opt(1970, 1, 5)?;
                let since = (time.date() - monday).num_days();
                let back = since.rem_euclid(i64::from(days));
                midnight.checked_sub_days(Days::new(back.unsigned_abs()))
            }
            Self::Months(months) => {
                let since = i64::from(time.year()) * 12 + i64::from(time.month0());
                let first = since - since.rem_euclid(i64::from(months));
                let year = i32::try_from(first.div_euclid(12)).ok()?;
                let month = u32::try_from(first.rem_euclid(12)).ok()? + 1;
                NaiveDate::from_ymd_opt(year, month, 1)?.and_hms_opt(0, 0, 0)
            }
        }
    }

    fn next(self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        match self {
            Self::Seconds(seconds) => time.checked_add_signed(TimeDelta::seconds(seconds.into())),
            Self::Days(days) => time.checked_add_days(Days::new(u64::from(days))),
            Self::Months(months) => time.checked_add_months(Months::new(months)),
        }
    }

    fn format(self) -> &'static str {
        match self {
            Self::Seconds(_) => "%m-%d %H:%M",
            Self::Days(_) => "%Y-%m-%d",
            Self::Months(months) if months % 12 == 0 => "%Y",
            Self::Months(_) => "%Y-%m",
        }
    }
}

/// Returns the ticks from `first` to `last`, in seconds since 1970, and their labels: at most
/// `labels_max` for the width of a label, none finer than `finest`.
pub(super) fn time_ticks(
    first: f64,
    last: f64,
    finest: Step,
    labels_max: impl Fn(usize) -> usize,
) -> Vec<(f64, String)> {
    let time =
        |seconds: f64| DateTime::from_timestamp(seconds as i64, 0).map(|time| time.naive_utc());
    let (Some(from), Some(to)) = (time(first), time(last)) else {
        return Vec::new();
    };
    let steps = Step::all().filter(|step| {
        let ticks = (last - first) / step.seconds() as f64;
        step.seconds() >= finest.seconds() && ticks <= TICKS_MAX as f64
    });
    for step in steps {
        let mut ticks = Vec::new();
        let mut tick = step.floor(from);
        while let Some(at) = tick.filter(|at| *at <= to) {
            if at >= from {
                let label = at.format(step.format()).to_string();
                ticks.push((at.and_utc().timestamp() as f64, label));
            }
            tick = step.next(at);
        }
        let width = ticks.iter().map(|(_, label)| label.len()).max();
        if ticks.len() <= labels_max(width.unwrap_or(1)).max(1) {
            if ticks.len() < 2 {
                break;
            }
            return ticks;
        }
    }
    // No step divides the span: label its ends.
    let format = finest.format();
    let label = |time: NaiveDateTime| time.format(format).to_string();
    vec![(first, label(from)), (last, label(to))]
}

/// Returns about `wanted` round values from at or below `low` to at or above `high`.
pub(super) fn value_ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let span = if high > low {
        high - low
    } else {
        high.abs().max(1.0)
    };
    let rough = span / wanted.max(1) as f64;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999)
        .unwrap_or(10.0 * power);
    let from = (low / step).floor() as i64;
    let mut to = (high / step).ceil() as i64;
    if to == from {
        to += 1;
    }
    (from..=to).map(|n| n as f64 * step).collect()
}

/// Formats values with as many decimals as they need.
pub(super) fn labels(values: &[f64]) -> Vec<String> {
    for decimals in 0..=6 {
        let labels: Vec<String> = values.iter().map(|v| number(*v, decimals)).collect();
        let is_exact = std::iter::zip(&labels, values).all(|(label, value)| {
            let shown: f64 = label.parse().unwrap_or(f64::NAN);
            (shown - value).abs() <= value.abs() * 1e-9
        });
        if is_exact {
            return labels;
        }
    }
    values.iter().map(|value| format!("{value:.3e}")).collect()
}

/// Returns the number of decimals for numbers of this size: at least three digits in all.
pub(super) fn decimals(values: impl Iterator<Item = f64> + Clone) -> usize {
    if values.clone().all(|value| value.fract() == 0.0) {
        return 0;
    }
    let size = values.fold(0.0, |size: f64, value| size.max(value.abs()));
    if size <= 0.0 {
        return 0;
    }
    let whole_digits = size.log10().floor() as i32 + 1;
    // One decimal up to 100, the maximum score.
    (3 - whole_digits.min(2)).clamp(0, 6) as usize * usize::from(size < 1_000.0)
}

/// Formats a number, without the sign of a rounded zero.
pub(super) fn number(value: f64, decimals: usize) -> String {
    if value.abs() >= PLAIN_MAX {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.decimals$}");
    let unsigned = text.trim_start_matches('-');
    if unsigned.trim_matches(['0', '.']).is_empty() {
        return unsigned.to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_round_ticks() {
        assert_eq!(value_ticks(-12.0, 47.0, 4), [-20.0, 0.0, 20.0, 40.0, 60.0]);
        assert_eq!(value_ticks(0.0, 1.0, 4), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(value_ticks(5.0, 5.0, 4), [4.0, 6.0]);
        assert_eq!(labels(&[-20.0, 0.0]), ["-20", "0"]);
        assert_eq!(labels(&[0.0, 0.25]), ["0.00", "0.25"]);
    }

    #[test]
    fn times_have_ticks_that_fit() {
        let day = |text: &str| -> f64 {
            let date: NaiveDate = text.parse().unwrap();
            date.and_hms_opt(0, 0, 0).unwrap().and_utc().timestamp() as f64
        };
        let labels = |from, to, finest, room: usize| -> String {
            let ticks = time_ticks(day(from), day(to), finest, |width| room / (width + 2));
            ticks.into_iter().map(|(_, label)| label + " ").collect()
        };
        let months = |from, to, room| labels(from, to, Step::Months(1), room);
        let quarter = months("2026-01-01", "2026-03-01", 60);
        assert_eq!(quarter, "2026-01 2026-02 2026-03 ");
        let years = months("2025-01-01", "2026-06-01", 40);
        assert_eq!(years, "2025-01 2025-07 2026-01 ");
        let weeks = labels("2026-01-01", "2026-01-20", Step::Days(1), 50);
        assert_eq!(weeks, "2026-01-05 2026-01-12 2026-01-19 ");
        assert_eq!(months("2000-02-01", "2026-01-01", 20), "2010 2020 ");
    }

    #[test]
    fn numbers_have_sensible_decimals() {
        assert_eq!(decimals([1.0, 2.0].into_iter()), 0);
        assert_eq!(decimals([6.789, -100.0].into_iter()), 1);
        for (value, expected) in [(46.123, 1), (0.0123, 4), (12_345.6, 0)] {
            assert_eq!(decimals([value].into_iter()), expected);
        }
        assert_eq!(number(-0.01, 1), "0.0");
        assert_eq!(number(-0.1, 1), "-0.1");
        assert_eq!(number(-1.5e300, 0), "-1.500e300");
        let large = labels(&[0.0, 1e300, 2e300]);
        assert_eq!(large, ["0", "1.000e300", "2.000e300"]);
    }
}
