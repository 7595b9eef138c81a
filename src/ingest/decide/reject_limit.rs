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
    let rows = tally.new + tally.updated + tally.duplicate + counts.suppressed + rejected;
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
    let all = ImportOption::MaxRejects.with("100%");
    let anyway = Message::from("to import the other rows, set ").message(all.clone());
    let (hint, answer) = match kinds.first().and_then(|(kind, _)| advice(*kind)) {
        Some((advice, answer)) => (advice.text("; ").message(anyway), answer),
        None => (anyway, None),
    };
    let answers = answer.into_iter().chain([all]);
    Some(
        Error::question(message)
            .with_hint(hint)
            .with_answers(answers),
    )
}

/// The hint how to read rows rejected for this reason, and the option that does, if its value is known.
fn advice(kind: RejectKind) -> Option<(Message, Option<Message>)> {
    let date = |field: &str| {
        let undated = ImportOption::Map.with(format_args!("{field}="));
        let hint = Message::from("to read the dates, set their format, such as ")
            .option_with(ImportOption::DateFormat, format_args!("{field}=%d/%m/%Y"))
            .text(", or import them undated with ")
            .message(undated.clone());
        (hint, Some(undated))
    };
    let option = |what: &str, option: Message| {
        let hint = Message::from(what).text(", set ").message(option.clone());
        (hint, Some(option))
    };
    Some(match kind {
        RejectKind::Cells => option(
            "quote cells that contain the delimiter; if the header has further rows",
            ImportOption::HeaderRows.with(2),
        ),
        RejectKind::ScoreInWords => option("to read these scores", ImportOption::Lenient.message()),
        RejectKind::ScoreOutside
        | RejectKind::ScoreNotWhole
        | RejectKind::ScoreNotANumber
        | RejectKind::RatingOutside => {
            let hint = Message::from("to read another column as the score, set ")
                .option_with(ImportOption::Map, "score=COLUMN")
                .text("; if the answers are on another scale, set it, such as ")
                .option_with(ImportOption::Scale, "0-100");
            (hint, None)
        }
        RejectKind::SeveralScores => {
            let hint = Message::from("to read one of the columns, set ")
                .option_with(ImportOption::Map, "score=COLUMN");
            (hint, None)
        }
        RejectKind::RespondedAt => date("responded_at"),
        RejectKind::SentAt => date("sent_at"),
        RejectKind::UpdatedAt => date("updated_at"),
        RejectKind::Metric => option(
            "if every row answers the NPS question",
            ImportOption::Map.with("metric="),
        ),
        RejectKind::Survey => {
            let hint =
                Message::from("to name the survey, set ").option_with(ImportOption::Survey, "NAME");
            (hint, None)
        }
        RejectKind::Consent => {
            let hint = Message::from("to say what these values mean, set ")
                .option_with(ImportOption::Map, "consent.granted=VALUE")
                .text(", consent.withdrawn=VALUE or consent.unknown=VALUE");
            (hint, None)
        }
        RejectKind::RepeatedId => option(
            "if the column identifies no responses",
            ImportOption::Map.with("response_id="),
        ),
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
