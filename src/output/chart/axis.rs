//! Where an axis has its ticks, and what stands at them.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime};

/// The distance of two ticks of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Seconds(u32),
    Days(u32),
    Months(u32),
}

/// Distances that read well, the finest first.
const STEPS: [Step; 22] = [
    Step::Seconds(60),
    Step::Seconds(300),
    Step::Seconds(900),
    Step::Seconds(1_800),
    Step::Seconds(3_600),
    Step::Seconds(3 * 3_600),
    Step::Seconds(6 * 3_600),
    Step::Seconds(12 * 3_600),
    Step::Days(1),
    Step::Days(2),
    Step::Days(7),
    Step::Days(14),
    Step::Months(1),
    Step::Months(2),
    Step::Months(3),
    Step::Months(6),
    Step::Months(12),
    Step::Months(24),
    Step::Months(60),
    Step::Months(120),
    Step::Months(600),
    Step::Months(1_200),
];

/// From here on a number is written with an exponent: all its digits are no help.
const PLAIN_MAX: f64 = 1e15;

/// More ticks than a terminal has columns are never wanted.
const TICKS_MAX: usize = 200;

impl Step {
    /// About how long it is, for comparing.
    fn seconds(self) -> u64 {
        match self {
            Self::Seconds(seconds) => u64::from(seconds),
            Self::Days(days) => u64::from(days) * 86_400,
            Self::Months(months) => u64::from(months) * 2_629_746,
        }
    }

    /// The last tick at or before a time.
    fn floor(self, time: NaiveDateTime) -> Option<NaiveDateTime> {
        let midnight = time.date().and_hms_opt(0, 0, 0)?;
        match self {
            Self::Seconds(seconds) => {
                let since = (time - midnight).num_seconds();
                let since = since - since % i64::from(seconds);
                midnight.checked_add_signed(chrono::TimeDelta::seconds(since))
            }
            // Weeks begin on Mondays; other numbers of days count from one.
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
            Self::Seconds(seconds) => {
                time.checked_add_signed(chrono::TimeDelta::seconds(i64::from(seconds)))
            }
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

/// The ticks from `first` to `last`, in seconds since 1970, and what stands at them: as many as there
/// is room for `labels_max`, none finer than `finest`.
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
    for step in STEPS {
        if step.seconds() < finest.seconds() {
            continue;
        }
        if (last - first) / step.seconds() as f64 > TICKS_MAX as f64 {
            continue;
        }
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
    // A span that no distance divides: its ends.
    let format = finest.format();
    let label = |time: NaiveDateTime| time.format(format).to_string();
    vec![(first, label(from)), (last, label(to))]
}

/// Round values from at or below `low` to at or above `high`, some `wanted` of them.
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

/// Values with as many decimals as tell them apart.
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

/// The decimals that numbers of this size are shown with: three digits and more.
pub(super) fn decimals(values: impl Iterator<Item = f64> + Clone) -> usize {
    if values.clone().all(|value| value.fract() == 0.0) {
        return 0;
    }
    let size = values.fold(0.0, |size: f64, value| size.max(value.abs()));
    if size <= 0.0 {
        return 0;
    }
    let whole_digits = size.log10().floor() as i32 + 1;
    // One decimal up to 100, which is where scores end.
    (3 - whole_digits.min(2)).clamp(0, 6) as usize * usize::from(size < 1_000.0)
}

/// A number without the sign of a rounded zero.
pub(super) fn number(value: f64, decimals: usize) -> String {
    if value.abs() >= PLAIN_MAX {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.decimals$}");
    match text.trim_start_matches('-').trim_matches(['0', '.']) {
        "" => text.trim_start_matches('-').to_owned(),
        _ => text,
    }
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
        let labels = |from, to, finest, room: usize| -> Vec<String> {
            time_ticks(day(from), day(to), finest, |width| room / (width + 2))
                .into_iter()
                .map(|(_, label)| label)
                .collect()
        };
        let month = Step::Months(1);
        assert_eq!(
            labels("2026-01-01", "2026-03-01", month, 60),
            ["2026-01", "2026-02", "2026-03"]
        );
        assert_eq!(
            labels("2025-01-01", "2026-06-01", month, 40),
            ["2025-01", "2025-07", "2026-01"]
        );
        assert_eq!(
            labels("2026-01-01", "2026-01-20", Step::Days(1), 50),
            ["2026-01-05", "2026-01-12", "2026-01-19"]
        );
        assert_eq!(
            labels("2000-02-01", "2026-01-01", month, 20),
            ["2010", "2020"]
        );
    }

    #[test]
    fn numbers_have_sensible_decimals() {
        assert_eq!(decimals([1.0, 2.0].into_iter()), 0);
        assert_eq!(decimals([46.123].into_iter()), 1);
        assert_eq!(decimals([6.789, -100.0].into_iter()), 1);
        assert_eq!(decimals([0.0123].into_iter()), 4);
        assert_eq!(decimals([12_345.6].into_iter()), 0);
        assert_eq!(number(-0.01, 1), "0.0");
        assert_eq!(number(-0.1, 1), "-0.1");
        assert_eq!(number(-1.5e300, 0), "-1.500e300");
        assert_eq!(
            labels(&[0.0, 1e300, 2e300]),
            ["0", "1.000e300", "2.000e300"]
        );
    }
}
