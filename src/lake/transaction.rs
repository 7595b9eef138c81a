//! An import as a transaction of the lake: its key, settings, tables, audit entries, identities,
//! responses, record and counts, in the order that survives a crash between any two.

use std::path::{Path, PathBuf};

use datafusion::common::JoinType;
use datafusion::prelude::{DataFrame, SessionContext, ident};
use deltalake::DeltaTable;
use deltalake::kernel::Remove;

use super::append::{Append, Appended, Attempts, appended};
use super::draft::Draft;
use super::handle::Lake;
use super::imports::{self, ImportRecord};
use super::noted::{Noted, check_logs};
use super::optimize::compact_crowded;
use super::rollup::{self, Completed};
use super::schema::{PARTITION_COLUMNS, RESPONSES, RESPONSES_SCHEMA, STATISTICS_COLUMNS};
use super::settings::{SETTINGS_PROPERTY, Settings};
use super::table::STATISTICS_PROPERTY;
use super::write::Order;
use super::zone::{ZONE_PROPERTY, Zone};
use super::{audit, identities, lost_identities, scan};
use crate::error::Result;
use crate::privacy::audit::{Action, Id};

/// An import that is being made. Dropping it leaves the lake as it is.
pub(crate) struct Transaction<'a> {
    lake: &'a Lake,
    /// Identifies the import forever: it is committed once.
    id: String,
    /// The digest of the file, for the audit log.
    file: Id,
    draft: Draft,
    new_key: Option<PathBuf>,
    attempts: Attempts<'a>,
    /// Interrupted imports are completed.
    is_complete: bool,
    /// People who withdrew consent in these.
    withdrawn: usize,
    /// The audit log's checkpoint, once the beginning of the import is an entry of it.
    checkpoint: Option<String>,
    is_audited: bool,
}

/// The numbers of an import's transaction in the log of the responses: with people in `identities`, and
/// without.
const IMPORTED: u64 = 1;
const IMPORTED_AND_SEALED: u64 = 2;

/// An import that the lake has.
pub(crate) struct Imported {
    /// People who withdrew consent in interrupted imports, which were completed.
    pub(crate) withdrawn: usize,
    /// Its people were sealed, and `identities` does not have them any more.
    pub(crate) lacks_identities: bool,
}

/// The state of the lake that an import decides on.
pub(crate) enum Base {
    /// The newest version of the responses; `None` before the first import.
    Version(Option<DeltaTable>),
    /// The lake already has the import.
    Imported,
    /// Another process created the lake, so that its pseudonyms differ from those of the transaction,
    /// or changed the list of forgotten people.
    OtherLake,
}

/// The rows and the record that an import writes.
pub(crate) struct Changes {
    /// People to seal, with the columns of [`identities`]; committed before the responses.
    pub(crate) people: Option<DataFrame>,
    /// New and updated responses, and those that their files contain besides.
    pub(crate) rows: DataFrame,
    /// The files whose rows are in `rows` again.
    pub(crate) removed: Vec<Remove>,
    pub(crate) record: ImportRecord,
}

impl Lake {
    /// The import with this transaction id, if the lake has it. With `completes`, completes interrupted
    /// imports.
    pub(crate) async fn imported(
        &self,
        transaction_id: &str,
        completes: bool,
    ) -> Result<Option<Imported>> {
        let Some(responses) = self.responses().await? else {
            return Ok(None);
        };
        let Some(number) = appended(&responses, transaction_id).await? else {
            return Ok(None);
        };
        let withdrawn = if completes {
            imports::complete_missing(self).await?
        } else {
            0
        };
        let lacks_identities = number == IMPORTED_AND_SEALED && {
            let identities = self.identities().await?;
            !lost_identities::has_people_of(identities.as_ref(), transaction_id).await?
        };
        Ok(Some(Imported {
            withdrawn,
            lacks_identities,
        }))
    }
}

impl<'a> Transaction<'a> {
    /// Begins an import of the file with the SHA-256 digest `file_sha256`. A new lake has days of
    /// `zone`. Writes nothing.
    pub(crate) async fn begin(
        lake: &'a Lake,
        id: &str,
        file_sha256: &str,
        zone: Zone,
    ) -> Result<Self> {
        Ok(Self {
            lake,
            id: id.to_owned(),
            file: Id::parse(file_sha256)?,
            draft: lake.draft(zone).await?,
            new_key: None,
            attempts: Attempts::new(lake),
            is_complete: false,
            withdrawn: 0,
            checkpoint: None,
            is_audited: false,
        })
    }

    /// Begins again with the key of the lake that another process created, and the newest list of
    /// forgotten people. An attempt that lost to the change may have sealed one of them.
    pub(crate) async fn restart(&mut self) -> Result<()> {
        self.draft = self.lake.draft(self.draft.zone()).await?;
        let suppressions = self.draft.suppressions();
        self.lake.remove_suppressed_identities(suppressions).await?;
        self.attempts = Attempts::new(self.lake);
        (self.is_complete, self.is_audited) = (false, false);
        Ok(())
    }

    /// The zone of the days in the lake, or in the one that the import would create.
    pub(crate) async fn zone(&self) -> Result<Zone> {
        Ok(self.lake.zone().await?.unwrap_or(self.draft.zone()))
    }

    /// The settings and keys that the rows are made with.
    pub(crate) fn draft(&self) -> &Draft {
        &self.draft
    }

    /// The file of the key, if this import created it. It stays if the import fails.
    pub(crate) fn new_key(&self) -> Option<&Path> {
        self.new_key.as_deref()
    }

    /// The number of people who withdrew consent in interrupted imports, which this one completed.
    pub(crate) fn withdrawn_before(&self) -> usize {
        self.withdrawn
    }

    /// Returns the state to decide on, after completing interrupted imports.
    pub(crate) async fn base(&mut self) -> Result<Base> {
        if !self.is_complete {
            self.withdrawn += imports::complete_missing(self.lake).await?;
            self.is_complete = true;
        }
        let responses = self.lake.responses().await?;
        if let Some(responses) = &responses
            && appended(responses, &self.id).await?.is_some()
        {
            return Ok(Base::Imported);
        }
        check_logs(self.lake).await?;
        Ok(if self.is_of_other_lake().await? {
            Base::OtherLake
        } else {
            Base::Version(responses)
        })
    }

    /// True if another process created the lake, or changed the list of forgotten people.
    async fn is_of_other_lake(&self) -> Result<bool> {
        let suppressions = self.draft.suppressions();
        Ok(self.lake.differs_from(&self.draft).await?
            || self.lake.has_changed(suppressions).await?)
    }

    /// Creates the lake, its key and its tables if there are none. Returns the responses to commit
    /// on; `None` if another process created the lake.
    pub(crate) async fn open(&mut self, base: Option<DeltaTable>) -> Result<Option<DeltaTable>> {
        if base.is_some() {
            return Ok(base);
        }
        if !self.lake.create(&self.draft, "", &mut self.new_key).await? {
            return Ok(None);
        }
        let properties = [
            (ZONE_PROPERTY, self.draft.zone().name()),
            (STATISTICS_PROPERTY, STATISTICS_COLUMNS),
        ];
        let mut responses = self
            .lake
            .create_table_if_missing(
                RESPONSES,
                &RESPONSES_SCHEMA,
                &PARTITION_COLUMNS,
                &properties,
            )
            .await?;
        imports::create_if_missing(self.lake).await?;
        // A commit by another import in the meantime is then a race like any other.
        responses.load_version(0).await?;
        Ok(Some(responses))
    }

    /// Commits the changes on `responses`. Returns false, after a pause, if another import
    /// committed first: the import has to be decided on the new [`base`](Self::base).
    pub(crate) async fn commit(
        &mut self,
        responses: &DeltaTable,
        changes: Changes,
    ) -> Result<bool> {
        self.audit_begin().await?;
        let mut record = changes.record;
        let mut number = IMPORTED;
        let mut transactions = Vec::new();
        if let Some(people) = changes.people {
            identities::add(self.lake, people, &record.import_id, &self.id).await?;
            record.sealed = Some(self.id.clone());
            number = IMPORTED_AND_SEALED;
            transactions.push(Noted::Identities.versions(self.lake).await?);
        }
        transactions.push((&self.id, number));
        let record = &record;
        let mut metadata = imports::commit_metadata(record);
        if let Some(checkpoint) = &self.checkpoint {
            metadata.push((audit::CHECKPOINT.to_owned(), checkpoint.as_str().into()));
        }
        let (store, root) = (self.lake.store()?, self.lake.location().store_path()?);
        let settings = Settings::text(&*store, &root).await?;
        let settings = settings.map(|text| (SETTINGS_PROPERTY, text));
        let append = Append {
            transactions,
            metadata,
            properties: settings.into_iter().collect(),
            removed: changes.removed,
            ..Append::new(responses, changes.rows, Order::By("responded_at"))
        };
        match append.run().await? {
            Appended::Done { .. } => {
                self.lake
                    .audit(&imports::done(self.lake, record).await?)
                    .await?;
                imports::complete(self.lake, record).await?;
                Ok(true)
            }
            Appended::Conflict => {
                self.attempts.back_off("nothing was written").await?;
                Ok(false)
            }
        }
    }

    async fn audit_begin(&mut self) -> Result<()> {
        if !self.is_audited {
            let begun = audit::begun(Action::Import).with("file", self.file.clone());
            self.lake.audit(&begun).await?;
            self.checkpoint = self.lake.audit_checkpoint().await?;
            self.is_audited = true;
        }
        Ok(())
    }

    /// Seals people of an import again whose identities are lost: those who still have responses. Returns
    /// false if people were forgotten meanwhile: the file has to be read again after a
    /// [`restart`](Self::restart).
    pub(crate) async fn seal_again(&mut self, people: DataFrame, import_id: &str) -> Result<bool> {
        let Some(responses) = self.lake.responses().await? else {
            return Ok(false);
        };
        if self.is_of_other_lake().await? {
            return Ok(false);
        }
        self.audit_begin().await?;
        const ANSWERED: &str = "answered_respondent";
        let context = SessionContext::new_with_state(people.clone().into_parts().0);
        let respondents = context
            .read_table(scan::provider(&responses).await?)?
            .select(vec![ident(identities::RESPONDENT).alias(ANSWERED)])?;
        let people = people.join(
            respondents,
            JoinType::LeftSemi,
            &[identities::RESPONDENT],
            &[ANSWERED],
            None,
        )?;
        identities::add(self.lake, people, import_id, &self.id).await?;
        Noted::Identities.note(self.lake).await?;
        let done = audit::done(self.lake, Action::Import).await?;
        let done = done.with("file", self.file.clone());
        self.lake.audit(&done.with("sealed_again", true)).await?;
        Ok(!self.is_of_other_lake().await?)
    }

    /// Compacts what has become many small files, and counts the written responses, so that queries need not
    /// read them. Queries are right without it.
    pub(crate) async fn count(&self, context: &SessionContext) -> Result<Completed> {
        compact_crowded(self.lake, context).await?;
        rollup::complete(self.lake, context).await
    }
}
