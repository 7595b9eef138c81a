//! Tables that are made from the program: survey tools, and SQL functions.

use std::fmt::Write as _;

use datafusion_functions_nps::{all_aggregates, all_scalars};

use super::links::anchor;
use super::{Document, documents};

/// The names of the tables, as the marks around them have them.
const NAMES: [&str; 2] = ["profiles", "functions"];

/// The one function that is not of the functions' crate, since it needs a lake.
const REVEAL: &str =
    "| `reveal(respondent, field)` | Returns a sealed field of a respondent, such as 'email' |\n";

/// Returns a document with its tables as they should be.
pub(super) fn with_tables(document: &str) -> String {
    let mut current = document.to_owned();
    for name in NAMES {
        let Some((before, rest)) = current.split_once(&begin(name)) else {
            continue;
        };
        let (_, after) = rest.split_once(&end(name)).expect("the end of a table");
        let table = match name {
            "profiles" => profiles(),
            _ => functions(),
        };
        current = format!("{before}{}{table}{}{after}", begin(name), end(name));
    }
    current
}

fn begin(name: &str) -> String {
    format!("<!-- {name} -->\n")
}

fn end(name: &str) -> String {
    format!("<!-- end of {name} -->\n")
}

fn profiles() -> String {
    let mut table =
        "| tool | `--profile` | files | left out as no responses |\n|---|---|---|---|\n".to_owned();
    for profile in voxql::profiles() {
        let _ = writeln!(
            table,
            "| {} | `{}` | {} | {} |",
            profile.tool, profile.name, profile.files, profile.left_out
        );
    }
    table
}

/// The functions beyond DataFusion's, each with the first sentence of its documentation.
fn functions() -> String {
    let mut table = "| function | |\n|---|---|\n".to_owned();
    let aggregates = all_aggregates();
    let scalars = all_scalars();
    let documented = aggregates
        .iter()
        .map(|function| (function.name(), function.documentation()))
        .chain(
            scalars
                .iter()
                .map(|function| (function.name(), function.documentation())),
        );
    for (name, documentation) in documented {
        let documentation = documentation.unwrap_or_else(|| panic!("{name} has no documentation"));
        let syntax = &documentation.syntax_example;
        let description = first_sentence(&documentation.description).replace('|', "\\|");
        let _ = writeln!(
            table,
            "| [`{syntax}`](../udfs/README.md#{}) | {description} |",
            anchor(syntax)
        );
    }
    table + REVEAL
}

/// Returns the text up to the first full stop that ends a sentence.
fn first_sentence(text: &str) -> &str {
    let begins_sentence = |c: char| c.is_uppercase() || c.is_ascii_digit();
    let end = text
        .match_indices(". ")
        .map(|(at, _)| at)
        .find(|&at| text[at + 2..].starts_with(begins_sentence));
    text[..end.unwrap_or(text.len())].trim_end_matches('.')
}

#[test]
fn each_table_is_in_one_document() {
    let documents = documents();
    for name in NAMES {
        let has_table = |document: &&Document| document.text.contains(&begin(name));
        assert_eq!(documents.iter().filter(has_table).count(), 1, "{name}");
    }
}
