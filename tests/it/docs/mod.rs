//! The repository's documents: console blocks run as written, generated tables are current, and
//! links lead somewhere.
//!
//! `UPDATE_DOCS=1 cargo test --test it docs::` writes real output and the tables into the documents.

mod console;
mod links;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

/// Folders with documents, besides the root.
const FOLDERS: [&str; 5] = ["docs", "fuzz", "sample_data", "tests", "udfs"];

const README_LINES_MAX: usize = 250;

/// A Markdown file of the repository.
struct Document {
    /// The path from the repository's root, with `/`.
    name: String,
    text: String,
}

impl Document {
    fn read(path: &Path) -> Self {
        let relative = path.strip_prefix(root()).expect("a path below the root");
        Self {
            name: relative.to_str().expect("UTF-8").replace('\\', "/"),
            text: fs::read_to_string(path).expect("a readable document"),
        }
    }

    /// True for the README and the pages of `docs/`, whose console blocks are run.
    fn is_guide(&self) -> bool {
        self.name == "README.md" || self.name.starts_with("docs/")
    }

    /// Compares the document with its current text; with `UPDATE_DOCS`, writes that instead.
    fn check(&self) -> Result<(), String> {
        let current = tables::with_tables(&console::with_real_output(&self.text));
        if self.text == current {
            return Ok(());
        }
        if std::env::var_os("UPDATE_DOCS").is_some() {
            fs::write(root().join(&self.name), current).expect("a writable document");
            return Ok(());
        }
        let mut lines = self.text.lines().zip(current.lines()).enumerate();
        let (number, (is, should)) = lines
            .find(|(_, (is, should))| is != should)
            .unwrap_or((0, ("", "another number of lines")));
        Err(format!(
            "{}:{}\n  is:        {is}\n  should be: {should}",
            self.name,
            number + 1
        ))
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All documents, in the order of their names.
fn documents() -> Vec<Document> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(root()).expect("the repository") {
        paths.push(entry.expect("an entry").path());
    }
    paths.retain(|path| path.is_file());
    for folder in FOLDERS {
        collect_files(&root().join(folder), &mut paths);
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths.iter().map(|path| Document::read(path)).collect()
}

fn collect_files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !path.is_dir() {
            into.push(path);
        } else if !path.ends_with("target") {
            collect_files(&path, into);
        }
    }
}

/// Fails with all problems at once.
fn assert_none(problems: &[String], hint: &str) {
    assert!(problems.is_empty(), "{}\n{hint}", problems.join("\n"));
}

#[test]
fn guides_show_real_output_and_current_tables() {
    let mut guides = documents();
    guides.retain(Document::is_guide);
    let at_once = thread::available_parallelism().map_or(1, usize::from);
    let mut problems = Vec::new();
    for some in guides.chunks(at_once) {
        thread::scope(|scope| {
            let running: Vec<_> = some
                .iter()
                .map(|guide| (guide, scope.spawn(move || guide.check())))
                .collect();
            for (guide, thread) in running {
                let panicked = |_| Err(format!("{}: the panic above", guide.name));
                problems.extend(thread.join().unwrap_or_else(panicked).err());
            }
        });
    }
    assert_none(&problems, "UPDATE_DOCS=1 writes what is current");
}

#[test]
fn the_readme_is_short() {
    let readme = Document::read(&root().join("README.md"));
    let lines = readme.text.lines().count();
    assert!(
        lines <= README_LINES_MAX,
        "README.md has {lines} lines, more than {README_LINES_MAX}: move details to docs/"
    );
}
