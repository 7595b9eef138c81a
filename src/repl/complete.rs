//! What Tab offers.

use std::fs;
use std::path::is_separator;

use rustyline::completion::Pair;

use super::commands::{self, Takes};
use super::cursor::{Cursor, Wanted, tables_of};
use super::lexer::KEYWORDS;
use super::names::Names;

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
        Wanted::Path => paths(typed, "'"),
        Wanted::Expression => expression(text, position, typed, names),
    };
    (cursor.start, candidates)
}

/// Those that begin with what was typed, each once.
fn plain(mut candidates: Vec<String>, typed: &str) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    candidates.retain(|candidate| begins(candidate, typed));
    for candidate in candidates {
        let replacement = quoted(&candidate);
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

/// The name as SQL has to have it: in double quotes where it would be read as another.
fn quoted(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_lowercase() || c == '_')
        && name
            .chars()
            .all(|c| c.is_lowercase() || c.is_ascii_digit() || c == '_');
    match is_plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

fn argument(takes: &Takes, typed: &str, names: &Names) -> Vec<Pair> {
    match takes {
        Takes::Nothing => Vec::new(),
        Takes::Table => plain(names.tables(), typed),
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
        Takes::Path => paths(typed, ""),
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
    let table = tables
        .into_iter()
        .find(|table| table.alias.eq_ignore_ascii_case(owner) || table.table == owner)
        .map_or_else(|| owner.to_lowercase(), |table| table.table);
    let of_schema = names.tables_of(owner);
    if of_schema.is_empty() {
        plain(names.columns(&table), typed)
    } else {
        plain(of_schema, typed)
    }
}

fn expression(text: &str, position: usize, typed: &str, names: &Names) -> Vec<Pair> {
    let tables = tables_of(text, position);
    let mut columns = Vec::new();
    for table in &tables {
        columns.extend(names.columns(&table.table));
    }
    if tables.is_empty() {
        columns = names.columns(TABLE_DEFAULT);
    }
    let aliases = tables.iter().filter(|table| table.alias != table.table);
    let aliases = aliases.map(|table| table.alias.clone());
    let mut candidates = plain(columns.into_iter().chain(aliases).collect(), typed);
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
/// A file ends with `end`, such as a quote. Nothing is escaped: quotes and commands take paths as
/// they are.
fn paths(typed: &str, end: &str) -> Vec<Pair> {
    let (folder, name) = match typed.rfind(is_separator) {
        Some(last) => typed.split_at(last + 1),
        None => ("", typed),
    };
    let place = if folder.is_empty() { "." } else { folder };
    let Ok(entries) = fs::read_dir(place) else {
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
                replacement: format!("{folder}{file}{end}"),
                display: format!("{file}{shown}"),
            })
        })
        .collect();
    pairs.sort_by(|a, b| a.display.cmp(&b.display));
    pairs
}
