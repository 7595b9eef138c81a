//! Import: turns an export file into clean responses in the lake, in one commit.
//!
//! `exports` detects the format of a file and its columns. Then [`clean`] turns each row into a
//! response, [`stage`] collects the responses of the whole file with their keys, [`decide`]
//! separates new responses from those already in the lake, and [`write`](mod@write) commits them.

mod answers;
mod clean;
mod decide;
#[cfg(any(fuzzing, all(test, debug_assertions)))]
#[doc(hidden)]
pub mod fuzzing;
mod options;
mod progress;
mod record_batches;
mod stage;
mod summary;
mod write;

use std::sync::Arc;

use datafusion_functions_nps::DEFAULT_PURPOSE;
use exports::columns::field::Field;
use exports::files::source::SourceFile;
use exports::files::{blocking, expand};
use exports::profiles::saved;
use exports::understand::{self, Understood, understand};

use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::init::key_note;
use crate::lake::transaction::{Imported, Transaction};
use crate::lake::zone::Zone;

use clean::cleaner::{Cleaner, PrivacyRules};
use clean::digest::digest;
use clean::known::KnownRespondents;
use stage::answer::Provided;
use stage::identity::Identifier;
use stage::reading::{self, ReadFile};
use write::attempt::{Committed, Import};
use write::kept_types::adopt_types;

pub(crate) use answers::parse_share;
pub use exports::files::expand::InputStamp;
pub use exports::files::input::Input;
pub use exports::mapping::explain::{ColumnEvidence, FieldEvidence};
pub use exports::profiles::listed::{ProfileInfo, profiles};
pub use exports::understand::Explanation;
pub use options::{DateFormat, IngestOptions, KeepColumn, UnknownRespondents};
pub use progress::{IngestProgress, IngestStep};
pub use summary::{ImportSummary, KeptField, MappedField, NpsFigure};

/// Prefix of the ids of imports.
const TRANSACTION: &str = "voxql-import/";

/// Maximum number of times a file is read because another process created the lake or its key, or
/// changed its zone, in the meantime. Each happens once, unless they are removed.
const READS_MAX: u32 = 5;

impl Lake {
    /// Imports one export file: all of it in one commit, or nothing. A path is a file, `-` is
    /// standard input, and `s3://bucket/key` is an object; [`Lake::inputs`] finds the files in
    /// folders, patterns and archives.
    ///
    /// Files and responses that are already in the lake change nothing. [`IngestOptions`]
    /// describes the file where detection is not enough.
    ///
    /// # Errors
    /// Returns an error with [`Error::is_question`] if the file can be read in more than one way;
    /// the hint names the option that decides. Nothing is written then, not even a new lake.
    /// After any other error no response is written either, except if only the import's row in
    /// `imports` could not be written: the next import adds it.
    pub async fn ingest(
        &self,
        input: impl Into<Input>,
        options: &IngestOptions,
    ) -> Result<ImportSummary> {
        ingest(self, &input.into(), options).await
    }

    /// Returns the detected format of an export file as the text of a profile. As the
    /// [`profile`](IngestOptions::profile) option, it makes other files be read in the same way.
    /// Nothing is imported.
    ///
    /// # Errors
    /// Returns the same questions about columns as [`ingest`](Self::ingest).
    pub async fn profile_of(
        &self,
        input: impl Into<Input>,
        options: &IngestOptions,
    ) -> Result<String> {
        options.check()?;
        let source = SourceFile::examine(self, &input.into()).await?;
        let options = options.reading(self.zone().await?.unwrap_or_default());
        Ok(blocking(move || saved::to_toml(&understand(source, &options)?)).await?)
    }

    /// Explains which column of a file is which field: the evidence for it, and the second best.
    /// Nothing is imported, and what an import would ask is no error.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read or an option is wrong.
    pub async fn explain(
        &self,
        input: impl Into<Input>,
        options: &IngestOptions,
    ) -> Result<Explanation> {
        options.check()?;
        let source = SourceFile::examine(self, &input.into()).await?;
        let options = options.reading(self.zone().await?.unwrap_or_default());
        Ok(blocking(move || understand::explain(&source, &options)).await?)
    }

    /// Expands files, folders, patterns, prefixes and archives into single inputs, each once,
    /// sorted within each given name.
    ///
    /// A folder expands to the files in it and its subfolders, a pattern such as `exports/*.csv`
    /// to its matches, `s3://bucket/prefix/` and `s3://bucket/*.csv` likewise, and a zip archive
    /// to the exports in it. Hidden files, rejects files, files with an unknown extension, and the
    /// files of a lake are skipped unless named explicitly. The name of an existing file is never
    /// treated as a pattern.
    ///
    /// # Errors
    /// Returns an error if a folder, pattern or prefix has nothing to import or cannot be read. A
    /// file that does not exist is an error of [`Lake::ingest`].
    pub async fn inputs(
        &self,
        given: impl IntoIterator<Item = impl Into<Input>>,
    ) -> Result<Vec<Input>> {
        Ok(expand::inputs(self, given).await?)
    }

    /// Lists the files or objects currently at a place, each with its stamp. An empty place is not
    /// an error. Archives are not opened; [`Lake::inputs`] opens them.
    ///
    /// # Errors
    /// Returns an error if the place cannot be read.
    pub async fn files_so_far(&self, place: impl Into<Input>) -> Result<Vec<(Input, InputStamp)>> {
        Ok(expand::files_so_far(self, place).await?)
    }

    /// Returns true if a file or object still exists. Standard input always does.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be reached or refuses access.
    pub async fn has_input(&self, input: &Input) -> Result<bool> {
        Ok(expand::has_input(self, input).await?)
    }
}

async fn ingest(lake: &Lake, input: &Input, options: &IngestOptions) -> Result<ImportSummary> {
    options.check()?;
    options.begin(IngestStep::Understanding, 0);
    let source = SourceFile::examine(lake, input).await?;
    let progress = options.progress.as_ref();
    let source = source.counted(progress.map(|progress| progress.bytes_counter()));
    let is_done = |imported: &Imported| !imported.lacks_identities || options.dry_run;
    let mut found = imported(lake, &source.sha256, options).await?;
    if let Some(imported) = found.as_ref().filter(|imported| is_done(imported)) {
        let summary = summary::already_imported(&source, options);
        return Ok(summary.with_completed(imported.withdrawn));
    }
    let understood = understand_file(lake, source, options).await?;
    let fingerprint = understood.fingerprint();
    if found.is_none() && fingerprint != understood.source.sha256 {
        found = imported(lake, &fingerprint, options).await?;
        if let Some(imported) = found.as_ref().filter(|imported| is_done(imported)) {
            let summary = summary::already_imported(&understood.source, options);
            return Ok(summary.with_completed(imported.withdrawn));
        }
    }
    let transaction_id = transaction_id(&fingerprint, options);
    let zone = understood.options.timezone.as_deref();
    let zone = zone.map(Zone::parse).transpose()?.unwrap_or_default();
    let sha256 = &understood.source.sha256;
    let mut transaction = Transaction::begin(lake, &transaction_id, sha256, zone).await?;
    let is_sealed_again = found.is_some();
    let imported = import(lake, understood, options, &mut transaction, is_sealed_again).await;
    let completed = found.map_or(0, |imported| imported.withdrawn);
    let withdrawn = completed + transaction.withdrawn_before();
    let imported = imported.map(|summary| summary.with_completed(withdrawn));
    let Some(path) = transaction.new_key() else {
        return imported;
    };
    // Reported even if the import fails: the next import finds the key and does not mention it.
    let note = key_note(path);
    match imported {
        Ok(mut summary) => {
            summary.notes.push(note.into());
            Ok(summary)
        }
        Err(error) => Err(error.with_more_hint(note)),
    }
}

/// Detects the format of a file. Dates that state no zone are in that of the lake.
async fn understand_file(
    lake: &Lake,
    source: SourceFile,
    options: &IngestOptions,
) -> Result<Understood> {
    let options = options.reading(lake.zone().await?.unwrap_or_default());
    Ok(blocking(move || understand(source, &options)).await?)
}

/// Imports a file whose format is known, or only seals its people again, whose identities are lost.
async fn import(
    lake: &Lake,
    mut understood: Understood,
    options: &IngestOptions,
    transaction: &mut Transaction<'_>,
    is_sealed_again: bool,
) -> Result<ImportSummary> {
    let options = &options.completed_by(&understood.options)?;
    let memory_bytes = options.memory_bytes.unwrap_or_else(|| lake.writing_bytes());
    for _ in 0..READS_MAX {
        if let Some(responses) = lake.responses().await? {
            adopt_types(&mut understood.mapping, &responses)?;
        }
        let file = {
            let (understood, options) = (understood.clone(), options.clone());
            let draft = transaction.draft();
            let rules = PrivacyRules {
                pseudonyms: draft.pseudonymizer().for_purpose(DEFAULT_PURPOSE),
                sealer: draft.sealer(),
                requires_consent: draft.requires_consent(),
                suppressions: Arc::clone(&draft.suppressions().list),
            };
            blocking(move || read(&understood, &options, rules, memory_bytes)).await?
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
            let zone = transaction.zone().await?;
            return Ok(summary::summary(&understood, options, zone, &tally, None));
        }
        let committed = if is_sealed_again {
            import.seal_again(transaction).await?
        } else {
            import.commit(transaction).await?
        };
        match committed {
            Committed::Done(summary) if is_sealed_again => return Ok(*summary),
            Committed::Done(mut summary) => {
                import.count(transaction, &mut summary).await;
                return Ok(*summary);
            }
            Committed::Already => {
                return Ok(summary::already_imported(&understood.source, options));
            }
            Committed::OtherLake => {
                tracing::info!("another process changed the lake, reading the file again");
                transaction.restart().await?;
                let source = understood.source.clone();
                understood = understand_file(lake, source, options).await?;
            }
        }
    }
    Err(Error::conflict(format!(
        "another process changed the lake {}, its key, its zone or its list of forgotten people first, \
         {READS_MAX} times; nothing was imported",
        lake.uri()
    ))
    .with_hint("try again when no other process creates, changes or removes the lake, or forgets people"))
}

/// Reads and cleans the whole file, without the lake.
fn read(
    understood: &Understood,
    options: &IngestOptions,
    rules: PrivacyRules,
    memory_bytes: u64,
) -> Result<ReadFile> {
    let mapping = understood.mapping.clone();
    let identifier = Identifier {
        provided: Provided::new(understood),
        counting: understood.facts.columns_that_count_rows(),
        respondent: mapping.column(Field::Respondent),
        fingerprint: understood.fingerprint(),
        dedup: options.deduplicate,
        zone: match &mapping.responded_at {
            Some(reader) => Zone::parse(reader.zone.name())?,
            None => Zone::UTC,
        },
    };
    let known = options.known_respondents.as_ref();
    let known = known
        .map(|path| KnownRespondents::read(path, understood, options, &rules.pseudonyms))
        .transpose()?;
    let cleaner = Cleaner::new(mapping, options, rules, known);
    options.begin(IngestStep::Reading, understood.source.bytes);
    let progress = options.progress.as_deref();
    reading::read(understood, &cleaner, &identifier, memory_bytes, progress)
        .map_err(|error| error.at_file(&understood.source))
}

/// Identifies an import forever: by the bytes of the file, or those of its sheet, and a hash of the
/// survey, whose name may have to be erased.
fn transaction_id(fingerprint: &str, options: &IngestOptions) -> String {
    let survey = options.survey.as_deref();
    let survey = survey.map(|survey| format!("{:032x}", digest(&[b"", survey.as_bytes()])));
    format!("{TRANSACTION}{fingerprint}/{}", survey.unwrap_or_default())
}

/// The import of a file, if the lake has it, also one that an earlier version of voxql made, which identified
/// it by the survey's name. Then completes interrupted imports.
async fn imported(
    lake: &Lake,
    fingerprint: &str,
    options: &IngestOptions,
) -> Result<Option<Imported>> {
    let completes = !options.dry_run;
    let id = transaction_id(fingerprint, options);
    let found = lake.imported(&id, completes).await?;
    match &options.survey {
        Some(survey) if found.is_none() => {
            let id = format!("{TRANSACTION}{fingerprint}/{survey}");
            lake.imported(&id, completes).await
        }
        _ => Ok(found),
    }
}

impl Error {
    /// Adds the path of the file, unless the message already begins with it.
    fn at_file(self, source: &SourceFile) -> Self {
        let path = source.path().display().to_string();
        if self.to_string().starts_with(&path) {
            return self;
        }
        self.at(path)
    }
}
