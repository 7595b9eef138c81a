//! Data quality, method and privacy.

use crate::report::data::{Part, Quality, RESPONSES_FEW, Report};
use crate::report::section::{Prose, Row, Section, Table};
use crate::report::text::{count, percent_of, plural, too_few};

pub(super) fn quality(quality: &Quality) -> Section {
    let mut section = Section::new("quality", "Data quality");
    // A table of parts, each with its share of the whole.
    let table = |caption: String, whole: u64, name, parts: &[(&str, u64)]| {
        let rows = parts
            .iter()
            .map(|&(name, part)| Row::new(name, [count(part), percent_of(part, whole)]));
        Table::new(caption, &[name], &["count", "share"], rows)
    };
    if let Some(imports) = &quality.imports {
        let mut parts = vec![
            ("new", imports.new),
            ("newer version of a response", imports.updated),
            ("duplicate", imports.duplicate),
            ("not a response", imports.not_a_response),
            ("rejected", imports.rejected),
        ];
        if imports.suppressed > 0 {
            parts.push(("of people who were forgotten", imports.suppressed));
        }
        section.tables.push(table(
            format!("Rows of {}", plural(imports.imports, "import")),
            imports.rows,
            "rows",
            &parts,
        ));
        if imports.uncounted > 0 {
            let crashed = plural(imports.uncounted, "import");
            let note = format!("{crashed} crashed and left no counts.");
            section.notes.push(note.into());
        }
    }
    let responses = &quality.responses;
    section.tables.push(table(
        "Responses in the lake".to_owned(),
        responses.responses,
        "responses",
        &[
            ("total", responses.responses),
            ("excluded: consent withdrawn", responses.withdrawn),
            ("excluded: too old", responses.expired),
            ("NPS not answered", responses.not_answered),
            ("NPS answered, without a date", responses.undated),
            ("NPS answered, dated in the future", responses.in_the_future),
        ],
    ));
    if !quality.other_metrics.is_empty() {
        let mut note = Prose::from("Other metrics, which are not part of this report");
        for (index, metric) in quality.other_metrics.iter().enumerate() {
            let separator = if index == 0 { ": " } else { ", " };
            note = note.and(separator).and_data(&metric.metric);
            note = note.and(format!(" ({})", count(metric.responses)));
        }
        section.notes.push(note.and("."));
    }
    section
}

pub(super) fn method(report: &Report) -> Section {
    let responses = report.headline.current.responses;
    let repeated = report
        .headline
        .respondents
        .map(|people| responses.saturating_sub(people));
    let again = match repeated {
        None => "this role does not see how many came from the same person".to_owned(),
        Some(0) => "nobody answered twice in the current period".to_owned(),
        Some(repeated) => format!(
            "{} in the current period came from someone who had already answered in it",
            plural(repeated, "response")
        ),
    };
    Section::new("method", "Method")
        .with(
            "NPS is the percentage of promoters (9 and 10) minus the percentage of detractors (0 to \
             6), from −100 to 100. People who did not answer do not count.",
        )
        .with(
            "Intervals are 95% adjusted Wald intervals (Rocks 2016), which are not centred on the \
             score. The ± of a change combines the plain Wald margins of both periods.",
        )
        .with(format!(
            "Changes are tested with a two-sided normal test, and are significant if p < 0.05. With \
             fewer than {RESPONSES_FEW} responses in a period, the test is only approximate. It \
             treats responses as independent; {again}."
        ))
        .with("Intervals reflect chance alone, not who was asked or who chose to answer.")
}

pub(super) fn privacy(report: &Report) -> Section {
    let privacy = &report.privacy;
    let read = Prose::from(format!(
        "This report read {} ",
        privacy.tables_read.join(", ")
    ));
    let read = if privacy.policy == "owner" {
        read.and("as the owner of the lake")
    } else {
        let policy = format!(" (policy {})", privacy.policy);
        read.and("as role ").and_data(&privacy.role).and(policy)
    };
    let too_few = too_few(privacy);
    let merged = match privacy.min_group_size {
        Some(_) => format!(
            "The role does not see groups of {too_few}: they are merged or left out, in the trend as \
             well as in the segments."
        ),
        None => format!(
            "Groups of {too_few} are merged ({}). Accounts with fewer responses or fewer than {people} \
             people are left out ({}), and so are words used by fewer than {people} people. The trend \
             and the scores include everyone.",
            plural(privacy.values_merged.unwrap_or_default(), "value"),
            plural(privacy.accounts_left_out, "account"),
            people = privacy.respondents_min,
        ),
    };
    let mut section = Section::new("privacy", "Privacy")
        .with(read.and(". It reveals no identity, and shows no person, pseudonym or comment."))
        .with(merged);
    if !privacy.left_out.is_empty() {
        let parts: Vec<&str> = privacy.left_out.iter().map(|part| name(*part)).collect();
        section = section.with(format!(
            "Left out, because the role does not see the data: {}.",
            parts.join(", ")
        ));
    }
    match privacy.reveals.zip(privacy.reveals_in_period) {
        None => section,
        Some((0, _)) => section.with("According to the audit log, no identity was ever revealed."),
        Some((total, in_period)) => section.with(format!(
            "According to the audit log, identities were revealed {}, {} in the current period.",
            plural(total, "time"),
            count(in_period)
        )),
    }
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Respondents => "number of respondents",
        Part::Words => "words of detractors and promoters",
        Part::Accounts => "accounts with a falling NPS",
        Part::ResponseRate => "response rate",
        Part::Latency => "response time",
        Part::Quality => "data quality",
        Part::Imports => "imports",
        Part::Reveals => "revealed identities",
    }
}
