//! The report as a self-contained HTML page: no scripts, no fonts, no requests.

mod headline;
mod parts;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use parts::{data_table, plain, prose};

use super::charts::{self, Frame, Width};
use super::data::{RESPONSES_FEW, Report, TrendPoint};
use super::section::Section;
use super::sections::{scope, sections, summary, title};
use super::text::day;

const STYLE: &str = include_str!("../style.css");

/// Content security policy: nothing is loaded or run, even if a name from the data contains markup.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

pub(super) fn page(report: &Report) -> String {
    let sections = sections(report);
    let title = title(report);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(report.made_by);
                title { (plain(&title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (prose(&title)) }
                    @for line in scope(report) {
                        p class="scope" { (prose(&line)) "." }
                    }
                }
                main {
                    (headline::headline(report))
                    section class="short" aria-labelledby="short" {
                        h2 id="short" { "Summary" }
                        ul {
                            @for sentence in summary(report) {
                                li { (prose(&sentence)) }
                            }
                        }
                    }
                    @for section in &sections {
                        (body(report, section))
                    }
                }
                footer {
                    p { "Generated on " (day(report.made_on)) " by " (report.made_by) "." }
                    p {
                        "Net Promoter, Net Promoter Score and NPS are registered trademarks of Bain & \
                         Company, Inc., NICE Systems, Inc. and Fred Reichheld."
                    }
                }
            }
        }
    };
    page.into_string()
}

fn body(report: &Report, section: &Section) -> Markup {
    let id = section.id;
    html! {
        section class=(id) aria-labelledby=(id) {
            h2 id=(id) { (section.heading) }
            @for paragraph in &section.paragraphs {
                p { (prose(paragraph)) }
            }
            @if let Some(figure) = figure(report, section) {
                (figure)
            } @else {
                @for table in &section.tables {
                    (data_table(table))
                }
            }
            @for note in &section.notes {
                p class="note" { (prose(note)) }
            }
        }
    }
}

/// The chart of a section, if it has one, with its tables folded away.
fn figure(report: &Report, section: &Section) -> Option<Markup> {
    let trend = report.trend.as_ref().filter(|_| section.id == "trend");
    let description = match trend {
        Some(trend) => charts::trend_description(trend),
        None if section.id == "scores" => charts::SCORES_DESCRIPTION.to_owned(),
        None => return None,
    };
    let charts = [Width::Wide, Width::Narrow].map(|width| {
        let frame = Frame {
            id: section.id,
            title: section.heading,
            description: &description,
            width,
        };
        match trend {
            Some(trend) => charts::trend(trend, &frame),
            None => charts::scores(&report.scores, &frame),
        }
    });
    Some(html! {
        figure {
            @for chart in &charts {
                (PreEscaped(chart))
            }
            figcaption { (legend(report, section.id)) }
            @for table in &section.tables {
                details {
                    summary { "Table: " (prose(&table.caption)) }
                    (data_table(table))
                }
            }
        }
    })
}

/// The meaning of a chart's colours and marks.
fn legend(report: &Report, id: &str) -> Markup {
    let mut points = report.trend.iter().flat_map(|trend| &trend.points);
    let has_few = points.any(TrendPoint::is_uncertain);
    let has_previous = report.scores.iter().any(|score| score.previous > 0);
    let few = format!("fewer than {RESPONSES_FEW} responses");
    let marks = if id == "trend" {
        [
            Some(("score", "NPS")),
            Some(("interval", "95% interval")),
            has_few.then_some(("few", few.as_str())),
            Some(("responses", "responses")),
        ]
    } else {
        [
            Some(("detractor", "detractors, 0 to 6")),
            Some(("passive", "passives, 7 and 8")),
            Some(("promoter", "promoters, 9 and 10")),
            has_previous.then_some(("before", "previous period")),
        ]
    };
    html! {
        @for (class, name) in marks.into_iter().flatten() {
            span class="key" { span class={ "mark " (class) } {} (name) } " "
        }
    }
}
