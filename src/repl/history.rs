//! The history, stored without continuation marks (see [`multiline`](super::multiline)).

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rustyline::Result;
use rustyline::history::{FileHistory, History, SearchDirection, SearchResult};

use super::multiline::{line_marks, with_marks, without_marks};

/// The history of a file, shown with marks.
pub(super) struct SqlHistory(pub(super) FileHistory);

fn marked(found: SearchResult<'_>) -> SearchResult<'_> {
    let breaks = found.entry[..found.pos].matches('\n').count();
    SearchResult {
        entry: Cow::Owned(with_marks(&found.entry)),
        idx: found.idx,
        pos: found.pos + breaks * line_marks().len(),
    }
}

impl History for SqlHistory {
    fn get(&self, index: usize, dir: SearchDirection) -> Result<Option<SearchResult<'_>>> {
        Ok(self.0.get(index, dir)?.map(marked))
    }

    fn add(&mut self, line: &str) -> Result<bool> {
        self.0.add(&without_marks(line))
    }

    fn add_owned(&mut self, line: String) -> Result<bool> {
        self.add(&line)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn set_max_len(&mut self, len: usize) -> Result<()> {
        self.0.set_max_len(len)
    }

    fn ignore_dups(&mut self, yes: bool) -> Result<()> {
        self.0.ignore_dups(yes)
    }

    fn ignore_space(&mut self, yes: bool) {
        self.0.ignore_space(yes);
    }

    fn save(&mut self, path: &Path) -> Result<()> {
        self.0.save(path)
    }

    fn append(&mut self, path: &Path) -> Result<()> {
        self.0.append(path)
    }

    fn load(&mut self, path: &Path) -> Result<()> {
        self.0.load(path)
    }

    fn clear(&mut self) -> Result<()> {
        self.0.clear()
    }

    fn search(
        &self,
        term: &str,
        start: usize,
        dir: SearchDirection,
    ) -> Result<Option<SearchResult<'_>>> {
        Ok(self.0.search(term, start, dir)?.map(marked))
    }

    fn starts_with(
        &self,
        term: &str,
        start: usize,
        dir: SearchDirection,
    ) -> Result<Option<SearchResult<'_>>> {
        let found = self.0.starts_with(&without_marks(term), start, dir)?;
        Ok(found.map(marked))
    }
}

/// The file that keeps the history between sessions; `None` without a home folder.
pub(super) fn history_file() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "voxql")?;
    let folder = folders.state_dir().unwrap_or(folders.data_local_dir());
    Some(folder.join("history"))
}
