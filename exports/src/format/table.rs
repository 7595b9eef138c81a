//! Rows of a sheet as text, kept in a temporary file because they are read several times.

use std::borrow::Cow;
use std::io::{self, BufReader, Read, Write};
use std::ops::ControlFlow;

use super::rows::Row;
use crate::error::Result;
use crate::files::spool::{Spool, SpoolWriter, failed};

/// The rows that have something in them, without the columns before the first that has.
#[derive(Clone, Debug)]
pub struct Table {
    spool: Spool,
    first_column: u32,
    /// How many columns from the first to the last that has something in it.
    width: usize,
}

/// Writes the cells of a table in their order. A row is its number, the count of its cells, and
/// for each cell its column, length and text; blank cells and rows are left out.
pub struct TableWriter {
    spool: SpoolWriter,
    row: u64,
    cells: Vec<(u32, String)>,
    columns: Option<(u32, u32)>,
    /// Rows with something in them.
    pub rows: u64,
}

impl TableWriter {
    pub fn new() -> Result<Self> {
        Ok(Self {
            spool: SpoolWriter::create(1 << 18)?,
            row: 0,
            cells: Vec::new(),
            columns: None,
            rows: 0,
        })
    }

    /// Adds a cell of a row, counted from 1, and a column, counted from 0.
    pub fn add(&mut self, row: u64, column: u32, text: String) -> Result<()> {
        if text.trim().is_empty() {
            return Ok(());
        }
        if row != self.row {
            self.end_row()?;
            self.row = row;
        }
        let (first, last) = self.columns.unwrap_or((column, column));
        self.columns = Some((first.min(column), last.max(column)));
        self.cells.push((column, text));
        Ok(())
    }

    fn end_row(&mut self) -> Result<()> {
        if self.cells.is_empty() {
            return Ok(());
        }
        self.rows += 1;
        let row = self.row;
        self.write(row, |number| number.to_le_bytes().to_vec())?;
        self.write(self.cells.len(), length)?;
        for (column, text) in std::mem::take(&mut self.cells) {
            self.write(column, |column| column.to_le_bytes().to_vec())?;
            self.write(text.len(), length)?;
            self.write(text, String::into_bytes)?;
        }
        Ok(())
    }

    fn write<T>(&mut self, value: T, bytes: impl FnOnce(T) -> Vec<u8>) -> Result<()> {
        self.spool.write_all(&bytes(value)).map_err(failed)
    }

    pub fn finish(mut self) -> Result<Table> {
        self.end_row()?;
        let (first, last) = self.columns.unwrap_or((0, 0));
        Ok(Table {
            spool: self.spool.finish()?,
            first_column: first,
            width: (last - first) as usize + 1,
        })
    }
}

fn length(length: usize) -> Vec<u8> {
    (length as u64).to_le_bytes().to_vec()
}

impl Table {
    /// Calls `each` with every row behind the first `skip` until it breaks.
    pub fn read(
        &self,
        skip: u64,
        columns: Option<usize>,
        each: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
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
                let is_blank = |cells: &[Cow<'_, str>]| cells.iter().all(|cell| cell.is_empty());
                if row.cells.get(columns..).is_none_or(is_blank) {
                    row.cells.resize(columns, Cow::Borrowed(""));
                } else {
                    let found = row.cells.len();
                    row.problem = Some(format!("the row has {found} cells, the header {columns}"));
                }
            }
            if each(&row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn row(&self, reader: &mut impl Read) -> io::Result<Option<(u64, Vec<Cow<'static, str>>)>> {
        let mut number = [0; 8];
        match reader.read_exact(&mut number) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let mut cells = vec![Cow::Borrowed(""); self.width];
        for _ in 0..read_length(reader)? {
            let mut column = [0; 4];
            reader.read_exact(&mut column)?;
            let mut text = vec![0; read_length(reader)?];
            reader.read_exact(&mut text)?;
            let column = u32::from_le_bytes(column) - self.first_column;
            let text = String::from_utf8(text).map_err(io::Error::other)?;
            cells[column as usize] = text.into();
        }
        Ok(Some((u64::from_le_bytes(number), cells)))
    }
}

fn read_length(reader: &mut impl Read) -> io::Result<usize> {
    let mut length = [0; 8];
    reader.read_exact(&mut length)?;
    usize::try_from(u64::from_le_bytes(length)).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_without_the_blank_around_them() {
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
        assert_eq!(writer.rows, 3);
        let table = writer.finish().unwrap();
        // Once more, because the first reading must not have moved anything.
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
