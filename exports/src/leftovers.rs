//! Rows that exports leave among the responses: totals and repeated headers.

use super::columns::field::Field;
use super::columns::headers::{fold, names_a_count};
use super::columns::score::{self, ScoreCell, whole_score};
use super::format::rows::Row;
use super::layout::header::is_answer;
use super::mapping::Mapping;
use super::text::trim;

/// First cells of summary rows, folded.
#[rustfmt::skip]
const TOTALS: [&str; 54] = [
    "total", "totals", "grand total", "subtotal", "sum", "average", "averages", "avg", "mean",
    "median", "count", "std dev", "standard deviation", "total responses", "total average",
    "overall", "overall average", "summe", "gesamt", "gesamtergebnis", "gesamtsumme",
    "durchschnitt", "mittelwert", "anzahl", "moyenne", "somme", "total general", "promedio",
    "media", "suma", "media total", "totale", "somma", "totaal", "gemiddelde", "totalt",
    "medelvarde", "gennemsnit", "gjennomsnitt", "yhteensa", "keskiarvo", "suma koncowa", "srednia",
    "celkem", "osszesen", "toplam", "ortalama", "nps",
    "maximum", "minimum", "stdev", "std deviation", "variance", "sample size",
];

/// The same in other scripts, which folding does not cover.
#[rustfmt::skip]
const TOTALS_NOT_LATIN: [&str; 13] = [
    "итого", "всего", "среднее", "разом", "σύνολο", "סהכ", "المجموع", "合計", "平均", "总计",
    "平均值", "합계", "평균",
];

/// Last words of the first cells of subtotal rows, folded.
#[rustfmt::skip]
const LAST_WORDS: [&str; 6] = ["total", "subtotal", "ergebnis", "teilergebnis", "gesamt", "summe"];

/// True if a row repeats the header or summarises other rows.
pub fn is_leftover(row: &Row<'_>, mapping: &Mapping) -> bool {
    repeats_header(row, mapping) || is_total(row, mapping)
}

/// True if a row begins with a word for a total. Its other cells do not show what their columns
/// contain.
pub fn begins_with_total(row: &Row<'_>) -> bool {
    first_filled(row).is_some_and(|(_, cell)| names_a_total(cell))
}

fn first_filled<'a>(row: &'a Row<'_>) -> Option<(usize, &'a str)> {
    let mut cells = row.cells.iter().map(|cell| trim(cell)).enumerate();
    cells.find(|(_, cell)| !cell.is_empty())
}

/// True for a cell such as `Total` or `Average:`, which summary rows begin with.
fn names_a_total(cell: &str) -> bool {
    if cell.len() > 40 || cell.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let folded = fold(cell);
    let bare = folded.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    TOTALS.contains(&bare) || TOTALS_NOT_LATIN.contains(&cell.trim_end_matches(':'))
}

/// True for a cell such as `North Total`, which subtotal rows begin with.
fn ends_with_total(cell: &str) -> bool {
    let folded = fold(cell);
    let words: Vec<&str> = folded.split(' ').collect();
    cell.len() <= 40
        && (2..=4).contains(&words.len())
        && words.last().is_some_and(|word| LAST_WORDS.contains(word))
}

/// True if a row without an answer is the header of another table below this one, whose rows
/// would be mistaken for responses. Below a gap, weaker evidence is enough.
pub fn heads_another_table(row: &Row<'_>, mapping: &Mapping, below_gap: bool) -> bool {
    let Some(score) = mapping.column(Field::Score) else {
        return false;
    };
    let names_a_column = |folded: &str| {
        names_a_count(folded) || Field::ALL.iter().any(|field| field.rank(folded).is_some())
    };
    let cells = row.cells.iter().map(|cell| trim(cell));
    let cells: Vec<String> = cells.filter(|cell| !cell.is_empty()).map(fold).collect();
    // The row may be too short to have a score.
    let score_cell = row.cells.get(score).map(|cell| fold(trim(cell)));
    (below_gap || score_cell.is_some_and(|folded| names_a_column(&folded)))
        && cells.len() >= 2
        && cells.iter().any(|cell| Field::Score.rank(cell).is_some())
        && !row.cells.iter().any(|cell| is_answer(cell))
}

fn repeats_header(row: &Row<'_>, mapping: &Mapping) -> bool {
    let is_header = |index: usize, cell: &str| {
        // A repeated column name has a number in `headers`, but not in the row.
        let rest = mapping.headers[index].strip_prefix(cell);
        rest.is_some_and(|rest| {
            let number = rest.strip_prefix(' ');
            rest.is_empty() || number.is_some_and(|number| number.parse::<u32>().is_ok())
        })
    };
    let has_score_header = mapping.column(Field::Score).is_some_and(|score| {
        let cell = trim(&row.cells[score]);
        !cell.is_empty() && is_header(score, cell)
    });
    let mut cells = row.cells.iter().map(|cell| trim(cell)).enumerate();
    has_score_header && cells.all(|(index, cell)| cell.is_empty() || is_header(index, cell))
}

fn is_total(row: &Row<'_>, mapping: &Mapping) -> bool {
    let Some((first, cell)) = first_filled(row) else {
        return false;
    };
    // A total has no id, respondent, time or comment.
    let mut identifying = [
        Field::ResponseId,
        Field::Respondent,
        Field::RespondedAt,
        Field::Comment,
    ]
    .into_iter()
    .filter_map(|field| mapping.column(field).filter(|index| *index != first))
    .peekable();
    let has_identifying_columns = identifying.peek().is_some();
    if identifying.any(|index| !score::is_blank(trim(&row.cells[index]))) {
        return false;
    }
    // Names can end with "Total", too: without identifying columns that is not enough.
    let has_total_name = names_a_total(cell) || (ends_with_total(cell) && has_identifying_columns);
    if !has_total_name {
        return false;
    }
    // A company may be called Total, and a comment may be "average".
    let is_name = [Field::Account, Field::Comment, Field::Survey]
        .into_iter()
        .any(|field| mapping.column(field) == Some(first));
    let answer = mapping
        .column(Field::Score)
        .map(|index| score::read(&row.cells[index]));
    let has_score =
        matches!(answer, Some(ScoreCell::Number(value)) if whole_score(value).is_some());
    !(is_name && has_score)
}
