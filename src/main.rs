//! The `voxql` command.

use std::process::ExitCode;

mod cli;
mod output;
mod repl;

fn main() -> ExitCode {
    cli::main()
}
