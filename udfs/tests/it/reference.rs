//! The function reference in the README, generated from `#[user_doc]`, and its examples.
//!
//! `UPDATE_README=1 cargo test -p datafusion-functions-nps reference::` regenerates it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::logical_expr::Documentation;
use datafusion_functions_nps::{all_aggregates, all_scalars};

use crate::pseudonyms::{CountingSource, context_with};

const BEGIN: &str = "<!-- reference -->\n";
const END: &str = "<!-- end of reference -->";

/// A function and its documentation.
struct Described {
    name: String,
    aliases: Vec<String>,
    documentation: Documentation,
}

fn functions() -> Vec<Described> {
    let described = |name: &str, aliases: &[String], documentation: Option<&Documentation>| {
        let documentation = documentation.unwrap_or_else(|| panic!("{name} has no documentation"));
        assert!(documentation.syntax_example.starts_with(name), "{name}");
        Described {
            name: name.to_owned(),
            aliases: aliases.to_vec(),
            documentation: documentation.clone(),
        }
    };
    let (aggregates, scalars) = (all_aggregates(), all_scalars());
    let aggregates = aggregates
        .iter()
        .map(|f| described(f.name(), f.aliases(), f.documentation()));
    let scalars = scalars
        .iter()
        .map(|f| described(f.name(), f.aliases(), f.documentation()));
    aggregates.chain(scalars).collect()
}

fn reference() -> String {
    let mut text = String::new();
    for function in functions() {
        let Documentation {
            description,
            syntax_example,
            sql_example,
            arguments,
            related_udfs,
            ..
        } = &function.documentation;
        write!(text, "\n### `{syntax_example}`\n\n{description}\n").expect("memory");
        if !function.aliases.is_empty() {
            let aliases = function.aliases.join("`, `");
            write!(text, "\nAlso called `{aliases}`.\n").expect("memory");
        }
        text.push('\n');
        for (name, description) in arguments.iter().flatten() {
            writeln!(text, "- `{name}`: {description}").expect("memory");
        }
        if let Some(example) = sql_example {
            write!(text, "\n{example}\n").expect("memory");
        }
        if let Some(related) = related_udfs.as_ref().filter(|related| !related.is_empty()) {
            let related = related.join("`, `");
            write!(text, "\nSee also `{related}`.\n").expect("memory");
        }
    }
    text.push('\n');
    text
}

#[test]
fn the_readme_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).expect("README.md");
    let (before, rest) = readme
        .split_once(BEGIN)
        .expect("the start of the reference");
    let (_, after) = rest.split_once(END).expect("the end of the reference");
    let fresh = format!("{before}{BEGIN}{}{END}{after}", reference());
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(path, fresh).expect("README.md can be written");
        return;
    }
    assert!(
        readme == fresh,
        "the reference in the README is out of date; UPDATE_README=1 regenerates it"
    );
}

#[test]
fn related_functions_exist() {
    let functions = functions();
    for function in &functions {
        for related in function.documentation.related_udfs.iter().flatten() {
            assert!(
                functions.iter().any(|other| other.name == *related),
                "{} names {related}",
                function.name
            );
        }
    }
}

/// Returns the statements of an example, each with its expected output.
fn statements(example: &str) -> Vec<(String, String)> {
    let example = example.trim_start_matches("```sql").trim_end_matches("```");
    let mut statements: Vec<(String, String)> = Vec::new();
    let mut in_statement = false;
    for line in example.trim().lines() {
        if let Some(sql) = line.strip_prefix("> ") {
            statements.push((String::new(), String::new()));
            in_statement = true;
            append(&mut statements, true, sql);
        } else {
            append(&mut statements, in_statement, line);
        }
        in_statement = in_statement && !line.trim_end().ends_with(';');
    }
    statements
}

fn append(statements: &mut [(String, String)], in_statement: bool, line: &str) {
    let (sql, output) = statements.last_mut().expect("an example begins with >");
    let text = if in_statement { sql } else { output };
    text.push_str(line);
    text.push('\n');
}

#[tokio::test]
async fn the_examples_are_correct() {
    let context = context_with(&CountingSource::new("lake"));
    for function in functions() {
        let name = &function.name;
        let example = function.documentation.sql_example;
        let example = example.unwrap_or_else(|| panic!("{name} has no example"));
        for (sql, expected) in statements(&example) {
            let frame = context.sql(&sql).await;
            let frame = frame.unwrap_or_else(|error| panic!("{name}: {sql}{error}"));
            let batches = frame.collect().await;
            let batches = batches.unwrap_or_else(|error| panic!("{name}: {sql}{error}"));
            let output = pretty_format_batches(&batches)
                .expect("a table")
                .to_string();
            assert_eq!(output, expected.trim_end(), "{name}: {sql}");
        }
    }
}
