//! A table turned: a line a column, for rows that are wider than the terminal.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use super::OutputError;
use super::table::Column;
use super::text::{cut, fill};

/// Between a name and its value.
const SEPARATOR: &str = " │ ";

/// Writes each row under a rule with its number, as psql does, values broken over lines where they
/// are wider than the terminal.
pub(super) fn write<W: Write>(
    sink: &mut W,
    columns: &[Column],
    rows: usize,
    width: Option<usize>,
) -> Result<(), OutputError> {
    let widest = columns.iter().map(|column| column.header.width()).max();
    let frame = SEPARATOR.width();
    let name_max = width.map_or(usize::MAX, |width| width.saturating_sub(frame) / 2);
    let name_width = widest.unwrap_or(0).min(name_max);
    let value_width = width.map(|width| width.saturating_sub(name_width + frame));
    for row in 0..rows {
        let title = format!("─[ {} ]", row + 1);
        let used =
            name_width + frame + columns.iter().map(|c| c.cell_width(row)).max().unwrap_or(0);
        let rule = used
            .min(width.unwrap_or(used))
            .saturating_sub(title.width());
        writeln!(sink, "{title}{}", "─".repeat(rule))?;
        for column in columns {
            let name = cut(&column.header, name_width);
            let mut label = format!("{name}{}", " ".repeat(name_width - name.width()));
            for line in column.cells[row].split('\n') {
                let lines = match value_width {
                    Some(width) => fill(line, width, 0),
                    None => vec![line.to_owned()],
                };
                for line in lines {
                    writeln!(sink, "{}", format!("{label}{SEPARATOR}{line}").trim_end())?;
                    label = " ".repeat(name_width);
                }
            }
        }
    }
    Ok(())
}
