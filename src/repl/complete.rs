//! Tab completion.

use std::fs;
use std::path::is_separator;

use datafusion::common::utils::quote_identifier;
use rustyline::completion::Pair;

use super::commands::{self, ArgumentKind};
use super::cursor::{Cursor, Expected};
use super::names::Names;
use super::tables::{NamedTable, tables_at};
use super::target::expand_path;
use super::tokenize::KEYWORDS;

/// The table whose columns are offered before a statement names one.
const TABLE_DEFAULT: &str = "responses";

/// The candidates for the word at a byte offset of the text, and the word's offset.
pub(super) fn complete(text: &str, position: usize, names: &Names) -> (usize, Vec<Pair>) {
    let cursor = Cursor::new(text, position);
    let typed = cursor.typed.as_str();
    let candidates = match cursor.expected {
        Expected::Nothing => Vec::new(),
        Expected::Command => {
            let known = commands::commands(names.is_restricted()).map(|command| command.name);
            let fitting = known.filter(|name| name.starts_with(typed));
            fitting
                .map(|name| pair(format!("\\{name}"), name))
                .collect()
        }
        Expected::Argument(kind) => arguments(kind, typed, names),
        Expected::Table(mut tables) => {
            tables.extend(names.tables());
            matching_names(tables, typed)
        }
        Expected::Member(owner) => {
            matching_names(members(&owner, &tables_at(text, position), names), typed)
        }
        Expected::Path if names.is_restricted() => Vec::new(),
        Expected::Path => paths(typed, |path| path.replace('\'', "''"), "'"),
        Expected::Expression => expressions(&tables_at(text, position), typed, names),
    };
    (cursor.start, candidates)
}

fn pair(display: impl Into<String>, replacement: impl Into<String>) -> Pair {
    Pair {
        display: display.into(),
        replacement: replacement.into(),
    }
}

/// The names that begin with the typed text, each once.
fn matching_names(names: Vec<String>, typed: &str) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for name in names.into_iter().filter(|name| begins(name, typed)) {
        let replacement = quote_identifier(&name).into_owned();
        if pairs.iter().all(|pair| pair.replacement != replacement) {
            pairs.push(pair(name, replacement));
        }
    }
    pairs
}

/// True if a candidate begins with the typed text, in any case.
fn begins(candidate: &str, typed: &str) -> bool {
    candidate.to_lowercase().starts_with(&typed.to_lowercase())
}

fn arguments(kind: ArgumentKind, typed: &str, names: &Names) -> Vec<Pair> {
    match kind {
        ArgumentKind::Other => Vec::new(),
        ArgumentKind::Table => {
            let mut candidates = matching_names(names.tables(), typed);
            if typed.contains(is_separator) && !names.is_restricted() {
                candidates.extend(paths(typed, str::to_owned, ""));
            }
            candidates
        }
        ArgumentKind::Function => functions(typed, names, ""),
        ArgumentKind::Path if names.is_restricted() => Vec::new(),
        ArgumentKind::Path => paths(typed, str::to_owned, ""),
        ArgumentKind::Variable => matching_names(names.variables(), typed),
        ArgumentKind::Role => matching_names(names.roles(), typed),
        ArgumentKind::OneOf(words) => {
            let words = words.iter().filter(|word| begins(word, typed));
            words.map(|word| pair(*word, *word)).collect()
        }
    }
}

/// The functions that begin with the typed text, shown with their signature.
fn functions(typed: &str, names: &Names, end: &str) -> Vec<Pair> {
    let fitting = names.functions.iter();
    let fitting = fitting.filter(|(name, _)| begins(name, typed));
    fitting
        .map(|(name, function)| pair(function.signature(name), format!("{name}{end}")))
        .collect()
}

/// The tables of a schema, or the columns of an alias or table.
fn members(owner: &str, tables: &[NamedTable], names: &Names) -> Vec<String> {
    let in_schema = names.tables_in(owner);
    if !in_schema.is_empty() {
        return in_schema;
    }
    let is_owner =
        |table: &&NamedTable| table.alias.eq_ignore_ascii_case(owner) || table.table == owner;
    match tables.iter().find(is_owner) {
        Some(table) => columns(table, names),
        None => names.columns(&owner.to_lowercase()),
    }
}

fn columns(table: &NamedTable, names: &Names) -> Vec<String> {
    match &table.query {
        Some(query) => names.columns_of_query(query),
        None => names.columns(&table.table),
    }
}

fn expressions(tables: &[NamedTable], typed: &str, names: &Names) -> Vec<Pair> {
    let mut own: Vec<String> = if tables.is_empty() {
        names.columns(TABLE_DEFAULT)
    } else {
        tables.iter().flat_map(|it| columns(it, names)).collect()
    };
    let aliases = tables.iter().filter(|table| table.alias != table.table);
    own.extend(aliases.map(|table| table.alias.clone()));
    let mut candidates = matching_names(own, typed);
    // Before the first letter, all functions and keywords are too many to choose from.
    if typed.is_empty() {
        return candidates;
    }
    candidates.extend(functions(typed, names, "("));
    let is_lower = typed.starts_with(char::is_lowercase);
    let keywords = KEYWORDS.iter().filter(|keyword| begins(keyword, typed));
    candidates.extend(keywords.map(|keyword| {
        let keyword = if is_lower {
            keyword.to_lowercase()
        } else {
            (*keyword).to_owned()
        };
        pair(keyword.clone(), keyword)
    }));
    candidates
}

/// Files and folders that begin with the typed path; hidden ones only after a typed dot.
///
/// `escape` converts a path for its place, and `end` follows a file, such as a closing quote.
fn paths(typed: &str, escape: impl Fn(&str) -> String, end: &str) -> Vec<Pair> {
    let (folder, name) = typed.split_at(typed.rfind(is_separator).map_or(0, |last| last + 1));
    let place = if folder.is_empty() { "." } else { folder };
    let Ok(entries) = fs::read_dir(expand_path(place)) else {
        return Vec::new();
    };
    let mut pairs: Vec<Pair> = entries
        .flatten()
        .filter_map(|entry| {
            let file = entry.file_name().into_string().ok()?;
            if !file.starts_with(name) || (file.starts_with('.') && !name.starts_with('.')) {
                return None;
            }
            let is_folder = entry.path().is_dir();
            let (shown, end) = if is_folder { ("/", "/") } else { ("", end) };
            let path = escape(&format!("{folder}{file}"));
            Some(pair(format!("{file}{shown}"), format!("{path}{end}")))
        })
        .collect();
    pairs.sort_by(|a, b| a.display.cmp(&b.display));
    pairs
}
