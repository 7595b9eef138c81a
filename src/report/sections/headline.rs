//! The current score, and how it changed.

use crate::report::data::{Comparison, Group, Headline, RESPONSES_FEW, Report, Stats};
use crate::report::section::{Prose, Row, Section, Table};
use crate::report::text::{
    change, count, count_of, day, interval, nps, people, percent, period, plural, with_p_value,
};

/// The lines under the title: the period, and the surveys.
pub(crate) fn scope(report: &Report) -> Vec<Prose> {
    let mut lines = vec![match report.periods {
        Some(periods) => {
            let days = plural(periods.days.into(), "day");
            let current = period(periods.current);
            // The day of the newest response would reveal a single person to roles of groups.
            let newest = match report.privacy.min_group_size {
                None => " up to the newest response",
                Some(_) => "",
            };
            let compared = match periods.previous {
                Some(previous) => {
                    format!("compared with the previous {days} ({})", period(previous))
                }
                None => "too short to compare with an earlier period".to_owned(),
            };
            format!("{current} ({days}{newest}), {compared}").into()
        }
        None => "All responses; none has a date, so there is no earlier period".into(),
    }];
    let surveys = &report.scope.surveys;
    if surveys.len() > 1 {
        const SURVEYS_MAX: usize = 5;
        let mut line = Prose::from(plural(surveys.len() as u64, "survey")).and(" combined");
        for (index, survey) in surveys.iter().take(SURVEYS_MAX).enumerate() {
            let separator = if index == 0 { ": " } else { ", " };
            line = line.and(separator).and_data(&survey.survey);
        }
        if surveys.len() > SURVEYS_MAX {
            line = line.and(" and others");
        }
        lines.push(line);
    }
    lines
}

/// The summary, with the numbers of the headline as a table.
pub(crate) fn headline(report: &Report) -> Section {
    let Headline {
        current, previous, ..
    } = &report.headline;
    let row = |name: &str, cell: &dyn Fn(&Stats) -> String| {
        Row::new(name, std::iter::once(current).chain(previous).map(cell))
    };
    let category = |name: &str, size: fn(&Stats) -> u64| {
        row(name, &|stats| count_of(size(stats), stats.responses))
    };
    let rows = [
        row("NPS", &|stats| nps(stats.nps)),
        row("95% interval", &interval),
        row("responses", &|stats| count(stats.responses)),
        category("promoters (9, 10)", |stats| stats.promoters),
        category("passives (7, 8)", |stats| stats.passives),
        category("detractors (0 to 6)", |stats| stats.detractors),
    ];
    let columns = if previous.is_some() {
        &["current", "previous"][..]
    } else {
        &["current"]
    };
    let table = Table::new("Current and previous period", &[""], columns, rows);
    let section = Section::new("now", "Summary").with_table(table);
    summary(report).into_iter().fold(section, Section::with)
}

/// The report in a few sentences.
pub(crate) fn summary(report: &Report) -> Vec<Prose> {
    let Headline {
        current,
        respondents,
        previous,
        all,
        ..
    } = &report.headline;
    let mut sentences: Vec<Prose> = vec![if current.nps.is_some() {
        let people = respondents.map(|number| format!(" from {}", people(number)));
        format!(
            "NPS: {} (95% confidence interval {}), based on {}{}.",
            nps(current.nps),
            interval(current),
            plural(current.responses, "response"),
            people.unwrap_or_default(),
        )
        .into()
    } else {
        "There are no responses in this period.".into()
    }];
    sentences.extend(changed(&report.headline).map(Prose::from));
    if all.responses > current.responses && previous.is_some() {
        let since = match report.scope.since {
            Some(since) => format!("Since {}", day(since)),
            None => "All time".to_owned(),
        };
        let responses = plural(all.responses, "response");
        let (nps, interval) = (nps(all.nps), interval(all));
        sentences.push(format!("{since}: {nps} ({responses}, 95% interval {interval}).").into());
    }
    sentences.extend(largest_impact(report));
    sentences.extend(fallen_accounts(report));
    sentences
}

/// The result of the significance test.
pub(crate) fn verdict(comparison: &Comparison) -> &'static str {
    match (comparison.p_value, comparison.change) {
        (None, None) => "nothing to compare",
        (None, Some(_)) => "a change that cannot be tested",
        (Some(_), _) if !comparison.is_significant() => "not statistically significant",
        (Some(_), Some(change)) if change > 0.0 => "a statistically significant rise",
        (Some(_), _) => "a statistically significant fall",
    }
}

/// The change since the previous period, claiming no more than the test shows.
fn changed(headline: &Headline) -> Option<String> {
    let previous = headline.previous.as_ref()?;
    let comparison = headline.comparison.as_ref()?;
    if previous.responses == 0 {
        let text = "There are no responses in the previous period to compare with.";
        return Some(text.to_owned());
    }
    let before = format!(
        "Previous period: {} ({}).",
        nps(previous.nps),
        plural(previous.responses, "response")
    );
    let Some(p) = comparison.p_value else {
        return Some(format!(
            "{before} A change cannot be tested if all responses in each period are alike."
        ));
    };
    let margin = headline.change_margin;
    let margin = margin.map_or_else(String::new, |margin| format!(" ± {}", nps(Some(margin))));
    let rough = if headline.current.responses.min(previous.responses) < RESPONSES_FEW {
        "; with so few responses, the test is only approximate"
    } else {
        ""
    };
    let (change, p) = (change(comparison.change), with_p_value(p));
    let verdict = verdict(comparison);
    Some(format!(
        "{before} The change of {change}{margin} points is {verdict} ({p}){rough}."
    ))
}

/// The group with the largest impact, of those whose interval excludes the overall NPS.
fn largest_impact(report: &Report) -> Option<Prose> {
    let overall = report.headline.current.nps?;
    let dimensions = report.dimensions.iter();
    let groups = dimensions.flat_map(|of| of.groups.iter().map(move |group| (&of.column, group)));
    let differs = |group: &Group| {
        let is_above = group.stats.ci_low.is_some_and(|low| low > overall);
        let is_below = group.stats.ci_high.is_some_and(|high| high < overall);
        is_above || is_below
    };
    let (column, group) = groups
        .filter(|(_, group)| group.value.is_some() && differs(group))
        .max_by(|(_, a), (_, b)| a.impact.abs().total_cmp(&b.impact.abs()))?;
    let moves = if group.impact > 0.0 {
        "raises"
    } else {
        "lowers"
    };
    let prose = Prose::from("Largest impact: ")
        .and_data(group.value.as_deref().unwrap_or_default())
        .and(" (")
        .and_data(column)
        .and(")");
    Some(prose.and(format!(
        ", with an NPS of {} and {} of responses, {moves} the overall NPS by {} points.",
        nps(group.stats.nps),
        percent(group.share),
        nps(Some(group.impact.abs()))
    )))
}

/// The accounts whose fall is significant.
fn fallen_accounts(report: &Report) -> Option<Prose> {
    let accounts = report.accounts.as_ref()?;
    let worst = accounts.fallen.first()?;
    if accounts.fell_clearly == 0 {
        return None;
    }
    let prose = Prose::from(format!(
        "The NPS of {} of {} fell significantly, most for ",
        count(accounts.fell_clearly),
        plural(accounts.compared, "account"),
    ));
    Some(prose.and_data(&worst.account).and(format!(
        ": from {} to {} ({}, compared with the previous {} days).",
        nps(worst.previous.nps),
        nps(worst.current.nps),
        period(accounts.current),
        accounts.previous.days(),
    )))
}
