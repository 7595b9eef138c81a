//! Detects the punctuation of a CSV file: delimiter, quotation marks and line ends.

use ::csv::{ByteRecord, Reader, ReaderBuilder};
use std::io::Read;

use super::punctuation::Dialect;
use super::quotes::quote_stats;

/// Common delimiters, and rare ones, which are tried if none of the common ones splits the rows.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const RARE_DELIMITERS: [u8; 4] = [0x1f, b'^', b'~', b':'];

/// Rows that the delimiter is chosen by.
const SAMPLE_ROWS: usize = 200;

impl Dialect {
    /// Detects the dialect from the first bytes of a file without comments, in an encoding that includes
    /// ASCII; `cut` is `true` if the file has more.
    pub fn recognise(head: &[u8], cut: bool) -> Self {
        let sep_line = sep_line_delimiter(head);
        let mut dialect = Self {
            delimiter: sep_line.unwrap_or_else(|| best_delimiter(head, cut)),
            has_bare_returns: head.contains(&b'\r') && !head.contains(&b'\n'),
            has_return_line_feeds: head
                .iter()
                .position(|byte| *byte == b'\n')
                .is_some_and(|end| head[..end].ends_with(b"\r")),
            has_sep_line: sep_line.is_some(),
            ..Self::COMMA
        };
        dialect.find_quotes(head);
        if dialect.quote != b'"' && !dialect.has_sep_line {
            // Choose again: now delimiters inside of quoted cells do not count.
            let fit = |delimiter: &u8| fit(head, cut, dialect.with_delimiter(*delimiter));
            let best = DELIMITERS.into_iter().rev().max_by_key(fit);
            dialect.delimiter = best.unwrap_or(b',');
        }
        dialect
    }

    /// Sets the quotation marks: the usual ones, unless only others leave no mark out of place.
    fn find_quotes(&mut self, head: &[u8]) {
        let usual = quote_stats(head, *self);
        let escaped = Self {
            has_escapes: true,
            ..*self
        };
        if usual.misplaced > 0
            && head.windows(2).any(|pair| pair == b"\\\"")
            && quote_stats(head, escaped).misplaced == 0
        {
            self.has_escapes = true;
            return;
        }
        if usual.quoted_cells > 0 {
            return;
        }
        // Single marks are accepted only if most cells are quoted.
        for delimiter in DELIMITERS {
            let single = Self {
                quote: b'\'',
                ..self.with_delimiter(delimiter)
            };
            let stats = quote_stats(head, single);
            if stats.quoted_cells > 3
                && stats.misplaced == 0
                && stats.quoted_cells * 2 > stats.cells
            {
                *self = single;
                return;
            }
        }
    }

    pub fn parser<R: Read>(&self, decoded: R) -> Reader<R> {
        ReaderBuilder::new()
            .delimiter(self.delimiter)
            .quote(self.quote)
            .escape(self.has_escapes.then_some(b'\\'))
            .comment(self.comment)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 18)
            .from_reader(decoded)
    }
}

/// Returns the delimiter in a first line such as `sep=;`.
fn sep_line_delimiter(head: &[u8]) -> Option<u8> {
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next()?;
    let line = match line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) {
        [b'"', inner @ .., b'"'] => inner,
        line => line,
    };
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => Some(*delimiter),
        _ => None,
    }
}

fn best_delimiter(head: &[u8], cut: bool) -> u8 {
    let fit = |delimiter: u8| fit(head, cut, Dialect::COMMA.with_delimiter(delimiter));
    let best = DELIMITERS
        .into_iter()
        .filter_map(|delimiter| Some((fit(delimiter)?, delimiter)))
        // The last maximum wins, and of equals it is to be the comma.
        .rev()
        .max_by_key(|(fit, _)| *fit);
    if let Some((_, delimiter)) = best {
        return delimiter;
    }
    RARE_DELIMITERS
        .into_iter()
        .find(|delimiter| fit(*delimiter).is_some_and(|fit| fit.alike == 100 && fit.rows > 1))
        .unwrap_or(b',')
}

/// The quality of a delimiter for a head; greater is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Percentage of rows with the most frequent number of cells.
    alike: usize,
    /// `true` if at most half of the cells begin with a space: punctuation is followed by one.
    is_tight: bool,
    cells: usize,
    rows: usize,
}

/// `None` if the delimiter splits nothing.
fn fit(head: &[u8], cut: bool, dialect: Dialect) -> Option<Fit> {
    let mut reader = dialect.parser(head);
    let mut record = ByteRecord::new();
    let mut counts = Vec::new();
    let (mut after_delimiter, mut spaced) = (0_usize, 0_usize);
    while counts.len() < SAMPLE_ROWS && reader.read_byte_record(&mut record).ok()? {
        counts.push(record.len());
        let cells = record.iter().skip(1);
        after_delimiter += cells.len();
        spaced += cells.filter(|cell| cell.starts_with(b" ")).count();
    }
    if cut && counts.len() > 1 && counts.len() < SAMPLE_ROWS {
        counts.pop();
    }
    let share = |cells: usize| counts.iter().filter(|count| **count == cells).count();
    let cells = counts
        .iter()
        .copied()
        // Lines before the header, such as a title, have one cell and do not count.
        .filter(|count| *count > 1)
        .max_by_key(|count| (share(*count), *count))?;
    Some(Fit {
        alike: share(cells) * 100 / counts.len(),
        is_tight: spaced * 2 <= after_delimiter,
        cells,
        rows: counts.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(text: &str) -> Dialect {
        Dialect::recognise(text.as_bytes(), false)
    }

    #[test]
    fn the_delimiter_is_found() {
        for (text, delimiter) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n\"1,5\";2\n3,5;4\n", b';'),
            ("a\tb, c\n1\t2\n", b'\t'),
            ("a|b\n1|2\n", b'|'),
            ("score\n1\n2\n", b','),
            ("Comment, if any;Score\nfine, thanks;9\nbad;1\n", b';'),
            ("Name, Vorname;Score\nDoe, John;9\nRoe, Jane;1\n", b';'),
            ("sep=;\na,b;c\n1;2\n", b';'),
            ("Report of March\n\nid;score\n1;9\n2;8\n", b';'),
            ("a^b\n1^2\n", b'^'),
            ("a~b\n1~2\n", b'~'),
            ("a:b\n1:2\n", b':'),
            ("a\u{1f}b\n1\u{1f}2\n", 0x1f),
            ("time\n09:30\n10:15\n", b','),
        ] {
            assert_eq!(recognise(text).delimiter, delimiter, "{text}");
        }
    }

    #[test]
    fn quotation_marks_are_found() {
        for (text, quote, has_escapes) in [
            ("a,b\n\"1\",\"say \"\"hi\"\"\"\n", b'"', false),
            ("a,b\n\"1\",\"say \\\"hi\\\" now\"\n", b'"', true),
            ("a,b\n\"C:\\\",\"x\"\n", b'"', false),
            ("'a';'b'\n'1';'it''s; fine'\n'2';'x'\n", b'\'', false),
            (
                "id,phone\n1,'+4912\n2,'+4913\n3,'+49\n4,'+50\n",
                b'"',
                false,
            ),
        ] {
            let dialect = recognise(text);
            assert_eq!(
                (dialect.quote, dialect.has_escapes),
                (quote, has_escapes),
                "{text}"
            );
        }
        assert_eq!(recognise("'a';'b'\n'1';'x, y'\n'2';'x'\n").delimiter, b';');
        assert!(recognise("a,b\r1,2\r").has_bare_returns);
    }
}
