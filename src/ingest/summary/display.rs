//! Formats the summary for a terminal.

use std::fmt;

use exports::quote::clip;
use exports::text::visible;

use super::ImportSummary;
use super::thousands::thousands;

impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.already_imported {
            write!(f, "{}  already imported: nothing new", visible(&self.file))?;
            return self.write_notes(f);
        }
        let rows = thousands(self.rows);
        write!(
            f,
            "{}  {} · {rows} rows · {}",
            visible(&self.file),
            self.source,
            self.encoding
        )?;
        if self.dry_run {
            write!(f, " · dry run, nothing written")?;
        }
        for field in &self.fields {
            write!(f, "\n  {:<12} {}", field.field, shown(&field.header))?;
            if let Some(title) = &field.title {
                write!(f, " \"{}\"", clip(title))?;
            }
            if let Some(detail) = &field.detail {
                write!(f, " ({detail})")?;
            }
        }
        for (label, columns) in [("kept", &self.kept), ("sealed", &self.sealed)] {
            let columns = columns.iter().map(|column| {
                if column.name == column.header {
                    column.name.clone()
                } else {
                    format!("{} as {}", column.header, column.name)
                }
            });
            write_list(f, label, "", columns.collect())?;
        }
        write_list(f, "counted by", "", self.counted_by.clone())?;
        let dropped = self.dropped.iter().map(|header| {
            if self.dropped_personal.contains(header) {
                format!("{header} (personal)")
            } else {
                header.clone()
            }
        });
        let dropped_count = format!("{}: ", self.dropped.len());
        write_list(f, "dropped", &dropped_count, dropped.collect())?;
        let redacted = self.redacted.iter();
        let redacted = redacted.map(|(kind, count)| format!("{kind} {}", thousands(*count)));
        write_list(f, "redacted", "", redacted.collect())?;
        write!(f, "\n  new {}", thousands(self.new))?;
        if self.not_answered > 0 {
            write!(f, " ({} without a score)", thousands(self.not_answered))?;
        }
        write!(
            f,
            " · updated {} · duplicate {} · not a response {} · rejected {}",
            thousands(self.updated),
            thousands(self.duplicate),
            thousands(self.not_a_response),
            thousands(self.rejected)
        )?;
        if self.suppressed > 0 {
            write!(f, " · suppressed {}", thousands(self.suppressed))?;
        }
        if let Some(path) = &self.rejects_file {
            write!(f, " → {}", visible(path))?;
        } else {
            for reason in &self.first_reject_reasons {
                write!(f, "\n    {reason}")?;
            }
        }
        if let Some(figure) = &self.nps {
            write!(
                f,
                "\n  NPS {:.1} ± {:.1} (n = {})",
                figure.nps,
                figure.margin_of_error,
                thousands(figure.responses)
            )?;
        }
        self.write_notes(f)
    }
}

impl ImportSummary {
    fn write_notes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            write!(f, "\n  note: {note}")?;
        }
        Ok(())
    }
}

/// Writes a line with a label and a list; nothing if the list is empty.
/// Items of a list that are named.
const ITEMS_SHOWN: usize = 20;

fn write_list(
    f: &mut fmt::Formatter<'_>,
    label: &str,
    prefix: &str,
    items: Vec<String>,
) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    let (shown, more) = items.split_at(items.len().min(ITEMS_SHOWN));
    write!(f, "\n  {label:<12} {prefix}{}", shown.join(", "))?;
    match more.len() {
        0 => Ok(()),
        more => write!(f, ", and {} more", thousands(more as u64)),
    }
}

/// The header, shortened if it is a whole question.
fn shown(header: &str) -> String {
    if header.chars().count() <= 60 {
        header.to_owned()
    } else {
        format!("\"{}\"", clip(header))
    }
}
