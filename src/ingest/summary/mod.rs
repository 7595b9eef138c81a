//! The summary of an import, for people and for programs.

mod display;
mod notes;
mod thousands;

use std::collections::BTreeMap;

use chrono::Utc;
use datafusion_functions_nps::{Confidence, NpsCounts};
use serde::Serialize;

use exports::columns::field::Field;
use exports::files::source::SourceFile;
use exports::quote::mask_emails;
use exports::understand::Understood;
use exports::{ImportOption, Message};

use crate::ingest::decide::tally::Tally;
use crate::ingest::options::IngestOptions;
use crate::lake::imports::ImportRecord;
use crate::lake::withdrawn::completed_note;
use crate::lake::zone::Zone;

/// The result of one import. `new + updated + duplicate + not_a_response + rejected + suppressed ==
/// rows`.
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
    /// Rows of people whom the lake is to forget; nothing of them was imported.
    pub suppressed: u64,
    /// New and updated responses with which people withdrew consent. All responses of these people are
    /// scores without respondent and comment now.
    pub withdrawn: u64,
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
    pub notes: Vec<Message>,
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
    let mut notes: Vec<Message> = Vec::new();
    let has_reading_options = !options.map.is_empty()
        || !options.consent_values.is_empty()
        || options.question_column.is_some()
        || options.answer_column.is_some()
        || !options.keep.is_empty()
        || options.date_format.is_some()
        || !options.column_date_formats.is_empty()
        || options.swapped_dates.is_some()
        || options.timezone.is_some()
        || options.profile.is_some()
        || options.header_rows.is_some()
        || options.encoding.is_some()
        || options.scale.is_some()
        || options.lenient
        || !options.redact
        || !options.seal_identities
        || !options.deduplicate;
    if has_reading_options {
        notes.push(
            "the options have no effect: the responses stay in the lake as first imported".into(),
        );
    }
    if options.lenient {
        notes.push("to import the rejected rows, import the rejects file".into());
    }
    if options.map.iter().any(|(field, _)| *field == Field::Score) {
        notes.push(
            Message::from("to import the answers to another question of the file, set another ")
                .option(ImportOption::Survey),
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

/// The summary of an import into a lake with days of `zone`, or of a dry run if there is no id.
pub(super) fn summary(
    understood: &Understood,
    options: &IngestOptions,
    zone: Zone,
    tally: &Tally,
    import_id: Option<String>,
) -> ImportSummary {
    let (layout, mapping) = (&understood.layout, &understood.mapping);
    let counts = &tally.counts;
    let fields = Field::ALL.into_iter().filter_map(|field| {
        let index = mapping.column(field)?;
        Some(MappedField {
            field: field.name().to_owned(),
            header: layout.header.names[index].clone(),
            title: layout.header.titles[index].clone(),
            detail: notes::detail(field, mapping, options, zone),
        })
    });
    let kept = mapping.kept.iter().map(|column| KeptField {
        name: column.name.clone(),
        header: column.header.clone(),
    });
    let sealed = mapping.personal.iter().filter_map(|column| {
        Some(KeptField {
            name: column.sealed_as.clone()?,
            header: mapping.headers[column.index].clone(),
        })
    });
    let dropped = mapping.dropped.iter();
    let dropped_personal = dropped.clone().filter(|column| column.personal);
    let redacted = counts.redacted.iter();
    ImportSummary {
        import_id,
        file: understood.source.name(),
        source: layout.bound.name().to_owned(),
        encoding: layout.format.encoding(),
        dry_run: options.dry_run,
        rows: tally.rows(),
        new: tally.new,
        updated: tally.updated,
        not_answered: tally.not_answered,
        duplicate: tally.duplicate,
        not_a_response: counts.not_a_response,
        rejected: counts.rejected,
        suppressed: counts.suppressed,
        withdrawn: tally.withdrawn,
        rejects_file: tally.rejects_file.as_ref().map(|file| file.name.clone()),
        first_reject_reasons: counts.first_reasons.clone(),
        fields: fields.collect(),
        kept: kept.collect(),
        dropped: dropped.map(|column| column.header.clone()).collect(),
        dropped_personal: dropped_personal
            .map(|column| column.header.clone())
            .collect(),
        sealed: sealed.collect(),
        redacted: redacted
            .map(|(kind, count)| (kind.to_string(), count))
            .collect(),
        nps: NpsFigure::from_counts(&tally.nps_counts),
        notes: notes::notes(layout, mapping, options, zone, tally),
        ..ImportSummary::default()
    }
}

impl ImportSummary {
    /// Adds a remark on people who withdrew consent in an interrupted import, which this one completed.
    pub(super) fn with_completed(mut self, people: usize) -> Self {
        self.notes.extend(completed_note(people).map(Message::from));
        self
    }

    /// The row of this import in `imports`.
    pub(super) fn record(&self, source: &SourceFile, options: &IngestOptions) -> ImportRecord {
        let count = |count: u64| i64::try_from(count).ok();
        let fields = self
            .fields
            .iter()
            .map(|field| (&field.field, &field.header));
        let kept = self
            .kept
            .iter()
            .map(|column| (&column.name, &column.header));
        let columns = fields.chain(kept);
        let columns: Vec<String> = columns
            .map(|(name, header)| format!("{name}={header}"))
            .collect();
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
            fields: Some(columns.join(", ")),
            dropped: Some(self.dropped.join(", ")),
            suppressed: count(self.suppressed),
            withdrawn: count(self.withdrawn),
            sealed: None,
        }
    }
}
