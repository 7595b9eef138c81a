//! How a CSV file is punctuated: its delimiter, its quotation marks, and its line ends.

use ::csv::{ByteRecord, Reader, ReaderBuilder};
use std::io::Read;

use super::punctuation::Dialect;
use super::quotes::irregular_quotes;

/// Delimiters that exports have, and those that hardly any has, which are tried where none of
/// the others splits the rows.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const RARE_DELIMITERS: [u8; 4] = [0x1f, b'^', b'~', b':'];

/// Rows of the head that the delimiter is judged by.
const JUDGED_ROWS: usize = 200;

impl Dialect {
    /// Judges the first bytes of a file, as UTF-8 or any encoding that has ASCII in it; `cut` says
    /// that the file goes on behind them.
    pub fn recognise(head: &[u8], cut: bool) -> Self {
        let mut dialect = Self {
            delimiter: b',',
            quote: b'"',
            escapes: false,
            only_returns: head.contains(&b'\r') && !head.contains(&b'\n'),
            names_delimiter: false,
        };
        if let Some(delimiter) = named_delimiter(head) {
            dialect.delimiter = delimiter;
            dialect.names_delimiter = true;
        } else {
            dialect.delimiter = best_delimiter(head, cut);
        }
        dialect.find_quotes(head);
        if dialect.quote != b'"' && !dialect.names_delimiter {
            // Marks around cells hide the delimiters in them only where they are known.
            let judge = |delimiter: &u8| {
                let with = Self {
                    delimiter: *delimiter,
                    ..dialect
                };
                judge(head, cut, with)
            };
            let best = DELIMITERS
                .iter()
                .rev()
                .max_by_key(|delimiter| judge(delimiter));
            dialect.delimiter = *best.unwrap_or(&b',');
        }
        dialect
    }

    /// The marks that cells stand in: the usual ones, unless another reading has no mark out of
    /// place.
    fn find_quotes(&mut self, head: &[u8]) {
        let usual = irregular_quotes(head, *self);
        let escaped = Self {
            escapes: true,
            ..*self
        };
        if usual.irregular > 0
            && head.windows(2).any(|pair| pair == b"\\\"")
            && irregular_quotes(head, escaped).irregular == 0
        {
            self.escapes = true;
            return;
        }
        if usual.cells > 0 {
            return;
        }
        // Single marks count where every delimiter leaves most cells in them.
        for delimiter in DELIMITERS {
            let single = Self {
                quote: b'\'',
                delimiter,
                ..*self
            };
            let quotes = irregular_quotes(head, single);
            if quotes.cells > 3 && quotes.irregular == 0 && quotes.cells * 2 > quotes.all_cells {
                *self = single;
                return;
            }
        }
    }

    pub fn parser<R: Read>(&self, decoded: R) -> Reader<R> {
        ReaderBuilder::new()
            .delimiter(self.delimiter)
            .quote(self.quote)
            .escape(self.escapes.then_some(b'\\'))
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 18)
            .from_reader(decoded)
    }
}

/// The delimiter that a first line such as `sep=;` names.
fn named_delimiter(head: &[u8]) -> Option<u8> {
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
    let score = |delimiter: u8| {
        let dialect = Dialect {
            delimiter,
            quote: b'"',
            escapes: false,
            only_returns: false,
            names_delimiter: false,
        };
        judge(head, cut, dialect)
    };
    let best = DELIMITERS
        .into_iter()
        .filter_map(|delimiter| Some((score(delimiter)?, delimiter)))
        // Of equals the first wins, and the comma is the first.
        .rev()
        .max_by_key(|(score, _)| *score);
    if let Some((_, delimiter)) = best {
        return delimiter;
    }
    RARE_DELIMITERS
        .into_iter()
        .find(|delimiter| score(*delimiter).is_some_and(|fit| fit.alike == 100 && fit.rows > 1))
        .unwrap_or(b',')
}

/// How well a head reads with a delimiter; the greater the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// The share, in percent, of the rows that have as many cells as most have.
    alike: usize,
    /// Cells begin with a space no more often than not: what a space follows is punctuation.
    is_tight: bool,
    cells: usize,
    rows: usize,
}

/// `None` where the delimiter splits nothing.
fn judge(head: &[u8], cut: bool, dialect: Dialect) -> Option<Fit> {
    let mut reader = dialect.parser(head);
    let mut record = ByteRecord::new();
    let mut counts = Vec::new();
    let (mut spaced, mut behind) = (0_usize, 0_usize);
    while counts.len() < JUDGED_ROWS && reader.read_byte_record(&mut record).ok()? {
        counts.push(record.len());
        spaced += record
            .iter()
            .skip(1)
            .filter(|cell| cell.starts_with(b" "))
            .count();
        behind += record.len().saturating_sub(1);
    }
    if cut && counts.len() > 1 && counts.len() < JUDGED_ROWS {
        counts.pop();
    }
    // Lines before the header, such as a title, are not to decide.
    let share = |cells: usize| counts.iter().filter(|count| **count == cells).count();
    let cells = counts
        .iter()
        .copied()
        .filter(|count| *count > 1)
        .max_by_key(|count| (share(*count), *count))?;
    Some(Fit {
        alike: share(cells) * 100 / counts.len(),
        is_tight: spaced * 2 <= behind,
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
        for (text, quote, escapes) in [
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
            assert_eq!((dialect.quote, dialect.escapes), (quote, escapes), "{text}");
        }
        assert_eq!(recognise("'a';'b'\n'1';'x, y'\n'2';'x'\n").delimiter, b';');
        assert!(recognise("a,b\r1,2\r").only_returns);
    }
}
