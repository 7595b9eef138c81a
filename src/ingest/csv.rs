//! CSV: delimiter, encoding and rows.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};
use std::ops::ControlFlow;

use ::csv::{ByteRecord, Reader, ReaderBuilder};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::DecodeReaderBytesBuilder;

use super::quotes::{QuoteCheck, Unclosed};
use super::rows::Row;
use super::source::SourceFile;
use crate::error::{Error, Result};

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows of the head that the delimiter is judged by.
const JUDGED_ROWS: usize = 200;

/// How a CSV file is written.
#[derive(Clone, Debug)]
pub(super) struct CsvFormat {
    delimiter: u8,
    /// The encoding of the whole file where that is UTF-16, which no cell can be cut out of
    /// before it is decoded.
    wide: Option<&'static Encoding>,
    /// The encoding of the cells that are not valid UTF-8. Exports glue rows of several systems
    /// together, so it is decided cell by cell.
    narrow: Option<&'static Encoding>,
    /// Excel's own first line, `sep=;`, stands before the header.
    names_delimiter: bool,
}

impl CsvFormat {
    /// Judges the first bytes of a file; `cut` says that the file goes on behind them.
    pub(super) fn recognise(head: &[u8], cut: bool) -> Self {
        let wide = utf16(head);
        let narrow = match wide {
            Some(_) => None,
            None => fallback_encoding(head),
        };
        let mut format = Self {
            delimiter: b',',
            wide,
            narrow,
            names_delimiter: false,
        };
        if let Some(delimiter) = format.named_delimiter(head) {
            format.delimiter = delimiter;
            format.names_delimiter = true;
            return format;
        }
        let best = DELIMITERS
            .into_iter()
            .filter_map(|delimiter| {
                format.delimiter = delimiter;
                Some((format.judge(head, cut)?, delimiter))
            })
            // Of equals the first wins, and the comma is the first.
            .rev()
            .max_by_key(|(score, _)| *score);
        format.delimiter = best.map_or(b',', |(_, delimiter)| delimiter);
        format
    }

    /// The delimiter that a first line such as `sep=;` names.
    fn named_delimiter(&self, head: &[u8]) -> Option<u8> {
        let mut line = Vec::new();
        let mut decoded = BufReader::new(self.decoded(head));
        decoded.read_until(b'\n', &mut line).ok()?;
        match line.trim_ascii() {
            [b's', b'e', b'p', b'=', delimiter] => Some(*delimiter),
            _ => None,
        }
    }

    /// How well the head reads with this delimiter: the share (in percent) of rows with as many
    /// cells as the first, then the number of cells. `None` where it splits nothing.
    fn judge(&self, head: &[u8], cut: bool) -> Option<(usize, usize)> {
        let mut reader = self.head_reader(head);
        let mut record = ByteRecord::new();
        let mut counts = Vec::new();
        while counts.len() < JUDGED_ROWS && reader.read_byte_record(&mut record).ok()? {
            counts.push(record.len());
        }
        if cut && counts.len() > 1 && counts.len() < JUDGED_ROWS {
            counts.pop();
        }
        let cells = *counts.first()?;
        if cells < 2 {
            return None;
        }
        let alike = counts.iter().filter(|count| **count == cells).count();
        Some((alike * 100 / counts.len(), cells))
    }

    /// Reads the head, whose last quote may be cut off.
    fn head_reader<'a>(&self, head: &'a [u8]) -> Reader<impl Read + 'a> {
        self.parser(self.decoded(head))
    }

    fn parser<R: Read>(&self, decoded: R) -> Reader<R> {
        ReaderBuilder::new()
            .delimiter(self.delimiter)
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(1 << 18)
            .from_reader(decoded)
    }

    /// The text without a byte order mark, UTF-16 as UTF-8, all else as it is.
    fn decoded<R: Read>(&self, input: R) -> impl Read + use<R> {
        DecodeReaderBytesBuilder::new()
            .encoding(self.wide)
            .bom_override(true)
            .strip_bom(true)
            .utf8_passthru(true)
            .build(input)
    }

    /// Calls `each` with every row behind the first `skip` until it breaks. `columns` is how many
    /// cells a row must have; without it rows come as they are.
    pub(super) fn read(
        &self,
        source: &SourceFile,
        skip: u64,
        columns: Option<usize>,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let failed = |error: ::csv::Error| match error.into_kind() {
            ::csv::ErrorKind::Io(error) => match error.downcast::<Unclosed>() {
                Ok(unclosed) => unclosed.error(source),
                Err(error) => source.read_error(error),
            },
            kind => Error::invalid(format!("{}: {kind:?}", source.path().display())),
        };
        let checked = QuoteCheck::new(self.decoded(source.open()?), self.delimiter);
        let mut reader = self.parser(checked);
        let mut record = ByteRecord::new();
        for _ in 0..skip + u64::from(self.names_delimiter) {
            reader.read_byte_record(&mut record).map_err(failed)?;
        }
        while reader.read_byte_record(&mut record).map_err(failed)? {
            let line = record.position().map_or(0, |position| position.line());
            let row = self.row(&record, line, columns);
            if each(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn row<'a>(&self, record: &'a ByteRecord, line: u64, columns: Option<usize>) -> Row<'a> {
        let columns = columns.unwrap_or(record.len());
        let mut cells: Vec<Cow<'a, str>> = record.iter().map(|cell| self.decode(cell)).collect();
        let found = cells.len();
        let is_narrow = |cell: &[u8]| std::str::from_utf8(cell).is_err();
        let narrow_cells = record.iter().filter(|cell| is_narrow(cell)).count() as u64;
        // Some tools end a row, but not the header, with a delimiter.
        let extra_is_empty = cells
            .iter()
            .skip(columns)
            .all(|cell| cell.trim().is_empty());
        let problem = (found < columns || !extra_is_empty)
            .then(|| format!("the row has {found} cells, the header {columns}"));
        if problem.is_none() {
            cells.truncate(columns);
        }
        Row {
            number: line,
            cells,
            narrow_cells,
            problem,
        }
    }

    fn decode<'a>(&self, cell: &'a [u8]) -> Cow<'a, str> {
        match std::str::from_utf8(cell) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => {
                let encoding = self.narrow.unwrap_or(WINDOWS_1252);
                encoding.decode_without_bom_handling(cell).0
            }
        }
    }

    /// The encoding of the cells that are not UTF-8.
    pub(super) fn narrow_encoding(&self) -> String {
        self.narrow.unwrap_or(WINDOWS_1252).name().to_lowercase()
    }

    pub(super) fn encoding(&self) -> String {
        match (self.wide, self.narrow) {
            (Some(wide), _) => wide.name().to_lowercase(),
            (None, Some(narrow)) => format!("utf-8 and {}", narrow.name().to_lowercase()),
            (None, None) => "utf-8".to_owned(),
        }
    }
}

/// The head of a file in UTF-16 as UTF-8, any other as it is.
pub(super) fn wide_as_utf8(head: &[u8]) -> Cow<'_, [u8]> {
    match utf16(head) {
        Some(encoding) => match encoding.decode(head).0 {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        },
        None => Cow::Borrowed(head),
    }
}

/// UTF-16 shows by its mark, or by every other byte of the Latin delimiters being zero.
fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let zeros = |offset: usize| {
        head.iter()
            .skip(offset)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let most = head.len() / 3;
    match (even > most, odd > most) {
        (false, true) if even == 0 => Some(UTF_16LE),
        (true, false) if odd == 0 => Some(UTF_16BE),
        _ => None,
    }
}

/// The encoding of the lines that are not UTF-8, `None` where all are.
fn fallback_encoding(head: &[u8]) -> Option<&'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut found = false;
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        if let Err(error) = std::str::from_utf8(line)
            // The head may end inside a character.
            && error.error_len().is_some()
        {
            detector.feed(line, false);
            found = true;
        }
    }
    if !found {
        return None;
    }
    detector.feed(b"", true);
    Some(detector.guess(None, Utf8Detection::Deny))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognise(text: &[u8]) -> CsvFormat {
        CsvFormat::recognise(text, false)
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
            ("sep=;\na,b;c\n1;2\n", b';'),
        ] {
            assert_eq!(recognise(text.as_bytes()).delimiter, delimiter, "{text}");
        }
    }

    #[test]
    fn encodings_are_found() {
        assert_eq!(recognise("a,b\nä,1\n".as_bytes()).encoding(), "utf-8");
        let format = recognise(b"Stra\xdfe,b\nk\xf6ln,1\n");
        assert_eq!(format.decode(b"K\xf6ln"), "Köln");
        assert_eq!(
            recognise(b"a,b\ntr\xe8s bien,1\n").encoding(),
            "utf-8 and windows-1252"
        );
        let wide: Vec<u8> = "a,b\nä,1\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(recognise(&wide).encoding(), "utf-16le");
    }
}
