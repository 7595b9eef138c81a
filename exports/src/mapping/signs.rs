//! The signs by which a column is taken for a field, and their weights.

/// A sign that a column is a field, or that it is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    Profile,
    LaterInProfile,
    Header,
    WeakerWord,
    AsksToRecommend,
    AsksForMetric,
    NamedScore,
    NamedRating,
    OtherMetric,
    AgreesWithGroups,
    DiffersFromGroups,
    Empty,
    Unreadable,
    Dates,
    OnlyDates,
    OtherEvent,
    ConstantDates,
    FilledWithAnswers,
    BlankWithoutAnswer,
    FilledWithoutAnswer,
    BlankWithAnswer,
    AfterOtherDates,
    BeforeOtherDates,
    Addresses,
    NamesStaff,
    FewPeople,
    Metrics,
    GivesReason,
    FollowsScores,
    Prose,
    OftenFilled,
    MayBeConsent,
    StatesConsent,
    YesOrNo,
    ConsentDates,
    TakesConsentBack,
}

/// The least total of a column that is taken for a field.
pub const TAKE: i32 = 10;

/// The least total of the score. Less than a word for a rating alone must not be enough, since any
/// question can be rated.
pub const TAKE_SCORE: i32 = 55;

/// The least total of dates that no word names as those of answers. Less is a question, as there may
/// be other dates.
pub const TAKE_UNNAMED_DATES: i32 = 40;

/// The least difference to the second best. With less, it is a question.
pub const MARGIN: i32 = 10;

/// What each sign adds to the total of its column, and how an explanation names it.
#[rustfmt::skip]
const WEIGHTS: [(Sign, i32, &str); 36] = [
    // A tool's layout is known, so nothing else comes near, but other signs choose among its columns.
    (Sign::Profile, 400, "named by the profile"),
    // More than two weak signs, since a profile lists columns by preference.
    (Sign::LaterInProfile, -30, "later in the profile's list"),
    // The header or question text says it.
    (Sign::Header, 120, "the header names it"),
    // Not less than the margin, since the word groups are ordered from the clearest to the weakest.
    (Sign::WeakerWord, -10, "by a weaker word"),
    // As sure as the header of any other field.
    (Sign::AsksToRecommend, 100, "named NPS, or asks to recommend"),
    // With a metric given, its question takes the place of the NPS question.
    (Sign::AsksForMetric, 100, "asks for the given metric"),
    // Alone enough, but clearly less than the NPS question.
    (Sign::NamedScore, 60, "named a score"),
    // Alone not enough, and too near to a score to choose between the two.
    (Sign::NamedRating, 54, "named a rating"),
    // Ease or satisfaction is not the NPS question, and loses against it in any profile.
    (Sign::OtherMetric, -200, "asks for another metric"),
    // Promoters and detractors by row: enough to settle a rating, or a column without any word.
    (Sign::AgreesWithGroups, 60, "agrees with a column of promoters and detractors"),
    // A column of groups beside it belongs to another question, or other limits.
    (Sign::DiffersFromGroups, -30, "differs from a column of promoters and detractors"),
    // Considered only where no column named as well has cells.
    (Sign::Empty, -20, "has no cells"),
    // Named as a date, so that the format is asked for; no reason to prefer it.
    (Sign::Unreadable, -10, "has no readable dates"),
    // A column of dates under any name may be the date of the answer.
    (Sign::Dates, 20, "has dates"),
    // If it is the only one, it is.
    (Sign::OnlyDates, 40, "is the only column with dates"),
    // Opened is rarely the answer, so it is taken as the only date of rows that are all answered.
    (Sign::OtherEvent, -20, "may be the date of another event"),
    // One date in all rows is that of the export.
    (Sign::ConstantDates, -15, "has the same date in every row"),
    // Written by the answer itself: decides between two dates of equal names.
    (Sign::FilledWithAnswers, 12, "filled exactly where the score is"),
    // Some rows lack both, so that it is no chance.
    (Sign::BlankWithoutAnswer, 10, "blank where the score is blank"),
    // Dates without answers are of an invitation or of the customer.
    (Sign::FilledWithoutAnswer, -20, "filled where the score is blank"),
    // An answer has a date, so a date that some answers lack is of something rarer.
    (Sign::BlankWithAnswer, -20, "blank where the score is filled"),
    // An answer comes after sending, creating and joining. Less than a word, which says more.
    (Sign::AfterOtherDates, 8, "never before another date"),
    (Sign::BeforeOtherDates, -8, "never after another date"),
    // Addresses are those of respondents unless the header says otherwise.
    (Sign::Addresses, 40, "has email addresses"),
    // A technician's address is taken for the respondent's only where nearly every row has another one.
    (Sign::NamesStaff, -90, "named after someone who deals with the respondent"),
    // The same people again and again are staff, unless a header names the respondent.
    (Sign::FewPeople, -50, "has few people, many times each"),
    // NPS beside CSAT is what was asked, whatever the header is: before a survey of that name.
    (Sign::Metrics, 130, "has names of several metrics"),
    // The reason for the score is the comment, before any other remarks: more than two groups.
    (Sign::GivesReason, 30, "asks for the reason of the score"),
    // A question of its own for promoters, and another one for the rest: enough without a word, less than one
    // that is asked of everybody.
    (Sign::FollowsScores, 20, "one of several that no row fills together"),
    // Between two columns named alike, the one with sentences, and then the one with more.
    (Sign::Prose, 6, "has sentences"),
    (Sign::OftenFilled, 4, "filled more often than others like it"),
    // A newsletter, or whether somebody may be called, is a consent only if more says so: yes and no do not,
    // and the import names the column.
    (Sign::MayBeConsent, 5, "the header may be about consent"),
    (Sign::StatesConsent, 20, "has words for consent given or taken back"),
    (Sign::YesOrNo, 4, "has yes and no"),
    // A consent has a date, too, which says less than a column of yes and no.
    (Sign::ConsentDates, -15, "has dates"),
    // It is read beside one that gives consent, which comes first.
    (Sign::TakesConsentBack, -1, "a yes there refuses consent or takes it back"),
];

impl Sign {
    /// What the sign adds to a column's total.
    pub fn weight(self) -> i32 {
        WEIGHTS[self as usize].1
    }

    /// The sign in words, for explanations.
    pub fn text(self) -> &'static str {
        WEIGHTS[self as usize].2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_has_its_weight() {
        for (index, (sign, weight, text)) in WEIGHTS.into_iter().enumerate() {
            assert_eq!(sign as usize, index, "{text}");
            assert_ne!(weight, 0, "{text}");
        }
    }

    #[test]
    fn steps_between_words_exceed_the_margin() {
        assert!(Sign::WeakerWord.weight() <= -MARGIN);
        assert!(Sign::LaterInProfile.weight() <= -MARGIN);
        assert!(Sign::NamedScore.weight() - Sign::NamedRating.weight() < MARGIN);
        assert!(Sign::NamedRating.weight() < TAKE_SCORE);
        assert!(Sign::NamedScore.weight() >= TAKE_SCORE);
    }
}
