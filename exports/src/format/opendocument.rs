//! The XML of an ods workbook, in which every element must be closed, and whose tables must fit into memory.

use std::io::{BufRead, BufReader, Read, Seek};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

/// Cells that a table may have, from the first to the last that is not empty: the workbook reader keeps all,
/// and a repeated cell stands for millions.
const CELLS_MAX: u64 = 50_000_000;

/// The state of a workbook, of which the workbook reader notices neither fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Sound,
    /// An element is not closed, on which the reader hangs.
    Open,
    /// A table has more cells than fit into memory.
    TooLarge,
}

/// Looks through the tables of a workbook.
pub fn examine(file: impl BufRead + Seek) -> Content {
    let Ok(mut archive) = ZipArchive::new(file) else {
        return Content::Sound;
    };
    let mut manifest = Vec::new();
    if let Ok(part) = archive.by_name("META-INF/manifest.xml") {
        // An unreadable manifest is not an encrypted one.
        let _ = part.take(1 << 20).read_to_end(&mut manifest);
    }
    let encrypted = b"encryption-data";
    if manifest
        .windows(encrypted.len())
        .any(|part| part == encrypted)
    {
        // Without the password this is not XML; the workbook reader reports that.
        return Content::Sound;
    }
    let content = archive.by_name("content.xml");
    content.map_or(Content::Sound, |content| {
        examine_xml(BufReader::new(content))
    })
}

fn examine_xml(xml: impl BufRead) -> Content {
    let mut reader = Reader::from_reader(xml);
    let mut open = 0_u64;
    let mut table = Extent::default();
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Start(element)) => {
                open += 1;
                table.begin(&element, true);
            }
            Ok(Event::Empty(element)) => table.begin(&element, false),
            Ok(Event::End(element)) => {
                open -= 1;
                if element.name().as_ref() == "table:table-row" {
                    table.end_row();
                }
            }
            Ok(Event::Eof) if open == 0 => return Content::Sound,
            // A closing tag that does not match the open element.
            Ok(Event::Eof) | Err(quick_xml::Error::IllFormed(_)) => return Content::Open,
            Err(_) => return Content::Sound,
            Ok(_) => {}
        }
        if table.rows.saturating_mul(table.columns) > CELLS_MAX {
            return Content::TooLarge;
        }
        buffer.clear();
    }
}

/// The extent of a table, up to the last row and column that are not empty.
#[derive(Default)]
struct Extent {
    rows: u64,
    columns: u64,
    /// Rows before the current one, and the number of times that one is repeated.
    rows_before: u64,
    repeats: u64,
    /// Cells of the current row so far, and those up to the last that is not empty.
    cells: u64,
    width: u64,
}

impl Extent {
    fn begin(&mut self, element: &BytesStart<'_>, has_content: bool) {
        match element.name().as_ref() {
            "table:table" => *self = Self::default(),
            "table:table-row" => {
                self.repeats = repeats(element, "table:number-rows-repeated");
                (self.cells, self.width) = (0, 0);
                if !has_content {
                    self.end_row();
                }
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let count = repeats(element, "table:number-columns-repeated");
                self.cells = self.cells.saturating_add(count);
                if has_content || has(element, "office:value-type") {
                    self.width = self.cells;
                }
            }
            _ => {}
        }
    }

    fn end_row(&mut self) {
        self.rows_before = self.rows_before.saturating_add(self.repeats);
        if self.width > 0 {
            self.rows = self.rows_before;
            self.columns = self.columns.max(self.width);
        }
    }
}

fn has(element: &BytesStart<'_>, name: &str) -> bool {
    matches!(element.try_get_attribute(name), Ok(Some(_)))
}

/// The number of times a row or cell is repeated.
fn repeats(element: &BytesStart<'_>, name: &str) -> u64 {
    let attribute = element.try_get_attribute(name).ok().flatten();
    let number = attribute.and_then(|it| it.value.parse().ok());
    number.unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unclosed_elements_are_found() {
        for (xml, content) in [
            ("<a><b/><c>text</c></a>", Content::Sound),
            ("<a><b></b>", Content::Open),
            ("<a><b></a></b>", Content::Open),
            ("<a></a></a>", Content::Open),
            ("<a", Content::Sound),
            ("", Content::Sound),
        ] {
            assert_eq!(examine_xml(xml.as_bytes()), content, "{xml}");
        }
    }

    #[test]
    fn tables_that_do_not_fit_into_memory_are_found() {
        let empty = "<table:table-cell table:number-columns-repeated='16383'/>";
        let full =
            "<table:table-cell office:value-type='string'><text:p>x</text:p></table:table-cell>";
        let row = |repeats: u32, cells: &str| {
            format!(
                "<table:table-row table:number-rows-repeated='{repeats}'>{cells}</table:table-row>"
            )
        };
        for (rows, content) in [
            (row(1, full) + &row(1_048_575, empty), Content::Sound),
            (row(1, &(empty.to_owned() + full)), Content::Sound),
            (row(1_048_576, full), Content::Sound),
            (
                row(1_048_576, &(empty.to_owned() + full)),
                Content::TooLarge,
            ),
            (
                row(1, &(empty.to_owned() + full)) + &row(1_000_000, empty) + &row(1, full),
                Content::TooLarge,
            ),
            (
                row(4_000_000_000, "") + "<table:table-row/>" + &row(1, full),
                Content::TooLarge,
            ),
        ] {
            let xml = format!("<table:table>{rows}</table:table>");
            assert_eq!(examine_xml(xml.as_bytes()), content, "{xml}");
        }
    }
}
