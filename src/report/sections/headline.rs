//! Where the score stands, and whether it moved.

use crate::report::data::{Comparison, Group, Headline, RESPONSES_FEW, Report};
use crate::report::section::{Prose, Row, Section, Table, number, text};
use crate::report::text::{
    change, count, counted, interval, is_significant, nps, percent, percent_of, period,
    with_p_value,
};

/// The line under the title: which answers, and of when.
pub(in crate::report) fn scope(report: &Report) -> Vec<Prose> {
    let mut lines = vec![match report.periods {
        Some(periods) => {
            let days = counted(periods.days.into(), "day", "days");
            let current = period(periods.current);
            // The newest response is of one person.
            let current = match report.privacy.min_group_size {
                None => format!("{current}: the {days} up to the newest response"),
                Some(_) => format!("{current}: {days}"),
            };
            Prose::words(match periods.previous {
                Some(previous) => format!(
                    "{current}, compared with the {} days before ({})",
                    periods.days,
                    period(previous)
                ),
                None => format!("{current}; too short a time to compare with an earlier one"),
            })
        }
        None => Prose::words("All responses: none has a date, so there is no earlier period"),
    }];
    let surveys = &report.scope.surveys;
    if surveys.len() > 1 {
        const SURVEYS_MAX: usize = 5;
        let named = surveys.iter().take(SURVEYS_MAX);
        let mut line = Prose::words(format!(
            "{} surveys together: ",
            count(surveys.len() as u64)
        ))
        .and_all(named.map(|survey| survey.survey.as_str()));
        if surveys.len() > SURVEYS_MAX {
            line = line.and(" and others");
        }
        lines.push(line);
    }
    lines
}

/// The numbers of the headline, as a table.
pub(in crate::report) fn headline(report: &Report) -> Section {
    let Headline {
        current, previous, ..
    } = &report.headline;
    let mut columns = vec![text(""), number("now")];
    columns.extend(previous.map(|_| number("before")));
    let line = |name: &'static str, now: String, before: Option<String>| {
        Row::new(Prose::words(name), std::iter::once(now).chain(before))
    };
    let of = |part: u64, all: u64| format!("{} ({})", count(part), percent_of(part, all));
    Section {
        id: "now",
        heading: "Now",
        paragraphs: in_short(report),
        tables: vec![Table {
            caption: Prose::words("Now and before"),
            columns,
            rows: vec![
                line("NPS", nps(current.nps), previous.map(|p| nps(p.nps))),
                line(
                    "95 % interval",
                    interval(current.ci_low, current.ci_high),
                    previous.map(|p| interval(p.ci_low, p.ci_high)),
                ),
                line(
                    "responses",
                    count(current.responses),
                    previous.map(|p| count(p.responses)),
                ),
                line(
                    "promoters (9, 10)",
                    of(current.promoters, current.responses),
                    previous.map(|p| of(p.promoters, p.responses)),
                ),
                line(
                    "passives (7, 8)",
                    of(current.passives, current.responses),
                    previous.map(|p| of(p.passives, p.responses)),
                ),
                line(
                    "detractors (0 to 6)",
                    of(current.detractors, current.responses),
                    previous.map(|p| of(p.detractors, p.responses)),
                ),
            ],
            graphic: None,
        }],
        notes: Vec::new(),
    }
}

/// The report in a few sentences.
pub(in crate::report) fn in_short(report: &Report) -> Vec<Prose> {
    let Headline {
        current,
        respondents,
        all,
        ..
    } = &report.headline;
    let mut sentences = Vec::new();
    sentences.push(Prose::words(match current.nps {
        Some(_) => format!(
            "NPS is {} (95 % interval {}), by {}{}.",
            nps(current.nps),
            interval(current.ci_low, current.ci_high),
            counted(current.responses, "response", "responses"),
            respondents
                .map(|people| format!(" of {}", counted(people, "person", "people")))
                .unwrap_or_default(),
        ),
        None => "Nobody answered in this period.".to_owned(),
    }));
    if let Some(sentence) = moved(&report.headline) {
        sentences.push(Prose::words(sentence));
    }
    if all.responses > current.responses && report.headline.previous.is_some() {
        sentences.push(Prose::words(format!(
            "Over everything, which is {}, it is {} ({}).",
            counted(all.responses, "response", "responses"),
            nps(all.nps),
            interval(all.ci_low, all.ci_high)
        )));
    }
    sentences.extend(heaviest(report));
    sentences.extend(fallen(report));
    sentences
}

/// What the test says of a change.
pub(in crate::report) fn verdict(comparison: &Comparison) -> &'static str {
    match (comparison.p_value, comparison.change) {
        (None, None) => "nothing to compare",
        (None, Some(_)) => "a change that cannot be tested",
        (Some(_), _) if !is_significant(comparison) => "not distinguishable from no change",
        (Some(_), Some(change)) if change > 0.0 => "a rise that chance alone would seldom show",
        (Some(_), _) => "a fall that chance alone would seldom show",
    }
}

/// Whether the score moved, in words that say no more than the test does.
fn moved(headline: &Headline) -> Option<String> {
    let previous = headline.previous.as_ref()?;
    let comparison = headline.comparison.as_ref()?;
    if previous.responses == 0 {
        return Some("Nobody answered in the period before, so there is no change to tell.".into());
    }
    let by = change(comparison.change);
    let before = format!(
        "{} before ({})",
        nps(previous.nps),
        counted(previous.responses, "response", "responses")
    );
    let Some(p) = comparison.p_value else {
        return Some(format!(
            "It was {before}. Where everybody in both periods answered alike, a change cannot be tested."
        ));
    };
    let margin = headline
        .change_margin
        .map_or_else(String::new, |margin| format!(" ± {}", nps(Some(margin))));
    let verdict = verdict(comparison);
    let rough = match headline.current.responses.min(previous.responses) < RESPONSES_FEW {
        true => "; with so few responses the test is rough",
        false => "",
    };
    Some(format!(
        "It was {before}. The change of {by}{margin} points is {verdict} ({}){rough}.",
        with_p_value(p)
    ))
}

/// The groups that move the total most, of those whose interval leaves it out.
fn heaviest(report: &Report) -> Option<Prose> {
    let total = report.headline.current.nps?;
    let groups = report.dimensions.iter().flat_map(|dimension| {
        let groups = dimension.groups.iter();
        groups.map(move |group| (dimension.column.as_str(), group))
    });
    let differs = |group: &Group| {
        let low = group.stats.ci_low.is_some_and(|low| low > total);
        let high = group.stats.ci_high.is_some_and(|high| high < total);
        low || high
    };
    let (column, group) = groups
        .filter(|(_, group)| group.value.is_some() && differs(group))
        .max_by(|(_, a), (_, b)| a.impact.abs().total_cmp(&b.impact.abs()))?;
    let direction = match group.impact > 0.0 {
        true => "up",
        false => "down",
    };
    let prose = Prose::words("Of all groups, ")
        .and_data(group.value.as_deref().unwrap_or_default())
        .and(" (")
        .and_data(column)
        .and(")");
    Some(prose.and(format!(
        " moves the total most: NPS {} with {} of responses, which pulls it {direction} by {} points.",
        nps(group.stats.nps),
        percent(group.share),
        nps(Some(group.impact.abs()))
    )))
}

/// The accounts that fell beyond chance.
fn fallen(report: &Report) -> Option<Prose> {
    let accounts = report.accounts.as_ref()?;
    let most = accounts.fallen.first()?;
    if accounts.fell_clearly == 0 {
        return None;
    }
    let prose = Prose::words(format!(
        "{} of {} fell clearly, most of all ",
        count(accounts.fell_clearly),
        counted(accounts.compared, "account", "accounts"),
    ));
    Some(prose.and_data(&most.account).and(format!(
        ": from {} to {} ({} against the {} days before).",
        nps(most.previous.nps),
        nps(most.current.nps),
        period(accounts.current),
        accounts.previous.days(),
    )))
}
