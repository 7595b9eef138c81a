//! The content of the page, section by section, as text and tables.

mod groups;
mod headline;
mod numbers;
mod record;
mod words;

use super::data::{Part, Report};
use super::section::{Prose, Section};

pub(super) use headline::{headline, scope, summary, verdict};

/// The title: the metric, and the survey if there is only one.
pub(super) fn title(report: &Report) -> Prose {
    let title = Prose::from("Net Promoter Score");
    let survey = match (&report.scope.survey, report.scope.surveys.as_slice()) {
        (Some(survey), _) => survey,
        // An unnamed survey is called "default".
        (None, [only]) if only.survey != "default" => &only.survey,
        _ => return title,
    };
    title.and(": ").and_data(survey)
}

/// The sections after the headline, without those that the role does not see.
pub(super) fn sections(report: &Report) -> Vec<Section> {
    let sees_accounts = !report.privacy.left_out.contains(&Part::Accounts);
    let words = report.words.as_ref();
    [
        Some(numbers::trend(report)),
        Some(numbers::scores(report)),
        Some(groups::dimensions(report)),
        words.map(|words| words::words(report, words)),
        sees_accounts.then(|| groups::accounts(report)),
        numbers::sending(report),
        report.quality.as_ref().map(record::quality),
        Some(record::method(report)),
        Some(record::privacy(report)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
