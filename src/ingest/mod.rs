//! Import: an export file becomes clean responses in the lake, in one commit.
//!
//! The way of a file: [`source`] knows its bytes, [`rows`] reads them as rows of cells (with
//! [`csv`] or [`json`]), [`columns`] and [`mapping`] decide which column is which field,
//! [`clean`] makes a response of each row, [`identity`] tells new ones from known ones, and
//! [`pass`] streams the new ones into the lake's writer.

mod batch;
mod clean;
mod columns;
mod csv;
mod dates;
mod identity;
mod json;
mod mapping;
mod pass;
mod quotes;
mod rejects;
mod rows;
mod score;
mod source;
mod summary;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion_functions_nps::{DEFAULT_PURPOSE, PurposeKey};
use deltalake::DeltaTable;

use crate::error::{Error, Result};
use crate::lake::append::{Appended, append, was_appended};
use crate::lake::imports::{self, ImportRecord};
use crate::lake::schema::{
    ORIGINAL_HEADER, PARTITION_COLUMNS, RESPONSES, RESPONSES_SCHEMA, STATISTICS_COLUMNS,
};
use crate::lake::{Lake, table};
use crate::privacy::keys::MasterKey;

use batch::BatchBuilder;
use clean::Cleaner;
use columns::{CellType, Column, Field};
use dates::DateStyle;
use identity::Identities;
use mapping::{Mapping, Undecided};
use pass::{Pass, PassStream, Stopped, Tally};
use rejects::Rejects;
use rows::Layout;
use source::SourceFile;

pub use summary::{ImportSummary, KeptField, MappedField, NpsFigure};

/// The profile of files that no vendor's profile recognises.
const SOURCE: &str = "generic";

/// Rows that are looked at to decide what the columns are. What these leave open is decided by
/// all rows.
const SAMPLE_ROWS: u64 = 10_000;

/// The longest name of a survey. It becomes part of folder names, where a letter may take up to
/// three bytes of the 255 that most file systems allow.
const SURVEY_BYTES_MAX: usize = 80;

/// How often an import starts again because another one committed first.
const ATTEMPTS_MAX: u32 = 50;

/// What can be said about a file to import. The default asks nothing: everything is found from
/// headers and content.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IngestOptions {
    /// The survey that all responses of the file belong to. Without it, a column of the file
    /// says, else it is `default`.
    pub survey: Option<String>,
    /// Pairs of a field (`score`, `responded_at`, `sent_at`, `respondent`, `response_id`,
    /// `comment`, `survey`, `account`, `metric`, `consent`) and the header of its column. An
    /// empty header says that the file has no such column.
    pub map: Vec<(String, String)>,
    /// Headers of columns to keep as they are, or `name=header` to keep one under another name.
    pub keep: Vec<String>,
    /// The time zone, as the tz database names it, of dates that say none. Without it, UTC.
    pub timezone: Option<String>,
    /// How dates are written: a strftime pattern, `unix` or `unix_ms`.
    pub date_format: Option<String>,
    /// Read and check everything, write nothing.
    pub dry_run: bool,
}

/// A file whose columns are understood.
#[derive(Clone)]
struct Understood {
    source: SourceFile,
    layout: Layout,
    mapping: Mapping,
}

/// See [`Lake::ingest`].
pub(crate) async fn ingest(
    lake: &Lake,
    path: &Path,
    options: &IngestOptions,
) -> Result<ImportSummary> {
    check_options(options)?;
    let source = {
        let path = path.to_owned();
        blocking(move || SourceFile::examine(&path)).await?
    };
    let transaction_id = transaction_id(&source, options);
    if let Some(responses) = lake.responses().await?
        && was_appended(&responses, &transaction_id).await?
    {
        imports::record_missing(lake).await?;
        return Ok(already_imported(&source, options));
    }
    let mut understood = {
        let options = options.clone();
        blocking(move || understand(source, &options)).await?
    };
    if let Some(responses) = lake.responses().await? {
        adopt_types(&mut understood.mapping, &responses)?;
    }
    if options.dry_run {
        let tally = dry_run(lake, &mut understood, options).await?;
        return Ok(summary(&understood, options, &tally, None));
    }
    let new_key = lake.create_if_missing().await?;
    let imported = import(lake, &mut understood, options, &transaction_id).await?;
    let Some((import_id, tally)) = imported else {
        return Ok(already_imported(&understood.source, options));
    };
    let mut summary = summary(&understood, options, &tally, Some(import_id));
    if let Some(path) = new_key {
        summary.notes.push(format!(
            "the key for pseudonyms was made in {}: keep a copy, without it nobody can be \
             recognised again",
            path.display()
        ));
    }
    imports::record(
        lake,
        &ImportRecord::of(
            &summary,
            &understood.source.sha256,
            understood.source.bytes,
            options,
        ),
    )
    .await?;
    Ok(summary)
}

fn check_options(options: &IngestOptions) -> Result<()> {
    match &options.survey {
        Some(survey) if survey.trim().is_empty() => {
            Err(Error::invalid("--survey is empty").with_hint("give the survey a name"))
        }
        Some(survey) if survey.trim() != survey => {
            Err(Error::invalid("--survey begins or ends with a space")
                .with_hint("leave the space away"))
        }
        Some(survey) if survey.len() > SURVEY_BYTES_MAX => Err(Error::invalid(format!(
            "--survey is longer than {SURVEY_BYTES_MAX} bytes"
        ))
        .with_hint("give the survey a shorter name")),
        _ => Ok(()),
    }
}

/// The same bytes for the same survey are the same import, for ever.
fn transaction_id(source: &SourceFile, options: &IngestOptions) -> String {
    let survey = options.survey.as_deref().unwrap_or_default();
    format!("voxql-import/{}/{survey}", source.sha256)
}

/// Finds out what the columns are: from the first rows, and from all where those leave it open.
fn understand(source: SourceFile, options: &IngestOptions) -> Result<Understood> {
    let at_file = |error: Error| error.at_file(&source);
    let layout = Layout::recognise(&source)?;
    let (columns, complete) = observe(&source, &layout, SAMPLE_ROWS)?;
    let mapping = match Mapping::decide(&columns, complete, options) {
        Ok(mapping) => mapping,
        Err(Undecided::Asked(error)) => return Err(at_file(error)),
        Err(Undecided::MoreRows) => {
            let (columns, _) = observe(&source, &layout, u64::MAX)?;
            match Mapping::decide(&columns, true, options) {
                Ok(mapping) => mapping,
                Err(Undecided::Asked(error)) => return Err(at_file(error)),
                Err(Undecided::MoreRows) => unreachable!("every row was seen"),
            }
        }
    };
    Ok(Understood {
        source,
        layout,
        mapping,
    })
}

/// Looks at the first `rows` rows. The second value says that these were all.
fn observe(source: &SourceFile, layout: &Layout, rows: u64) -> Result<(Vec<Column>, bool)> {
    let mut columns: Vec<Column> = layout.header.iter().map(|name| Column::new(name)).collect();
    let mut seen = 0;
    let mut complete = true;
    layout.read(source, &mut |row| {
        if seen == rows {
            complete = false;
            return Ok(ControlFlow::Break(()));
        }
        seen += 1;
        if row.problem.is_none() {
            for (column, cell) in columns.iter_mut().zip(&row.cells) {
                column.observe(cell);
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    if seen == 0 {
        return Err(Error::invalid(format!(
            "{}: there are no rows after the header",
            source.path().display()
        )));
    }
    Ok((columns, complete))
}

/// Gives kept columns the type and the remembered header that the lake has for them.
fn adopt_types(mapping: &mut Mapping, responses: &DeltaTable) -> Result<()> {
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
        .find(|cell_type| cell_type.arrow() == *field.data_type());
        match (lake_type, kept.cell_type) {
            (Some(CellType::Text), _) => kept.cell_type = CellType::Text,
            (Some(CellType::Number), CellType::Integer) => kept.cell_type = CellType::Number,
            (Some(lake_type), cell_type) if lake_type == cell_type => {}
            _ => return Err(other_type(kept, field.data_type())),
        }
    }
    Ok(())
}

fn other_type(
    kept: &mapping::KeptColumn,
    lake_type: &datafusion::arrow::datatypes::DataType,
) -> Error {
    Error::question(format!(
        "column \"{}\" holds values that are not {lake_type}, which the lake's column {} is",
        kept.header, kept.name
    ))
    .with_hint(format!(
        "keep it under another name: --keep other_{}='{}'",
        kept.name, kept.header
    ))
}

/// Imports the file, from the start again whenever another import was faster. Gives the import's
/// id and tally, or `None` where the same file was imported meanwhile.
async fn import(
    lake: &Lake,
    understood: &mut Understood,
    options: &IngestOptions,
    transaction_id: &str,
) -> Result<Option<(String, Tally)>> {
    table::create_if_missing(
        lake,
        RESPONSES,
        &RESPONSES_SCHEMA,
        &PARTITION_COLUMNS,
        Some(STATISTICS_COLUMNS),
    )
    .await?;
    imports::create_if_missing(lake).await?;
    imports::record_missing(lake).await?;
    let import_id = new_import_id(&understood.source)?;
    for attempt in 1..=ATTEMPTS_MAX {
        let responses = lake.responses().await?.ok_or_else(|| lake.missing())?;
        if was_appended(&responses, transaction_id).await? {
            return Ok(None);
        }
        adopt_types(&mut understood.mapping, &responses)?;
        let pass = new_pass(lake, understood, options, &responses, &import_id, true).await?;
        let stream = Arc::new(PassStream::new(
            pass,
            batch::schema(&understood.mapping.kept),
        ));
        let outcome = stream.outcome();
        let streaming =
            StreamingTable::try_new(batch::schema(&understood.mapping.kept), vec![stream])?;
        let plan =
            LogicalPlanBuilder::scan("import", provider_as_source(Arc::new(streaming)), None)?
                .build()?;
        let metadata = imports::commit_metadata(
            &import_id,
            &mask_emails(&understood.source.name()),
            &understood.source.sha256,
        );
        let appended = append(lake, &responses, plan, transaction_id, metadata).await;
        let outcome = outcome.lock().ok().and_then(|mut outcome| outcome.take());
        match (outcome, appended) {
            (Some(Err(Stopped::Failed(error))), _) => {
                return Err(error.at_file(&understood.source));
            }
            (Some(Err(Stopped::WrongType(position))), _) => {
                widen(&mut understood.mapping, position, &responses)?;
            }
            (Some(Ok(tally)), Ok(Appended::Done)) => return Ok(Some((import_id, tally))),
            (_, Ok(Appended::Raced)) => {
                tracing::info!(attempt, "another import committed first, starting again");
                tokio::time::sleep(Duration::from_millis(20 * u64::from(attempt))).await;
            }
            (_, Err(error)) => return Err(error),
            (None | Some(Err(Stopped::GivenUp)), Ok(Appended::Done)) => {
                return Err(Error::conflict("the file was not read to its end"));
            }
        }
    }
    Err(Error::conflict(format!(
        "{ATTEMPTS_MAX} times another import into {} committed first; nothing was written",
        lake.uri()
    ))
    .with_hint("try again when fewer imports run at once"))
}

/// Stores a kept column as text from now on, where its first rows looked like something else.
fn widen(mapping: &mut Mapping, position: usize, responses: &DeltaTable) -> Result<()> {
    let kept = &mut mapping.kept[position];
    let schema = responses.snapshot()?.snapshot().arrow_schema();
    if let Ok(field) = schema.field_with_name(&kept.name) {
        return Err(other_type(kept, field.data_type()));
    }
    kept.cell_type = CellType::Text;
    Ok(())
}

async fn new_pass(
    lake: &Lake,
    understood: &Understood,
    options: &IngestOptions,
    responses: &DeltaTable,
    import_id: &str,
    write_rejects: bool,
) -> Result<Pass> {
    let pseudonyms = lake.pseudonymizer().await?.for_purpose(DEFAULT_PURPOSE);
    let identities =
        Identities::of_lake(lake, responses, SOURCE, options.survey.as_deref()).await?;
    Ok(assemble(
        understood,
        options,
        pseudonyms,
        identities,
        import_id,
        write_rejects,
    ))
}

fn assemble(
    understood: &Understood,
    options: &IngestOptions,
    pseudonyms: PurposeKey,
    identities: Identities,
    import_id: &str,
    write_rejects: bool,
) -> Pass {
    let Understood {
        source,
        layout,
        mapping,
    } = understood.clone();
    Pass {
        rejects: write_rejects.then(|| Rejects::new(source.path(), &layout.header)),
        batches: BatchBuilder::new(&mapping.kept, SOURCE, import_id),
        cleaner: Cleaner::new(mapping, options.survey.clone(), pseudonyms),
        identities,
        source,
        layout,
    }
}

/// Does everything but writing.
async fn dry_run(
    lake: &Lake,
    understood: &mut Understood,
    options: &IngestOptions,
) -> Result<Tally> {
    loop {
        let responses = lake.responses().await?;
        let pass = match &responses {
            Some(responses) => new_pass(lake, understood, options, responses, "", false).await?,
            // No lake, so no key: one that is thrown away serves to tell people apart.
            None => assemble(
                understood,
                options,
                MasterKey::generate()?
                    .pseudonymizer("")
                    .for_purpose(DEFAULT_PURPOSE),
                Identities::default(),
                "",
                false,
            ),
        };
        let outcome = blocking(move || Ok(pass.run(&mut |_| ControlFlow::Continue(())))).await?;
        match outcome {
            Ok(tally) => return Ok(tally),
            Err(Stopped::Failed(error)) => return Err(error.at_file(&understood.source)),
            Err(Stopped::GivenUp) => unreachable!("every row is taken"),
            Err(Stopped::WrongType(position)) => match &responses {
                Some(responses) => widen(&mut understood.mapping, position, responses)?,
                None => understood.mapping.kept[position].cell_type = CellType::Text,
            },
        }
    }
}

/// Time first, so that ids sort as the imports came.
fn new_import_id(source: &SourceFile) -> Result<String> {
    let mut random = [0_u8; 4];
    getrandom::fill(&mut random)
        .map_err(|error| Error::invalid(format!("no random numbers: {error}")))?;
    Ok(format!(
        "{}-{}-{}",
        Utc::now().format("%Y%m%dT%H%M%SZ"),
        &source.sha256[..8],
        data_encoding::HEXLOWER.encode(&random)
    ))
}

fn already_imported(source: &SourceFile, options: &IngestOptions) -> ImportSummary {
    let mut notes = Vec::new();
    let says_how_to_read = !options.map.is_empty()
        || !options.keep.is_empty()
        || options.date_format.is_some()
        || options.timezone.is_some();
    if says_how_to_read {
        notes.push(
            "the options change nothing: the responses are in the lake as they were read then"
                .to_owned(),
        );
    }
    ImportSummary {
        import_id: None,
        file: source.name(),
        source: SOURCE.to_owned(),
        encoding: String::new(),
        already_imported: true,
        dry_run: options.dry_run,
        rows: 0,
        new: 0,
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
        nps: None,
        notes,
    }
}

fn summary(
    understood: &Understood,
    options: &IngestOptions,
    tally: &Tally,
    import_id: Option<String>,
) -> ImportSummary {
    let Understood {
        source,
        layout,
        mapping,
    } = understood;
    let fields = Field::ALL
        .into_iter()
        .filter_map(|field| {
            let header = &layout.header[mapping.column(field)?];
            Some(MappedField {
                field: field.name().to_owned(),
                header: header.clone(),
                detail: detail(field, mapping, options),
            })
        })
        .collect();
    ImportSummary {
        import_id,
        file: source.name(),
        source: SOURCE.to_owned(),
        encoding: layout.encoding(),
        already_imported: false,
        dry_run: options.dry_run,
        rows: tally.rows(),
        new: tally.new,
        not_answered: tally.not_answered,
        duplicate: tally.duplicate,
        not_a_response: tally.not_a_response,
        rejected: tally.rejected,
        rejects_file: tally.rejects_file.clone(),
        first_reject_reasons: tally.first_reasons.clone(),
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
        _ => return None,
    };
    let zone = match (&reader.style, &options.timezone) {
        (DateStyle::UnixSeconds | DateStyle::UnixMilliseconds, _) => String::new(),
        (_, Some(zone)) => format!(", {zone}"),
        (_, None) => ", UTC where not said".to_owned(),
    };
    Some(format!("{}{zone}", reader.style))
}

fn notes(layout: &Layout, mapping: &Mapping, tally: &Tally) -> Vec<String> {
    let mut notes = Vec::new();
    if tally.narrow_cells > 0 {
        notes.push(format!(
            "cells that are not UTF-8, read as {}: {}",
            layout.narrow_encoding(),
            tally.narrow_cells
        ));
    }
    if mapping.column(Field::RespondedAt).is_none() {
        notes.push("no column holds a date: the responses are undated".to_owned());
    } else if tally.undated > 0 {
        notes.push(format!("new responses without a date: {}", tally.undated));
    }
    if tally.keyless > 0 {
        notes.push(format!(
            "responses without an id, and without a respondent or time to tell them by: {}; each \
             counts, also where another file repeats it",
            tally.keyless
        ));
    }
    notes
}

impl Error {
    /// Says which file it is about, unless it says so itself.
    fn at_file(self, source: &SourceFile) -> Self {
        let path = source.path().display().to_string();
        if self.to_string().starts_with(&path) {
            return self;
        }
        self.at(path)
    }
}

/// The start of a value, for messages: long enough to find it, short enough for a line.
fn clip(value: &str) -> Cow<'_, str> {
    let clean = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match clean.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}…", &clean[..end])),
        None if clean == value => Cow::Borrowed(value),
        None => Cow::Owned(clean),
    }
}

/// A file's name for the lake, where no address may stand.
pub(crate) fn mask_emails(name: &str) -> String {
    let words = name.split_inclusive(|c: char| c.is_whitespace() || "()[]<>,;\"'".contains(c));
    words
        .map(|word| {
            let end =
                word.trim_end_matches(|c: char| c.is_whitespace() || "()[]<>,;\"'".contains(c));
            match columns::looks_like_email(end) {
                true => format!("[EMAIL]{}", &word[end.len()..]),
                false => word.to_owned(),
            }
        })
        .collect()
}

/// Runs work that reads files on a thread for that.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(Error::conflict("the import was cancelled")),
        },
    }
}
