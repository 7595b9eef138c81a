//! What the report rests on: the data, the method, and who saw what.

use super::groups::too_few;
use crate::report::data::{Headline, Part, Quality, RESPONSES_FEW, Report};
use crate::report::section::{Prose, Row, Section, Table, number, text};
use crate::report::text::{count, counted, percent_of};

pub(super) fn quality(quality: &Quality) -> Section {
    let responses = &quality.responses;
    let line = |name: &'static str, number: u64, whole: u64| {
        Row::new(
            Prose::words(name),
            [count(number), percent_of(number, whole)],
        )
    };
    let imported = quality.imports.as_ref().map(|imports| Table {
        caption: Prose::words(format!(
            "Rows of {} into the lake",
            counted(imports.imports, "import", "imports")
        )),
        columns: vec![text("rows"), number("number"), number("share")],
        rows: vec![
            line("new", imports.new, imports.rows),
            line(
                "a newer version of a response",
                imports.updated,
                imports.rows,
            ),
            line("duplicate", imports.duplicate, imports.rows),
            line("not a response", imports.not_a_response, imports.rows),
            line("rejected", imports.rejected, imports.rows),
        ],
        graphic: None,
    });
    let held = Table {
        caption: Prose::words("Responses in the lake"),
        columns: vec![text("responses"), number("number"), number("share")],
        rows: vec![
            line("held", responses.responses, responses.responses),
            line(
                "left out: consent withdrawn",
                responses.withdrawn,
                responses.responses,
            ),
            line("left out: too old", responses.expired, responses.responses),
            line(
                "NPS not answered",
                responses.not_answered,
                responses.responses,
            ),
            line(
                "NPS answered, without a date",
                responses.undated,
                responses.responses,
            ),
            line(
                "NPS answered, dated in the future",
                responses.in_the_future,
                responses.responses,
            ),
        ],
        graphic: None,
    };
    let mut notes = Vec::new();
    if let Some(imports) = quality.imports.filter(|imports| imports.uncounted > 0) {
        notes.push(Prose::words(format!(
            "Of {} there are no counts, because a crash ended them.",
            counted(imports.uncounted, "import", "imports")
        )));
    }
    if !quality.other_metrics.is_empty() {
        let mut note = Prose::words("Other questions, which are not part of NPS: ");
        for (index, metric) in quality.other_metrics.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            note = note.and(comma).and_data(&metric.metric);
            note = note.and(format!(" ({})", count(metric.responses)));
        }
        notes.push(note.and("."));
    }
    Section {
        id: "quality",
        heading: "Quality of the data",
        paragraphs: Vec::new(),
        tables: imported.into_iter().chain([held]).collect(),
        notes,
    }
}

pub(super) fn method(report: &Report) -> Section {
    let Headline {
        current,
        respondents,
        ..
    } = &report.headline;
    let repeated = respondents.map(|people| current.responses.saturating_sub(people));
    let again = match repeated {
        None => "How many came from the same person is not told.".to_owned(),
        Some(0) => "Nobody answered twice in the period.".to_owned(),
        Some(repeated) => format!(
            "{} of the period came from somebody who had answered in it already.",
            counted(repeated, "response", "responses")
        ),
    };
    Section {
        id: "method",
        heading: "How it is computed",
        paragraphs: [
            "NPS is the percentage of promoters (9 and 10) less that of detractors (0 to 6), from \
             −100 to 100. Who did not answer counts nowhere."
                .to_owned(),
            "Intervals are adjusted Wald at 95 % (Rocks 2016), which are not centred on the score; the \
             ± of a change is that of the plain Wald margins of both periods."
                .to_owned(),
            format!(
                "Changes are tested two-sided by the normal distribution, and said to be one where \
                 p < 0.05. With fewer than {RESPONSES_FEW} responses in a period that is rough. \
                 Responses are taken as independent; {}",
                again[..1].to_lowercase() + &again[1..]
            ),
            "Intervals tell of chance alone, not of who was asked and who chose to answer.".to_owned(),
        ]
        .map(Prose::words)
        .to_vec(),
        ..Section::default()
    }
}

pub(super) fn privacy(report: &Report) -> Section {
    let privacy = &report.privacy;
    let reveals = match (privacy.reveals, privacy.reveals_in_period) {
        (Some(0), _) => {
            Some("The audit log tells of no identity that was ever opened by reveal.".to_owned())
        }
        (Some(reveals), Some(in_period)) => Some(format!(
            "The audit log tells of {} of an identity by reveal, {} in the period.",
            counted(reveals, "opening", "openings"),
            count(in_period)
        )),
        _ => None,
    };
    let read = Prose::words(format!(
        "This report read {} ",
        privacy.tables_read.join(", ")
    ));
    let read = match privacy.policy.as_str() {
        "owner" => read.and("with the rights of who owns the lake"),
        policy => read
            .and("as the role ")
            .and_data(&privacy.role)
            .and(format!(", whose policy is {policy}")),
    };
    let read =
        read.and(". It opened no identity, and shows no person, no pseudonym and no comment.");
    let merged = match privacy.min_group_size {
        Some(_) => format!(
            "The role is told of no group of {}: these are merged with each other, or not told, in the \
             trend as in the segments.",
            too_few(report)
        ),
        None => format!(
            "Groups of {} are merged ({}), accounts of fewer responses or of fewer than {} people \
             left out ({}), and so are words that fewer than {} people used. The trend and the scores \
             count everybody, however few.",
            too_few(report),
            counted(privacy.values_merged.unwrap_or_default(), "value", "values"),
            privacy.respondents_min,
            counted(privacy.accounts_left_out, "account", "accounts"),
            privacy.respondents_min,
        ),
    };
    let left_out: Vec<&str> = privacy.left_out.iter().map(|part| name(*part)).collect();
    let left_out = (!left_out.is_empty()).then(|| {
        format!(
            "Not in it, since the role does not see what that takes: {}.",
            left_out.join(", ")
        )
    });
    let others = [Some(merged), left_out, reveals].into_iter().flatten();
    Section {
        id: "privacy",
        heading: "Privacy",
        paragraphs: std::iter::once(read)
            .chain(others.map(Prose::words))
            .collect(),
        ..Section::default()
    }
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Respondents => "how many people answered",
        Part::Words => "what detractors and promoters say",
        Part::Accounts => "accounts that fell",
        Part::ResponseRate => "the response rate",
        Part::Latency => "how long answers took",
        Part::Quality => "the quality of the data",
        Part::Imports => "what was imported",
        Part::Reveals => "what the audit log tells",
    }
}
