//! The trend, the scores, and the response rate and time.

use crate::report::data::{Part, RESPONSES_FEW, Report, ScoreCount, Stats, Step, TrendPoint};
use crate::report::section::{Row, Section, Table};
use crate::report::text::{
    count, day, hours, interval, nps, or_unknown, percent, percent_of, plural, step, too_few,
};

pub(super) fn trend(report: &Report) -> Section {
    let section = Section::new("trend", "Trend");
    let Some(trend) = &report.trend else {
        return section.with("No response has a date, so there is no trend.");
    };
    let unit = trend.step.unit();
    let caption = match trend.step {
        Step::Week => "NPS by week, from Monday",
        Step::Month => "NPS by month",
        Step::Quarter => "NPS by quarter",
        Step::Year => "NPS by year",
    };
    let points = trend.points.iter();
    let is_empty = |point: &&TrendPoint| point.stats.is_none_or(|stats| stats.responses == 0);
    let empty = points.clone().filter(is_empty).count();
    let few = points.clone().filter(|point| point.is_uncertain()).count();
    let steps = plural(trend.points.len() as u64, unit);
    let mut intro = format!("{caption}, with its 95% confidence interval and number of responses.");
    if few > 0 {
        intro += &format!(
            " {few} of {steps} had fewer than {RESPONSES_FEW} responses (hollow points): their ups \
             and downs mean little."
        );
    }
    if empty > 0 {
        let none = match report.privacy.min_group_size {
            None => "no responses".to_owned(),
            Some(_) => format!("responses from {}, or none", too_few(&report.privacy)),
        };
        intro += &format!(" {empty} of {steps} had {none}, which breaks the line.");
    }
    let rows = points.map(|point| {
        let counts: [fn(&Stats) -> u64; 4] = [
            |stats| stats.responses,
            |stats| stats.promoters,
            |stats| stats.passives,
            |stats| stats.detractors,
        ];
        let shown = |of: fn(&Stats) -> u64| or_unknown(point.stats.map(|stats| count(of(&stats))));
        let stats = point.stats.unwrap_or_default();
        let cells = [nps(stats.nps), interval(&stats)].into_iter();
        Row::new(step(trend.step, point.from), cells.chain(counts.map(shown)))
    });
    let columns = [
        "NPS",
        "95% interval",
        "responses",
        "promoters",
        "passives",
        "detractors",
    ];
    let table = Table::new(caption, &[""], &columns, rows);
    let section = section.with(intro).with_table(table);
    if let (Some(periods), Some(last)) = (report.periods, trend.points.last())
        && periods.current.to < trend.step.last_day(last.from)
    {
        let end = day(periods.current.to);
        section.with_note(format!(
            "The last {unit} is incomplete: its data ends on {end}."
        ))
    } else {
        section
    }
}

pub(super) fn scores(report: &Report) -> Section {
    let sum = |count: fn(&ScoreCount) -> u64| report.scores.iter().map(count).sum::<u64>();
    let (current, previous) = (sum(|score| score.current), sum(|score| score.previous));
    let has_previous = report.headline.previous.is_some();
    let mut columns = vec!["responses", "share"];
    if has_previous {
        columns.push("previous share");
    }
    let rows = report.scores.iter().map(|score| {
        let category = match score.score {
            ..=6 => "detractor",
            7 | 8 => "passive",
            _ => "promoter",
        };
        let mut cells = vec![
            category.to_owned(),
            count(score.current),
            percent_of(score.current, current),
        ];
        if has_previous {
            cells.push(percent_of(score.previous, previous));
        }
        Row::new(score.score.to_string(), cells)
    });
    let table = Table::new("Responses by score", &["score", "category"], &columns, rows);
    let intro = format!(
        "How often each score was given, out of {} in the current period.",
        plural(current, "response")
    );
    Section::new("scores", "Scores")
        .with(intro)
        .with_table(table)
}

/// Response rate and response time, or that they are unknown; `None` if the role sees neither.
pub(super) fn sending(report: &Report) -> Option<Section> {
    let is_shown = |part| !report.privacy.left_out.contains(&part);
    let mut section = Section::new("response-rate", "Response rate and response time");
    if is_shown(Part::ResponseRate) {
        section = section.with(match &report.response_rate {
            Some(rate) => format!(
                "Of {} sent in the current period, {} {} answered: a response rate of {}. Rows that \
                 an import skipped as not a response do not count, and the latest requests may still \
                 be answered.",
                plural(rate.sent, "request"),
                count(rate.answered),
                if rate.answered == 1 { "was" } else { "were" },
                percent(rate.rate),
            ),
            None => "The response rate is unknown: the lake has no unanswered requests sent in the \
                     current period."
                .to_owned(),
        });
    }
    if is_shown(Part::Latency) {
        section = section.with(match &report.latency {
            Some(latency) => format!(
                "Half of the responses arrived within {} of the request, and the middle half between \
                 {} and {} ({} with a send time).",
                hours(latency.hours_median),
                hours(latency.hours_lower_quartile),
                hours(latency.hours_upper_quartile),
                plural(latency.responses, "response"),
            ),
            None => "The response time is unknown: no response in the current period has a send \
                     time."
                .to_owned(),
        });
    }
    (!section.paragraphs.is_empty()).then_some(section)
}
