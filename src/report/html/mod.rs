//! The report as one HTML page that needs nothing beside it: no script, no font, no request.

mod headline;
mod parts;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use parts::{data_table, plain, prose, tables};

use super::charts::{self, Described, Width};
use super::data::{RESPONSES_FEW, Report};
use super::section::Section;
use super::sections::{in_short, scope, sections, title};
use super::text::day;

const STYLE: &str = include_str!("../style.css");

/// Nothing may be loaded and nothing run, whatever a survey's name would have.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                      base-uri 'none'; form-action 'none'";

/// The whole page.
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
                        h2 id="short" { "In short" }
                        ul {
                            @for sentence in in_short(report) {
                                li { (prose(&sentence)) }
                            }
                        }
                    }
                    @for section in &sections {
                        (body(report, section))
                    }
                }
                footer {
                    p { "Made on " (day(report.made_on)) " by " (report.made_by) "." }
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

/// A section with what is drawn in it. A table of what is drawn is folded away under it.
fn body(report: &Report, section: &Section) -> Markup {
    let id = section.id;
    let figure = match (id, &report.trend) {
        ("trend", Some(trend)) => {
            let description = charts::trend_description(trend);
            Some(figure(report, section, &description, |width, described| {
                charts::trend(trend, width, described)
            }))
        }
        ("scores", _) => {
            let description = "Bars of the share of each score from 0 to 10. The table under it has \
                               all numbers.";
            Some(figure(report, section, description, |width, described| {
                charts::scores(&report.scores, width, described)
            }))
        }
        _ => None,
    };
    html! {
        section class=(id) aria-labelledby=(id) {
            h2 id=(id) { (section.heading) }
            @for paragraph in &section.paragraphs {
                p { (prose(paragraph)) }
            }
            @match figure {
                Some(figure) => (figure),
                None => (tables(&section.tables)),
            }
            @for note in &section.notes {
                p class="note" { (prose(note)) }
            }
        }
    }
}

fn figure(
    report: &Report,
    section: &Section,
    description: &str,
    draw: impl Fn(Width, &Described<'_>) -> String,
) -> Markup {
    let drawn = [Width::Wide, Width::Narrow].map(|width| {
        let id = format!("{}-{}", section.id, width.name());
        let described = Described {
            id: &id,
            title: section.heading,
            description,
        };
        draw(width, &described)
    });
    html! {
        figure {
            @for drawing in &drawn {
                (PreEscaped(drawing))
            }
            figcaption { (legend(report, section.id)) }
            @for table in &section.tables {
                details {
                    summary { "The numbers: " (prose(&table.caption)) }
                    (data_table(table))
                }
            }
        }
    }
}

/// What the colours and marks of a chart stand for.
fn legend(report: &Report, id: &str) -> Markup {
    let mut points = report.trend.iter().flat_map(|trend| &trend.points);
    let has_few = points.any(|point| (1..RESPONSES_FEW).contains(&point.stats.responses));
    let has_previous = report.scores.iter().any(|score| score.previous > 0);
    let few = format!("fewer than {RESPONSES_FEW} responses");
    let marks = match id {
        "trend" => [
            Some(("score", "NPS")),
            Some(("interval", "95 % interval")),
            has_few.then_some(("few", few.as_str())),
            Some(("responses", "responses")),
        ],
        _ => [
            Some(("detractor", "detractors, 0 to 6")),
            Some(("passive", "passives, 7 and 8")),
            Some(("promoter", "promoters, 9 and 10")),
            has_previous.then_some(("before", "the period before")),
        ],
    };
    html! {
        @for (class, name) in marks.into_iter().flatten() {
            span class="key" { span class={ "mark " (class) } {} (name) } " "
        }
    }
}
