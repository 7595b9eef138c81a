//! The segments, by their impact on the overall NPS, and the accounts whose NPS fell.

use crate::report::data::{
    Comparison, Dimension, GROUP_RESPONSES_MIN, Group, RESPONDENTS_MIN, Report,
};
use crate::report::section::{Graphic, Prose, Row, Section, Table};
use crate::report::text::{
    change, count, interval, nps, or_unknown, p_value, percent, period, plural, too_few,
};

pub(super) fn dimensions(report: &Report) -> Section {
    let mut section = Section::new("segments", "Segments");
    if report.dimensions.is_empty() {
        return section.with(
            "No kept column has between 2 and 30 values to group by. Choose one with --by, or keep \
             more columns with ingest --keep.",
        );
    }
    let too_few = too_few(&report.privacy);
    for dimension in &report.dimensions {
        match dimension.groups.as_slice() {
            [] => {}
            [only] if only.is_merged => {
                section = section.with(Prose::data(&dimension.column).and(format!(
                    ": no group can be shown without revealing one of {too_few}."
                )));
            }
            _ => section.tables.push(table(report, dimension)),
        }
    }
    if section.tables.is_empty() {
        return section;
    }
    let intro = "Each group in the current period with its 95% confidence interval, largest impact \
                 on the overall NPS first.";
    section.paragraphs.insert(0, intro.into());
    section
        .with_note(
            "Impact: share of responses × (NPS of the group − overall NPS), in points: how far the \
             group pulls the overall NPS up or down. The impacts in a table add up to 0.",
        )
        .with_note(format!(
            "Groups of {too_few} are merged. A change is shown if the group was large enough in the \
             previous period too. Changes marked * have p < 0.05, as one in twenty unchanged groups \
             has by chance."
        ))
}

fn table(report: &Report, dimension: &Dimension) -> Table {
    let has_previous = report.headline.previous.is_some();
    let mut columns = vec!["NPS", "95% interval", "impact"];
    if has_previous {
        columns.push("change");
    }
    columns.extend(["responses", "share"]);
    let scale = scale(&dimension.groups);
    let overall = report.headline.current.nps.unwrap_or_default();
    let rows = dimension.groups.iter().map(|group| {
        let stats = group.stats;
        let mut cells = vec![nps(stats.nps), interval(&stats), change(Some(group.impact))];
        if has_previous {
            cells.push(or_unknown(group.comparison.as_ref().map(marked_change)));
        }
        cells.extend([count(stats.responses), percent(group.share)]);
        Row::new(name(group), cells).with_graphic(Graphic::Interval {
            stats,
            overall,
            scale,
        })
    });
    let caption = Prose::from("By ").and_data(&dimension.column);
    Table {
        graphic: Some("NPS, 95% interval; line: overall"),
        ..Table::new(caption, &["group"], &columns, rows)
    }
}

fn name(group: &Group) -> Prose {
    match (&group.value, group.values) {
        (Some(value), _) => Prose::data(value),
        (None, None) if group.is_merged => "other or unknown".into(),
        (None, Some(values)) if group.is_merged && values > 0 => {
            format!("other ({})", plural(values, "value")).into()
        }
        _ => "unknown".into(),
    }
}

/// The change, with a mark if it is significant.
fn marked_change(comparison: &Comparison) -> String {
    let mark = if comparison.is_significant() {
        " *"
    } else {
        ""
    };
    change(comparison.change) + mark
}

/// The scale that fits all intervals of a table, in steps of 20.
fn scale(groups: &[Group]) -> (f64, f64) {
    let lows = groups.iter().filter_map(|group| group.stats.ci_low);
    let highs = groups.iter().filter_map(|group| group.stats.ci_high);
    let low = lows.fold(0.0, f64::min);
    let high = highs.fold(0.0, f64::max);
    ((low / 20.0).floor() * 20.0, (high / 20.0).ceil() * 20.0)
}

pub(super) fn accounts(report: &Report) -> Section {
    let section = Section::new("accounts", "Accounts with a falling NPS");
    let Some(accounts) = &report.accounts else {
        return section
            .with("Unknown: there are no two periods to compare, or no response has an account.");
    };
    let rule = format!(
        "at least {GROUP_RESPONSES_MIN} responses from at least {RESPONDENTS_MIN} people in each \
         period"
    );
    let all = plural(accounts.accounts, "account");
    let (current, previous) = (period(accounts.current), period(accounts.previous));
    let section = section.with(match accounts.compared {
        0 => format!(
            "Of {all}, none has {rule} ({current} and {previous}), so none can be compared."
        ),
        compared => format!(
            "{current} compared with {previous}. Of {all}, {} {} {rule}; the NPS of {} of them fell.",
            count(compared),
            if compared == 1 { "has" } else { "have" },
            count(accounts.fell),
        ),
    });
    if accounts.fallen.is_empty() {
        return section;
    }
    let rows = accounts.fallen.iter().map(|account| {
        let (previous, current) = (account.previous, account.current);
        let cells = [
            nps(previous.nps),
            nps(current.nps),
            change(account.comparison.and_then(|of| of.change)),
            or_unknown(account.comparison.and_then(|of| of.p_value).map(p_value)),
            count(previous.responses),
            count(current.responses),
        ];
        Row::new(Prose::data(&account.account), cells).with_graphic(Graphic::Change {
            from: previous.nps.unwrap_or_default(),
            to: current.nps.unwrap_or_default(),
        })
    });
    let columns = [
        "previous NPS",
        "current NPS",
        "change",
        "p value",
        "previous responses",
        "current responses",
    ];
    let table = Table {
        graphic: Some("○ previous, ● current"),
        ..Table::new("Accounts whose NPS fell most", &["account"], &columns, rows)
    };
    let clearly = match accounts.fell_clearly {
        0 => "None".to_owned(),
        fell => format!("{} of them", count(fell)),
    };
    section.with_table(table).with_note(format!(
        "By chance, one in twenty unchanged accounts has p < 0.05, so the largest falls among {} are \
         partly luck. {clearly} fell significantly after correction for that many comparisons \
         (Bonferroni).",
        plural(accounts.compared, "account"),
    ))
}
