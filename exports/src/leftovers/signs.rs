//! The signs that a row sums up other rows, and their weights.
//!
//! The weights are set so that the word and its place alone never make a total of a row with an
//! answer from 0 to 10, and so that a row without one is left out where two signs besides the word
//! agree.

/// A sign for or against a row being a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The first filled cell is a word for a total and nothing else.
    Word,
    /// It is a name that ends with such a word, as companies and products do, too.
    WordAtEnd,
    /// No other cell is filled.
    OthersEmpty,
    /// A number above 10, or not whole, is the sum, mean, count or NPS of its column, or of the rows
    /// above up to the last total.
    Computed,
    /// The same of a whole number from 0 to 10, which can be chance.
    AnswerComputed,
    /// The score is a number, but no answer.
    NoAnswer,
    /// The score is an answer that is no sum, mean, count or NPS.
    OtherAnswer,
    /// No response follows.
    AtEnd,
    /// The rows directly above are blank or missing.
    BelowGap,
    /// A date, respondent, id or comment is missing that nearly every other row has.
    Unlike,
    /// The column of the word has numbers, dates, addresses or ids with digits.
    NotInColumn,
    /// The row has an answer, and the column of the word has names of accounts or categories.
    Category,
    /// The row names promoters, passives or detractors, and has their number.
    CountsGroup,
    /// Another cell has a word for a total, too.
    SecondWord,
    /// Another cell has a text that is no number.
    OtherText,
    /// Another cell has a date or an address.
    DateOrAddress,
    /// The column of the word has comments.
    InComment,
    /// The score has decimals, and no other score does.
    OnlyDecimals,
    /// The word comes back in its column.
    Returns,
    /// The word comes back, but can only name a total.
    CertainReturns,
}

/// The weight of each sign.
#[rustfmt::skip]
const WEIGHTS: [(Sign, i32); 20] = [
    (Sign::Word, 2),            // Many words for totals are also names.
    (Sign::WordAtEnd, 1),       // "Windows Total" is a product.
    (Sign::OthersEmpty, 4),     // A response has something in it.
    (Sign::Computed, 4),        // 842 below the 842 of a column is no chance.
    (Sign::AnswerComputed, 0),  // The mean of a few answers is often an answer of someone, too.
    (Sign::NoAnswer, 2),        // It would be rejected anyway.
    (Sign::OtherAnswer, -3),    // What should the 9 be, if not an answer?
    (Sign::AtEnd, 2),           // Totals stand at the end; so does the last response.
    (Sign::BelowGap, 2),        // Spreadsheets set totals apart.
    (Sign::Unlike, 4),          // A response has what all responses have.
    (Sign::NotInColumn, 3),     // "Total" is no date and no customer number.
    (Sign::Category, -2),       // A company may be called Total.
    (Sign::CountsGroup, 7),     // The number is that of the file, so the word means what it says.
    (Sign::SecondWord, 3),      // "Subtotal" of "Avg" says what is summed up, and how.
    (Sign::OtherText, -2),      // Totals have numbers.
    (Sign::DateOrAddress, -9),  // A total is of no day and no person.
    (Sign::InComment, -6),      // "Average" is an opinion.
    (Sign::OnlyDecimals, 4),    // A mean is written as 4.0, and the answers as 4.
    (Sign::Returns, -5),        // A word that comes back is a value of its column.
    (Sign::CertainReturns, -1), // Subtotals come back.
];

/// The smallest sum of weights of a total.
const TOTAL_MIN: i32 = 6;

/// The smallest sum of weights of a row that may be a total.
const UNCLEAR_MIN: i32 = 3;

/// The kind of a row that begins with a word for a total.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    Response,
    /// A total or a response, as far as the signs tell.
    Unclear,
    Total,
}

/// The kind of a row with these signs.
pub fn kind_of(signs: &[Sign]) -> RowKind {
    let weight = |sign: &Sign| {
        let mut weights = WEIGHTS.iter();
        weights
            .find(|(known, _)| known == sign)
            .map_or(0, |(_, weight)| *weight)
    };
    match signs.iter().map(weight).sum::<i32>() {
        TOTAL_MIN.. => RowKind::Total,
        UNCLEAR_MIN.. => RowKind::Unclear,
        _ => RowKind::Response,
    }
}
