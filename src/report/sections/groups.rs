//! The segments, by how much each moves the total, and the accounts that fell.

use super::numbers::or_unknown;
use crate::report::data::{
    Comparison, Dimension, GROUP_RESPONSES_MIN, Group, RESPONDENTS_MIN, Report,
};
use crate::report::section::{Graphic, Prose, Row, Section, Table, number, text};
use crate::report::text::{
    change, count, counted, day, interval, is_significant, nps, p_value, percent, period,
};

/// Behind a change that chance alone would seldom show.
const CLEAR: &str = " *";

pub(super) fn dimensions(report: &Report) -> Section {
    let mut section = Section {
        id: "segments",
        heading: "Segments",
        ..Section::default()
    };
    if report.dimensions.is_empty() {
        section.paragraphs.push(Prose::words(
            "No kept column has between 2 and 30 values to group by; --by names one, and ingest \
             --keep keeps some.",
        ));
        return section;
    }
    for dimension in &report.dimensions {
        match dimension.groups.as_slice() {
            [] => {}
            [only] if only.is_merged => {
                section
                    .paragraphs
                    .push(Prose::data(&dimension.column).and(format!(
                        ": no group can be shown without telling of one of {}.",
                        too_few(report)
                    )))
            }
            _ => section.tables.push(table(report, dimension)),
        }
    }
    if section.tables.is_empty() {
        return section;
    }
    section.paragraphs.insert(
        0,
        Prose::words(
            "Each group of the period with its interval, those that move the total most first.",
        ),
    );
    section.notes = vec![
        Prose::words(
            "Impact: share of responses × (NPS of the group − NPS of all), in points. By so much the \
             total is higher or lower than if the group had the NPS of all; the impacts of a table \
             add up to 0.",
        ),
        Prose::words(format!(
            "Groups of {} are taken together. A change is shown where the period before has as many; \
             one marked * has p < 0.05, which among twenty groups that did not change one has by \
             chance.",
            too_few(report)
        )),
    ];
    section
}

/// What a group is of that is not shown.
pub(super) fn too_few(report: &Report) -> String {
    match report.privacy.min_group_size {
        None => format!("fewer than {GROUP_RESPONSES_MIN} responses"),
        Some(people) => format!("fewer than {people} people"),
    }
}

fn table(report: &Report, dimension: &Dimension) -> Table {
    let has_previous = report.headline.previous.is_some();
    let mut columns = vec![
        text("group"),
        number("NPS"),
        number("95 % interval"),
        number("impact"),
    ];
    if has_previous {
        columns.push(number("change"));
    }
    columns.extend([number("responses"), number("share")]);
    let scale = scale(&dimension.groups);
    let of_all = report.headline.current.nps.unwrap_or_default();
    let rows = dimension.groups.iter().map(|group| {
        let stats = &group.stats;
        let mut cells = vec![
            nps(stats.nps),
            interval(stats.ci_low, stats.ci_high),
            change(Some(group.impact)),
        ];
        if has_previous {
            cells.push(or_unknown(group.comparison.as_ref().map(marked)));
        }
        cells.extend([count(stats.responses), percent(group.share)]);
        Row::new(name(group), cells).drawn(Graphic::Interval {
            stats: *stats,
            of_all,
            scale,
        })
    });
    Table {
        caption: Prose::words("By ").and_data(&dimension.column),
        rows: rows.collect(),
        columns,
        graphic: Some(text("NPS, 95 % interval; line: all")),
    }
}

fn name(group: &Group) -> Prose {
    match &group.value {
        Some(value) => Prose::data(value),
        None => Prose::words(match (group.is_merged, group.values) {
            (true, None) => "others, or not known".to_owned(),
            (true, Some(values)) if values > 0 => {
                format!("others ({})", counted(values, "value", "values"))
            }
            _ => "not known".to_owned(),
        }),
    }
}

fn marked(comparison: &Comparison) -> String {
    let mark = match is_significant(comparison) {
        true => CLEAR,
        false => "",
    };
    change(comparison.change) + mark
}

/// The scale that all intervals of a table fit on, in steps of 20.
fn scale(groups: &[Group]) -> (f64, f64) {
    let lows = groups.iter().filter_map(|group| group.stats.ci_low);
    let highs = groups.iter().filter_map(|group| group.stats.ci_high);
    let low = lows.fold(0.0, f64::min);
    let high = highs.fold(0.0, f64::max);
    ((low / 20.0).floor() * 20.0, (high / 20.0).ceil() * 20.0)
}

pub(super) fn accounts(report: &Report) -> Section {
    let mut section = Section {
        id: "accounts",
        heading: "Accounts that fell",
        ..Section::default()
    };
    let Some(accounts) = &report.accounts else {
        section.paragraphs.push(Prose::words(
            "Not known: there are no two periods to compare, or no response says which account it \
             is of.",
        ));
        return section;
    };
    let rule = format!(
        "at least {GROUP_RESPONSES_MIN} responses of at least {RESPONDENTS_MIN} people in each \
         period"
    );
    let compared = match accounts.compared {
        0 => format!(
            "None of {} has {rule} ({}, and {}), so none is compared.",
            counted(accounts.accounts, "account", "accounts"),
            period(accounts.current),
            period(accounts.previous),
        ),
        compared => format!(
            "{} to {} against {} to {}. Of {}, {} {rule}; {} of them fell.",
            day(accounts.current.from),
            day(accounts.current.to),
            day(accounts.previous.from),
            day(accounts.previous.to),
            counted(accounts.accounts, "account", "accounts"),
            counted(compared, "has", "have"),
            count(accounts.fell),
        ),
    };
    section.paragraphs.push(Prose::words(compared));
    if accounts.fallen.is_empty() {
        return section;
    }
    let rows = accounts.fallen.iter().map(|account| {
        let before = account.previous.nps.unwrap_or_default();
        let now = account.current.nps.unwrap_or_default();
        Row::new(
            Prose::data(&account.account),
            [
                nps(account.previous.nps),
                nps(account.current.nps),
                change(account.comparison.change),
                or_unknown(account.comparison.p_value.map(p_value)),
                count(account.previous.responses),
                count(account.current.responses),
            ],
        )
        .drawn(Graphic::Change {
            from: before,
            to: now,
        })
    });
    section.tables.push(Table {
        caption: Prose::words("Accounts whose NPS fell most"),
        columns: vec![
            text("account"),
            number("NPS before"),
            number("NPS now"),
            number("change"),
            number("p value"),
            number("responses before"),
            number("responses now"),
        ],
        rows: rows.collect(),
        graphic: Some(text("○ before, ● now")),
    });
    section.notes.push(Prose::words(format!(
        "Of accounts that did not change one in twenty has p < 0.05, so the largest falls of {} are \
         partly luck. {} so far that chance would seldom show it even once among that many \
         (Bonferroni).",
        counted(accounts.compared, "account", "accounts"),
        match accounts.fell_clearly {
            0 => "None fell".to_owned(),
            fell => counted(fell, "of them fell", "of them fell"),
        },
    )));
    section
}
