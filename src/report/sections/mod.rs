//! What the page says, section by section, in words and tables.

mod groups;
mod headline;
mod numbers;
mod record;
mod words;

use super::data::Report;
use super::section::{Prose, Section};

/// The title: what was measured, and of whom.
pub(super) fn title(report: &Report) -> Prose {
    let title = Prose::words("Net Promoter Score");
    match &report.scope.survey {
        Some(survey) => title.and(": ").and_data(survey),
        None => match report.scope.surveys.as_slice() {
            // A lake of one survey that nobody named.
            [only] if only.survey != "default" => title.and(": ").and_data(&only.survey),
            _ => title,
        },
    }
}

pub(super) use headline::{headline, in_short, scope, verdict};

/// All sections behind the headline, in their order.
pub(super) fn sections(report: &Report) -> Vec<Section> {
    vec![
        numbers::trend(report),
        numbers::scores(report),
        groups::dimensions(report),
        words::words(report),
        groups::accounts(report),
        numbers::sending(report),
        record::quality(report),
        record::method(report),
        record::privacy(report),
    ]
}
