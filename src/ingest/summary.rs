//! What an import says it did, for people and for programs.

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

/// What one import did. `new + updated + duplicate + not_a_response + rejected = rows`, always.
///
/// A row is a row of the file after its header. Where several of them make one response (one row
/// an answer, or events), those together are one row here, and a note says how many there are.
///
/// `Display` gives the summary for a terminal, `Serialize` the same for a program.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ImportSummary {
    /// Names the import in the column `import_id`; `None` in a dry run.
    pub import_id: Option<String>,
    /// The file's name.
    pub file: String,
    /// The profile that read it.
    pub source: String,
    /// The encoding of its text.
    pub encoding: String,
    /// The file was imported before: nothing was read or written this time, and the counts are 0.
    pub already_imported: bool,
    /// Nothing was written.
    pub dry_run: bool,
    /// Rows after the header.
    pub rows: u64,
    /// Responses that came into the lake.
    pub new: u64,
    /// Newer versions of responses that the lake had.
    pub updated: u64,
    /// New responses to the NPS question that have no score.
    pub not_answered: u64,
    /// Rows whose response the lake, or an earlier row, has already.
    pub duplicate: u64,
    /// Rows that are no response, such as blank ones.
    pub not_a_response: u64,
    /// Rows that could not be read; they are in the rejects file with their reason.
    pub rejected: u64,
    /// The path or URL of the file that the rejected rows are in.
    pub rejects_file: Option<String>,
    /// The reasons of the first rejected rows.
    pub first_reject_reasons: Vec<String>,
    /// Which column became which field, in the order of the lake's columns.
    pub fields: Vec<MappedField>,
    /// The headers of the columns that were kept as they are, with their name in the lake.
    pub kept: Vec<KeptField>,
    /// The headers of the columns that stayed out of the lake.
    pub dropped: Vec<String>,
    /// Those among them that hold personal data.
    pub dropped_personal: Vec<String>,
    /// The columns that are sealed in the table `identities`, with the names that `reveal` knows
    /// their fields by.
    pub sealed: Vec<KeptField>,
    /// Personal data that was replaced in the comments and kept columns of the file, by what stands
    /// in its place, such as `EMAIL`.
    pub redacted: BTreeMap<String, u64>,
    /// The kept columns that responses are counted by from now on, chosen by the first import.
    pub counted_by: Vec<String>,
    /// The Net Promoter Score of the new responses; `None` where none is answered.
    pub nps: Option<NpsFigure>,
    /// What else a person should know, a sentence each.
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
    /// What a further header row says of the column, such as the text of the question.
    pub title: Option<String>,
    /// How it was read, where there is more to say.
    pub detail: Option<String>,
}

/// A column that went into the lake beside the fields that every response has: kept, or sealed.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct KeptField {
    /// The lake's column, or the field that `reveal` knows.
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
    /// Half the width of the 95 % interval, in points.
    pub margin_of_error: f64,
    /// Answered scores.
    pub responses: u64,
    /// Answers of 9 and 10.
    pub promoters: u64,
    /// Answers of 7 and 8.
    pub passives: u64,
    /// Answers of 0 to 6.
    pub detractors: u64,
}

impl NpsFigure {
    /// The figure of these counts, `None` where there is no answer.
    pub(super) fn of(counts: &NpsCounts) -> Option<Self> {
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
    let says_how_to_read = !options.map.is_empty()
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
    if says_how_to_read {
        notes.push(
            "the options change nothing: the responses are in the lake as they were read then"
                .to_owned(),
        );
    }
    if options.lenient {
        notes.push("rows that were rejected come in with the rejects file".to_owned());
    }
    if options.map.iter().any(|(field, _)| field == "score") {
        notes.push(
            "the answers to another question of the file go into another survey: --survey NAME"
                .to_owned(),
        );
    }
    ImportSummary {
        import_id: None,
        file: source.name(),
        source: String::new(),
        encoding: String::new(),
        already_imported: true,
        dry_run: options.dry_run,
        rows: 0,
        new: 0,
        updated: 0,
        not_answered: 0,
        duplicate: 0,
        not_a_response: 0,
        rejected: 0,
        rejects_file: None,
        first_reject_reasons: Vec::new(),
        fields: Vec::new(),
        kept: Vec::new(),
        dropped: Vec::new(),
        dropped_personal: Vec::new(),
        sealed: Vec::new(),
        redacted: BTreeMap::new(),
        counted_by: Vec::new(),
        nps: None,
        notes,
    }
}

/// The summary of an import, or of a dry run where there is no id.
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
        not_a_response: tally.seen.not_a_response,
        rejected: tally.seen.rejected,
        rejects_file: tally.rejects_file.as_ref().map(|file| file.name.clone()),
        first_reject_reasons: tally.seen.first_reasons.clone(),
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
            .seen
            .redacted
            .iter()
            .map(|(data, count)| (data.to_string(), count))
            .collect(),
        counted_by: Vec::new(),
        dropped_personal: mapping
            .dropped
            .iter()
            .filter(|column| column.personal)
            .map(|column| column.header.clone())
            .collect(),
        nps: NpsFigure::of(&tally.counts),
        notes: notes(layout, mapping, tally),
    }
}

/// How a field's column was read.
fn detail(field: Field, mapping: &Mapping, options: &IngestOptions) -> Option<String> {
    let reader = match field {
        Field::Respondent => return Some("pseudonym".to_owned()),
        Field::RespondedAt => mapping.responded_at.as_ref()?,
        Field::SentAt => mapping.sent_at.as_ref()?,
        Field::UpdatedAt => mapping.updated_at.as_ref()?,
        _ => return None,
    };
    let said = mapping.header_zones[field as usize];
    let zone = match (reader.is_absolute(), said, &options.timezone) {
        (true, ..) => String::new(),
        (_, Some(zone), _) => format!(", {zone} by its header"),
        (_, None, Some(zone)) => format!(", {zone}"),
        (_, None, None) => ", UTC where not said".to_owned(),
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
    let mut notes: Vec<String> = mapping.notes.iter().map(ToString::to_string).collect();
    if let Some(reshaped) = &layout.reshaped {
        let (parts, what, responses) = reshaped.counts();
        notes.push(format!(
            "{} {what} of {} responses",
            thousands(parts),
            thousands(responses)
        ));
    }
    if tally.seen.instead.keys().any(|what| what != "blank") {
        let instead: Vec<String> = tally
            .seen
            .instead
            .iter()
            .map(|(what, count)| format!("{} {what}", thousands(*count)))
            .collect();
        notes.push(format!("not a response: {}", instead.join(", ")));
    }
    if tally.seen.narrow_cells > 0 {
        notes.push(format!(
            "cells that are not UTF-8, read as {}: {}",
            layout.format.fallback_encoding(),
            tally.seen.narrow_cells
        ));
    }
    if tally.seen.replaced > 0 {
        notes.push(format!(
            "characters that cannot be read and stand as \u{fffd}: {}; --encoding names another \
             encoding",
            tally.seen.replaced
        ));
    }
    if mapping.column(Field::RespondedAt).is_none() {
        notes.push("no column holds a date: the responses are undated".to_owned());
    } else if tally.undated > 0 {
        notes.push(format!("new responses without a date: {}", tally.undated));
    }
    if tally.future > 0 {
        notes.push(format!(
            "new responses dated in the future: {}",
            tally.future
        ));
    }
    if tally.before_2000 > 0 {
        notes.push(format!(
            "new responses dated before 2000: {}",
            tally.before_2000
        ));
    }
    if tally.seen.keyless > 0 {
        notes.push(format!(
            "responses without an id, and without a respondent or time to tell them by: {}; each \
             counts, also where another file repeats it",
            tally.seen.keyless
        ));
    }
    if tally.seen.without_consent > 0 {
        notes.push(format!(
            "responses without consent, which the lake requires: {}; they come in without respondent \
             and comment",
            thousands(tally.seen.without_consent)
        ));
    }
    if tally.superseded > 0 {
        notes.push(format!(
            "duplicates that are earlier versions of a response in the same file: {}",
            tally.superseded
        ));
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
        for (what, columns) in [("kept", &self.kept), ("sealed", &self.sealed)] {
            if columns.is_empty() {
                continue;
            }
            let columns: Vec<String> = columns
                .iter()
                .map(|column| match column.name == column.header {
                    true => column.name.clone(),
                    false => format!("{} as {}", column.header, column.name),
                })
                .collect();
            write!(f, "\n  {what:<12} {}", columns.join(", "))?;
        }
        if !self.counted_by.is_empty() {
            let columns = self.counted_by.join(", ");
            write!(f, "\n  {:<12} {columns}", "counted by")?;
        }
        if !self.dropped.is_empty() {
            let dropped: Vec<String> = self
                .dropped
                .iter()
                .map(|header| match self.dropped_personal.contains(header) {
                    true => format!("{header} (personal)"),
                    false => header.clone(),
                })
                .collect();
            write!(
                f,
                "\n  {:<12} {}: {}",
                "dropped",
                dropped.len(),
                dropped.join(", ")
            )?;
        }
        if !self.redacted.is_empty() {
            let redacted = self.redacted.iter();
            let redacted: Vec<String> = redacted
                .map(|(data, count)| format!("{data} {}", thousands(*count)))
                .collect();
            write!(f, "\n  {:<12} {}", "redacted", redacted.join(", "))?;
        }
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
        }
        if self.rejects_file.is_none() {
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
    /// The row of `imports` that tells of this import.
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

/// A header as the summary shows it: one that is a whole question is cut.
fn shown(header: &str) -> String {
    match header.chars().count() {
        0..=60 => header.to_owned(),
        _ => format!("\"{}\"", clip(header)),
    }
}

/// `13954` as `13,954`.
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
    fn numbers_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(13_954), "13,954");
        assert_eq!(thousands(1_000_000), "1,000,000");
    }
}
