//! The `voxql` command.

use std::process::ExitCode;

mod check;
mod cli;
mod output;
mod repl;
mod report;

fn main() -> ExitCode {
    cli::main()
}
