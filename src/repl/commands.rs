//! Backslash commands, as in psql where psql has them.

use super::{Failure, Runner, say};

/// What the shell does after a command.
pub(super) enum Step {
    GoOn,
    Leave,
}

/// A backslash command and what was typed behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Command<'a> {
    name: &'a str,
    argument: &'a str,
}

const HELP: &str = r"\d            the tables
\d TABLE      the columns of a table
\h            this help
\h FUNCTION   what a function does, such as \h nps
\q            leave (so does Ctrl-D)
SQL ends with ; and may take several lines. Ctrl-C cancels. Keys: the arrows recall history.";

/// Takes input apart that begins with a backslash; `None` for SQL.
pub(super) fn parse(input: &str) -> Option<Command<'_>> {
    let rest = input.trim().strip_prefix('\\')?;
    let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some(Command {
        name: name.trim_end_matches(';'),
        argument: argument.trim().trim_end_matches(';').trim_end(),
    })
}

pub(super) async fn run(command: Command<'_>, runner: &Runner) -> Result<Step, Failure> {
    match (command.name, command.argument) {
        ("q" | "quit", _) => return Ok(Step::Leave),
        ("h" | "help" | "?", "") => say(HELP)?,
        ("h" | "help" | "?", function) => say(&help(runner, function)?)?,
        ("d" | "dt", "") => {
            runner
                .run_text(
                    "SELECT table_name, table_type FROM information_schema.tables \
                     WHERE table_schema <> 'information_schema' ORDER BY table_name",
                )
                .await?;
        }
        ("d", table) => runner.run_text(&format!("DESCRIBE {table}")).await?,
        (name, _) => {
            return Err(Failure::usage(
                format!("there is no command \\{name}"),
                "\\h lists the commands",
            ));
        }
    }
    Ok(Step::GoOn)
}

/// DataFusion's asynchronous functions carry no documentation.
const REVEAL: &str = "\
reveal(respondent, field)

What is sealed of a respondent, in the clear: a field such as 'email', NULL where there is none. It
needs the lake's key, and each use is in the audit log.
  respondent: the pseudonym, as the column respondent has it
  field: a name of the column fields in the table identities

SELECT comment, reveal(respondent, 'email') FROM responses WHERE score <= 2";

/// The documentation that a function carries.
fn help(runner: &Runner, name: &str) -> Result<String, Failure> {
    let name = name.trim_end_matches("()").to_lowercase();
    let state = runner.context().state();
    let aggregate = state.aggregate_functions().get(&name).cloned();
    let documentation = match (
        state.scalar_functions().get(&name),
        &aggregate,
        state.window_functions().get(&name),
    ) {
        (Some(function), _, _) => function.documentation(),
        (_, Some(function), _) => function.documentation(),
        (_, _, Some(function)) => function.documentation(),
        (None, None, None) => {
            return Err(Failure::usage(
                format!("there is no function {name}"),
                "SHOW FUNCTIONS lists them all",
            ));
        }
    };
    let Some(documentation) = documentation else {
        return Ok(match name.as_str() {
            "reveal" => REVEAL.to_owned(),
            _ => format!("{name} has no documentation"),
        });
    };
    let mut text = format!(
        "{}\n\n{}",
        documentation.syntax_example, documentation.description
    );
    for (argument, meaning) in documentation.arguments.iter().flatten() {
        text.push_str(&format!("\n  {argument}: {meaning}"));
    }
    if let Some(example) = &documentation.sql_example {
        let example: Vec<&str> = example
            .lines()
            .filter(|line| !line.starts_with("```"))
            .collect();
        text.push_str("\n\n");
        text.push_str(&example.join("\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_sql() {
        assert_eq!(parse("select 1;"), None);
        let command = parse(" \\d responses; ").unwrap();
        assert_eq!((command.name, command.argument), ("d", "responses"));
        let command = parse("\\q").unwrap();
        assert_eq!((command.name, command.argument), ("q", ""));
    }
}
