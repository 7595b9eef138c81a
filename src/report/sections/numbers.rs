//! The trend, the scores, and how long answers took.

use super::groups::too_few;
use crate::report::data::{Part, RESPONSES_FEW, Report, ScoreCount, Step};
use crate::report::section::{Prose, Row, Section, Table, number, text};
use crate::report::text::{
    UNKNOWN, count, counted, day, hours, interval, nps, percent, percent_of, step,
};

pub(super) fn trend(report: &Report) -> Section {
    let mut section = Section {
        id: "trend",
        heading: "Trend",
        ..Section::default()
    };
    let Some(trend) = &report.trend else {
        let reason = "No response has a date, so there is no trend.";
        section.paragraphs.push(Prose::words(reason));
        return section;
    };
    let unit = match trend.step {
        Step::Week => "week from Monday on",
        Step::Month => "month",
        Step::Quarter => "quarter",
        Step::Year => "year",
    };
    let few = trend.points.iter().filter(|point| {
        let responses = point.stats.responses;
        responses > 0 && responses < RESPONSES_FEW
    });
    let few = few.count();
    let empty = trend
        .points
        .iter()
        .filter(|point| point.stats.responses == 0);
    let empty = empty.count();
    let units = format!("{}s", trend.step.unit());
    let mut how = format!("NPS by {unit}, with its 95 % interval and the number of responses.");
    if few > 0 {
        how += &format!(
            " {few} of {} had fewer than {RESPONSES_FEW} responses: where the point is hollow, an up \
             or down says little.",
            counted(trend.points.len() as u64, trend.step.unit(), &units)
        );
    }
    if empty > 0 {
        let none = match report.privacy.min_group_size {
            None => "none".to_owned(),
            Some(_) => format!("answers of {}, or none", too_few(report)),
        };
        how += &format!(
            " {empty} of {} had {none}: the line is broken there.",
            counted(trend.points.len() as u64, trend.step.unit(), &units)
        );
    }
    section.paragraphs.push(Prose::words(how));
    let rows = trend.points.iter().map(|point| {
        let stats = &point.stats;
        Row::new(
            Prose::words(step(trend.step, point.from)),
            [
                nps(stats.nps),
                interval(stats.ci_low, stats.ci_high),
                count(stats.responses),
                count(stats.promoters),
                count(stats.passives),
                count(stats.detractors),
            ],
        )
    });
    section.tables.push(Table {
        caption: Prose::words(format!("NPS by {unit}")),
        columns: vec![
            text(""),
            number("NPS"),
            number("95 % interval"),
            number("responses"),
            number("promoters"),
            number("passives"),
            number("detractors"),
        ],
        rows: rows.collect(),
        graphic: None,
    });
    let until = report.periods.map(|periods| periods.current.to);
    if let (Some(until), Some(last)) = (until, trend.points.last())
        && until < trend.step.last_day(last.from)
    {
        section.notes.push(Prose::words(format!(
            "The last {} goes to {} only.",
            trend.step.unit(),
            day(until)
        )));
    }
    section
}

pub(super) fn scores(report: &Report) -> Section {
    let sum = |of: fn(&ScoreCount) -> u64| report.scores.iter().map(of).sum::<u64>();
    let (current, previous) = (sum(|s| s.current), sum(|s| s.previous));
    let has_previous = report.headline.previous.is_some();
    let mut columns = vec![
        text("score"),
        text("category"),
        number("responses"),
        number("share"),
    ];
    if has_previous {
        columns.push(number("share before"));
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
        Row::new(Prose::words(score.score.to_string()), cells)
    });
    Section {
        id: "scores",
        heading: "Scores",
        paragraphs: vec![Prose::words(format!(
            "How often each score was given, among {} of the period.",
            counted(current, "response", "responses")
        ))],
        tables: vec![Table {
            caption: Prose::words("Responses by score"),
            columns,
            rows: rows.collect(),
            graphic: None,
        }],
        notes: Vec::new(),
    }
}

/// Response rate and latency, or that they are not known; `None` where the role sees neither.
pub(super) fn sending(report: &Report) -> Option<Section> {
    let is_shown = |part| !report.privacy.left_out.contains(&part);
    let rate = match &report.response_rate {
        Some(rate) => format!(
            "The lake knows of {} sent in the period, {} of them answered: a response rate of {}. \
             Rows that an import leaves out as no responses are not among them, and who was asked \
             last may still answer.",
            counted(rate.sent, "request", "requests"),
            count(rate.answered),
            percent(rate.rate),
        ),
        None => "The response rate is not known: the lake holds no row, sent in this period, of \
                 somebody who was asked and did not answer."
            .to_owned(),
    };
    let latency = match &report.latency {
        Some(latency) => format!(
            "Half of the answers came within {} of asking, the middle half between {} and {} \
             ({} with a time of sending).",
            hours(latency.hours_median),
            hours(latency.hours_lower_quartile),
            hours(latency.hours_upper_quartile),
            counted(latency.responses, "answer", "answers"),
        ),
        None => "How long answers took is not known: no answer of the period says when its survey \
                 was sent."
            .to_owned(),
    };
    let rate = is_shown(Part::ResponseRate).then(|| Prose::words(rate));
    let latency = is_shown(Part::Latency).then(|| Prose::words(latency));
    let paragraphs: Vec<Prose> = rate.into_iter().chain(latency).collect();
    (!paragraphs.is_empty()).then(|| Section {
        id: "response-rate",
        heading: "Response rate and time to answer",
        paragraphs,
        ..Section::default()
    })
}

/// Unknown where there is none.
pub(super) fn or_unknown(text: Option<String>) -> String {
    text.unwrap_or_else(|| UNKNOWN.to_owned())
}
