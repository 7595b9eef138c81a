//! Tables below a block of other rows, such as a summary of the survey.

use super::first_rows::{filled, is_answer};
use crate::columns::field::Field;
use crate::columns::headers::fold;
use crate::columns::score::{self, ScoreCell, whole_score};

/// Maximum number of rows of a block.
const BLOCK_ROWS: usize = 40;

/// Returns the row that heads a table of responses below a block that begins at row `at`; `None` if
/// the responses may be those below row `at`.
pub fn table_below(rows: &[Vec<String>], at: usize) -> Option<usize> {
    rows_below(rows, at).find(|below| may_head(rows, at, *below) && is_block(rows, at, *below))
}

/// Returns a row below the header at row `at` that may head the responses instead.
pub fn other_header(rows: &[Vec<String>], at: usize) -> Option<usize> {
    rows_below(rows, at).find(|below| may_head(rows, at, *below))
}

fn rows_below(rows: &[Vec<String>], at: usize) -> impl Iterator<Item = usize> + use<> {
    at + 1..=rows.len().saturating_sub(1).min(at + BLOCK_ROWS)
}

/// True if row `below` names a score and other columns, and has answers below it.
fn may_head(rows: &[Vec<String>], at: usize, below: usize) -> bool {
    let header = &rows[below];
    if filled(header) < 2
        || has_names_of(header, &rows[at])
        || header.iter().any(|cell| is_answer(cell))
    {
        return false;
    }
    let Some(score) = score_column(header) else {
        return false;
    };
    // Directly below a header stand translations and units.
    if below == at + 1 && score_column(&rows[at]).is_some() {
        return false;
    }
    let names_other_field = header.iter().enumerate().any(|(index, cell)| {
        let folded = fold(cell);
        let names = |field: &Field| *field != Field::Score && field.rank(&folded).is_some();
        index != score && Field::ALL.iter().any(names)
    });
    let (answers, others) = count_answers(&rows[below + 1..], score);
    (names_other_field || is_wider(rows, at, below))
        && answers >= (below - at).min(2)
        && answers >= others * 4
}

/// True if a row has the names of a header, in any order.
fn has_names_of(row: &[String], header: &[String]) -> bool {
    let names = |row: &[String]| {
        let mut names: Vec<String> = row.iter().map(|cell| fold(cell)).collect();
        names.retain(|name| !name.is_empty());
        names.sort_unstable();
        names
    };
    names(row) == names(header)
}

/// True if the rows from `at` to `below` are no responses. If they are, there are two tables, which
/// is a question.
fn is_block(rows: &[Vec<String>], at: usize, below: usize) -> bool {
    let Some(score) = score_column(&rows[at]) else {
        return true;
    };
    let (answers, others) = count_answers(&rows[at + 1..below], score);
    answers == 0 || (answers <= others && is_wider(rows, at, below))
}

/// True if row `below` has more cells than each of those from `at` to it.
fn is_wider(rows: &[Vec<String>], at: usize, below: usize) -> bool {
    let block = &rows[at..below];
    block.iter().all(|row| filled(row) < filled(&rows[below]))
}

/// The first column whose cell names a score.
fn score_column(header: &[String]) -> Option<usize> {
    header
        .iter()
        .position(|cell| Field::Score.rank(&fold(cell)).is_some())
}

/// The numbers of cells with a whole number from 0 to 10, and of other cells that are not blank.
fn count_answers(rows: &[Vec<String>], column: usize) -> (usize, usize) {
    let mut counts = (0, 0);
    for row in rows {
        match score::read(row.get(column).map_or("", String::as_str)) {
            ScoreCell::Blank => {}
            ScoreCell::Number(value) if whole_score(value).is_some() => counts.0 += 1,
            _ => counts.1 += 1,
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_below_summaries_are_found() {
        for (text, expected) in [
            (
                "Promoters,Passives,Detractors|5,3,2|Date,Score,Comment|2026-01-01,9,ok|2026-01-02,3,",
                Some(2),
            ),
            (
                "NPS,Responses|45,120|Date,Score|2026-01-01,9|2026-01-02,3",
                Some(2),
            ),
            (
                "Umfrage,Q1|Antworten,3|Datum,Weiterempfehlung|01.02.2026,9|13.02.2026,3|14.02.2026,4",
                Some(2),
            ),
            (
                "Encuesta,Resultados||Fecha,Nota,Comentario|2026-01-01,9,ok|2026-01-02,3,no",
                Some(2),
            ),
            (
                "Survey,Q1 NPS|Responses,3|NPS,33|Date,Score,Comment|2026-01-01,9,ok|2026-01-02,3,",
                Some(3),
            ),
            // Two tables of answers, a header repeated, and texts that mention the score.
            (
                "NPS,Comment|9,fine|10,great|3,slow|Score,Count|10,25|9,7",
                None,
            ),
            ("Date,Score|2026-01-01,9|Date,Score|2026-01-02,3", None),
            (
                "id,date,score|Nr.,Datum,Note|1,2026-03-01,9|2,2026-03-02,8",
                None,
            ),
            (
                "NPS,Comment|9,fine|ten,I would recommend you|8,good|7,so so",
                None,
            ),
            (
                "id,question,answer|1,How likely are you to recommend us?,9|1,Why?,ok",
                None,
            ),
        ] {
            let rows: Vec<Vec<String>> = text
                .split('|')
                .map(|row| row.split(',').map(str::to_owned).collect())
                .collect();
            assert_eq!(table_below(&rows, 0), expected, "{text}");
        }
    }

    #[test]
    fn a_row_that_may_be_the_header_is_found() {
        let text = "NPS,Responses|8,3|Date,Score|2026-01-01,9|2026-01-02,3|2026-01-03,10";
        let rows: Vec<Vec<String>> = text
            .split('|')
            .map(|row| row.split(',').map(str::to_owned).collect())
            .collect();
        assert_eq!(table_below(&rows, 0), None);
        assert_eq!(other_header(&rows, 0), Some(2));
    }
}
