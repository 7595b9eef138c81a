//! The summary of an import, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;

use chrono::Utc;
use datafusion_functions_nps::{Confidence, NpsCounts};
use serde::Serialize;

use exports::columns::field::Field;
use exports::files::source::SourceFile;
use exports::layout::Layout;
use exports::mapping::Mapping;
use exports::quote::{clip, mask_emails};
use exports::understand::Understood;

use super::options::IngestOptions;
use crate::ingest::decide::tally::Tally;
use crate::lake::imports::ImportRecord;

/// The result of one import. `new + updated + duplicate + not_a_response + rejected == rows`.
///
/// A row is a row of the file after its header. If several rows form one response (one row per
/// answer or event), they count as one row here, and a note gives their number.
///
/// `Display` formats the summary for a terminal, `Serialize` for a program.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct ImportSummary {
    /// The import's id, stored in the column `import_id`; `None` in a dry run.
    pub import_id: Option<String>,
    /// The file's name.
    pub file: String,
    /// The profile that read the file.
    pub source: String,
    /// The encoding of the text.
    pub encoding: String,
    /// `true` if the file was imported before: nothing was read or written, and the counts are 0.
    pub already_imported: bool,
    /// `true` if nothing was written because the import was a dry run.
    pub dry_run: bool,
    /// Rows after the header.
    pub rows: u64,
    /// Responses added to the lake.
    pub new: u64,
    /// Responses in the lake that were replaced by a newer version.
    pub updated: u64,
    /// New responses to the NPS question without a score.
    pub not_answered: u64,
    /// Rows whose response is already in the lake, or in another row.
    pub duplicate: u64,
    /// Rows that are not a response, such as blank ones.
    pub not_a_response: u64,
    /// Rows that could not be read. The rejects file contains them with their reasons.
    pub rejected: u64,
    /// The path or URL of the rejects file.
    pub rejects_file: Option<String>,
    /// The reasons of the first rejected rows.
    pub first_reject_reasons: Vec<String>,
    /// The columns that became fields, in the order of the lake's columns.
    pub fields: Vec<MappedField>,
    /// The columns that were kept unchanged.
    pub kept: Vec<KeptField>,
    /// The headers of the columns that were not imported.
    pub dropped: Vec<String>,
    /// The headers of dropped columns with personal data.
    pub dropped_personal: Vec<String>,
    /// The columns sealed in the table `identities`, with their field names for `reveal`.
    pub sealed: Vec<KeptField>,
    /// Redactions in the comments and kept columns of the file, counted by kind, such as `EMAIL`.
    pub redacted: BTreeMap<String, u64>,
    /// The kept columns by which responses are counted from now on; set by the first import.
    pub counted_by: Vec<String>,
    /// The Net Promoter Score of the new responses; `None` if none has a score.
    pub nps: Option<NpsFigure>,
    /// Further remarks, one sentence each.
    pub notes: Vec<String>,
}

/// A column that became a field of the response.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MappedField {
    /// The lake's column.
    pub field: String,
    /// The header in the file.
    pub header: String,
    /// The column's text in a further header row, such as the question.
    pub title: Option<String>,
    /// Details of the conversion, such as the date format.
    pub detail: Option<String>,
}

/// A column that is not a field of the response, but was kept or sealed.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct KeptField {
    /// The lake's column, or the field for `reveal`.
    pub name: String,
    /// The header in the file.
    pub header: String,
}

/// A Net Promoter Score with its uncertainty.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct NpsFigure {
    /// From −100 to 100.
    pub nps: f64,
    /// Half the width of the 95 % confidence interval, in points.
    pub margin_of_error: f64,
    /// Number of scores.
    pub responses: u64,
    /// Answers of 9 and 10.
    pub promoters: u64,
    /// Answers of 7 and 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
}

impl NpsFigure {
    /// Computes the score; `None` if the counts are 0.
    fn from_counts(counts: &NpsCounts) -> Option<Self> {
        Some(Self {
            nps: counts.nps()?,
            margin_of_error: counts.margin_of_error(Confidence::NINETY_FIVE)?,
            responses: counts.responses() as u64,
            promoters: counts.promoters as u64,
            passives: counts.passives as u64,
            detractors: counts.detractors as u64,
        })
    }
}

/// The summary of a file that was imported before.
pub(super) fn already_imported(source: &SourceFile, options: &IngestOptions) -> ImportSummary {
    let mut notes = Vec::new();
    let has_reading_options = !options.map.is_empty()
        || !options.keep.is_empty()
        || options.date_format.is_some()
        || options.timezone.is_some()
        || options.profile.is_some()
        || options.header_rows.is_some()
        || options.encoding.is_some()
        || options.scale.is_some()
        || options.lenient
        || options.no_redact
        || options.no_identities
        || options.no_dedup;
    if has_reading_options {
        notes.push(
            "the options have no effect: the responses stay in the lake as first imported"
                .to_owned(),
        );
    }
    if options.lenient {
        notes.push("to import the rejected rows, import the rejects file".to_owned());
    }
    if options.map.iter().any(|(field, _)| field == "score") {
        notes.push(
            "to import the answers to another question of the file, name another survey with \
             --survey NAME"
                .to_owned(),
        );
    }
    ImportSummary {
        file: source.name(),
        already_imported: true,
        dry_run: options.dry_run,
        notes,
        ..ImportSummary::default()
    }
}

/// The summary of an import, or of a dry run if there is no id.
pub(super) fn summary(
    understood: &Understood,
    options: &IngestOptions,
    tally: &Tally,
    import_id: Option<String>,
) -> ImportSummary {
    let Understood {
        source,
        layout,
        mapping,
        ..
    } = understood;
    let fields = Field::ALL
        .into_iter()
        .filter_map(|field| {
            let index = mapping.column(field)?;
            Some(MappedField {
                field: field.name().to_owned(),
                header: layout.header.names[index].clone(),
                title: layout.header.titles[index].clone(),
                detail: detail(field, mapping, options),
            })
        })
        .collect();
    ImportSummary {
        import_id,
        file: source.name(),
        source: layout.bound.name().to_owned(),
        encoding: layout.format.encoding(),
        already_imported: false,
        dry_run: options.dry_run,
        rows: tally.rows(),
        new: tally.new,
        updated: tally.updated,
        not_answered: tally.not_answered,
        duplicate: tally.duplicate,
        not_a_response: tally.counts.not_a_response,
        rejected: tally.counts.rejected,
        rejects_file: tally.rejects_file.as_ref().map(|file| file.name.clone()),
        first_reject_reasons: tally.counts.first_reasons.clone(),
        fields,
        kept: mapping
            .kept
            .iter()
            .map(|kept| KeptField {
                name: kept.name.clone(),
                header: kept.header.clone(),
            })
            .collect(),
        dropped: mapping
            .dropped
            .iter()
            .map(|column| column.header.clone())
            .collect(),
        sealed: mapping
            .personal
            .iter()
            .filter_map(|column| {
                Some(KeptField {
                    name: column.sealed_as.clone()?,
                    header: mapping.headers[column.index].clone(),
                })
            })
            .collect(),
        redacted: tally
            .counts
            .redacted
            .iter()
            .map(|(kind, count)| (kind.to_string(), count))
            .collect(),
        counted_by: Vec::new(),
        dropped_personal: mapping
            .dropped
            .iter()
            .filter(|column| column.personal)
            .map(|column| column.header.clone())
            .collect(),
        nps: NpsFigure::from_counts(&tally.nps_counts),
        notes: notes(layout, mapping, tally),
    }
}

/// Details of the conversion of a field's column.
fn detail(field: Field, mapping: &Mapping, options: &IngestOptions) -> Option<String> {
    let reader = match field {
        Field::Respondent => return Some("pseudonym".to_owned()),
        Field::RespondedAt => mapping.responded_at.as_ref()?,
        Field::SentAt => mapping.sent_at.as_ref()?,
        Field::UpdatedAt => mapping.updated_at.as_ref()?,
        _ => return None,
    };
    let zone = if reader.is_absolute() {
        String::new()
    } else if let Some(zone) = mapping.header_zones[field as usize] {
        format!(", {zone} from the header")
    } else if let Some(zone) = &options.timezone {
        format!(", {zone}")
    } else {
        ", UTC by default".to_owned()
    };
    let time = match mapping.responded_time {
        Some(index) if field == Field::RespondedAt => {
            format!(" with \"{}\"", clip(&mapping.headers[index]))
        }
        _ => String::new(),
    };
    Some(format!("{}{time}{zone}", reader.style))
}

fn notes(layout: &Layout, mapping: &Mapping, tally: &Tally) -> Vec<String> {
    let counts = &tally.counts;
    let mut notes = mapping.notes.clone();
    if let Some(reshaped) = &layout.reshaped {
        let (parts, noun, responses) = reshaped.note();
        notes.push(format!(
            "{} {noun} of {} responses",
            thousands(parts),
            thousands(responses)
        ));
    }
    if counts.skipped.keys().any(|kind| kind != "blank") {
        let skipped: Vec<String> = counts
            .skipped
            .iter()
            .map(|(kind, rows)| format!("{} {kind}", thousands(*rows)))
            .collect();
        notes.push(format!("not a response: {}", skipped.join(", ")));
    }
    let has_dates = mapping.column(Field::RespondedAt).is_some();
    if !has_dates {
        notes.push("no date column: the responses are undated".to_owned());
    }
    let not_utf_8 = format!(
        "cells that are not UTF-8, read as {}",
        layout.format.narrow_encoding()
    );
    let counted = [
        (not_utf_8.as_str(), counts.narrow_cells, ""),
        (
            "unreadable characters, replaced by \u{fffd}",
            counts.replaced,
            "; choose another encoding with --encoding",
        ),
        (
            "new responses without a date",
            if has_dates { tally.undated } else { 0 },
            "",
        ),
        ("new responses dated in the future", tally.future, ""),
        ("new responses dated before 2000", tally.before_2000, ""),
        (
            "responses without an id, and without a respondent or time to identify them",
            counts.keyless,
            "; each one counts, even if another file repeats it",
        ),
        (
            "responses without consent, which the lake requires",
            counts.without_consent,
            "; imported without respondent and comment",
        ),
        (
            "duplicates that are older versions of a response in the same file",
            tally.superseded,
            "",
        ),
    ];
    for (subject, count, advice) in counted {
        if count > 0 {
            notes.push(format!("{subject}: {}{advice}", thousands(count)));
        }
    }
    notes
}

impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.already_imported {
            write!(f, "{}  already imported: nothing new", self.file)?;
            return self.write_notes(f);
        }
        write!(
            f,
            "{}  {} · {} rows · {}",
            self.file,
            self.source,
            thousands(self.rows),
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
        if let Some(path) = &self.rejects_file {
            write!(f, " → {path}")?;
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
    /// The row of this import in `imports`.
    pub(super) fn record(&self, source: &SourceFile, options: &IngestOptions) -> ImportRecord {
        let count = |count: u64| i64::try_from(count).ok();
        let mapped = self
            .fields
            .iter()
            .map(|field| format!("{}={}", field.field, field.header));
        let kept = self
            .kept
            .iter()
            .map(|kept| format!("{}={}", kept.name, kept.header));
        ImportRecord {
            import_id: self.import_id.clone().unwrap_or_default(),
            imported_at_micros: Utc::now().timestamp_micros(),
            file: mask_emails(&self.file),
            file_sha256: source.sha256.clone(),
            file_bytes: count(source.bytes),
            source: Some(self.source.clone()),
            survey: options.survey.clone(),
            rows: count(self.rows),
            new: count(self.new),
            updated: count(self.updated),
            not_answered: count(self.not_answered),
            duplicate: count(self.duplicate),
            not_a_response: count(self.not_a_response),
            rejected: count(self.rejected),
            fields: Some(mapped.chain(kept).collect::<Vec<_>>().join(", ")),
            dropped: Some(self.dropped.join(", ")),
        }
    }

    fn write_notes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for note in &self.notes {
            write!(f, "\n  note: {note}")?;
        }
        Ok(())
    }
}

/// Writes a line with a label and a list; nothing if the list is empty.
fn write_list(
    f: &mut fmt::Formatter<'_>,
    label: &str,
    prefix: &str,
    items: Vec<String>,
) -> fmt::Result {
    if items.is_empty() {
        return Ok(());
    }
    write!(f, "\n  {label:<12} {prefix}{}", items.join(", "))
}

/// The header, shortened if it is a whole question.
fn shown(header: &str) -> String {
    if header.chars().count() <= 60 {
        header.to_owned()
    } else {
        format!("\"{}\"", clip(header))
    }
}

/// Formats `13954` as `13,954`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn thousands_are_separated_by_commas() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (13_954, "13,954"),
            (1_000_000, "1,000,000"),
        ];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
    }
}
