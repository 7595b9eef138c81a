//! The command line: what was asked for, done, and told.

mod args;
mod demo;
mod imports;
mod ingest;
pub(crate) mod params;
pub(crate) mod query;
mod run;
pub(crate) mod statements;

use std::fmt;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use voxql::{Error, Lake};

use crate::output::OutputError;
use crate::repl;

use args::{Args, Command};
use query::Runner;

/// Could not be done: bad usage, a bad file, no access.
const EXIT_FAILED: u8 = 2;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// To be told to the person, with a place such as a file and statement before it.
    Told { place: String, error: Error },
    /// What could not be written, to where.
    Write { place: String, error: io::Error },
    /// Something said about the command line or a statement, with what to do.
    Usage { message: String, hint: String },
    /// Everything has been told already.
    AlreadyTold,
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
        }
    }

    /// Puts `place` before what is told.
    pub(crate) fn at(self, at: impl fmt::Display) -> Self {
        match self {
            Self::Told { place, error } => Self::Told {
                place: format!("{at}: {place}"),
                error,
            },
            Self::Usage { message, hint } => Self::Usage {
                message: format!("{at}: {message}"),
                hint,
            },
            other => other,
        }
    }

    /// Tells it on standard error.
    pub(crate) fn tell(&self) {
        // With standard error gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{self}");
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, hint) = match self {
            Self::Told { place, error } => (format!("{place}{error}"), error.hint()),
            Self::Write { place, error } => (format!("{place}: {error}"), None),
            Self::Usage { message, hint } => (message.clone(), Some(hint.as_str())),
            Self::AlreadyTold | Self::ReaderGone => return Ok(()),
        };
        write!(f, "error: {message}")?;
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

/// Parses, runs, and chooses the exit code.
pub(crate) fn main() -> ExitCode {
    let args = Args::parse();
    start_log();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(dispatch(args)),
        Err(error) => Err(Failure::write("starting", error)),
    };
    match result {
        Ok(()) | Err(Failure::ReaderGone) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, Failure::AlreadyTold) {
                failure.tell();
            }
            ExitCode::from(EXIT_FAILED)
        }
    }
}

async fn dispatch(args: Args) -> Result<(), Failure> {
    if args.output.is_some() && matches!(args.command, Some(Command::Ingest(_) | Command::Demo(_)))
    {
        return Err(Failure::usage(
            "-o is for the result of SQL, which this command has none of",
            "leave -o away",
        ));
    }
    if let Some(Command::Demo(demo)) = &args.command {
        return demo::run(demo, args.format).await;
    }
    let lake = Lake::open(&args.lake)?;
    let runner = |args: &Args| Runner::new(&lake, args.format, args.output.clone(), args.timing);
    match &args.command {
        Some(Command::Ingest(ingest)) => ingest::run(&lake, ingest).await,
        Some(Command::Imports) => imports::run(&runner(&args)?).await,
        Some(Command::Run(run)) => run::run(&runner(&args)?, run).await,
        Some(Command::Demo(_)) => unreachable!("handled above"),
        None if !args.sql.is_empty() => {
            let runner = runner(&args)?;
            let texts: Vec<_> = args
                .sql
                .iter()
                .map(|sql| ("-c".to_owned(), sql.clone()))
                .collect();
            runner.run_all(&texts, &[]).await
        }
        None if io::stdin().is_terminal() => repl::run(&lake, runner(&args)?).await,
        None => {
            let text = read_stdin()?;
            runner(&args)?
                .run_all(&[("standard input".to_owned(), text)], &[])
                .await
        }
    }
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
fn start_log() {
    let Ok(filter) = tracing_subscriber::EnvFilter::try_from_env("VOXQL_LOG") else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .init();
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
