//! Texts that run without a prompt: `-c`, `voxql run` and pipes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::interrupt::until_signal;
use super::script::{self, Item};
use super::session::Session;
use super::settings::Settings;
use super::shell_role::ShellRole;
use super::target::Target;
use crate::failure::Failure;
use crate::lake::Lake;
use crate::query::SessionOptions;
use crate::statement::params::Params;
use crate::statement::parse::parse;
use crate::statement::runner::{Runner, nothing_written};

/// Runs texts, given as names and contents, after the file `init`. Texts with backslash commands run
/// as in the shell, statement by statement; others all at once.
///
/// # Errors
/// Returns the first error, which ends the run. Mistakes in the SQL of `texts` are found before anything
/// runs. A signal that ends the program is an error.
pub(crate) async fn run_texts(
    lake: &Lake,
    options: &SessionOptions,
    runner: Runner,
    texts: &[(String, String)],
    params: &[(String, String)],
    init: Option<&Path>,
) -> Result<(), Failure> {
    let threads = runner.threads();
    let work = async {
        let items = texts
            .iter()
            .map(|(place, text)| (place.as_str(), script::items(text)));
        let items: Vec<(&str, Vec<Item<'_>>)> = items.collect();
        let mut all = items.iter().flat_map(|(_, items)| items);
        let has_commands = all.any(|item| item.command().is_some());
        if init.is_none() && !has_commands {
            return runner.run_all(texts, params).await;
        }
        let (context, format, output) = runner.into_parts();
        let file = output.file.clone();
        let mut settings = Settings::new(format, &output);
        settings.in_shell = false;
        settings.pager = false;
        let mut session = Session::new(
            Arc::clone(&threads),
            context,
            ShellRole::new(lake, options),
            settings,
        );
        session.variables = params.to_vec();
        if let Some(path) = &file {
            session.target = Some(Target::with_format(path.clone(), format)?);
        }
        check(&items, params, init.is_some())?;
        if let Some(path) = init {
            script::run(&mut session, path, false, 0).await?;
        }
        for (place, text) in texts {
            script::run_text(&mut session, text, place, false, 0).await?;
        }
        match (file, session.target) {
            (Some(path), Some(target)) if target.is_empty() => Err(nothing_written(path.display())),
            _ => Ok(()),
        }
    };
    until_signal(work, &threads).await
}

/// Parses all SQL, and checks that each parameter is used.
fn check(
    texts: &[(&str, Vec<Item<'_>>)],
    params: &[(String, String)],
    has_init: bool,
) -> Result<(), Failure> {
    let mut placeholders = Vec::new();
    let mut runs_files = has_init;
    for (place, items) in texts {
        for item in items {
            let statement = match item.command() {
                Some((statement, command)) => {
                    runs_files |= command.name == "i";
                    statement
                }
                None => item.text,
            };
            for parsed in parse(place, statement, item.line)? {
                placeholders.extend(parsed.text.placeholders);
            }
        }
    }
    let mut placeholders: BTreeSet<&String> = placeholders.iter().collect();
    if runs_files {
        // Files may use any of them.
        placeholders.extend(params.iter().map(|(name, _)| name));
    }
    Params::check_given(params, &placeholders)
}
