//! Quoted paths and URLs as tables: `SELECT * FROM 's3://bucket/answers/'`.

use std::fmt;
use std::sync::{Arc, OnceLock};

use datafusion::catalog::TableProvider;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::SessionState;
use datafusion::prelude::SessionContext;

use super::find::may_be_folder;
use super::options::FileOptions;
use super::{delta, files};
use crate::lake::Lake;

/// Resolves names that look like paths or URLs. Other names stay unknown tables, so that a misspelt
/// table is not reported as a missing file.
pub(in crate::query) struct UrlTables {
    lake: Lake,
    /// Returns the session state, or `None` once the session has ended.
    state: OnceLock<Box<dyn Fn() -> Option<SessionState> + Send + Sync>>,
}

/// True if a name looks like a path or URL.
pub(in crate::query) fn is_path_or_url(name: &str) -> bool {
    name.contains(['/', '\\', '.'])
}

impl UrlTables {
    pub(in crate::query) fn new(lake: Lake) -> Self {
        Self {
            lake,
            state: OnceLock::new(),
        }
    }

    /// Sets the session, which is created after this.
    pub(in crate::query) fn set_session(&self, context: &SessionContext) {
        let weak = context.state_weak_ref();
        let state = move || weak.upgrade().map(|state| state.read().clone());
        // Only the first call has an effect; there is one session.
        let _ = self.state.set(Box::new(state));
    }

    /// The current state of the session.
    pub(in crate::query) fn session_state(&self) -> DataFusionResult<SessionState> {
        self.state
            .get()
            .and_then(|state| state())
            .ok_or_else(|| DataFusionError::Internal("the session has ended".to_owned()))
    }

    /// The table at a path or URL; `None` if `name` does not look like one.
    pub(in crate::query) async fn table(
        &self,
        name: &str,
    ) -> DataFusionResult<Option<Arc<dyn TableProvider>>> {
        if !is_path_or_url(name) {
            return Ok(None);
        }
        if may_be_folder(name)
            && let Some(table) = delta::open(&self.lake, name).await?
        {
            return Ok(Some(table));
        }
        let state = self.session_state()?;
        let names = [name.to_owned()];
        let options = FileOptions::default();
        Ok(Some(
            files::table(&self.lake, &state, &names, None, options).await?,
        ))
    }
}

impl fmt::Debug for UrlTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UrlTables")
            .field("lake", &self.lake)
            .finish()
    }
}
