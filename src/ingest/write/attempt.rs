//! Runs an import: attempts until one commits, or a dry run.

use std::sync::Arc;

use chrono::Utc;
use deltalake::DeltaTable;

use exports::files::blocking;
use exports::files::source::SourceFile;
use exports::mapping::Mapping;
use exports::quote::clip;
use exports::understand::Understood;
use exports::{ImportOption, Message};

use super::batch::Batches;
use super::kept_types::adopt_types;
use super::origin;
use super::replace::Replaced;
use super::selected::{People, Selected, streaming_table};
use crate::error::{Error, Result};
use crate::ingest::clean::rejection::RejectKind;
use crate::ingest::decide::reject_limit;
use crate::ingest::decide::tally::Tally;
use crate::ingest::decide::verdicts::{IdConflict, Verdict, Verdicts};
use crate::ingest::options::IngestOptions;
use crate::ingest::progress::IngestStep;
use crate::ingest::stage::keys::KeysBuilder;
use crate::ingest::stage::lake_keys::keys_of_lake;
use crate::ingest::stage::reading::{ReadFile, read_again};
use crate::ingest::stage::rejects::{RejectsFile, RejectsPlace};
use crate::ingest::summary::{self, ImportSummary};
use crate::lake::Lake;
use crate::lake::append::with_columns;
use crate::lake::imports::ImportRecord;
use crate::lake::transaction::{Base, Changes, Transaction};
use crate::lake::zone::Zone;

/// An import of a file that has been read.
pub(in crate::ingest) struct Import<'a> {
    pub(in crate::ingest) lake: &'a Lake,
    pub(in crate::ingest) understood: &'a Understood,
    pub(in crate::ingest) options: &'a IngestOptions,
    pub(in crate::ingest) file: Arc<ReadFile>,
    pub(in crate::ingest) memory_bytes: u64,
}

/// The outcome of an import.
pub(in crate::ingest) enum Committed {
    /// The import was committed.
    Done(Box<ImportSummary>),
    /// The same file was imported in the meantime.
    Already,
    /// Another process created the lake in the meantime, or changed its zone or its list of forgotten
    /// people. Pseudonyms, days or people differ, so the file must be read again.
    OtherLake,
}

impl Import<'_> {
    /// Commits the import, deciding again each time another one commits first.
    pub(in crate::ingest) async fn commit(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> Result<Committed> {
        let source = &self.understood.source;
        let import_id = new_import_id(source)?;
        let place = RejectsPlace::new(self.lake, source, self.options.rejects.as_deref())?;
        let mut earlier_rejects: Vec<RejectsFile> = Vec::new();
        loop {
            let responses = match transaction.base().await? {
                Base::Version(responses) => responses,
                Base::Imported => return Ok(Committed::Already),
                Base::OtherLake => return Ok(Committed::OtherLake),
            };
            if let Some(responses) = &responses
                && !self.is_read_for(Zone::of_table(responses)?.unwrap_or_default())
            {
                return Ok(Committed::OtherLake);
            }
            let mut mapping = self.file.mapping.clone();
            if let Some(responses) = &responses {
                adopt_types(&mut mapping, responses)?;
            }
            let Decision {
                verdicts,
                mut tally,
                late,
            } = self.decide(responses.as_ref()).await?;
            tally.rejects_file = self.publish_rejects(&place, &late).await?;
            let Some(responses) = transaction.open(responses).await? else {
                // The rejects file stays: it is the same for every lake, and the other process may
                // be importing the same file.
                return Ok(Committed::OtherLake);
            };
            let zone = Zone::of_table(&responses)?.unwrap_or_default();
            let id = Some(import_id.clone());
            let summary = summary::summary(self.understood, self.options, zone, &tally, id);
            let record = summary.record(source, self.options);
            let changes = self.changes(&responses, &mapping, verdicts, record).await?;
            if transaction.commit(&responses, changes).await? {
                for earlier in earlier_rejects {
                    place.withdraw(earlier, tally.rejects_file.as_ref()).await;
                }
                return Ok(Committed::Done(Box::new(summary)));
            }
            // Not withdrawn yet: another import of the same file has the same rejects file.
            earlier_rejects.extend(tally.rejects_file);
        }
    }

    /// True if the dates of the file are those that a lake with this zone gets.
    fn is_read_for(&self, zone: Zone) -> bool {
        let default = self.understood.options.default_timezone.as_deref();
        self.options.timezone.is_some() || default == Some(zone.name())
    }

    /// Decides on all responses without writing.
    pub(in crate::ingest) async fn dry_run(&self) -> Result<Tally> {
        let responses = self.lake.responses().await?;
        if let Some(responses) = &responses {
            adopt_types(&mut self.file.mapping.clone(), responses)?;
        }
        Ok(self.decide(responses.as_ref()).await?.tally)
    }

    /// Compares the responses with those in the lake.
    async fn decide(&self, responses: Option<&DeltaTable>) -> Result<Decision> {
        self.options.begin(IngestStep::Comparing, 0);
        let file = &self.file;
        let known = match responses {
            None => KeysBuilder::new(0).finish()?,
            Some(responses) => {
                keys_of_lake(
                    self.lake,
                    responses,
                    &self.understood.source_name(),
                    file,
                    self.memory_bytes / 8,
                )
                .await?
            }
        };
        let decided = {
            let file = Arc::clone(file);
            blocking(move || Verdicts::decide(file.staged.len(), &file.keys, &known)).await?
        };
        let verdicts = match decided {
            Ok(verdicts) => Arc::new(verdicts),
            Err(IdConflict { row }) => return Err(self.id_conflict(row)?),
        };
        let mut counts = file.counts.clone();
        let late = self.contradictions(&verdicts)?;
        for late in &late {
            counts.reject(late.line, RejectKind::RepeatedId, &late.reason);
        }
        let tally = Tally::new(counts, &file.flags, &verdicts);
        let read = tally.new + tally.updated + tally.duplicate + tally.counts.suppressed;
        if tally.counts.rejected > 0 && read == 0 {
            // Most likely the file was misread. Once committed, it could never be read correctly.
            return Err(all_rejected(&tally).at_file(&self.understood.source));
        }
        if self.options.strict && tally.counts.rejected > 0 {
            return Err(strict_failure(&tally).at_file(&self.understood.source));
        }
        let limit = self.options.max_rejects;
        if let Some(question) = reject_limit::question(&tally, limit) {
            return Err(question.at_file(&self.understood.source));
        }
        Ok(Decision {
            verdicts,
            tally,
            late,
        })
    }

    /// The question about an id that another person's response in the lake has.
    fn id_conflict(&self, row: u64) -> Result<Error> {
        let found = origin::find(&self.file.staged, &[row])?;
        let staged = found.get(&row).ok_or_else(missing_row)?;
        let without_ids = ImportOption::Map.with("response_id=");
        Ok(Error::question(format!(
            "id \"{}\" on {} {} already belongs to another response in survey \"{}\"",
            clip(&staged.response_id),
            self.row_noun(),
            staged.line,
            clip(&staged.survey)
        ))
        .with_hint(
            Message::from("if this is another survey, set ")
                .option_with(ImportOption::Survey, "NAME")
                .text("; if the column only numbers the rows of each export, ignore it with ")
                .message(without_ids.clone()),
        )
        .with_answers([without_ids])
        .at_file(&self.understood.source))
    }

    /// The noun for a numbered row.
    fn row_noun(&self) -> &'static str {
        self.understood.layout.format.row_noun()
    }

    /// The rows that contradict another one of the file, in the order of the file.
    fn contradictions(&self, verdicts: &Verdicts) -> Result<Vec<LateReject>> {
        let pairs = &verdicts.contradictions;
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<u64> = pairs
            .iter()
            .flat_map(|(row, other)| [*row, *other])
            .collect();
        let found = origin::find(&self.file.staged, &rows)?;
        pairs
            .iter()
            .map(|(row, other)| {
                let rejected = found.get(row).ok_or_else(missing_row)?;
                let other = found.get(other).ok_or_else(missing_row)?;
                Ok(LateReject {
                    line: rejected.line,
                    ordinal: rejected.ordinal,
                    reason: format!(
                        "response \"{}\" is also on {} {}, with different answers",
                        clip(&rejected.response_id),
                        self.row_noun(),
                        other.line
                    ),
                })
            })
            .collect()
    }

    /// Writes the rejects file; `None` if no row is rejected.
    async fn publish_rejects(
        &self,
        place: &RejectsPlace,
        late: &[LateReject],
    ) -> Result<Option<RejectsFile>> {
        if late.is_empty() && self.file.counts.rejected == 0 {
            return Ok(None);
        }
        let mut late: Vec<(u64, &str)> = late
            .iter()
            .map(|late| (late.ordinal, late.reason.as_str()))
            .collect();
        late.sort_unstable();
        let understood = self.understood;
        let published = place
            .publish(
                &self.file.rejected,
                &understood.source.stem(),
                &understood.layout.header,
                &mut |add| {
                    if late.is_empty() {
                        return Ok(());
                    }
                    read_again(understood, &late, &mut |row, reason| {
                        for cells in understood.layout.rows_in_file(row) {
                            add(&cells, reason)?;
                        }
                        Ok(())
                    })
                },
            )
            .await?;
        Ok(Some(published))
    }

    /// The rows to commit on `responses`: those to seal, and the new and updated responses.
    async fn changes(
        &self,
        responses: &DeltaTable,
        mapping: &Mapping,
        verdicts: Arc<Verdicts>,
        record: ImportRecord,
    ) -> Result<Changes> {
        let profile = self.understood.source_name();
        let zone = Zone::of_table(responses)?;
        let context = self.lake.writing_context(self.memory_bytes)?;
        let people = if mapping.seals_identities() {
            let people = People {
                staged: self.file.staged.clone(),
                verdicts: Some(Arc::clone(&verdicts)),
            };
            Some(context.read_table(streaming_table(people)?)?)
        } else {
            None
        };
        let select = |verdict| Selected {
            staged: self.file.staged.clone(),
            verdicts: Arc::clone(&verdicts),
            batches: Batches::new(
                &profile,
                &record.import_id,
                &mapping.kept,
                self.options.known_respondents.is_some(),
                zone,
            ),
            verdict,
            progress: self.options.progress.clone(),
        };
        self.options
            .begin(IngestStep::Writing, verdicts.new + verdicts.updated);
        let mut rows = context.read_table(streaming_table(select(Verdict::New))?)?;
        let mut removed = Vec::new();
        if verdicts.updated > 0 {
            let updated = select(Verdict::Updated);
            let replaced = Replaced::find(&context, responses, &updated, &profile).await?;
            let updated = replaced.with_old_values(&context, updated, mapping).await?;
            let schema = Arc::clone(updated.schema().inner());
            rows = with_columns(rows, &schema)?
                .union(updated)?
                .union(with_columns(replaced.remaining(&context).await?, &schema)?)?;
            removed = replaced.files()?;
        }
        Ok(Changes {
            people,
            rows,
            removed,
            record,
        })
    }

    /// Seals the people of an import again whose identities are lost.
    pub(in crate::ingest) async fn seal_again(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> Result<Committed> {
        let source = &self.understood.source;
        let mut summary = summary::already_imported(source, self.options);
        if self.file.mapping.seals_identities() {
            let people = People {
                staged: self.file.staged.clone(),
                verdicts: None,
            };
            let context = self.lake.writing_context(self.memory_bytes)?;
            let people = context.read_table(streaming_table(people)?)?;
            let import_id = new_import_id(source)?;
            if !transaction.seal_again(people, &import_id).await? {
                return Ok(Committed::OtherLake);
            }
            let note = "the identities of its respondents were lost, and are sealed again";
            summary.notes.push(note.into());
        }
        Ok(Committed::Done(Box::new(summary)))
    }

    /// Counts the written responses, so that queries need not read them. A failure does not undo
    /// the import.
    pub(in crate::ingest) async fn count(
        &self,
        transaction: &Transaction<'_>,
        summary: &mut ImportSummary,
    ) {
        self.options.begin(IngestStep::Counting, 0);
        let completed = match self.lake.writing_context(self.memory_bytes) {
            Ok(context) => transaction.count(&context).await,
            Err(error) => Err(error),
        };
        match completed {
            Ok(completed) if completed.is_new => summary.counted_by = completed.dimensions,
            Ok(_) => {}
            Err(error) => {
                let note = format!(
                    "the responses are imported, but not counted yet ({error}); queries are \
                     slower until the next import counts them"
                );
                summary.notes.push(note.into());
            }
        }
    }
}

/// The result of comparing a file with the lake.
struct Decision {
    verdicts: Arc<Verdicts>,
    tally: Tally,
    late: Vec<LateReject>,
}

/// A row that is rejected after the file was read.
struct LateReject {
    line: u64,
    ordinal: u64,
    reason: String,
}

fn missing_row() -> Error {
    Error::conflict("a row is missing in a temporary file")
}

fn all_rejected(tally: &Tally) -> Error {
    Error::question(format!(
        "none of the {} rows can be imported: {}",
        tally.counts.rejected,
        tally.counts.first_reasons.join("; ")
    ))
    .with_hint(
        Message::from("set the columns with ")
            .option(ImportOption::Map)
            .text(", or the format of dates with ")
            .option(ImportOption::DateFormat),
    )
}

fn strict_failure(tally: &Tally) -> Error {
    let rows = tally.counts.rejected;
    let noun = if rows == 1 { "row" } else { "rows" };
    let reasons = tally.counts.first_reasons.join("; ");
    Error::refused(format!("{rows} {noun} would be rejected: {reasons}")).with_hint(
        Message::from("correct them in the export, or remove ")
            .option(ImportOption::Strict)
            .text(" to write them to a rejects file"),
    )
}

/// Begins with the time, so that ids sort by time.
fn new_import_id(source: &SourceFile) -> Result<String> {
    let mut random = [0_u8; 4];
    getrandom::fill(&mut random)?;
    Ok(format!(
        "{}-{}-{}",
        Utc::now().format("%Y%m%dT%H%M%SZ"),
        &source.sha256[..8],
        data_encoding::HEXLOWER.encode(&random)
    ))
}
