//! What the page says, section by section, in words and tables.

mod groups;
mod headline;
mod numbers;
mod record;
mod words;

use super::data::{Part, Report};
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

/// All sections behind the headline, in their order, without those that the role does not see.
pub(super) fn sections(report: &Report) -> Vec<Section> {
    let accounts =
        (!report.privacy.left_out.contains(&Part::Accounts)).then(|| groups::accounts(report));
    [
        Some(numbers::trend(report)),
        Some(numbers::scores(report)),
        Some(groups::dimensions(report)),
        report
            .words
            .as_ref()
            .map(|words| words::words(report, words)),
        accounts,
        numbers::sending(report),
        report.quality.as_ref().map(record::quality),
        Some(record::method(report)),
        Some(record::privacy(report)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
