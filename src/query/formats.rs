//! File formats that DataFusion reads, under the other names and extensions they go by.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::GetExt;
use datafusion::datasource::file_format::csv::CsvFormatFactory;
use datafusion::datasource::file_format::json::JsonFormatFactory;
use datafusion::datasource::file_format::{FileFormat, FileFormatFactory};
use datafusion::error::Result;
use datafusion::execution::SessionState;

/// Makes `.ndjson`, `.jsonl` and `.tsv` tables, in quotes and as `STORED AS`.
pub(super) fn register(state: &mut SessionState) -> Result<()> {
    for extension in ["ndjson", "jsonl"] {
        let inner = Arc::new(JsonFormatFactory::new());
        let format = NamedFormat {
            extension,
            inner,
            options: &[],
        };
        state.register_file_format(Arc::new(format), true)?;
    }
    let tsv = NamedFormat {
        extension: "tsv",
        inner: Arc::new(CsvFormatFactory::new()),
        options: &[("format.delimiter", "\t"), ("format.has_header", "true")],
    };
    state.register_file_format(Arc::new(tsv), true)
}

/// A format under another extension, with options that are not its defaults.
struct NamedFormat {
    extension: &'static str,
    inner: Arc<dyn FileFormatFactory>,
    options: &'static [(&'static str, &'static str)],
}

impl FileFormatFactory for NamedFormat {
    fn create(
        &self,
        state: &dyn Session,
        given: &HashMap<String, String>,
    ) -> Result<Arc<dyn FileFormat>> {
        let mut options = given.clone();
        for (name, value) in self.options {
            options
                .entry((*name).to_owned())
                .or_insert_with(|| (*value).to_owned());
        }
        self.inner.create(state, &options)
    }

    fn default(&self) -> Arc<dyn FileFormat> {
        self.inner.default()
    }
}

impl GetExt for NamedFormat {
    fn get_ext(&self) -> String {
        self.extension.to_owned()
    }
}

impl fmt::Debug for NamedFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedFormat")
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}
