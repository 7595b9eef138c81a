//! Import: an export file becomes clean responses in the lake, in one commit.
//!
//! `exports` finds out how a file is read and what its columns are. Then [`clean`] makes a response
//! of each row, [`stage`] keeps the responses of the whole file with their keys, [`decide`] tells
//! new ones from those that the lake holds, and [`write`](mod@write) writes them until they are
//! committed.

mod clean;
mod decide;
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod options;
mod progress;
mod stage;
mod summary;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use datafusion_functions_nps::DEFAULT_PURPOSE;
use exports::files::source::SourceFile;
use exports::files::{Stores, blocking, expand};
use exports::profiles::saved;
use exports::understand::{Understood, understand};
use object_store::ObjectStore;
use url::Url;

use crate::error::{Error, Result};
use crate::lake::append::was_appended;
use crate::lake::memory::default_bytes;
use crate::lake::{Lake, imports};

use clean::cleaner::{Cleaner, PrivacyRules};
use clean::known::KnownRespondents;
use stage::identity::{Identifier, Provided};
use stage::reading::{self, ReadFile};
use write::attempt::{self, Committed, Import};

pub use exports::files::expand::InputStamp;
pub use exports::files::input::Input;
pub use exports::profiles::listed::{ProfileInfo, profiles};
pub use options::{IngestOptions, UnknownRespondents};
pub use progress::{IngestProgress, IngestStep};
pub use summary::{ImportSummary, KeptField, MappedField, NpsFigure};

/// How often a file is read because another process made the lake, or its key, meanwhile. Each
/// happens once, unless somebody removes them.
const READINGS_MAX: u32 = 5;

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
    /// option that decides. Nothing has been written then, not even a new lake. No response has
    /// been written after any other error either, but for one of keeping the import's row in
    /// `imports`, which the next import makes up for.
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
        options.check()?;
        let source = SourceFile::examine(self, &input.into()).await?;
        let options = options.reading();
        Ok(blocking(move || saved::to_toml(&understand(source, &options)?)).await?)
    }

    /// Finds the single inputs that names of files, folders, patterns, prefixes and archives stand
    /// for, each once, sorted within each name.
    ///
    /// A folder stands for the files in it and in its folders, a pattern such as `exports/*.csv`
    /// for its matches, `s3://bucket/prefix/` and `s3://bucket/*.csv` likewise, and a zip archive
    /// for the exports in it. Hidden files, files of rejected rows, files with an unknown
    /// extension, and everything in a lake are left out, unless they are named themselves. A file
    /// that exists is always that file, whatever its name looks like.
    ///
    /// # Errors
    /// Returns an error if a folder, pattern or prefix has nothing to import, or cannot be read. A
    /// file that does not exist is an error of [`Lake::ingest`].
    pub async fn inputs(
        &self,
        given: impl IntoIterator<Item = impl Into<Input>>,
    ) -> Result<Vec<Input>> {
        Ok(expand::inputs(self, given).await?)
    }

    /// Lists the files or objects at a place, now, each with its stamp. An empty place is no
    /// error, and archives are not opened: [`Lake::inputs`] does that for each.
    ///
    /// # Errors
    /// Returns an error if the place cannot be read.
    pub async fn files_so_far(&self, place: impl Into<Input>) -> Result<Vec<(Input, InputStamp)>> {
        Ok(expand::files_so_far(self, place).await?)
    }

    /// Returns true if a file or an object still exists. Standard input does.
    ///
    /// # Errors
    /// Returns an error if the storage cannot be reached or refuses access.
    pub async fn has_input(&self, input: &Input) -> Result<bool> {
        Ok(expand::has_input(self, input).await?)
    }
}

impl Stores for Lake {
    fn store(&self, url: &Url) -> exports::Result<Arc<dyn ObjectStore>> {
        let registry = &self.runtime().object_store_registry;
        registry.get_store(url).map_err(exports::Error::external)
    }
}

async fn ingest(lake: &Lake, input: &Input, options: &IngestOptions) -> Result<ImportSummary> {
    options.check()?;
    options.begin(IngestStep::Understanding, 0);
    let source = SourceFile::examine(lake, input).await?;
    let progress = options.progress.as_ref();
    let source = source.counted(progress.map(|progress| progress.bytes_counter()));
    let whole_file = transaction_id(&source.sha256, options);
    if was_imported(lake, &whole_file, options).await? {
        return Ok(summary::already_imported(&source, options));
    }
    let understood = {
        let options = options.reading();
        blocking(move || understand(source, &options)).await?
    };
    let transaction_id = transaction_id(&understood.fingerprint(), options);
    if transaction_id != whole_file && was_imported(lake, &transaction_id, options).await? {
        return Ok(summary::already_imported(&understood.source, options));
    }
    let mut new_key = None;
    let imported = import(lake, understood, options, &transaction_id, &mut new_key).await;
    let Some(path) = new_key else {
        return imported;
    };
    // The one chance to tell of the key must not go with the import.
    let note = format!(
        "the key for pseudonyms was made in {}: keep a copy, without it nobody can be recognised \
         again",
        path.display()
    );
    match imported {
        Ok(mut summary) => {
            summary.notes.push(note);
            Ok(summary)
        }
        Err(error) => Err(error.with_more_hint(&note)),
    }
}

/// Imports a file that is understood. `new_key` becomes the file of the key where one was made.
async fn import(
    lake: &Lake,
    mut understood: Understood,
    options: &IngestOptions,
    transaction_id: &str,
    new_key: &mut Option<PathBuf>,
) -> Result<ImportSummary> {
    let options = &options.completed_by(&understood.options);
    let memory_bytes = options.memory_bytes.unwrap_or_else(default_bytes);
    for _ in 0..READINGS_MAX {
        if let Some(responses) = lake.responses().await? {
            attempt::adopt_types(&mut understood.mapping, &responses)?;
        }
        let draft = lake.draft().await?;
        let file = {
            let (understood, options) = (understood.clone(), options.clone());
            let rules = PrivacyRules {
                pseudonyms: draft.pseudonymizer().for_purpose(DEFAULT_PURPOSE),
                sealer: draft.sealer(),
                requires_consent: draft.requires_consent(),
            };
            blocking(move || read(&understood, &options, rules, memory_bytes)).await?
        };
        let import = Import {
            lake,
            draft: &draft,
            understood: &understood,
            options,
            file: Arc::new(file),
            memory_bytes,
        };
        if options.dry_run {
            let tally = import.dry_run().await?;
            return Ok(summary::summary(&understood, options, &tally, None));
        }
        match import.commit(transaction_id, new_key).await? {
            Committed::Done(done) => {
                let (mut summary, record) = *done;
                imports::record(lake, &record).await?;
                import.count(&mut summary).await;
                return Ok(summary);
            }
            Committed::Already => {
                return Ok(summary::already_imported(&understood.source, options));
            }
            Committed::OtherLake => {
                tracing::info!("another process made the lake, reading the file again");
            }
        }
    }
    Err(Error::conflict(format!(
        "{READINGS_MAX} times another process made the lake {} or its key first; nothing was \
         imported",
        lake.uri()
    ))
    .with_hint("try again when nothing else makes or removes the lake"))
}

/// Reads the whole file, apart from the lake.
fn read(
    understood: &Understood,
    options: &IngestOptions,
    rules: PrivacyRules,
    memory_bytes: u64,
) -> Result<ReadFile> {
    let mapping = understood.mapping.clone();
    let identifier = Identifier {
        provided: Provided::of(&mapping),
        fingerprint: understood.fingerprint(),
        no_dedup: options.no_dedup,
    };
    let known = match &options.known_respondents {
        None => None,
        Some(path) => Some(KnownRespondents::read(
            path,
            understood,
            options,
            &rules.pseudonyms,
        )?),
    };
    let cleaner = Cleaner::new(mapping, options, rules, known);
    options.begin(IngestStep::Reading, understood.source.bytes);
    let progress = options.progress.as_deref();
    reading::read(understood, &cleaner, &identifier, memory_bytes, progress)
        .map_err(|error| error.at_file(&understood.source))
}

/// The same bytes, or the same sheet of them, for the same survey are the same import, for ever.
fn transaction_id(fingerprint: &str, options: &IngestOptions) -> String {
    let survey = options.survey.as_deref().unwrap_or_default();
    format!("voxql-import/{fingerprint}/{survey}")
}

/// Whether the lake holds the import already; what is missing of its record is made up for.
async fn was_imported(lake: &Lake, transaction_id: &str, options: &IngestOptions) -> Result<bool> {
    let Some(responses) = lake.responses().await? else {
        return Ok(false);
    };
    let was_imported = was_appended(&responses, transaction_id).await?;
    if was_imported && !options.dry_run {
        imports::record_missing(lake).await?;
    }
    Ok(was_imported)
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
