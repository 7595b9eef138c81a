//! What Tab offers.

use std::fs;
use std::path::is_separator;

use datafusion::common::utils::quote_identifier;
use rustyline::completion::Pair;

use super::commands::{self, Takes};
use super::cursor::{Cursor, NamedTable, Wanted, tables_of};
use super::lexer::KEYWORDS;
use super::names::Names;
use super::target::path_of;

/// The table that is meant where none is named yet.
const TABLE_DEFAULT: &str = "responses";

/// The candidates for the word at a byte of the text, and where that begins.
pub(super) fn complete(text: &str, position: usize, names: &Names) -> (usize, Vec<Pair>) {
    let cursor = Cursor::of(text, position);
    let typed = cursor.typed.as_str();
    let candidates = match &cursor.wanted {
        Wanted::Nothing => Vec::new(),
        Wanted::Command => {
            let all = commands::COMMANDS.iter();
            let fitting = all.filter(|command| command.name.starts_with(typed));
            let pair = |command: &commands::Description| Pair {
                display: format!("\\{}", command.name),
                replacement: command.name.to_owned(),
            };
            fitting.map(pair).collect()
        }
        Wanted::Argument(takes) => argument(takes, typed, names),
        Wanted::Table(own) => {
            let mut tables = own.clone();
            tables.extend(names.tables());
            plain(tables, typed)
        }
        Wanted::Member(owner) => member(owner, text, position, typed, names),
        Wanted::Path => paths(typed, |path| path.replace('\'', "''"), "'"),
        Wanted::Expression => expression(text, position, typed, names),
    };
    (cursor.start, candidates)
}

/// Those that begin with what was typed, each once.
fn plain(mut candidates: Vec<String>, typed: &str) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    candidates.retain(|candidate| begins(candidate, typed));
    for candidate in candidates {
        let replacement = quote_identifier(&candidate).into_owned();
        if pairs.iter().all(|pair| pair.replacement != replacement) {
            pairs.push(Pair {
                display: candidate,
                replacement,
            });
        }
    }
    pairs
}

/// Whether a candidate begins with what was typed, in any case.
fn begins(candidate: &str, typed: &str) -> bool {
    candidate.to_lowercase().starts_with(&typed.to_lowercase())
}

fn argument(takes: &Takes, typed: &str, names: &Names) -> Vec<Pair> {
    match takes {
        Takes::Nothing => Vec::new(),
        Takes::Table => {
            let mut candidates = plain(names.tables(), typed);
            if typed.contains(is_separator) {
                candidates.extend(paths(typed, str::to_owned, ""));
            }
            candidates
        }
        Takes::Function => {
            let fitting = names
                .functions()
                .iter()
                .filter(|(name, _)| begins(name, typed));
            let pair = fitting.map(|(name, function)| Pair {
                display: function.signature(name),
                replacement: name.clone(),
            });
            pair.collect()
        }
        Takes::Path => paths(typed, str::to_owned, ""),
        Takes::Variable => plain(names.set(), typed),
        Takes::Role => plain(names.roles(), typed),
        Takes::OneOf(words) => {
            let words = words.iter().filter(|word| begins(word, typed));
            let pair = |word: &&str| Pair {
                display: (*word).to_owned(),
                replacement: (*word).to_owned(),
            };
            words.map(pair).collect()
        }
    }
}

/// The columns of an alias or a table, else the tables of a schema.
fn member(owner: &str, text: &str, position: usize, typed: &str, names: &Names) -> Vec<Pair> {
    let tables = tables_of(text, position);
    let of_schema = names.tables_of(owner);
    if !of_schema.is_empty() {
        return plain(of_schema, typed);
    }
    let table = tables
        .iter()
        .find(|table| table.alias.eq_ignore_ascii_case(owner) || table.table == owner);
    let columns = match table {
        Some(table) => columns(table, names),
        None => names.columns(&owner.to_lowercase()),
    };
    plain(columns, typed)
}

fn columns(table: &NamedTable, names: &Names) -> Vec<String> {
    match &table.query {
        Some(query) => names.columns_of_query(query),
        None => names.columns(&table.table),
    }
}

fn expression(text: &str, position: usize, typed: &str, names: &Names) -> Vec<Pair> {
    let tables = tables_of(text, position);
    let mut own: Vec<String> = tables
        .iter()
        .flat_map(|table| columns(table, names))
        .collect();
    if tables.is_empty() {
        own = names.columns(TABLE_DEFAULT);
    }
    let aliases = tables.iter().filter(|table| table.alias != table.table);
    own.extend(aliases.map(|table| table.alias.clone()));
    let mut candidates = plain(own, typed);
    // Without a letter to go by, all functions and keywords are too many to choose from.
    if typed.is_empty() {
        return candidates;
    }
    let functions = names
        .functions()
        .iter()
        .filter(|(name, _)| begins(name, typed));
    candidates.extend(functions.map(|(name, function)| Pair {
        display: function.signature(name),
        replacement: format!("{name}("),
    }));
    let is_lower = typed.starts_with(char::is_lowercase);
    let keywords = KEYWORDS.iter().filter(|keyword| begins(keyword, typed));
    candidates.extend(keywords.map(|keyword| {
        let keyword = match is_lower {
            true => keyword.to_lowercase(),
            false => (*keyword).to_owned(),
        };
        Pair {
            display: keyword.clone(),
            replacement: keyword,
        }
    }));
    candidates
}

/// Files and folders, those that are hidden only where a dot was typed.
///
/// A path is `written` as its place has it, and that of a file ends with `end`, such as a quote.
fn paths(typed: &str, written: impl Fn(&str) -> String, end: &str) -> Vec<Pair> {
    let (folder, name) = match typed.rfind(is_separator) {
        Some(last) => typed.split_at(last + 1),
        None => ("", typed),
    };
    let place = if folder.is_empty() { "." } else { folder };
    let Ok(entries) = fs::read_dir(path_of(place)) else {
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
            Some(Pair {
                replacement: format!("{}{end}", written(&format!("{folder}{file}"))),
                display: format!("{file}{shown}"),
            })
        })
        .collect();
    pairs.sort_by(|a, b| a.display.cmp(&b.display));
    pairs
}
