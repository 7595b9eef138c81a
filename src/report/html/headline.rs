//! The headline: the score, the change and the three categories.

use maud::{Markup, PreEscaped, html};

use crate::report::charts;
use crate::report::data::{Headline, Report, Stats};
use crate::report::sections::verdict;
use crate::report::text::{change, count, interval, nps, people, percent_of, plural, with_p_value};

pub(super) fn headline(report: &Report) -> Markup {
    let Headline { current, .. } = &report.headline;
    html! {
        section class="headline" aria-labelledby="now" {
            h2 id="now" class="unseen" { "Current NPS" }
            div class="cards" {
                div class="card" {
                    p class="what" { "NPS" }
                    p class="big" { (nps(current.nps)) }
                    p {
                        "95% interval " strong { (interval(current)) }
                        br;
                        (plural(current.responses, "response"))
                        @if let Some(respondents) = report.headline.respondents {
                            " from " (people(respondents))
                        }
                    }
                    div class="scale" {
                        (PreEscaped(charts::score(current)))
                        div class="ends" aria-hidden="true" {
                            span { "−100" } span { "0" } span { "100" }
                        }
                    }
                }
                (change_card(&report.headline))
            }
            (categories(current))
        }
    }
}

fn change_card(headline: &Headline) -> Markup {
    let (Some(previous), Some(comparison)) = (&headline.previous, &headline.comparison) else {
        return html! {
            div class="card" {
                p class="what" { "Change" }
                p class="big" { "–" }
                p { "There is no earlier period to compare with." }
            }
        };
    };
    // Unanimous responses have a margin of 0, but they are no proof of a change.
    let margin = headline
        .change_margin
        .filter(|_| comparison.p_value.is_some());
    html! {
        div class="card" {
            p class="what" { "Change" }
            p class="big" {
                (change(comparison.change))
                @if let Some(margin) = margin {
                    span class="margin" { " ± " (nps(Some(margin))) }
                }
            }
            p {
                strong { (verdict(comparison)) }
                @if let Some(p) = comparison.p_value { " (" (with_p_value(p)) ")" }
                br;
                "previous: " (nps(previous.nps)) " (" (interval(previous)) "), "
                (plural(previous.responses, "response"))
            }
        }
    }
}

/// Detractors, passives and promoters as a bar and as numbers.
fn categories(stats: &Stats) -> Markup {
    let categories = [
        ("detractor", "Detractors", "0 to 6", stats.detractors),
        ("passive", "Passives", "7 and 8", stats.passives),
        ("promoter", "Promoters", "9 and 10", stats.promoters),
    ];
    html! {
        div class="composition" {
            (PreEscaped(charts::categories(stats)))
            dl {
                @for (class, name, scores, responses) in categories {
                    div {
                        dt { span class={ "mark " (class) } {} (name) " " small { (scores) } }
                        dd {
                            strong { (percent_of(responses, stats.responses)) }
                            " " (count(responses))
                        }
                    }
                }
            }
        }
    }
}
