//! Rows that exports leave among the responses: totals, and the header once more.

use super::columns::field::Field;
use super::columns::headers::{fold, names_a_count};
use super::columns::score::{self, ScoreCell, whole_score};
use super::format::rows::Row;
use super::layout::header::is_answer;
use super::mapping::Mapping;
use super::text::trim;

/// What the first cell of a row of figures over all others says, folded.
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

const TOTALS_ELSEWHERE: [&str; 13] = [
    "итого",
    "всего",
    "среднее",
    "разом",
    "σύνολο",
    "סהכ",
    "المجموع",
    "合計",
    "平均",
    "总计",
    "平均值",
    "합계",
    "평균",
];

/// Whether a row is the header again, or figures over the other rows.
pub fn is_leftover(row: &Row<'_>, mapping: &Mapping) -> bool {
    repeats_header(row, mapping) || is_total(row, mapping)
}

/// Whether a row begins with a word for figures over others. What else it holds says little of
/// its columns.
pub fn begins_with_total(row: &Row<'_>) -> bool {
    let mut cells = row.cells.iter().map(|cell| trim(cell));
    cells
        .find(|cell| !cell.is_empty())
        .is_some_and(names_a_total)
}

/// A cell such as `Total` or `Average:`, which rows of figures begin with.
fn names_a_total(cell: &str) -> bool {
    if cell.len() > 40 || cell.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let folded = fold(cell);
    let bare = folded.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ');
    TOTALS.contains(&bare) || TOTALS_ELSEWHERE.contains(&cell.trim_end_matches(':'))
}

/// A cell such as `North Total`, which the rows between groups begin with.
fn ends_with_total(cell: &str) -> bool {
    let folded = fold(cell);
    let words: Vec<&str> = folded.split(' ').collect();
    let total = [
        "total",
        "subtotal",
        "ergebnis",
        "teilergebnis",
        "gesamt",
        "summe",
    ];
    cell.len() <= 40
        && (2..=4).contains(&words.len())
        && total.contains(words.last().unwrap_or(&""))
}

/// Whether a row that gives no answer names the columns of another table below this one, whose
/// rows would be read as if they were of this one. Below a gap less has to speak for it.
pub fn heads_another_table(row: &Row<'_>, mapping: &Mapping, below_gap: bool) -> bool {
    let Some(score) = mapping.column(Field::Score) else {
        return false;
    };
    let names_a_score = |folded: &str| Field::Score.rank(folded).is_some();
    let names_a_column = |folded: &str| {
        names_a_count(folded) || Field::ALL.iter().any(|field| field.rank(folded).is_some())
    };
    let cells: Vec<String> = row
        .cells
        .iter()
        .map(|cell| trim(cell))
        .filter(|cell| !cell.is_empty())
        .map(fold)
        .collect();
    // A row may be too short to have an answer.
    let answer = row.cells.get(score).map(|cell| fold(trim(cell)));
    (below_gap || answer.is_some_and(|folded| names_a_column(&folded)))
        && cells.len() >= 2
        && cells.iter().any(|cell| names_a_score(cell))
        && !row.cells.iter().any(|cell| is_answer(cell))
}

fn repeats_header(row: &Row<'_>, mapping: &Mapping) -> bool {
    let score = mapping.column(Field::Score);
    let is_header = |index: usize, cell: &str| {
        let header = mapping.headers[index].as_str();
        // A second column of the same name has been given a number.
        cell == header
            || header.strip_prefix(cell).is_some_and(|number| {
                number
                    .strip_prefix(' ')
                    .is_some_and(|number| number.parse::<u32>().is_ok())
            })
    };
    let mut cells = row.cells.iter().map(|cell| trim(cell)).enumerate();
    // Of the answer alone a header may still be told: it is none.
    score.is_some_and(|score| {
        let cell = trim(&row.cells[score]);
        !cell.is_empty() && is_header(score, cell)
    }) && cells.all(|(index, cell)| cell.is_empty() || is_header(index, cell))
}

fn is_total(row: &Row<'_>, mapping: &Mapping) -> bool {
    let Some((first, cell)) = row
        .cells
        .iter()
        .map(|cell| trim(cell))
        .enumerate()
        .find(|(_, cell)| !cell.is_empty())
    else {
        return false;
    };
    // Who, when or under which id is said of an answer, never of a total.
    let said = |field: Field| {
        let index = mapping.column(field).filter(|index| *index != first)?;
        let cell = trim(&row.cells[index]);
        (!score::is_blank(cell)).then_some(cell)
    };
    let identified = [
        Field::ResponseId,
        Field::Respondent,
        Field::RespondedAt,
        Field::Comment,
    ];
    if identified.into_iter().any(|field| said(field).is_some()) {
        return false;
    }
    let names_a_total = names_a_total(cell);
    if !names_a_total && !ends_with_total(cell) {
        return false;
    }
    // Things may be called so too: what is no answer has not even an id or a date then.
    let could_be_said = identified.into_iter().any(|field| {
        let index = mapping.column(field);
        index.is_some_and(|index| index != first)
    });
    if !names_a_total && !could_be_said {
        return false;
    }
    // A company may be called Total, and somebody may comment "average".
    let is_name = [Field::Account, Field::Comment, Field::Survey]
        .into_iter()
        .any(|field| mapping.column(field) == Some(first));
    let answer = mapping
        .column(Field::Score)
        .map(|index| score::read(&row.cells[index]));
    let is_answer =
        matches!(answer, Some(ScoreCell::Number(value)) if whole_score(value).is_some());
    !(is_name && is_answer)
}
