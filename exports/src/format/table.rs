//! The rows of a sheet as text, in a temporary file because they are read several times.

use std::borrow::Cow;
use std::io::{self, BufReader, Read, Write};

use super::rows::{EachRow, Row};
use crate::error::Result;
use crate::files::spool::{Spool, SpoolWriter, failed};

/// The rows of a sheet, without blank rows and without blank columns at the left and right.
#[derive(Clone, Debug)]
pub struct Table {
    spool: Spool,
    first_column: u32,
    /// Number of columns from the first to the last that is not blank.
    width: usize,
}

/// Writes the cells of a table in order. A row is stored as its number, the number of its cells,
/// and for each cell its column, length and text. Blank cells and rows are left out.
pub struct TableWriter {
    spool: SpoolWriter,
    row: u64,
    cells: Vec<(u32, String)>,
    columns: Option<(u32, u32)>,
}

impl TableWriter {
    pub fn new() -> Result<Self> {
        Ok(Self {
            spool: SpoolWriter::create(1 << 18)?,
            row: 0,
            cells: Vec::new(),
            columns: None,
        })
    }

    /// Adds a cell of a row, counted from 1, and a column, counted from 0.
    pub fn add(&mut self, row: u64, column: u32, text: String) -> Result<()> {
        if text.trim().is_empty() {
            return Ok(());
        }
        if row != self.row {
            self.end_row().map_err(failed)?;
            self.row = row;
        }
        let (first, last) = self.columns.unwrap_or((column, column));
        self.columns = Some((first.min(column), last.max(column)));
        self.cells.push((column, text));
        Ok(())
    }

    fn end_row(&mut self) -> io::Result<()> {
        if self.cells.is_empty() {
            return Ok(());
        }
        let spool = &mut self.spool;
        spool.write_all(&self.row.to_le_bytes())?;
        spool.write_all(&(self.cells.len() as u64).to_le_bytes())?;
        for (column, text) in self.cells.drain(..) {
            spool.write_all(&column.to_le_bytes())?;
            spool.write_all(&(text.len() as u64).to_le_bytes())?;
            spool.write_all(text.as_bytes())?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<Table> {
        self.end_row().map_err(failed)?;
        let (first, last) = self.columns.unwrap_or((0, 0));
        Ok(Table {
            spool: self.spool.finish()?,
            first_column: first,
            width: (last - first) as usize + 1,
        })
    }
}

impl Table {
    /// Calls `each` with every row after the first `skip` until it breaks.
    pub fn read(&self, skip: u64, columns: Option<usize>, each: &mut EachRow<'_>) -> Result<()> {
        let mut reader = BufReader::with_capacity(1 << 18, self.spool.reader());
        let mut header = Vec::new();
        let mut position = 0;
        while let Some((number, cells)) = self.row(&mut reader).map_err(failed)? {
            position += 1;
            if position <= skip {
                header.push(cells);
                continue;
            }
            let mut row = Row {
                number,
                repeats_header: header.contains(&cells),
                cells,
                ..Row::default()
            };
            if let Some(columns) = columns {
                // The header may be wider than the sheet.
                let width = columns.max(row.cells.len());
                row.cells.resize(width, Cow::Borrowed(""));
                row.fit(columns);
            }
            if each(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn row(&self, reader: &mut impl Read) -> io::Result<Option<(u64, Vec<Cow<'static, str>>)>> {
        let number = match read_u64(reader) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            number => number?,
        };
        let mut cells = vec![Cow::Borrowed(""); self.width];
        for _ in 0..read_u64(reader)? {
            let mut column = [0; 4];
            reader.read_exact(&mut column)?;
            let length = usize::try_from(read_u64(reader)?).map_err(io::Error::other)?;
            let mut text = vec![0; length];
            reader.read_exact(&mut text)?;
            let column = u32::from_le_bytes(column) - self.first_column;
            let text = String::from_utf8(text).map_err(io::Error::other)?;
            cells[column as usize] = text.into();
        }
        Ok(Some((number, cells)))
    }
}

fn read_u64(reader: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    reader.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;

    #[test]
    fn blank_rows_and_columns_are_left_out() {
        let mut writer = TableWriter::new().unwrap();
        for (row, column, text) in [
            (3, 2, "id"),
            (3, 3, "score"),
            (4, 2, "1"),
            (4, 3, "9"),
            (5, 1, " "),
            (7, 3, "8\n"),
            (8, 2, "id"),
            (8, 3, "score"),
        ] {
            writer.add(row, column, text.to_owned()).unwrap();
        }
        let table = writer.finish().unwrap();
        // Twice, because each reading must start at the beginning.
        for _ in 0..2 {
            let mut rows = Vec::new();
            table
                .read(1, Some(2), &mut |row| {
                    rows.push((row.number, row.cells.join("|"), row.repeats_header));
                    Ok(ControlFlow::Continue(()))
                })
                .unwrap();
            let expected = [(4, "1|9", false), (7, "|8\n", false), (8, "id|score", true)];
            let expected =
                expected.map(|(number, cells, header)| (number, cells.to_owned(), header));
            assert_eq!(rows, expected);
        }
    }
}
