//! The ids that the tool gave to the responses of a small file.

use std::collections::HashSet;

use crate::ingest::clean::cleaner::Response;

/// The greatest number of rows of a file whose ids are kept. A larger file has something in most files of the
/// lake.
const ROWS_MAX: u64 = 20_000;

/// All ids of the tool by which a file's responses may be in the lake; none of them if the file is large.
#[derive(Debug)]
pub(in crate::ingest) struct FileIds(Option<HashSet<String>>);

impl Default for FileIds {
    fn default() -> Self {
        Self(Some(HashSet::new()))
    }
}

impl FileIds {
    /// Adds the ids of a response, the `ordinal`th row of its file.
    pub(super) fn add(&mut self, response: &Response<'_>, ordinal: u64) {
        if ordinal > ROWS_MAX {
            self.0 = None;
        }
        if let Some(ids) = &mut self.0 {
            let impersonal = response.impersonal_id.as_ref();
            ids.extend(impersonal.map(|impersonal| impersonal.id.clone()));
            ids.extend(response.tool_id.map(str::to_owned));
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        match (&mut self.0, other.0) {
            (Some(ids), Some(others)) => ids.extend(others),
            (ids, _) => *ids = None,
        }
    }

    /// The ids; `None` if the file is large.
    pub(in crate::ingest) fn get(&self) -> Option<&HashSet<String>> {
        self.0.as_ref()
    }
}
