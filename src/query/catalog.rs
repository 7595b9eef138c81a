//! The schemas of a session: `public` with the tables and views of the lake, loaded when a query names
//! them, the session's own, and quoted paths; and `lake`, without the session's own.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::exec_err;
use datafusion::datasource::{TableType, ViewTable, provider_as_source};
use datafusion::error::Result as DataFusionResult;
use datafusion::logical_expr::LogicalPlanBuilder;
use deltalake::DeltaTable;
use tokio::sync::Mutex;

use super::session_options::AtVersion;
use crate::error::{Error, Result};
use crate::lake::Lake;
use crate::lake::audit::check_version;
use crate::lake::imports;
use crate::lake::noted::Noted;
use crate::lake::rollup::{self, Rollup, dimensions_of};
use crate::lake::scan::DeltaScan;
use crate::lake::schema::{IDENTITIES, IMPORTS, RESPONSES, SUPPRESSIONS};
use crate::lake::upgrade::newest_columns;
use crate::lake::zone::Zone;
use crate::privacy::roles::{Policy, Role};
use crate::query::definitions::{LAKE_SCHEMA, SessionDefinitions};
use crate::query::external::url_table::{UrlTables, is_path_or_url};
use crate::query::roles::refusal::refused;
use crate::query::roles::restricted::{no_other_tables, no_versions};
use crate::query::roles::role_tables;
use crate::query::tables::audit::{AUDIT, audit};
use crate::query::tables::identities::identities;
use crate::query::tables::latest_responses::{LATEST_RESPONSES, latest_responses};
use crate::query::tables::read_only::ReadOnly;
use crate::query::tables::responses::Responses;
use crate::query::tables::valid_responses::{VALID_RESPONSES, valid_responses};
use crate::query::tables::version;

#[derive(Debug)]
pub(super) struct LakeSchema {
    lake: Lake,
    /// Version of `responses` that the session reads; `None` for the newest.
    at: Option<AtVersion>,
    /// Role of the session; `None` for the owner.
    role: Option<Arc<Role>>,
    definitions: Arc<SessionDefinitions>,
    url_tables: Arc<UrlTables>,
    cache: Mutex<Cache>,
}

impl LakeSchema {
    pub(super) fn new(
        lake: Lake,
        url_tables: Arc<UrlTables>,
        at: Option<AtVersion>,
        role: Option<Arc<Role>>,
        definitions: Arc<SessionDefinitions>,
    ) -> Self {
        Self {
            lake,
            at,
            role,
            definitions,
            url_tables,
            cache: Mutex::default(),
        }
    }

    /// A table of responses at a version that a query names.
    async fn table_at(
        &self,
        table: &str,
        at: AtVersion,
    ) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if let Some(role) = &self.role {
            return Err(no_versions(role));
        }
        if !RESPONSE_TABLES.contains(&table) {
            let is_view = self.definitions.is_view(table).await?;
            let kind = if is_view { "view" } else { "table" };
            let error = Error::query(format!("{kind} \"{table}\" has no versions"));
            let tables = RESPONSE_TABLES.join(", ");
            let hint = format!("use one of {tables}");
            return Err(if is_view {
                error.with_hint(format!("write its query, in which you {hint}"))
            } else {
                error.with_hint(hint)
            }
            .into());
        }
        let url_tables = Arc::clone(&self.url_tables);
        let definitions = Arc::clone(&self.definitions);
        let schema = Self::new(self.lake.clone(), url_tables, Some(at), None, definitions);
        schema.table(table).await
    }

    /// The responses that the role sees, with all their columns.
    async fn responses(&self) -> DataFusionResult<Arc<dyn TableProvider>> {
        let responses = self.all_responses().await?;
        match &self.role {
            None => Ok(responses),
            Some(role) => role_tables::with_visible_rows(role, RESPONSES, responses, &self.lake),
        }
    }

    async fn all_responses(&self) -> DataFusionResult<Arc<dyn TableProvider>> {
        let mut cache = self.cache.lock().await;
        // Reads the settings now: `anonymize` needs them, and a running query may keep the runtime
        // too busy to read them.
        let (table, rollup, settings) = tokio::join!(
            self.responses_table(cache.table.as_ref()),
            self.lake.rollup(),
            self.lake.settings()
        );
        settings?;
        let table = table?;
        if self.at.is_some() {
            cache.table = Some(table.clone());
        }
        let zone = Zone::of_table(&table)?;
        cache.zone = zone.unwrap_or(Zone::UTC);
        if self.at.is_none()
            && cache.scan.is_none()
            && let Err(error) = check_version(&self.lake).await
            && error.is_damaged()
        {
            return Err(error.into());
        }
        let scan = match &cache.scan {
            Some(scan) if Some(scan.version()) == table.version() => scan.clone(),
            _ => match DeltaScan::try_new(&table)? {
                Some(scan) => {
                    if self.at.is_some() {
                        version::check_files(&self.lake, &scan).await?;
                    }
                    scan
                }
                None => return in_newest_format(table.table_provider().await?, zone),
            },
        };
        cache.scan = Some(scan.clone());
        // Without the rollup, queries are slower but still correct.
        let rollup = rollup.unwrap_or_else(|error| {
            tracing::warn!("the rollup cannot be read: {error}");
            None
        });
        if let Some(rollup) = rollup
            && cache.rollup.as_ref().map(|cached| cached.version()) != rollup.version()
        {
            let rollup = match self.url_tables.session_state() {
                Ok(session) => Rollup::read(&rollup, &session).await,
                Err(error) => Err(error.into()),
            };
            cache.rollup = match rollup {
                Ok(rollup) => rollup.map(Arc::new),
                Err(error) => {
                    tracing::warn!("the rollup cannot be read: {error}");
                    None
                }
            };
        }
        let counted = cache
            .rollup
            .as_ref()
            .and_then(|rollup| rollup.counted_version());
        if self.at.is_none()
            && let Some(counted) = counted.filter(|counted| *counted > scan.version())
        {
            // Unless another process committed and counted since the responses were read.
            let newest = self
                .lake
                .responses()
                .await?
                .and_then(|table| table.version());
            if newest.is_none_or(|newest| newest < counted) {
                let error = rollup::behind(newest.unwrap_or_default(), counted);
                return Err(error.at(self.lake.uri()).into());
            }
        }
        in_newest_format(Arc::new(Responses::new(scan, cache.rollup.clone())), zone)
    }

    /// The version of the responses that the session reads. An earlier version never changes, so
    /// it is loaded only once.
    async fn responses_table(&self, cached: Option<&DeltaTable>) -> Result<DeltaTable> {
        if let Some(cached) = cached {
            return Ok(cached.clone());
        }
        let newest = self.lake.responses().await?;
        let Some(mut table) = newest else {
            return Err(self.lake.without_responses().await);
        };
        if let Some(at) = self.at {
            version::load(&mut table, at).await?;
        }
        Ok(table)
    }
}

/// Responses with the columns of the newest format. Without a zone, they are of format 1.
fn in_newest_format(
    responses: Arc<dyn TableProvider>,
    zone: Option<Zone>,
) -> DataFusionResult<Arc<dyn TableProvider>> {
    if zone.is_some() {
        return Ok(responses);
    }
    let columns = newest_columns(&responses.schema());
    let source = provider_as_source(Arc::new(ReadOnly(responses)));
    let newest = LogicalPlanBuilder::scan(RESPONSES, source, None)?
        .project(columns)?
        .build()?;
    Ok(Arc::new(ViewTable::new(newest, None)))
}

/// Tables read so far, at their versions.
#[derive(Debug, Default)]
struct Cache {
    /// Earlier version of the responses that the session reads.
    table: Option<DeltaTable>,
    scan: Option<DeltaScan>,
    rollup: Option<Arc<Rollup>>,
    /// The zone of the responses' days.
    zone: Zone,
}

impl Lake {
    /// Names of the read-only tables and views that a session has.
    pub const TABLES: [&str; 7] = [
        RESPONSES,
        LATEST_RESPONSES,
        VALID_RESPONSES,
        IDENTITIES,
        IMPORTS,
        AUDIT,
        SUPPRESSIONS,
    ];
}

fn is_lake_table(name: &str) -> bool {
    Lake::TABLES.contains(&name)
}

/// The tables that a role sees if it sees all responses. Who was forgotten is the owner's.
const ROLE_TABLES: [&str; 6] = [
    RESPONSES,
    LATEST_RESPONSES,
    VALID_RESPONSES,
    IDENTITIES,
    IMPORTS,
    AUDIT,
];

const RESPONSE_TABLES: [&str; 3] = [RESPONSES, LATEST_RESPONSES, VALID_RESPONSES];

/// The tables of the lake that a role sees. One that sees only groups sees one table of responses: the
/// difference of two would be the few responses that only one of them has.
fn visible_tables(role: Option<&Role>) -> &'static [&'static str] {
    match role {
        Some(role) if role.policy() == Policy::Aggregate => &[RESPONSES],
        Some(role) if !role.sees_all_responses() => &RESPONSE_TABLES,
        Some(role) if role.policy() != Policy::Owner => &ROLE_TABLES,
        _ => &Lake::TABLES,
    }
}

fn is_visible(role: Option<&Role>, name: &str) -> bool {
    visible_tables(role).contains(&name)
}

#[async_trait]
impl SchemaProvider for LakeSchema {
    fn table_names(&self) -> Vec<String> {
        let role = self.role.as_deref();
        let visible = Lake::TABLES.iter().filter(|name| is_visible(role, name));
        let mut names: Vec<String> = visible.map(|name| (*name).to_owned()).collect();
        let of_session = self.definitions.session_tables().table_names();
        let built_in = self.definitions.listed().built_in.into_iter();
        // One of the session hides it.
        names.extend(built_in.filter(|name| !of_session.contains(name)));
        names.extend(of_session);
        names
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let of_session = if is_lake_table(name) {
            None
        } else {
            self.definitions.session_tables().table(name).await?
        };
        match of_session {
            Some(table) => Ok(Some(table)),
            None => self.table_of_lake(name).await,
        }
    }

    /// Does not load the table, so that listing tables needs no lake.
    async fn table_type(&self, name: &str) -> DataFusionResult<Option<TableType>> {
        match name {
            RESPONSES | IMPORTS | AUDIT | SUPPRESSIONS => Ok(Some(TableType::Base)),
            LATEST_RESPONSES | VALID_RESPONSES | IDENTITIES => Ok(Some(TableType::View)),
            _ => {
                let of_session = self.definitions.session_tables().table_type(name).await?;
                let is_built_in = || {
                    self.definitions
                        .listed()
                        .built_in
                        .iter()
                        .any(|it| it == name)
                };
                Ok(of_session.or_else(|| is_built_in().then_some(TableType::View)))
            }
        }
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if is_lake_table(&name) {
            let error = Error::query(format!("table \"{name}\" belongs to the lake"));
            return Err(error.with_hint("choose another name").into());
        }
        if let Some(role) = &self.role {
            return Err(no_other_tables(role));
        }
        self.definitions
            .session_tables()
            .register_table(name, table)
    }

    fn deregister_table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if is_lake_table(name) {
            return exec_err!("table \"{name}\" belongs to the lake and cannot be dropped");
        }
        self.definitions.session_tables().deregister_table(name)
    }

    fn table_exist(&self, name: &str) -> bool {
        is_lake_table(name) || self.definitions.session_tables().table_exist(name)
    }
}

impl LakeSchema {
    /// The table or view of the lake, or the file, of this name.
    async fn table_of_lake(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if let Some(role) = &self.role
            && is_lake_table(name)
            && !is_visible(Some(role), name)
        {
            return Err(refused(
                role,
                format!("table \"{name}\" is hidden"),
                format!("use {}", visible_tables(Some(role)).join(" or ")),
            ));
        }
        if let Some((table, at)) = AtVersion::of_name(name)
            && !is_path_or_url(name)
        {
            return self.table_at(table, at).await;
        }
        if is_lake_table(name) {
            // An error if they are gone, and the tables are there.
            self.lake.settings().await?;
        }
        let sees_groups = |role: &Arc<Role>| role.policy() == Policy::Aggregate;
        let of_groups = self.role.as_ref().filter(|role| sees_groups(role));
        let provider: Arc<dyn TableProvider> = match name {
            RESPONSES if of_groups.is_none() => self.responses().await?,
            LATEST_RESPONSES => {
                let responses = ReadOnly(self.responses().await?);
                Arc::new(latest_responses(Arc::new(responses))?)
            }
            RESPONSES | VALID_RESPONSES => {
                let responses = Arc::new(ReadOnly(self.responses().await?));
                let settings = self.lake.settings().await?;
                let validity = settings.and_then(|settings| settings.validity);
                let since = validity.map(|validity| validity.days.start());
                Arc::new(valid_responses(responses, since)?)
            }
            IDENTITIES => {
                let sealed = Noted::Identities.provider(&self.lake).await?;
                Arc::new(identities(Arc::new(ReadOnly(sealed)))?)
            }
            IMPORTS => imports::provider(&self.lake).await?,
            AUDIT => Arc::new(audit(&self.lake).await?),
            SUPPRESSIONS => Noted::Suppressions.provider(&self.lake).await?,
            _ if is_path_or_url(name) => {
                return match &self.role {
                    None => self.url_tables.table(name).await,
                    Some(role) => Err(no_other_tables(role)),
                };
            }
            _ => {
                let session = self.url_tables.session_state()?;
                return self.definitions.view(name, &session).await;
            }
        };
        if let Some(role) = of_groups {
            let few_valued = dimensions_of(&self.lake).await?;
            let zone = self.cache.lock().await.zone;
            return role_tables::with_groups_only(
                role, name, provider, few_valued, zone, &self.lake,
            )
            .map(Some);
        }
        match &self.role {
            Some(role) if RESPONSE_TABLES.contains(&name) => {
                role_tables::with_visible_columns(role, name, provider).map(Some)
            }
            _ => Ok(Some(Arc::new(ReadOnly(provider)))),
        }
    }
}

/// The schema `lake`: the tables and views of the lake, and files. It lists the views that the lake
/// keeps; its other tables are listed in `public`.
#[derive(Debug)]
pub(super) struct StoredSchema(pub(super) Arc<LakeSchema>);

impl StoredSchema {
    /// The statement that creates the view of this name.
    pub(super) async fn definition(&self, name: &str) -> DataFusionResult<Option<String>> {
        let stored = self.0.lake.definitions().await?;
        Ok(stored.views.get(name).cloned())
    }
}

#[async_trait]
impl SchemaProvider for StoredSchema {
    fn table_names(&self) -> Vec<String> {
        self.0.definitions.listed().stored
    }

    async fn table(&self, name: &str) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        self.0.table_of_lake(name).await
    }

    async fn table_type(&self, name: &str) -> DataFusionResult<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }

    fn register_table(
        &self,
        name: String,
        _: Arc<dyn TableProvider>,
    ) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        let error = Error::query(format!(
            "table \"{name}\" cannot be created in the lake, which keeps views, macros and what is imported"
        ));
        Err(error
            .with_hint(format!(
                "create a view with CREATE VIEW {LAKE_SCHEMA}.{name} AS SELECT …, or import a file with \
                 voxql ingest"
            ))
            .into())
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0
            .definitions
            .listed()
            .stored
            .iter()
            .any(|it| it == name)
    }
}
