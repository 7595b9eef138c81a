//! The command line: what was asked for, done, and told.

mod args;
mod audit;
mod check;
mod demo;
pub(crate) mod excerpt;
pub(crate) mod execute;
pub(crate) mod explain;
mod forget;
mod import_args;
mod imports;
mod ingest;
mod keys;
pub(crate) mod params;
pub(crate) mod parsing;
mod profiles;
mod progress;
pub(crate) mod query;
mod report;
mod run;
mod running;
pub(crate) mod session_args;
pub(crate) mod statements;
mod subject;
mod watch;

use std::fmt;
use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;
use voxql::{Error, Lake};

use crate::output::{OutputError, visible};
use crate::repl;

use args::{Args, AuditCommand, Command};
use excerpt::StatementError;
use query::Runner;

/// The data said no, and everything that was asked for was done.
const EXIT_REFUSED: u8 = 1;

/// Could not be done: bad usage, a bad file, no access.
const EXIT_FAILED: u8 = 2;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// To be told to the person, with a place such as a file and statement before it.
    Told { place: String, error: Error },
    /// Something wrong in a statement.
    InStatement(Box<StatementError>),
    /// What could not be read or written, where.
    Write { place: String, error: io::Error },
    /// Something said about the command line or a statement, with what to do.
    Usage { message: String, hint: String },
    /// Everything has been told already.
    AlreadyTold,
    /// The data said no, and that has been told already.
    Refused,
    /// Whoever read the output has gone: nothing is wrong.
    ReaderGone,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Usage {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub(crate) fn write(place: impl fmt::Display, error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::ReaderGone;
        }
        Self::Write {
            place: place.to_string(),
            error,
        }
    }

    pub(crate) fn output(place: impl fmt::Display, error: OutputError) -> Self {
        match error {
            OutputError::Io(error) => Self::write(place, error),
            OutputError::Query(error) => Error::from(error).into(),
            OutputError::Encode(error) => Self::usage(
                format!("the result cannot be written in this format: {error}"),
                "choose another --format, or cast the column to text",
            ),
            OutputError::Chart { message, hint } => Self::usage(message, hint),
        }
    }

    /// Says which line of which text it is about. A text without a name and its first line go
    /// without saying.
    pub(crate) fn at_line(self, text: &str, line: u64) -> Self {
        // An excerpt knows the line, and shows its number.
        if let Self::InStatement(mut error) = self {
            let number = error.excerpt.as_ref().map_or(line, |excerpt| excerpt.line);
            error.place = match (text, &error.excerpt) {
                ("", Some(_)) => String::new(),
                ("", None) if number == 1 => String::new(),
                ("", None) => format!("line {number}: "),
                (text, _) => format!("{text}, line {number}: "),
            };
            return Self::InStatement(error);
        }
        let place = match (text, line) {
            ("", 1) => return self,
            ("", line) => format!("line {line}: "),
            (text, line) => format!("{text}, line {line}: "),
        };
        match self {
            Self::Told { error, .. } => Self::Told { place, error },
            Self::Usage { message, hint } => Self::Usage {
                message: format!("{place}{message}"),
                hint,
            },
            other => other,
        }
    }

    /// The same without its place in a statement.
    pub(crate) fn without_excerpt(self) -> Self {
        match self {
            Self::InStatement(mut error) => {
                error.excerpt = None;
                Self::InStatement(error)
            }
            other => other,
        }
    }

    /// Tells it on standard error.
    pub(crate) fn tell(&self) {
        tell_lines(&self.to_string());
    }
}

/// Writes to standard error what may quote a file, whose bytes are not to drive the terminal.
fn tell_lines(text: &str) {
    for line in text.lines() {
        // With standard error gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{}", visible(line));
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut place_shown = None;
        let (message, hint) = match self {
            Self::Told { place, error } => (format!("{place}{error}"), error.hint()),
            Self::InStatement(error) => {
                place_shown = error.excerpt.as_ref();
                let StatementError { place, message, .. } = error.as_ref();
                (format!("{place}{message}"), error.hint.as_deref())
            }
            Self::Write { place, error } if error.kind() == io::ErrorKind::NotFound => {
                (format!("{place}: no such file or folder"), None)
            }
            Self::Write { place, error } if error.kind() == io::ErrorKind::IsADirectory => {
                (format!("{place} is a folder, not a file"), None)
            }
            Self::Write { place, error } => (format!("{place}: {error}"), None),
            Self::Usage { message, hint } => (message.clone(), Some(hint.as_str())),
            Self::AlreadyTold | Self::Refused | Self::ReaderGone => return Ok(()),
        };
        write!(f, "error: {message}")?;
        if let Some(excerpt) = place_shown {
            write!(f, "\n{excerpt}")?;
        }
        match hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Told {
            place: String::new(),
            error,
        }
    }
}

/// Tells an error on standard error, as a [`Failure`] would.
fn tell_error(error: &Error) {
    let hint = error
        .hint()
        .map_or_else(String::new, |hint| format!("\nhint: {hint}"));
    tell_lines(&format!("error: {error}{hint}"));
}

/// Writes a line to standard output.
pub(crate) fn say(text: impl fmt::Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}").map_err(|error| Failure::write("standard output", error))
}

/// Parses, runs, and chooses the exit code.
pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    hush_readers_of_broken_files();
    match start(args) {
        Ok(()) | Err(Failure::ReaderGone) => ExitCode::SUCCESS,
        Err(Failure::Refused) => ExitCode::from(EXIT_REFUSED),
        Err(failure) => {
            if !matches!(failure, Failure::AlreadyTold) {
                failure.tell();
            }
            ExitCode::from(EXIT_FAILED)
        }
    }
}

fn start(args: Args) -> Result<(), Failure> {
    start_log()?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::write("starting", error))?
        .block_on(dispatch(args))
}

async fn dispatch(args: Args) -> Result<(), Failure> {
    let has_results = !matches!(
        args.command,
        Some(
            Command::Ingest(_)
                | Command::Watch(_)
                | Command::Check(_)
                | Command::Optimize
                | Command::Forget(_)
                | Command::Subject(_)
                | Command::Retain { .. }
                | Command::Keys { .. }
                | Command::Inventory
                | Command::Report(_)
                | Command::Audit {
                    command: AuditCommand::Verify { .. } | AuditCommand::Checkpoint
                }
                | Command::Demo(_)
        )
    );
    if args.output.is_given() && !has_results {
        return Err(Failure::usage(
            "--format, -o and --timing are for the results of SQL, which this command has none of",
            "leave them away; ingest, watch and check have --json",
        ));
    }
    let runs_sql = matches!(
        args.command,
        None | Some(Command::Run(_) | Command::Check(_))
    );
    let has_role = runs_sql
        || matches!(
            args.command,
            Some(Command::Report(_) | Command::Profiles(_) | Command::Demo(_))
        );
    if let Some(role) = args.session.role.as_ref().filter(|_| !has_role) {
        return Err(Failure::usage(
            format!("a role asks, and this command is for who owns the lake, not for {role}"),
            "leave --role and VOXQL_ROLE away; they are for SQL, check and report",
        ));
    }
    if args.session.at().is_some() && !runs_sql {
        return Err(Failure::usage(
            "--at and --at-version are for SQL, and this command runs none on the responses",
            "leave them away",
        ));
    }
    if !args.sql.is_empty() && args.command.is_some() {
        return Err(Failure::usage(
            "-c and a command exclude each other",
            "leave one of them away",
        ));
    }
    let lake = Lake::open(&args.lake)?;
    match &args.command {
        Some(Command::Ingest(ingest)) => ingest::run(&lake, ingest).await,
        Some(Command::Watch(watch)) => watch::run(&lake, watch).await,
        Some(Command::Imports(output)) => {
            imports::run(&Runner::new(lake.session(), &output.over(&args.output))?).await
        }
        Some(Command::Profiles(profiles)) => match &profiles.name {
            Some(name) => profiles::show(profiles, name),
            None => {
                let output = profiles.output.over(&args.output);
                profiles::list(&Runner::new(lake.session(), &output)?).await
            }
        },
        Some(Command::Run(run)) => {
            let output = run.output.over(&args.output);
            let context = args.session.open(&lake).await?;
            run::run(&Runner::new(context, &output)?, run).await
        }
        Some(Command::Check(check)) => check::run(&lake, &args.session, check).await,
        Some(Command::Optimize) => say(lake.optimize().await?),
        Some(Command::Forget(forget)) => forget::run(&lake, forget).await,
        Some(Command::Subject(subject)) => subject::run(&lake, subject).await,
        Some(Command::Retain { dry_run }) => say(lake.retain(*dry_run).await?),
        Some(Command::Keys { command }) => keys::run(&lake, command).await,
        Some(Command::Inventory) => say(lake.inventory().await?.trim_end()),
        Some(Command::Report(report)) => report::run(&lake, &args.session, report).await,
        Some(Command::Audit { command }) => match command {
            AuditCommand::Show(output) => {
                audit::show(&Runner::new(lake.session(), &output.over(&args.output))?).await
            }
            AuditCommand::Verify { checkpoint } => {
                audit::verify(&lake, checkpoint.as_deref()).await
            }
            AuditCommand::Checkpoint => audit::checkpoint(&lake).await,
        },
        Some(Command::Demo(demo)) => demo::run(demo).await,
        None => {
            let runner = Runner::new(args.session.open(&lake).await?, &args.output)?;
            if !args.sql.is_empty() {
                let texts = args.sql.iter().map(|sql| (String::new(), sql.clone()));
                return runner.run_all(&texts.collect::<Vec<_>>(), &[]).await;
            }
            if io::stdin().is_terminal() {
                if args.output.file.is_some() {
                    return Err(Failure::usage(
                        "-o is for SQL that is given with -c or through a pipe",
                        "in the shell, write \\o FILE",
                    ));
                }
                return repl::run(&lake, &args.session, runner, !args.no_init).await;
            }
            runner.run_all(&[(String::new(), read_stdin()?)], &[]).await
        }
    }
}

/// The text of a file, or of standard input for '-', and what to call it in errors.
fn read_text(path: &Path) -> Result<(String, String), Failure> {
    let (place, text) = match path == Path::new("-") {
        true => ("standard input".to_owned(), read_stdin()?),
        false => {
            let text = fs::read_to_string(path);
            let text = text.map_err(|error| Failure::write(path.display(), error))?;
            (path.display().to_string(), text)
        }
    };
    // Editors on Windows put a mark before the text.
    let text = match text.strip_prefix('\u{feff}') {
        Some(text) => text.to_owned(),
        None => text,
    };
    Ok((place, text))
}

/// All of standard input as text.
fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::write("standard input", error))?;
    Ok(text)
}

/// Logs go to standard error, as `VOXQL_LOG` asks (such as `info` or `voxql=debug`); not at all
/// without it.
fn start_log() -> Result<(), Failure> {
    let Some(wanted) = std::env::var_os("VOXQL_LOG") else {
        return Ok(());
    };
    let wanted = wanted.to_string_lossy();
    let filter = EnvFilter::try_new(&wanted).map_err(|error| {
        Failure::usage(
            format!("VOXQL_LOG={wanted}: {error}"),
            "give a level such as info, or levels of parts such as voxql=debug,deltalake=info",
        )
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
    Ok(())
}

/// The libraries for workbooks and Parquet panic over some broken files, which the import tells as
/// an error; what Rust would print of the panic besides goes to the log.
fn hush_readers_of_broken_files() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        let is_reader = panicked.location().is_some_and(|place| {
            let file = place.file();
            file.contains("calamine-") || file.contains("parquet-")
        });
        match is_reader {
            true => tracing::debug!("{panicked}"),
            false => print(panicked),
        }
    }));
}

/// The folder for what the shell remembers between sessions.
pub(crate) fn state_folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "voxql")?;
    Some(
        folders
            .state_dir()
            .unwrap_or_else(|| folders.data_local_dir())
            .to_owned(),
    )
}
