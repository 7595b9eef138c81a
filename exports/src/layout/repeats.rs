//! Headers and titles that come again among the rows, as in concatenated files and printed pages.

use std::borrow::Cow;

use super::first_rows::is_answer;
use super::header::Header;
use crate::columns::field::Field;
use crate::columns::headers::fold;
use crate::error::Error;
use crate::files::source::SourceFile;
use crate::format::Format;
use crate::format::rows::Row;
use crate::quote::clip;

/// Rows directly below the header that may belong to it, such as a translation.
const HEADER_ROWS_MAX: u64 = 2;

/// Cells of a title.
const TITLE_CELLS_MAX: usize = 2;

/// Rows above a header that comes again which may be its titles.
pub const TITLE_ROWS_MAX: usize = 6;

/// Lines up the rows of a file with its first header. A header with the same names in another order
/// sets the order of the rows below it.
pub struct Repeats {
    names: Vec<String>,
    /// The number of columns of the file.
    width: usize,
    /// `true` for the first bytes of names, in lower case: most rows begin with none.
    is_initial: [bool; 256],
    /// The titles above the header, with `#` for numbers: the number of the page changes.
    titles: Vec<String>,
    /// The column of each cell, if the order is another one than in the first header.
    order: Option<Vec<usize>>,
    rows: u64,
    /// `true` if the last row names the columns.
    is_at_header: bool,
}

/// A row that holds names of the header.
enum Heading {
    /// The header as it was.
    Same,
    /// Names of the header only, in another order: the column of each cell.
    Reordered(Vec<usize>),
    /// Most names and others, or names that are repeated.
    Other,
}

impl Repeats {
    /// `None` if no row of the file names the columns.
    pub fn new(header: &Header, format: &Format) -> Option<Self> {
        let is_in_file = header.rows > 0 && format.keys().is_none();
        let row = header.raw.get(header.names_row).filter(|_| is_in_file)?;
        let names: Vec<String> = row.iter().map(|cell| fold(cell)).collect();
        let mut is_initial = [false; 256];
        for byte in row.iter().filter_map(|cell| initial(cell)) {
            is_initial[usize::from(byte)] = true;
        }
        let titles = header.raw[..header.names_row].iter();
        let titles = titles.filter_map(|row| title(row.iter().map(String::as_str)));
        Some(Self {
            width: header.names.len(),
            is_initial,
            titles: titles.collect(),
            names,
            order: None,
            rows: 0,
            is_at_header: false,
        })
    }

    /// The row as the first header would have it, or nothing if it already is. Fails at the header
    /// of another table.
    pub fn place<'a>(
        &mut self,
        row: &'a Row<'_>,
        source: &SourceFile,
        format: &Format,
    ) -> Result<Option<Row<'a>>, Error> {
        self.rows += 1;
        self.is_at_header = row.repeats_header;
        if row.repeats_header {
            self.order = None;
            return Ok(None);
        }
        let repeats_header = |cells: Vec<Cow<'a, str>>| Row {
            number: row.number,
            cells,
            repeats_header: true,
            ..Row::default()
        };
        match self.heading(&row.cells) {
            Some(Heading::Same) => {
                self.is_at_header = true;
                self.order = None;
                return Ok(Some(repeats_header(row.borrowed_cells())));
            }
            Some(Heading::Reordered(order)) => {
                self.is_at_header = true;
                self.order = Some(order);
                return Ok(Some(repeats_header(self.in_order(row).cells)));
            }
            Some(Heading::Other) if self.rows > HEADER_ROWS_MAX => {
                return Err(other_header(row, source, format));
            }
            Some(Heading::Other) | None => {}
        }
        if self.repeats_title(&row.cells) {
            return Ok(Some(repeats_header(row.borrowed_cells())));
        }
        Ok(self.order.is_some().then(|| self.in_order(row)))
    }

    /// Compares a row with the header.
    fn heading(&self, cells: &[Cow<'_, str>]) -> Option<Heading> {
        let names = self.names.iter().filter(|name| !name.is_empty()).count();
        // Most rows are dismissed by the first letters of their first cells.
        let may_be_name = |cell: &&Cow<'_, str>| {
            initial(cell).is_some_and(|byte| self.is_initial[usize::from(byte)])
        };
        if names < 2 || cells.iter().filter(may_be_name).nth(names / 2).is_none() {
            return None;
        }
        let mut order = Vec::with_capacity(cells.len());
        let (mut known, mut unknown) = (0, 0);
        for (index, cell) in cells.iter().enumerate() {
            let folded = fold(cell);
            let is_name = |at: &usize| self.names.get(*at) == Some(&folded);
            let is_free = |at: &usize| is_name(at) && !order.contains(at);
            let column = Some(index).filter(is_free);
            let column = column.or_else(|| (0..self.names.len()).find(is_free));
            match column {
                _ if folded.is_empty() => {}
                Some(_) => known += 1,
                None if is_answer(cell) => return None,
                None => unknown += 1,
            }
            let is_blank = folded.is_empty();
            order.push(column.filter(|_| !is_blank).unwrap_or(usize::MAX));
        }
        if known < 2 || known * 2 <= names || unknown >= known {
            return None;
        }
        let is_score = |name: &str| Field::Score.rank(name).is_some();
        let lacks_score = !cells.iter().any(|cell| is_score(&fold(cell)));
        if lacks_score && self.names.iter().any(|name| is_score(name)) {
            return None;
        }
        let is_moved = |(index, column): (usize, &usize)| *column != usize::MAX && *column != index;
        let is_moved = order.iter().enumerate().any(is_moved);
        Some(match (is_moved, unknown) {
            (false, 0) if known == names || self.order.is_some() => Heading::Same,
            // Choices of several answers have the names of their columns.
            (false, 0) => return None,
            (true, 0) if order.iter().all(|column| self.is_unique(*column)) => {
                Heading::Reordered(order)
            }
            _ => Heading::Other,
        })
    }

    /// True if no other column has the name.
    fn is_unique(&self, column: usize) -> bool {
        let Some(name) = self.names.get(column) else {
            return true;
        };
        self.names.iter().filter(|other| *other == name).count() == 1
    }

    /// The row with its cells in the order of the first header.
    fn in_order<'a>(&self, row: &'a Row<'_>) -> Row<'a> {
        let order = self.order.as_deref().unwrap_or_default();
        let mut cells = vec![Cow::Borrowed(""); self.width];
        let mut problem = None;
        for (index, cell) in row.cells.iter().enumerate() {
            let column = order.get(index).and_then(|column| cells.get_mut(*column));
            match column {
                Some(column) => *column = Cow::Borrowed(&**cell),
                None if cell.trim().is_empty() => {}
                None => {
                    problem = Some(format!("cell {} is below no name", index + 1));
                }
            }
        }
        let missing = |found: usize| order.iter().skip(found).min().copied();
        Row {
            number: row.number,
            cells,
            non_utf8_cells: row.non_utf8_cells,
            replaced_chars: row.replaced_chars,
            repeats_header: row.repeats_header,
            ends_after: row.ends_after.and_then(missing),
            problem: row.problem.clone().or(problem),
        }
    }

    fn repeats_title(&self, cells: &[Cow<'_, str>]) -> bool {
        let title = title(cells.iter().map(|cell| &**cell));
        title.is_some_and(|title| self.titles.contains(&title)) || numbers_a_page(cells)
    }

    /// True if the row can be a title above a header that comes again, with other words than those above
    /// the first one, or a blank row there.
    pub fn may_be_title(&self, cells: &[Cow<'_, str>]) -> bool {
        let filled = cells.iter().filter(|cell| !cell.trim().is_empty());
        let begins = cells.first().is_some_and(|cell| !cell.trim().is_empty());
        !self.titles.is_empty()
            && (filled.clone().next().is_none() || (begins && are_title_cells(filled)))
    }

    /// Marks the last of these rows, above the current one, as titles if that names the columns: at most
    /// as many as there are above the first header.
    pub fn mark_titles(&self, rows: &mut [Row<'_>]) {
        if !self.is_at_header {
            return;
        }
        let rows = rows.iter_mut().rev();
        let filled = rows.filter(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()));
        for row in filled.take(self.titles.len()) {
            row.repeats_header = true;
        }
    }

    /// True if the last row names the columns.
    pub fn is_at_header(&self) -> bool {
        self.is_at_header
    }
}

/// True for as many cells as a title has, all of them texts.
fn are_title_cells<'a>(filled: impl Iterator<Item = &'a Cow<'a, str>>) -> bool {
    let cells: Vec<&Cow<'_, str>> = filled.take(TITLE_CELLS_MAX + 1).collect();
    (1..=TITLE_CELLS_MAX).contains(&cells.len()) && !cells.iter().any(|cell| is_answer(cell))
}

/// True for a row with nothing but the number of a page, maybe behind a title: `Report, page 2 of 7`,
/// `Seite 2`, `2ページ`.
fn numbers_a_page(cells: &[Cow<'_, str>]) -> bool {
    #[rustfmt::skip]
    const PAGES: [&str; 27] = [
        "page", "pg", "seite", "blatt", "pagina", "página", "pàgina", "sida", "side", "sivu",
        "strona", "str", "strana", "oldal", "sayfa", "pagină", "страница", "стр", "сторінка",
        "σελίδα", "עמוד", "صفحة", "ページ", "頁", "页", "페이지", "पृष्ठ",
    ];
    #[rustfmt::skip]
    const OF: [&str; 12] = [
        "of", "von", "de", "sur", "di", "da", "van", "av", "af", "z", "из", "/",
    ];
    const WORDS_MAX: usize = 12;
    let filled = || cells.iter().filter(|cell| !cell.trim().is_empty());
    let has_digit = || filled().any(|cell| cell.bytes().any(|byte| byte.is_ascii_digit()));
    if filled().nth(TITLE_CELLS_MAX).is_some() || !has_digit() || !are_title_cells(filled()) {
        return false;
    }
    let text: Vec<&str> = filled().map(|cell| cell.trim()).collect();
    let text = text.join(" ").to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || ".,:;()|-–".contains(c))
        .filter(|word| !word.is_empty())
        .collect();
    let is_number = |word: &str| {
        word.bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'/')
    };
    let is_page = |word: &str| PAGES.contains(&word);
    let is_joined = |word: &str| {
        let letters = word.trim_matches(|c: char| c.is_ascii_digit());
        letters.len() < word.len() && is_page(letters)
    };
    let pairs = words.windows(2);
    let is_numbered = |pair: &[&str]| {
        is_page(pair[0]) && is_number(pair[1]) || is_number(pair[0]) && is_page(pair[1])
    };
    let has_page = pairs.into_iter().any(is_numbered) || words.iter().any(|word| is_joined(word));
    // A comment that mentions a page goes on, or stands in its own column.
    let ends = words
        .last()
        .is_some_and(|word| is_number(word) || is_joined(word) || is_page(word));
    let begins = cells.first().is_some_and(|cell| !cell.trim().is_empty());
    let is_nothing_else = words
        .iter()
        .all(|word| is_number(word) || is_page(word) || is_joined(word) || OF.contains(word));
    has_page && ends && words.len() <= WORDS_MAX && (begins || is_nothing_else)
}

/// The first byte of a cell, in lower case.
fn initial(cell: &str) -> Option<u8> {
    let byte = cell.trim_start().bytes().next()?;
    Some(byte.to_ascii_lowercase())
}

/// The cells of a title, with `#` for numbers. `None` for a row with more cells, or without words.
fn title<'a>(cells: impl Iterator<Item = &'a str>) -> Option<String> {
    const LETTERS_MIN: usize = 3;
    let mut title = String::new();
    let mut filled = cells.map(str::trim).filter(|cell| !cell.is_empty());
    for cell in filled.by_ref().take(TITLE_CELLS_MAX) {
        for c in cell.chars() {
            match c {
                '0'..='9' if title.ends_with('#') => {}
                '0'..='9' => title.push('#'),
                c => title.push(c),
            }
        }
        title.push('\n');
    }
    let letters = title.chars().filter(|c| c.is_alphabetic()).count();
    (filled.next().is_none() && letters >= LETTERS_MIN).then_some(title)
}

fn other_header(row: &Row<'_>, source: &SourceFile, format: &Format) -> Error {
    let cells = row.cells.iter().filter(|cell| !cell.trim().is_empty());
    let names: Vec<String> = cells.map(|cell| format!("\"{}\"", clip(cell))).collect();
    let message = format!(
        "{} {} is a header with other columns than the first: {}",
        format.row_noun(),
        row.number,
        names.join(", ")
    );
    source.question(message).with_hint(
        "split the tables into separate files, each with its header, and import those; or give \
         their columns the same names, in any order",
    )
}

#[cfg(test)]
mod tests {
    use crate::fuzzing::source;
    use crate::layout::Layout;
    use crate::options::ReadOptions;
    use std::ops::ControlFlow;

    /// The rows that are no repeated headers, or the error.
    fn rows(text: &str) -> Result<Vec<String>, String> {
        let source = source(text.replace('|', "\n").as_bytes()).unwrap();
        let layout = Layout::recognise(&source, &ReadOptions::default());
        let layout = layout.map_err(|error| error.to_string())?;
        let mut rows = Vec::new();
        let read = layout.read(&source, &mut |row| {
            if !row.repeats_header {
                let problem = row.problem.as_deref().unwrap_or_default();
                rows.push(row.cells.join(",") + problem);
            }
            Ok(ControlFlow::Continue(()))
        });
        read.map_err(|error| error.to_string())?;
        Ok(rows)
    }

    #[test]
    fn rows_below_a_header_in_another_order_are_lined_up() {
        for (text, expected) in [
            (
                "date,nps,csat|2026-01-01,9,4|2026-01-02,3,5|2026-01-02,7,5|DATE,CSAT,NPS|2026-01-03,1,8",
                "2026-01-03,8,1",
            ),
            // Back to the first order, fewer columns, and a column further left.
            (
                "date,nps,csat|2026-01-01,9,4|2026-01-02,3,5|csat,nps,date|1,8,2026-01-03|date,nps,csat|2026-01-04,7,2",
                "2026-01-04,7,2",
            ),
            (
                "date,team,nps,csat|2026-01-01,A,9,4|2026-01-02,B,3,5|2026-01-02,B,3,5|nps,team,date,|8,C,2026-01-03",
                "2026-01-03,C,8,",
            ),
            (
                "date,,nps,note|2026-01-01,,9,x|2026-01-02,,3,y|2026-01-02,,3,y|nps,date,note|8,2026-01-03,z|",
                "2026-01-03,,8,z",
            ),
            // Rows that end early, and a cell below no name.
            (
                "date,nps,csat|2026-01-01,9,4|2026-01-02,3,5|2026-01-02,3,5|date,csat,nps|2026-01-03,1",
                "2026-01-03,,1",
            ),
            (
                "date,nps,csat,team|2026-01-01,9,4,A|2026-01-02,3,5,A|2026-01-02,3,5,A|date,csat,nps|2026-01-03,1,8,9",
                "2026-01-03,8,1,cell 4 is below no name",
            ),
            // Values that are names.
            (
                "nps,Email,Phone,Chat|9,Email,,Chat|3,,Phone,|8,Email,Phone,Chat|,Email,Phone,Chat",
                ",Email,Phone,Chat",
            ),
            (
                "nps,first,second|9,second,first|8,first,second|7,,|,second,first",
                ",second,first",
            ),
        ] {
            let rows = rows(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(rows.last().unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn titles_of_pages_are_no_responses() {
        for (text, responses) in [
            // Numbers of pages, at the top or the bottom, with and without the header again.
            (
                "NPS report|date,nps,why|2026-01-01,9,x|Report page 2 of 7,,|2026-01-02,3,y|Page 3,,",
                2,
            ),
            (
                "date,nps,why|2026-01-01,9,x|,,Seite 2 von 7|2026-01-02,3,y|,Seite 3,",
                2,
            ),
            ("日付,NPS,理由|2026-01-01,9,x|2ページ,,|2026-01-02,3,y", 2),
            (
                "Données|date,nps,why|2026-01-01,9,x|Données (suite) - page 2/3,,|2026-01-02,3,y",
                2,
            ),
            // Titles with other words above the header that comes again.
            (
                "Region North|printed by A|date,nps,why|2026-01-01,9,x||Region South,,|printed by B,,|\
                 date,nps,why|2026-01-02,3,y",
                2,
            ),
            (
                "Januar||Datum,NPS,Grund|2026-01-01,9,x|Februar,,||Datum,NPS,Grund|2026-02-02,3,y",
                2,
            ),
            // Responses.
            (
                "date,nps,why|2026-01-01,9,see page 2|,,it is on page 2|2026-01-02,3,y",
                3,
            ),
            ("nps,why|9,see page 2|3,page 7", 2),
            ("who,nps,why|Ana,9,x|Ben,,|who,nps,why|Cem,3,y", 3),
            (
                "Team A|who,nps,why|Ana,9,x|Ben,,|Team B|who,nps,why|Cem,3,y",
                3,
            ),
        ] {
            let rows = rows(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let filled = rows.iter().filter(|row| row.contains(|c: char| c != ','));
            assert_eq!(filled.count(), responses, "{text}: {rows:?}");
        }
    }

    #[test]
    fn a_header_with_other_names_is_a_question() {
        for text in [
            "date,nps,csat|2026-01-01,9,4|2026-01-02,3,5|2026-01-02,7,5|date,ces,nps|2026-01-03,1,8",
            "date,nps,csat|2026-01-01,9,4|2026-01-02,3,5|2026-01-02,7,5|date,nps,ces|2026-01-03,1,8",
            "date,nps,csat|2026-01-01,9,4|2026-01-02,3,5|2026-01-02,7,5|date,nps,team,csat|2026-01-03,1,A,8",
            "nps,why,nps,who|9,x,,a|8,y,,b|,,3,c|why,nps,who,nps|z,9,d,",
        ] {
            let error = rows(text).unwrap_err();
            let expected = "line 5 is a header with other columns than the first: \"";
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
