//! Reasons for which rows are rejected.

use std::fmt;

use exports::columns::field::Field;

/// A row that is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ingest) struct Rejection {
    pub(in crate::ingest) kind: RejectKind,
    /// The reason, with the offending value.
    pub(in crate::ingest) reason: String,
}

/// The kind of a reason, to count rows by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ingest) enum RejectKind {
    /// The row has more cells than the header, or ends before the score.
    Cells,
    ScoreOutside,
    ScoreNotWhole,
    ScoreNotANumber,
    /// Several columns of the same question are filled.
    SeveralScores,
    /// Not a number, but lenient reading accepts it.
    ScoreInWords,
    RatingOutside,
    RespondedAt,
    SentAt,
    UpdatedAt,
    Metric,
    Survey,
    Consent,
    UnknownRespondent,
    /// The row may be a total.
    Total,
    /// Another row has the same id and other answers.
    RepeatedId,
}

impl RejectKind {
    /// The kind for a date that cannot be read.
    pub(in crate::ingest) fn date(field: Field) -> Self {
        match field {
            Field::SentAt => Self::SentAt,
            Field::UpdatedAt => Self::UpdatedAt,
            _ => Self::RespondedAt,
        }
    }
}

impl fmt::Display for RejectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cells => "number of cells",
            Self::ScoreOutside => "score outside 0 to 10",
            Self::ScoreNotWhole => "score not a whole number",
            Self::ScoreNotANumber => "score not a number",
            Self::ScoreInWords => "score in words or as 8/10",
            Self::SeveralScores => "several scores",
            Self::RatingOutside => "rating outside the scale",
            Self::RespondedAt => "responded_at cannot be read",
            Self::SentAt => "sent_at cannot be read",
            Self::UpdatedAt => "updated_at cannot be read",
            Self::Metric => "unknown metric",
            Self::Survey => "survey name too long",
            Self::Consent => "unknown consent",
            Self::UnknownRespondent => "unknown respondent",
            Self::Total => "perhaps a total",
            Self::RepeatedId => "id repeated with other answers",
        })
    }
}
