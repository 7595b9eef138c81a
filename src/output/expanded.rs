//! The expanded table: one line per column, for rows wider than the terminal.

use std::io::Write;

use unicode_width::UnicodeWidthStr;

use super::column::Column;
use super::error::OutputError;
use super::text::{cut, fill};

const SEPARATOR: &str = " │ ";

/// Writes each row under a rule with its number, as psql does. Values wider than the terminal are
/// broken over several lines.
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
