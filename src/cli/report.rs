//! `voxql report`: writes a one-page report.

use std::io::Write;
use std::path::Path;
use std::time::Instant;

use super::args::ReportArgs;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::output::AtomicFile;
use crate::query::SessionOptions;
use crate::report::{ReportFormat, ReportOptions};
use crate::statement::progress_line::RunningLine;

pub(super) async fn run(
    lake: &Lake,
    session: SessionOptions,
    args: &ReportArgs,
) -> Result<(), Failure> {
    let path = &args.file;
    let Some(format) = ReportFormat::from_extension(path) else {
        return Err(Failure::usage(
            format!(
                "{}: cannot tell the report format from the extension",
                path.display()
            ),
            "name it report.html, report.md or report.json",
        ));
    };
    if is_inside(lake, path) {
        return Err(Failure::usage(
            format!("{}: the folder is the lake's", path.display()),
            "write the report to another folder",
        ));
    }
    let options = ReportOptions {
        survey: args.survey.clone(),
        by: args.by.clone(),
        since: args.since,
    };
    let failed = |error| Failure::write(path.display(), error);
    // Created first, so that a path that cannot be written fails before the queries run.
    let mut file = AtomicFile::create(path).map_err(|error| Failure::create(path, error))?;
    let line = RunningLine::start(Instant::now());
    let text = lake.report(session, &options, format).await?;
    drop(line);
    file.write_all(text.as_bytes()).map_err(failed)?;
    file.persist().map_err(failed)
}

/// True for a path in the folder of a lake, whose files are Voxql's alone.
fn is_inside(lake: &Lake, path: &Path) -> bool {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // A link to a file of the lake is as good as its name.
    let target = path.canonicalize().or_else(|_| folder.canonicalize());
    let lake = lake.location().url().to_file_path();
    let lake = lake.ok().and_then(|lake| lake.canonicalize().ok());
    matches!((target, lake), (Ok(target), Some(lake)) if target.starts_with(&lake))
}
