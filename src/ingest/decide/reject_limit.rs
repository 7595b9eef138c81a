//! The question about a file of which too many rows would be rejected.

use std::cmp::Reverse;

use exports::{ImportOption, Message};

use super::tally::Tally;
use crate::error::Error;
use crate::ingest::clean::rejection::RejectKind;

/// The share of rejected rows above which the import asks, if there are [`ROWS_MIN`] of them.
const SHARE_MAX: f64 = 0.25;
const ROWS_MIN: u64 = 20;

/// The share of rejected rows above which the import asks, however few they are.
const SHARE_OF_FEW_MAX: f64 = 0.5;

/// Returns the question if too many rows would be rejected. `share_max` is the limit of the options,
/// from 0 to 1.
pub(in crate::ingest) fn question(tally: &Tally, share_max: Option<f64>) -> Option<Error> {
    let counts = &tally.counts;
    // The options ask for these rejections.
    let wanted = counts.reject_kinds.get(&RejectKind::UnknownRespondent);
    let rejected = counts.rejected - wanted.copied().unwrap_or_default();
    let rows = tally.new + tally.updated + tally.duplicate + rejected;
    let share = rejected as f64 / rows.max(1) as f64;
    let is_too_many = match share_max {
        Some(share_max) => share > share_max,
        None => share > SHARE_OF_FEW_MAX || (share > SHARE_MAX && rejected >= ROWS_MIN),
    };
    if rejected == 0 || !is_too_many {
        return None;
    }
    let mut kinds: Vec<(RejectKind, u64)> = counts
        .reject_kinds
        .iter()
        .filter(|(kind, _)| **kind != RejectKind::UnknownRespondent)
        .map(|(kind, count)| (*kind, *count))
        .collect();
    kinds.sort_by_key(|(kind, count)| (Reverse(*count), *kind));
    let counted: Vec<String> = kinds
        .iter()
        .map(|(kind, count)| format!("{kind}: {count}"))
        .collect();
    let first = counts.first_reasons.first().map_or("", String::as_str);
    let message = format!(
        "{rejected} of {rows} rows would be rejected ({}), the first: {first}",
        counted.join(", ")
    );
    let hint = kinds.first().and_then(|(kind, _)| advice(*kind));
    let anyway = Message::from("to import the other rows, set ")
        .option_with(ImportOption::MaxRejects, "100%");
    let hint = match hint {
        Some(advice) => advice.text("; ").message(anyway),
        None => anyway,
    };
    Some(Error::question(message).with_hint(hint))
}

/// The option that may read rows rejected for this reason.
fn advice(kind: RejectKind) -> Option<Message> {
    let date = |field: &str| {
        Message::from("to read the dates, set their format, such as ")
            .option_with(ImportOption::DateFormat, format_args!("{field}=%d/%m/%Y"))
            .text(", or import them undated with ")
            .option_with(ImportOption::Map, format_args!("{field}="))
    };
    Some(match kind {
        RejectKind::Cells => Message::from(
            "quote cells that contain the delimiter; if the header has further rows, set ",
        )
        .option_with(ImportOption::HeaderRows, 2),
        RejectKind::ScoreInWords => {
            Message::from("to read these scores, set ").option(ImportOption::Lenient)
        }
        RejectKind::ScoreOutside
        | RejectKind::ScoreNotWhole
        | RejectKind::ScoreNotANumber
        | RejectKind::RatingOutside => Message::from("to read another column as the score, set ")
            .option_with(ImportOption::Map, "score=COLUMN")
            .text("; if the answers are on another scale, set it, such as ")
            .option_with(ImportOption::Scale, "0-100"),
        RejectKind::SeveralScores => Message::from("to read one of the columns, set ")
            .option_with(ImportOption::Map, "score=COLUMN"),
        RejectKind::RespondedAt => date("responded_at"),
        RejectKind::SentAt => date("sent_at"),
        RejectKind::UpdatedAt => date("updated_at"),
        RejectKind::Metric => Message::from("if every row answers the NPS question, set ")
            .option_with(ImportOption::Map, "metric="),
        RejectKind::Survey => {
            Message::from("to name the survey, set ").option_with(ImportOption::Survey, "NAME")
        }
        RejectKind::Consent => {
            Message::from("to ignore the column, set ").option_with(ImportOption::Map, "consent=")
        }
        RejectKind::RepeatedId => Message::from("if the column identifies no responses, set ")
            .option_with(ImportOption::Map, "response_id="),
        RejectKind::UnknownRespondent | RejectKind::Total => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::stage::row_counts::RowCounts;

    fn asks(rejected: u64, rows: u64, share_max: Option<f64>) -> bool {
        let mut counts = RowCounts::new("line");
        for number in 0..rejected {
            counts.reject(
                number,
                RejectKind::ScoreOutside,
                "score \"70\" is outside 0 to 10",
            );
        }
        let tally = Tally {
            counts,
            new: rows - rejected,
            ..Tally::default()
        };
        question(&tally, share_max).is_some()
    }

    #[test]
    fn more_than_a_quarter_or_a_half_is_a_question() {
        for (rejected, rows, share_max, expected) in [
            (2, 6, None, false),
            (2, 4, None, false),
            (3, 5, None, true),
            (19, 60, None, false),
            (20, 60, None, true),
            (20, 80, None, false),
            (3, 5, Some(1.0), false),
            (1, 100, Some(0.05), false),
            (6, 100, Some(0.05), true),
            (1, 100, Some(0.0), true),
            (0, 100, Some(0.0), false),
        ] {
            assert_eq!(
                asks(rejected, rows, share_max),
                expected,
                "{rejected} of {rows}"
            );
        }
    }
}
