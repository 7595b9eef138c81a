//! The `voxql` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    voxql::main()
}
