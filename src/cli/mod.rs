//! The command line: what was asked for, done, and told.

mod args;
mod audit;
mod check;
mod demo;
mod forget;
mod import_args;
mod imports;
mod ingest;
mod input_text;
mod keys;
mod profiles;
mod progress;
mod report;
mod run;
mod session_args;
mod subject;
mod values;
mod watch;

use std::io::{self, IsTerminal};
use std::panic;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::failure::{Failure, say};
use crate::lake::Lake;
use crate::repl;
use crate::statement::runner::Runner;

use args::{Args, AuditCommand, Command};
use input_text::read_stdin;

/// The data said no, and everything that was asked for was done.
const EXIT_REFUSED: u8 = 1;

/// Could not be done: bad usage, a bad file, no access.
const EXIT_FAILED: u8 = 2;

/// Parses, runs, and chooses the exit code.
pub fn main() -> ExitCode {
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
            imports::run(&Runner::new(lake.session(), output.over(&args.output))?).await
        }
        Some(Command::Profiles(profiles)) => match &profiles.name {
            Some(name) => profiles::show(profiles, name),
            None => {
                let output = profiles.output.over(&args.output);
                profiles::list(&Runner::new(lake.session(), output)?).await
            }
        },
        Some(Command::Run(run)) => {
            let output = run.output.over(&args.output);
            let context = lake.session_with(args.session.options()).await?;
            run::run(&Runner::new(context, output)?, run).await
        }
        Some(Command::Check(check)) => check::run(&lake, args.session.options(), check).await,
        Some(Command::Optimize) => say(lake.optimize().await?),
        Some(Command::Forget(forget)) => forget::run(&lake, forget).await,
        Some(Command::Subject(subject)) => subject::run(&lake, subject).await,
        Some(Command::Retain { dry_run }) => say(lake.retain(*dry_run).await?),
        Some(Command::Keys { command }) => keys::run(&lake, command).await,
        Some(Command::Inventory) => say(lake.inventory().await?.trim_end()),
        Some(Command::Report(report)) => report::run(&lake, args.session.options(), report).await,
        Some(Command::Audit { command }) => match command {
            AuditCommand::Show(output) => {
                audit::show(&Runner::new(lake.session(), output.over(&args.output))?).await
            }
            AuditCommand::Verify { checkpoint } => {
                audit::verify(&lake, checkpoint.as_deref()).await
            }
            AuditCommand::Checkpoint => audit::checkpoint(&lake).await,
        },
        Some(Command::Demo(demo)) => demo::run(demo).await,
        None => {
            let runner = Runner::new(
                lake.session_with(args.session.options()).await?,
                args.output.options(),
            )?;
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
                return repl::run(&lake, &args.session.options(), runner, !args.no_init).await;
            }
            runner.run_all(&[(String::new(), read_stdin()?)], &[]).await
        }
    }
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
