//! The command line: flags become a command, and the command an exit code.

mod args;
mod ask;
mod audit;
mod check;
mod demo;
mod doctor;
mod explain;
mod forget;
mod help;
mod import_args;
mod imports;
mod ingest;
mod input_text;
mod keys;
mod log;
mod not_a_command;
mod output_args;
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

use clap::FromArgMatches;

use crate::failure::{Failure, print_line};
use crate::lake::{Lake, OptimizeOptions};
use crate::privacy::roles::Role;
use crate::query::stack::STACK_BYTES;
use crate::repl;
use crate::statement::runner::Runner;
use crate::statement::threads::THREAD_NAME;

use args::{Args, AuditCommand, Command};
use input_text::read_stdin;
use log::start_log;
use session_args::{SessionArgs, check_role, role_of_environment};

/// The data refused: a check or gate failed, or a strict import would reject rows.
const EXIT_REFUSED: u8 = 1;

/// The command could not be done: bad usage, a bad file, no access.
const EXIT_FAILED: u8 = 2;

/// Runs the program: parses the command line, runs the command, and returns its exit code.
pub fn main() -> ExitCode {
    let args = help::command()
        .try_get_matches()
        .and_then(|matches| Args::from_arg_matches(&matches));
    let args = match args {
        Ok(args) => args,
        Err(mut error) => {
            let Some(failure) = not_a_command::explain(&error) else {
                not_a_command::remove_advice(&mut error);
                error.exit();
            };
            failure.report();
            return ExitCode::from(EXIT_FAILED);
        }
    };
    silence_caught_panics();
    match start(args) {
        Ok(()) | Err(Failure::OutputClosed) => ExitCode::SUCCESS,
        Err(Failure::Refused) => ExitCode::from(EXIT_REFUSED),
        Err(Failure::Interrupted { exit_code }) => ExitCode::from(exit_code),
        Err(failure) => {
            if !matches!(failure, Failure::AlreadyReported) {
                failure.report();
            }
            ExitCode::from(EXIT_FAILED)
        }
    }
}

fn start(args: Args) -> Result<(), Failure> {
    if roles(&args).iter().all(|role| role == Role::OWNER) {
        start_log()?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_stack_size(STACK_BYTES)
        .build();
    let runtime = runtime.map_err(|error| Failure::write("starting", error))?;
    let main = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || runtime.block_on(dispatch(args)));
    match main
        .map_err(|error| Failure::write("starting", error))?
        .join()
    {
        Ok(result) => result,
        Err(panicked) => panic::resume_unwind(panicked),
    }
}

/// The roles that the command line and the environment name.
fn roles(args: &Args) -> Vec<String> {
    let of_command = match &args.command {
        Some(Command::Run(run)) => Some(&run.session.role),
        Some(Command::Check(check)) => Some(&check.session.role),
        Some(Command::Report(report)) => Some(&report.role),
        _ => None,
    };
    let given = [Some(&args.session.role), of_command].into_iter().flatten();
    let given = given.filter_map(|given| given.role.clone());
    given.chain(role_of_environment()).collect()
}

/// The flags before a command that apply to it.
#[derive(Clone, Copy)]
struct Applies {
    output: bool,
    role: bool,
    version: bool,
}

impl Applies {
    const NONE: Self = Self {
        output: false,
        role: false,
        version: false,
    };

    fn to(command: Option<&Command>) -> Self {
        let Some(command) = command else {
            return Self {
                output: true,
                role: true,
                version: true,
            };
        };
        match command {
            Command::Run(_) => Self::to(None),
            Command::Check(_) => Self {
                output: false,
                ..Self::to(None)
            },
            Command::Report(_) => Self {
                role: true,
                ..Self::NONE
            },
            Command::Profiles(_) => Self {
                output: true,
                role: true,
                version: false,
            },
            Command::Imports(_)
            | Command::Audit {
                command: AuditCommand::Show { .. },
            } => Self {
                output: true,
                ..Self::NONE
            },
            Command::Ingest(_)
            | Command::Watch(_)
            | Command::Init { .. }
            | Command::Optimize { .. }
            | Command::Doctor(_)
            | Command::Audit { .. }
            | Command::Forget(_)
            | Command::Subject(_)
            | Command::Retain { .. }
            | Command::Keys { .. }
            | Command::Demo(_)
            | Command::Inventory => Self::NONE,
        }
    }
}

/// Refuses flags that do not apply to the command.
fn check_flags(args: &Args, session: &SessionArgs) -> Result<(), Failure> {
    let given = roles(args);
    check_role(&given)?;
    if let Some(role) = given.iter().find(|role| *role != Role::OWNER)
        && args.memory.is_some()
    {
        // An error of a small limit would tell how many rows a condition matches.
        return Err(Failure::usage(
            format!("the owner sets the memory limit, and the role is \"{role}\""),
            "remove --memory and unset VOXQL_MEMORY",
        ));
    }
    let applies = Applies::to(args.command.as_ref());
    if args.output.is_given() && !applies.output {
        return Err(Failure::usage(
            "--format, -o, --safe-csv and --timing apply to SQL results, and this command prints none",
            "remove them; ingest, watch and check have --json",
        ));
    }
    if let Some(role) = session.role.role.as_ref().filter(|_| !applies.role) {
        return Err(Failure::usage(
            format!("this command needs the owner role, and the role is \"{role}\""),
            "remove --role and unset VOXQL_ROLE",
        ));
    }
    if session.at().is_some() && !applies.version {
        return Err(Failure::usage(
            "--at and --at-version apply to SQL, and this command runs none",
            "remove them",
        ));
    }
    let is_sql = matches!(args.command, None | Some(Command::Run(_)));
    let given = [
        ("--init", args.init.is_some()),
        ("--param", !args.params.is_empty()),
    ];
    if let Some((flag, _)) = given.into_iter().find(|(_, is_given)| *is_given && !is_sql) {
        return Err(Failure::usage(
            format!("{flag} before a command applies to SQL, and this command runs none"),
            "remove it, or write --param after check",
        ));
    }
    if !args.sql.is_empty() && args.command.is_some() {
        return Err(Failure::usage(
            "-c cannot be used with a command",
            "remove one of them",
        ));
    }
    Ok(())
}

async fn dispatch(args: Args) -> Result<(), Failure> {
    let session = args.session.clone().with_environment();
    check_flags(&args, &session)?;
    let mut lake = Lake::builder(&args.lake);
    if let Some(bytes) = args.memory {
        lake = lake.memory_limit(bytes);
    }
    let lake = lake.open()?;
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
            let options = run.session.over(&session);
            let context = lake.session_with(options.clone()).await?;
            let runner = Runner::new(context, output)?;
            let init = run.init.as_deref().or(args.init.as_deref());
            let params = [args.params.as_slice(), &run.params].concat();
            let texts = run::read(run)?;
            repl::run_texts(&lake, &options, runner, &texts, &params, init).await
        }
        Some(Command::Check(check)) => check::run(&lake, check.session.over(&session), check).await,
        Some(Command::Init { zone }) => print_line(lake.init(zone.as_deref()).await?),
        Some(Command::Optimize { zone }) => {
            let mut options = OptimizeOptions::default();
            options.zone.clone_from(zone);
            print_line(lake.optimize_with(&options).await?)
        }
        Some(Command::Doctor(doctor)) => doctor::run(&lake, doctor).await,
        Some(Command::Forget(forget)) => forget::run(&lake, forget).await,
        Some(Command::Subject(subject)) => subject::run(&lake, subject).await,
        Some(Command::Retain { dry_run }) => print_line(lake.retain(*dry_run).await?),
        Some(Command::Keys { command }) => keys::run(&lake, command).await,
        Some(Command::Inventory) => print_line(lake.inventory().await?.trim_end()),
        Some(Command::Report(report)) => {
            report::run(&lake, report.role.over(&session), report).await
        }
        Some(Command::Audit { command }) => match command {
            AuditCommand::Show { suspicious, output } => {
                let runner = Runner::new(lake.session(), output.over(&args.output))?;
                audit::show(&runner, &lake, *suspicious).await
            }
            AuditCommand::Verify { checkpoint } => {
                audit::verify(&lake, checkpoint.as_deref()).await
            }
            AuditCommand::Checkpoint => audit::checkpoint(&lake).await,
        },
        Some(Command::Demo(demo)) => demo::run(demo).await,
        None => {
            let runner = Runner::new(
                lake.session_with(session.options()).await?,
                args.output.options(),
            )?;
            let options = session.options();
            let init = args.init.as_deref();
            let texts: Vec<(String, String)> = if !args.sql.is_empty() {
                let texts = args.sql.iter().map(|sql| (String::new(), sql.clone()));
                texts.collect()
            } else if io::stdin().is_terminal() {
                if args.output.file.is_some() {
                    return Err(Failure::usage(
                        "-o applies to SQL given with -c or on standard input",
                        "in the shell, use \\o FILE",
                    ));
                }
                let default = repl::init_file().filter(|_| !args.no_init);
                let init = init.or(default.as_deref());
                return repl::run(&lake, &options, runner, &args.params, init).await;
            } else {
                vec![(String::new(), read_stdin()?)]
            };
            repl::run_texts(&lake, &options, runner, &texts, &args.params, init).await
        }
    }
}

/// Sends panics to the log that are reported as errors: those of the libraries for workbooks and Parquet, which
/// some broken files cause, and those of statements.
fn silence_caught_panics() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        let is_of_reader = panicked.location().is_some_and(|place| {
            let file = place.file();
            // object_store's, where deltalake aborts an upload that has failed.
            ["calamine-", "parquet-", "object_store-"]
                .iter()
                .any(|library| file.contains(library))
        });
        let is_of_statement = std::thread::current().name() == Some(THREAD_NAME);
        if is_of_reader || is_of_statement {
            tracing::debug!("{panicked}");
        } else {
            print(panicked);
        }
    }));
}
