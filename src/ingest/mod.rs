//! Import: an export file becomes clean responses in the lake, in one commit.
//!
//! The way of a file: [`input`] and [`inputs`] say what is meant, [`source`] knows its
//! bytes, [`format`] reads them as rows of cells (with
//! [`csv`], [`json`], [`sheets`] or [`parquet`]), [`layout`] knows which rows name the columns,
//! [`columns`] and [`mapping`] decide which column is which field,
//! [`clean`] makes a response of each row, [`identity`] says what it is known by, and
//! [`reading`] stages them all. [`verdicts`] tells new ones from those that the lake holds, and
//! [`attempt`] writes what is new until it is committed.

mod archive;
mod attempt;
mod batch;
mod bound;
mod cells;
mod charset;
mod choose;
mod choose_score;
mod clean;
mod clock;
mod columns;
mod csv;
mod date_styles;
mod dates;
mod day;
mod dialect;
mod encoding;
mod format;
mod header;
mod header_words;
mod headers;
mod identity;
mod input;
mod inputs;
mod json;
mod json_node;
mod json_text;
mod keys;
mod known;
mod layout;
mod leftovers;
mod listed;
mod mapping;
mod memory;
mod month_names;
mod observed;
mod parquet;
mod personal;
mod positioned;
mod profile;
mod progress;
mod quotes;
mod reading;
mod recognise;
mod rejects;
mod replace;
mod reshape;
mod rows;
mod saved;
mod scale;
mod score;
mod selected;
mod sheets;
mod source;
mod spool;
mod staged;
mod summary;
mod table;
mod tally;
mod text;
mod tidy;
mod verdicts;
mod workbook;

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion_functions_nps::{DEFAULT_PURPOSE, PurposeKey};

use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::append::was_appended;
use crate::lake::imports;
use crate::privacy::keys::MasterKey;

use attempt::Import;
use choose::Undecided;
use clean::Cleaner;
use columns::Column;
use identity::{Identifier, Provided};
use known::KnownRespondents;
use layout::Layout;
use mapping::Mapping;
use reading::ReadFile;
use source::SourceFile;

pub use input::Input;
pub use listed::{ProfileInfo, profiles};
pub use progress::{IngestProgress, IngestStep};
pub use summary::{ImportSummary, KeptField, MappedField, NpsFigure};

/// Rows that are looked at to decide what the columns are. What these leave open is decided by
/// all rows.
const SAMPLE_ROWS: u64 = 10_000;

/// The longest name of a survey. It becomes part of folder names, where a letter may take up to
/// three bytes of the 255 that most file systems allow.
const SURVEY_BYTES_MAX: usize = 80;

/// What can be said about a file to import. The default asks nothing: everything is found from
/// headers and content.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct IngestOptions {
    /// The survey that all responses of the file belong to. Without it, a column of the file
    /// says, else it is `default`.
    pub survey: Option<String>,
    /// Pairs of a field (`score`, `responded_at`, `sent_at`, `updated_at`, `respondent`,
    /// `response_id`, `comment`, `survey`, `account`, `metric`, `consent`) and the header of its column. An
    /// empty header says that the file has no such column.
    pub map: Vec<(String, String)>,
    /// Headers of columns to keep as they are, or `name=header` to keep one under another name.
    pub keep: Vec<String>,
    /// The time zone, as the tz database names it, of dates that say none. Without it, UTC.
    pub timezone: Option<String>,
    /// How dates are written: a strftime pattern, `unix`, `unix_ms` or `excel`; for one date
    /// column alone `FIELD=FORMAT`, such as `sent_at=%d/%m/%Y`.
    pub date_format: Option<String>,
    /// The profile to read the file with: the name of a vendor's, or a TOML file of one's own.
    /// Without it, the one that recognises the file.
    pub profile: Option<String>,
    /// The sheet of a workbook. Without it, the one that holds scores.
    pub sheet: Option<String>,
    /// How many rows name the columns; 0 where none does. Without it, they are found.
    pub header_rows: Option<u32>,
    /// The encoding of the text, as the WHATWG names it, or `cp437` or `cp850`. Without it, it is
    /// found, cell by cell.
    pub encoding: Option<String>,
    /// The scale that was answered on, such as `0-10` or `1-5`. Answers on another one than 0 to
    /// 10 become ratings, not scores.
    pub scale: Option<String>,
    /// Reads scores that are written as words, or as `8/10`.
    pub lenient: bool,
    /// Fails, with nothing written, where a row would be rejected.
    pub strict: bool,
    /// Keeps every row, also those that repeat a response.
    pub no_dedup: bool,
    /// A CSV file of the respondents that there are.
    pub known_respondents: Option<PathBuf>,
    /// What becomes of a response whose respondent is not among the known ones.
    pub unknown_respondents: UnknownRespondents,
    /// The folder or object-store prefix that files of rejected rows go to. Without it, they go
    /// beside the file they come from.
    pub rejects: Option<String>,
    /// Bytes of memory to stay within. Without it, a quarter of the machine's, at most 2 GiB.
    pub memory_bytes: Option<u64>,
    /// Where the import tells how far it is.
    pub progress: Option<Arc<IngestProgress>>,
    /// Read and check everything, write nothing.
    pub dry_run: bool,
}

/// What becomes of a response whose respondent is not among the known ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnknownRespondents {
    /// It comes in; the kept column `known_respondent` says which those are.
    #[default]
    Mark,
    /// It is rejected.
    Reject,
}

/// A file whose columns are understood.
#[derive(Clone)]
struct Understood {
    source: SourceFile,
    layout: Layout,
    mapping: Mapping,
    /// What was asked for, completed by the profile.
    options: IngestOptions,
}

impl Understood {
    /// What the lake's column `source` says of the file's responses.
    fn source_name(&self) -> String {
        self.layout.bound.source().to_owned()
    }
}

impl Lake {
    /// Imports one export file: all of it in one commit, or nothing. A path is a file, `-` is
    /// standard input, and `s3://bucket/key` an object; [`Lake::inputs`] finds the files of
    /// folders, patterns and archives.
    ///
    /// A file that was imported before changes nothing, and neither do responses that the lake
    /// holds already. See [`IngestOptions`] for what can be said about the file.
    ///
    /// # Errors
    /// [`Error::is_question`] when the file can be read in more than one way: the hint names the
    /// option that decides. No response has been written then, nor after any other error, but
    /// for one of keeping the import's row in `imports`, which the next import makes up for.
    pub async fn ingest(
        &self,
        input: impl Into<Input>,
        options: &IngestOptions,
    ) -> Result<ImportSummary> {
        ingest(self, &input.into(), options).await
    }

    /// What can be found out about an export file, as the text of a profile: the
    /// [`profile`](IngestOptions::profile) of files like it, read in the same way whatever else
    /// they look like. Nothing is imported.
    ///
    /// # Errors
    /// The same questions as [`ingest`](Self::ingest) has about the columns.
    pub async fn profile_of(
        &self,
        input: impl Into<Input>,
        options: &IngestOptions,
    ) -> Result<String> {
        check_options(options)?;
        let source = SourceFile::examine(self, &input.into()).await?;
        let options = options.clone();
        blocking(move || {
            let understood = understand(source, &options)?;
            saved::to_toml(&understood)
        })
        .await
    }
}

async fn ingest(lake: &Lake, input: &Input, options: &IngestOptions) -> Result<ImportSummary> {
    check_options(options)?;
    let source = SourceFile::examine(lake, input)
        .await?
        .watched_by(options.progress.clone());
    let transaction_id = transaction_id(&source, options);
    if let Some(responses) = lake.responses().await?
        && was_appended(&responses, &transaction_id).await?
    {
        if !options.dry_run {
            imports::record_missing(lake).await?;
        }
        return Ok(summary::already_imported(&source, options));
    }
    let mut understood = {
        let options = options.clone();
        blocking(move || understand(source, &options)).await?
    };
    let options = &understood.options.clone();
    if let Some(responses) = lake.responses().await? {
        attempt::adopt_types(&mut understood.mapping, &responses)?;
    }
    let memory_bytes = options.memory_bytes.unwrap_or_else(memory::default_bytes);
    let mut new_key = None;
    let pseudonyms = match (options.dry_run, lake.exists().await?) {
        // No lake, so no key: one that is thrown away serves to tell people apart.
        (true, false) => MasterKey::generate()?.pseudonymizer(""),
        (true, true) => lake.pseudonymizer().await?,
        (false, _) => {
            new_key = lake.create_if_missing().await?.map(|path| {
                format!(
                    "the key for pseudonyms was made in {}: keep a copy, without it nobody can be \
                     recognised again",
                    path.display()
                )
            });
            lake.pseudonymizer().await?
        }
    };
    let imported = async {
        let file = {
            let (understood, options) = (understood.clone(), options.clone());
            let pseudonyms = pseudonyms.for_purpose(DEFAULT_PURPOSE);
            blocking(move || read(&understood, &options, pseudonyms, memory_bytes)).await?
        };
        let import = Import {
            lake,
            understood: &understood,
            options,
            file: Arc::new(file),
            memory_bytes,
        };
        if options.dry_run {
            let tally = import.dry_run().await?;
            return Ok(Some((None, tally)));
        }
        let committed = import.commit(&transaction_id).await?;
        Ok(committed.map(|(import_id, tally)| (Some(import_id), tally)))
    };
    let imported = match (imported.await, &new_key) {
        // The one chance to tell of the key must not go with the import.
        (Err(error), Some(note)) => return Err(Error::with_more_hint(error, note)),
        (imported, _) => imported?,
    };
    let Some((import_id, tally)) = imported else {
        return Ok(summary::already_imported(&understood.source, options));
    };
    let mut summary = summary::summary(&understood, options, &tally, import_id);
    summary.notes.extend(new_key);
    if !options.dry_run {
        let record = summary.record(&understood.source, options);
        imports::record(lake, &record).await?;
    }
    Ok(summary)
}

/// Reads the whole file, apart from the lake.
fn read(
    understood: &Understood,
    options: &IngestOptions,
    pseudonyms: PurposeKey,
    memory_bytes: u64,
) -> Result<ReadFile> {
    let mapping = understood.mapping.clone();
    let identifier = Identifier {
        provided: Provided::of(&mapping),
        file_sha256: understood.source.sha256.clone(),
        no_dedup: options.no_dedup,
    };
    let known = match &options.known_respondents {
        None => None,
        Some(path) => Some(KnownRespondents::read(
            path,
            understood,
            options,
            &pseudonyms,
        )?),
    };
    let cleaner = Cleaner::new(mapping, options.survey.clone(), pseudonyms, known);
    let progress = options.progress.as_deref();
    if let Some(progress) = progress {
        progress.begin(IngestStep::Reading, understood.source.bytes);
    }
    reading::read(understood, &cleaner, &identifier, memory_bytes, progress)
        .map_err(|error| error.at_file(&understood.source))
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
    let layout = Layout::recognise(&source, options)?;
    let options = &layout.bound.complete(options);
    let (columns, complete) = observe(&source, &layout, SAMPLE_ROWS)?;
    let mapping = match Mapping::decide(&columns, complete, &layout.bound, options) {
        Ok(mapping) => mapping,
        Err(Undecided::Asked(error)) => return Err(at_file(error)),
        Err(Undecided::MoreRows) => {
            let (columns, _) = observe(&source, &layout, u64::MAX)?;
            match Mapping::decide(&columns, true, &layout.bound, options) {
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
        options: options.clone(),
    })
}

/// Looks at the first `rows` rows. The second value says that these were all.
fn observe(source: &SourceFile, layout: &Layout, rows: u64) -> Result<(Vec<Column>, bool)> {
    let header = &layout.header;
    let mut columns: Vec<Column> = std::iter::zip(&header.names, &header.titles)
        .map(|(name, title)| Column::new(name, title.as_deref()))
        .collect();
    layout.bound.tell(&mut columns, header);
    let mut seen = 0;
    let mut complete = true;
    layout.read(source, &mut |row| {
        if seen == rows {
            complete = false;
            return Ok(ControlFlow::Break(()));
        }
        seen += 1;
        let is_answer = !row.repeats_header && !leftovers::begins_with_total(row);
        if row.problem.is_none() && is_answer {
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
fn mask_emails(name: &str) -> String {
    let words = name.split_inclusive(|c: char| c.is_whitespace() || "()[]<>,;\"'".contains(c));
    words
        .map(|word| {
            let end =
                word.trim_end_matches(|c: char| c.is_whitespace() || "()[]<>,;\"'".contains(c));
            match cells::looks_like_email(end) {
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
