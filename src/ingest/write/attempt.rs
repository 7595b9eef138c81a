//! Carrying out an import: attempts until one commits, or a dry run.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, UInt64Type};
use deltalake::DeltaTable;

use exports::columns::cells::CellType;
use exports::files::source::SourceFile;
use exports::mapping::{KeptColumn, Mapping};
use exports::quote::clip;

use exports::files::blocking;
use exports::understand::Understood;

use super::batch::{Batches, arrow_type};
use super::replace::Replaced;
use super::selected::{People, Selected};
use crate::error::{Error, Result};
use crate::ingest::decide::tally::Tally;
use crate::ingest::decide::verdicts::{Clash, Verdict, Verdicts};
use crate::ingest::options::IngestOptions;
use crate::ingest::progress::IngestStep;
use crate::ingest::stage::identity::keys_of_lake;
use crate::ingest::stage::keys::KeysBuilder;
use crate::ingest::stage::reading::{ReadFile, read_again};
use crate::ingest::stage::rejects::{RejectsFile, RejectsPlace};
use crate::ingest::stage::staged::{LINE, ORDINAL, RESPONSE_ID, SURVEY, Staged};
use crate::ingest::summary;
use crate::ingest::summary::ImportSummary;
use crate::lake::append::{Append, Appended, Attempts, Order, was_appended, with_columns};
use crate::lake::imports::{self, ImportRecord};
use crate::lake::schema::{
    ORIGINAL_HEADER, PARTITION_COLUMNS, RESPONSES, RESPONSES_SCHEMA, STATISTICS_COLUMNS,
};
use crate::lake::{Draft, Lake, audit, identities, rollup, table};
use crate::privacy::audit::{Action, Id};

/// Gives kept columns the type and the remembered header that the lake has for them.
pub(in crate::ingest) fn adopt_types(mapping: &mut Mapping, responses: &DeltaTable) -> Result<()> {
    let schema = responses.snapshot()?.snapshot().arrow_schema();
    for kept in &mut mapping.kept {
        let Ok(field) = schema.field_with_name(&kept.name) else {
            continue;
        };
        kept.first_header = field.metadata().get(ORIGINAL_HEADER).cloned();
        let lake_type = [
            CellType::Text,
            CellType::Boolean,
            CellType::Integer,
            CellType::Number,
        ]
        .into_iter()
        .find(|cell_type| arrow_type(*cell_type) == *field.data_type());
        match (lake_type, kept.cell_type) {
            (Some(CellType::Text), _) => kept.cell_type = CellType::Text,
            (Some(CellType::Number), CellType::Integer) => kept.cell_type = CellType::Number,
            (Some(lake_type), cell_type) if lake_type == cell_type => {}
            _ => return Err(other_type(kept, field.data_type())),
        }
    }
    Ok(())
}

fn other_type(kept: &KeptColumn, lake_type: &DataType) -> Error {
    Error::question(format!(
        "column \"{}\" holds values that are not {lake_type}, which the lake's column {} is",
        kept.header, kept.name
    ))
    .with_hint(format!(
        "keep it under another name: --keep other_{}='{}'",
        kept.name, kept.header
    ))
}

/// An import of a file that has been read.
pub(in crate::ingest) struct Import<'a> {
    pub(in crate::ingest) lake: &'a Lake,
    /// What the pseudonyms were made with.
    pub(in crate::ingest) draft: &'a Draft,
    pub(in crate::ingest) understood: &'a Understood,
    pub(in crate::ingest) options: &'a IngestOptions,
    pub(in crate::ingest) file: Arc<ReadFile>,
    pub(in crate::ingest) memory_bytes: u64,
}

/// What came of an import.
pub(in crate::ingest) enum Committed {
    /// What was done, and its row for `imports`.
    Done(Box<(ImportSummary, ImportRecord)>),
    /// The same file was imported meanwhile.
    Already,
    /// Another process made the lake meanwhile: the pseudonyms are not those of the lake, and the
    /// file has to be read again.
    OtherLake,
}

impl Import<'_> {
    /// Commits the import, deciding anew whenever another one was faster. A lake that is not there
    /// is made when nothing but the commit is left to do; `new_key` is then the file of its key
    /// where that was new, too.
    pub(in crate::ingest) async fn commit(
        &self,
        transaction_id: &str,
        new_key: &mut Option<PathBuf>,
    ) -> Result<Committed> {
        let lake = self.lake;
        imports::record_missing(lake).await?;
        let source = &self.understood.source;
        let import_id = new_import_id(source)?;
        let place = RejectsPlace::of(lake, source, self.options.rejects.as_deref())?;
        let file = Id::parse(&source.sha256)?;
        let mut is_audited = false;
        let mut earlier_rejects: Vec<RejectsFile> = Vec::new();
        let mut attempts = Attempts::new(lake);
        loop {
            let responses = lake.responses().await?;
            if let Some(responses) = &responses
                && was_appended(responses, transaction_id).await?
            {
                return Ok(Committed::Already);
            }
            if lake.differs_from(self.draft).await? {
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
            let responses = match responses {
                Some(responses) => responses,
                None if lake.create(self.draft, new_key).await? => self.make_tables().await?,
                // The rejected rows stay: they are the same for every lake, and the other process
                // may import the same file.
                None => return Ok(Committed::OtherLake),
            };
            let id = Some(import_id.clone());
            let summary = summary::summary(self.understood, self.options, &tally, id);
            let record = summary.record(source, self.options);
            if !is_audited {
                lake.audit(&audit::begun(Action::Import).with("file", file.clone()))
                    .await?;
                is_audited = true;
            }
            let appended = self
                .append(&responses, &mapping, verdicts, &record, transaction_id)
                .await;
            match appended {
                Ok(Appended::Done { .. }) => {
                    let done = audit::done(Action::Import)
                        .with("file", file)
                        .with("new", tally.new)
                        .with("updated", tally.updated);
                    lake.audit(&done).await?;
                    for earlier in earlier_rejects {
                        place.withdraw(earlier, tally.rejects_file.as_ref()).await;
                    }
                    return Ok(Committed::Done(Box::new((summary, record))));
                }
                Ok(Appended::Conflict) => {
                    // Not withdrawn yet: the same file imported by others has the same rejects
                    // file.
                    earlier_rejects.extend(tally.rejects_file);
                    attempts.back_off("nothing was written").await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Makes the tables, and gives that of the responses as it is when it has none: what another
    /// import has committed meanwhile is a race like any other.
    async fn make_tables(&self) -> Result<DeltaTable> {
        let lake = self.lake;
        let statistics = Some(STATISTICS_COLUMNS);
        let mut responses = lake
            .create_table_if_missing(RESPONSES, &RESPONSES_SCHEMA, &PARTITION_COLUMNS, statistics)
            .await?;
        imports::create_if_missing(lake).await?;
        responses.load_version(0).await?;
        Ok(responses)
    }

    /// Does everything but writing.
    pub(in crate::ingest) async fn dry_run(&self) -> Result<Tally> {
        let responses = self.lake.responses().await?;
        if let Some(responses) = &responses {
            adopt_types(&mut self.file.mapping.clone(), responses)?;
        }
        Ok(self.decide(responses.as_ref()).await?.tally)
    }

    /// What becomes of each response, given those that the lake holds.
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
                    file.surveys.as_deref(),
                    &file.provided,
                    &file.keys.filter()?,
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
            Err(Clash { row }) => return Err(self.clash(row)?),
        };
        let mut seen = file.seen.clone();
        let late = self.contradictions(&verdicts)?;
        for late in &late {
            seen.reject(late.line, &late.reason);
        }
        let tally = Tally::of(seen, &file.kinds, &verdicts);
        if tally.seen.rejected > 0 && tally.new + tally.updated + tally.duplicate == 0 {
            // Most likely the file was not read as it is meant. Committed, it could never be read
            // rightly.
            return Err(nothing_readable(&tally).at_file(&self.understood.source));
        }
        if self.options.strict && tally.seen.rejected > 0 {
            return Err(refused(&tally).at_file(&self.understood.source));
        }
        Ok(Decision {
            verdicts,
            tally,
            late,
        })
    }

    /// The question about an id that names somebody else's response in the lake.
    fn clash(&self, row: u64) -> Result<Error> {
        let found = find(&self.file.staged, &[row])?;
        let there = found.get(&row).ok_or_else(unreadable)?;
        Ok(Error::question(format!(
            "id \"{}\" on {} {} already names another response in the survey \"{}\"",
            clip(&there.response_id),
            self.row_noun(),
            there.line,
            clip(&there.survey)
        ))
        .with_hint(
            "if this is another survey, say so with --survey NAME; if the column numbers the \
             rows of each export, leave it out with --map response_id=",
        )
        .at_file(&self.understood.source))
    }

    /// What the number of a row counts.
    fn row_noun(&self) -> &'static str {
        self.understood.layout.format.row_noun()
    }

    /// The rows that contradict an earlier one of the same file, in the order of the file.
    fn contradictions(&self, verdicts: &Verdicts) -> Result<Vec<LateReject>> {
        let pairs = &verdicts.contradictions;
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<u64> = pairs
            .iter()
            .flat_map(|(row, other)| [*row, *other])
            .collect();
        let found = find(&self.file.staged, &rows)?;
        pairs
            .iter()
            .map(|(row, other)| {
                let here = found.get(row).ok_or_else(unreadable)?;
                let there = found.get(other).ok_or_else(unreadable)?;
                Ok(LateReject {
                    line: here.line,
                    ordinal: here.ordinal,
                    reason: format!(
                        "response \"{}\" stands on {} {} too, with other answers",
                        clip(&here.response_id),
                        self.row_noun(),
                        there.line
                    ),
                })
            })
            .collect()
    }

    /// Writes the file of rejected rows; `None` where there is none.
    async fn publish_rejects(
        &self,
        place: &RejectsPlace,
        late: &[LateReject],
    ) -> Result<Option<RejectsFile>> {
        if late.is_empty() && self.file.seen.rejected == 0 {
            return Ok(None);
        }
        let late: Vec<(u64, &str)> = late
            .iter()
            .map(|late| (late.ordinal, late.reason.as_str()))
            .collect();
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

    /// Writes what is new, and what replaces older versions, in one commit.
    async fn append(
        &self,
        responses: &DeltaTable,
        mapping: &Mapping,
        verdicts: Arc<Verdicts>,
        record: &ImportRecord,
        transaction_id: &str,
    ) -> Result<Appended> {
        let import_id = record.import_id.as_str();
        let profile = self.understood.source_name();
        let context = self.lake.writing_context(self.memory_bytes)?;
        if mapping.seals_identities() {
            let people = People {
                staged: self.file.staged.clone(),
                verdicts: Arc::clone(&verdicts),
            };
            let people = context.read_table(people.table()?)?;
            identities::add(self.lake, people, import_id).await?;
        }
        let select = |verdict| Selected {
            staged: self.file.staged.clone(),
            verdicts: Arc::clone(&verdicts),
            batches: Batches::new(
                &profile,
                import_id,
                &mapping.kept,
                self.options.known_respondents.is_some(),
            ),
            verdict,
            progress: self.options.progress.clone(),
        };
        self.options
            .begin(IngestStep::Writing, verdicts.new + verdicts.updated);
        let mut rows = context.read_table(select(Verdict::New).table()?)?;
        let mut removed = Vec::new();
        if verdicts.updated > 0 {
            let updated = select(Verdict::Updated);
            let replaced = Replaced::find(&context, responses, &updated, &profile).await?;
            let updated = replaced.with_old_values(&context, updated, mapping).await?;
            let schema = Arc::clone(updated.schema().inner());
            rows = with_columns(rows, &schema)?
                .union(updated)?
                .union(with_columns(replaced.others(&context).await?, &schema)?)?;
            removed = replaced.files()?;
        }
        Append {
            transaction_id: Some(transaction_id),
            metadata: imports::commit_metadata(record),
            removed,
            ..Append::new(responses, rows, Order::By("responded_at"))
        }
        .run()
        .await
    }

    /// Counts what was written, so that queries need not read it. The import is in the lake
    /// whatever becomes of this.
    pub(in crate::ingest) async fn count(&self, summary: &mut ImportSummary) {
        self.options.begin(IngestStep::Counting, 0);
        let completed = match self.lake.writing_context(self.memory_bytes) {
            Ok(context) => rollup::complete(self.lake, &context).await,
            Err(error) => Err(error),
        };
        match completed {
            Ok(completed) if completed.is_new => summary.counted_by = completed.dimensions,
            Ok(_) => {}
            Err(error) => summary.notes.push(format!(
                "the responses are imported, but not counted yet, so that queries take longer \
                 ({error}); the next import counts them"
            )),
        }
    }
}

/// What becomes of a file, given what the lake holds.
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

/// Where a staged response comes from.
struct Origin {
    response_id: String,
    survey: String,
    line: u64,
    ordinal: u64,
}

/// Looks up staged responses by their places.
fn find(staged: &Staged, rows: &[u64]) -> Result<HashMap<u64, Origin>> {
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    rows.dedup();
    let mut rows = rows.into_iter().peekable();
    let mut found = HashMap::new();
    let mut first = 0;
    for batch in staged.batches()? {
        if rows.peek().is_none() {
            break;
        }
        let batch = batch?;
        let end = first + batch.num_rows() as u64;
        while let Some(row) = rows.next_if(|row| *row < end) {
            found.insert(row, origin(&batch, (row - first) as usize));
        }
        first = end;
    }
    Ok(found)
}

fn origin(batch: &RecordBatch, row: usize) -> Origin {
    let text = |column: usize| {
        batch
            .column(column)
            .as_string::<i32>()
            .value(row)
            .to_owned()
    };
    let number = |column: usize| batch.column(column).as_primitive::<UInt64Type>().value(row);
    Origin {
        response_id: text(RESPONSE_ID),
        survey: text(SURVEY),
        line: number(LINE),
        ordinal: number(ORDINAL),
    }
}

fn unreadable() -> Error {
    Error::conflict("a temporary file lost a row")
}

fn nothing_readable(tally: &Tally) -> Error {
    Error::question(format!(
        "none of the {} rows can be imported: {}",
        tally.seen.rejected,
        tally.seen.first_reasons.join("; ")
    ))
    .with_hint("say how the columns are meant with --map, or the dates with --date-format")
}

fn refused(tally: &Tally) -> Error {
    let rows = match tally.seen.rejected {
        1 => "1 row would be".to_owned(),
        rows => format!("{rows} rows would be"),
    };
    Error::refused(format!(
        "{rows} rejected: {}",
        tally.seen.first_reasons.join("; ")
    ))
    .with_hint(
        "correct them in the export, or leave --strict away: then they go into a file of their own",
    )
}

/// Time first, so that ids sort as the imports came.
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
