//! `nps_change(by, from, to)`: the change of the NPS between two periods, divided into who answered and
//! how they scored.
//!
//! E. M. Kitagawa, "Components of a Difference Between Two Rates", JASA 50 (1955), 1168–1194, equation 2,
//! with the parts of a group as deviations from the total. docs/answers.md has the formulas; the names
//! here are those there: `w` for shares, `s` for scores, `v` for variances, with 0 for `from` and 1 for
//! `to`.

use datafusion::error::Result;

use super::arguments::Arguments;
use super::period::FORMS;
use super::scope::Scope;
use super::sql::{Keys, RESPONSES, Z, variance};
use crate::error::Error;

/// The columns of the result after the keys.
const COLUMNS: [&str; 14] = [
    "is_total",
    "from_responses",
    "to_responses",
    "from_share",
    "to_share",
    "from_nps",
    "to_nps",
    "contribution",
    "mix",
    "mix_low",
    "mix_high",
    "rate",
    "rate_low",
    "rate_high",
];

pub(super) fn query(arguments: &Arguments, scope: &Scope<'_>) -> Result<String> {
    let Some(by) = arguments.columns("by")?.filter(|by| !by.is_empty()) else {
        return Err(arguments.missing("by", "name one or more columns: by => 'segment'"));
    };
    let read = by.iter().map(String::as_str).chain(["score", "day"]);
    scope.check_visible(arguments.function(), read)?;
    let period = |name: &str| {
        let period = arguments.period(name)?;
        period.ok_or_else(|| arguments.missing(name, FORMS))
    };
    let (from, to) = (period("from")?, period("to")?);
    if from.overlaps(&to) {
        let message = format!(
            "{}(): from and to have days in common",
            arguments.function()
        );
        return Err(Error::query(message)
            .with_hint("choose periods without a common day: each response is of one of them")
            .into());
    }
    let keys = Keys::new(&by, arguments, &COLUMNS)?;
    Ok(text(&keys, &from.condition(), &to.condition()))
}

fn text(keys: &Keys<'_>, from: &str, to: &str) -> String {
    let shown = |at: usize| format!("CASE WHEN NOT is_total THEN k{at} END");
    let rate_spread = spread_of_means("ds");
    format!(
        "WITH sampled AS (\
             SELECT {named}nps_samples(score, {to}) AS c FROM {RESPONSES} \
             WHERE score IS NOT NULL AND (({from}) OR ({to})) GROUP BY {columns}\
         ), counted AS (\
             SELECT {internal}c['first_promoters']::DOUBLE AS p0, c['first_detractors']::DOUBLE AS d0, \
                 (c['first_promoters'] + c['first_passives'] + c['first_detractors'])::DOUBLE AS n0, \
                 c['second_promoters']::DOUBLE AS p1, c['second_detractors']::DOUBLE AS d1, \
                 (c['second_promoters'] + c['second_passives'] + c['second_detractors'])::DOUBLE AS n1 \
             FROM sampled\
         ), scored AS (\
             SELECT *, {v0} AS v0, {v1} AS v1, \
                 nullif(sum(n0) OVER (), 0) AS t0, nullif(sum(n1) OVER (), 0) AS t1, \
                 100 * (p0 - d0) / nullif(n0, 0) AS own0, 100 * (p1 - d1) / nullif(n1, 0) AS own1 \
             FROM counted\
         ), shared AS (\
             SELECT *, n0 / t0 AS w0, n1 / t1 AS w1, \
                 coalesce(own0, own1) AS s0, coalesce(own1, own0) AS s1, \
                 sum(100 * (p0 - d0)) OVER () / t0 AS all0, sum(100 * (p1 - d1)) OVER () / t1 AS all1, \
                 CASE WHEN n0 > 0 AND n1 > 0 THEN 0.5 ELSE 1.0 END AS a \
             FROM scored\
         ), compared AS (\
             SELECT *, w1 - w0 AS dw, s1 - s0 AS ds, (w0 + w1) / 2 AS w, \
                 (s0 + s1) / 2 - (all0 + all1) / 2 AS m, \
                 coalesce(v0 / nullif(n0, 0), 0) AS e0, coalesce(v1 / nullif(n1, 0), 0) AS e1, \
                 sum(w0 * v0) OVER () AS within0, sum(w1 * v1) OVER () AS within1, \
                 sum(w0 * (s0 - all0) * (s0 - all0)) OVER () AS between0, \
                 sum(w1 * (s1 - all1) * (s1 - all1)) OVER () AS between1 \
             FROM shared\
         ), divided AS (\
             SELECT *, dw * m AS mix, w * ds AS rate, \
                 CASE WHEN a = 0.5 THEN w * w * (e0 + e1) END AS rate_within, \
                 ds * ds * (w0 * (1 - w0) / t0 + w1 * (1 - w1) / t1) / 4 AS rate_between, \
                 dw * dw * (a * a * (e0 + e1) - a * (w0 * e0 + w1 * e1) \
                     + (within0 / t0 + within1 / t1) / 4) AS mix_within, \
                 m * m * (w0 * (1 - w0) / t0 + w1 * (1 - w1) / t1) \
                     + m * dw * (w0 * (s0 - all0) / t0 - w1 * (s1 - all1) / t1) \
                     + dw * dw * (between0 / t0 + between1 / t1) / 4 AS mix_between \
             FROM compared\
         ), summed AS (\
             SELECT {computed}is_total, \
                 sum(n0)::BIGINT AS from_responses, sum(n1)::BIGINT AS to_responses, \
                 100 * sum(w0) AS from_share, 100 * sum(w1) AS to_share, \
                 100 * sum(p0 - d0) / nullif(sum(n0), 0) AS from_nps, \
                 100 * sum(p1 - d1) / nullif(sum(n1), 0) AS to_nps, \
                 sum(mix) AS mix, sum(rate) AS rate, \
                 {Z} * sqrt(CASE WHEN is_total THEN sum(dw * dw * a * a * (e0 + e1)) + {mix_spread} \
                     ELSE sum(mix_within) + greatest(sum(mix_between), 0) END) AS mix_margin, \
                 {Z} * sqrt(sum(rate_within) + \
                     CASE WHEN is_total THEN ({rate_spread}) / 4 ELSE sum(rate_between) END) AS rate_margin \
             FROM divided CROSS JOIN (VALUES (false), (true)) AS shown(is_total) \
             GROUP BY is_total, {groups}\
         ) \
         SELECT {keys}is_total, from_responses, to_responses, from_share, to_share, from_nps, to_nps, \
             mix + rate AS contribution, \
             mix, mix - mix_margin AS mix_low, mix + mix_margin AS mix_high, \
             rate, rate - rate_margin AS rate_low, rate + rate_margin AS rate_high \
         FROM summed",
        named = keys.named(),
        columns = keys.columns(),
        internal = keys.internal(),
        v0 = variance("p0", "d0", "n0"),
        v1 = variance("p1", "d1", "n1"),
        computed = keys.computed(shown),
        groups = keys.list_of(shown),
        mix_spread = spread_of_means("m"),
        keys = keys.shown(),
    )
}

/// The variance of the mean of a value of the groups over the responses of each period.
fn spread_of_means(value: &str) -> String {
    let of_period = |period: u8| {
        let weighted = format!("w{period} * {value}");
        format!(
            "greatest(sum({weighted} * {value}) - sum({weighted}) * sum({weighted}), 0) / max(t{period})"
        )
    };
    format!("{} + {}", of_period(0), of_period(1))
}
