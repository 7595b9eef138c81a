//! What is wanted at the cursor.

use super::commands;
use super::lexer::{Kind, Token, is_keyword, tokens};
use super::multiline::{MARK, is_open, without_marks};

/// What the word at the cursor can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Nothing,
    /// A backslash command.
    Command,
    /// An argument of a backslash command.
    Argument(commands::Takes),
    /// A table, or one of these names that the statement makes itself.
    Table(Vec<String>),
    /// A column of what this names: an alias, a table, or a schema's tables.
    Member(String),
    /// A file, in quotes.
    Path,
    /// A column, a function or a keyword.
    Expression,
}

/// What is wanted, and what was typed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) wanted: Wanted,
    /// The byte that the word begins at.
    pub(super) start: usize,
    pub(super) typed: String,
}

/// A table of a statement under the name it has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedTable {
    pub(super) table: String,
    pub(super) alias: String,
    /// The query whose columns it has, where the statement makes it itself.
    pub(super) query: Option<String>,
}

/// A name that `WITH` gives to a query.
struct CommonTable {
    name: String,
    /// The byte behind its query's closing bracket.
    end: usize,
}

impl Cursor {
    /// What is wanted at a byte of the text.
    pub(super) fn of(text: &str, position: usize) -> Self {
        let before = &text[..position];
        let (earlier, line) = before.rsplit_once('\n').unwrap_or(("", before));
        let line = line.trim_start_matches(|c: char| c == MARK || c.is_whitespace());
        if let Some(rest) = line.strip_prefix('\\').filter(|_| !is_open(earlier)) {
            return Self::of_command(before, rest);
        }
        // Of several statements, the one that the cursor is in.
        let pieces = statement(tokens(before));
        let (typed, earlier) = match pieces.split_last() {
            Some((last, earlier)) if last.kind == Kind::Word => (Some(last), earlier),
            Some((last, earlier)) if !last.is_closed => {
                return Self::of_quoted(last, earlier);
            }
            _ => (None, pieces.as_slice()),
        };
        let start = typed.map_or(position, |word| word.start);
        let typed = typed.map_or(String::new(), |word| word.text.to_owned());
        let wanted = wanted(earlier, text);
        Self {
            wanted,
            start,
            typed,
        }
    }

    fn of_command(before: &str, rest: &str) -> Self {
        let begin = before.len() - rest.len();
        let Some((name, argument)) = rest.split_once(char::is_whitespace) else {
            return Self {
                wanted: Wanted::Command,
                start: begin,
                typed: rest.to_owned(),
            };
        };
        let takes = commands::takes(name, argument);
        let word = match takes {
            commands::Takes::Path => argument.trim_start(),
            _ => argument.rsplit(char::is_whitespace).next().unwrap_or(""),
        };
        Self {
            wanted: Wanted::Argument(takes),
            start: before.len() - word.len(),
            typed: word.to_owned(),
        }
    }

    fn of_quoted(open: &Token<'_>, earlier: &[Token<'_>]) -> Self {
        let is_path = open.kind == Kind::Text
            && match wanted(earlier, "") {
                Wanted::Table(_) => true,
                _ => meaning(earlier)
                    .last()
                    .is_some_and(|last| last.is_any(&["LOCATION", "TO"])),
            };
        Self {
            wanted: if is_path {
                Wanted::Path
            } else {
                Wanted::Nothing
            },
            start: open.start + 1,
            typed: open.value(),
        }
    }
}

/// The pieces behind the last semicolon.
fn statement(pieces: Vec<Token<'_>>) -> Vec<Token<'_>> {
    let last = pieces.iter().rposition(|token| token.text == ";");
    pieces
        .into_iter()
        .skip(last.map_or(0, |last| last + 1))
        .collect()
}

/// The pieces that mean something.
fn meaning<'a, 'b>(pieces: &'b [Token<'a>]) -> Vec<&'b Token<'a>> {
    let meaning = |token: &&Token<'_>| !matches!(token.kind, Kind::Space | Kind::Comment);
    pieces.iter().filter(meaning).collect()
}

fn wanted(earlier: &[Token<'_>], text: &str) -> Wanted {
    let pieces = meaning(earlier);
    let Some((last, before)) = pieces.split_last() else {
        return Wanted::Expression;
    };
    if last.text == "." {
        let is_name = |token: &&&Token<'_>| matches!(token.kind, Kind::Word | Kind::QuotedName);
        return match before.last().filter(is_name) {
            Some(owner) => Wanted::Member(owner.value()),
            None => Wanted::Nothing,
        };
    }
    // A number or a name that was just written is followed by a keyword or a sign.
    let asks_for_table = [
        "FROM", "JOIN", "INTO", "TABLE", "DESCRIBE", "UPDATE", "VIEW",
    ];
    if last.is_any(&asks_for_table) || (last.text == "," && is_list_of_tables(before)) {
        let pieces = tokens(text);
        let common = common_tables(&meaning(&pieces));
        return Wanted::Table(common.into_iter().map(|common| common.name).collect());
    }
    if last.is_word("AS") {
        return Wanted::Nothing;
    }
    Wanted::Expression
}

/// Whether a comma at the end of these pieces is one between tables.
fn is_list_of_tables(pieces: &[&Token<'_>]) -> bool {
    let mut depth = 0;
    for token in pieces.iter().rev() {
        match token.kind {
            Kind::Close => depth += 1,
            Kind::Open if depth == 0 => return false,
            Kind::Open => depth -= 1,
            Kind::Word if depth == 0 && token.is_word("FROM") => return true,
            Kind::Word if depth == 0 && is_keyword(token.text) && !token.is_word("AS") => {
                return false;
            }
            _ => {}
        }
    }
    false
}

/// The names that `WITH` gives to queries, those whose query has ended.
fn common_tables(pieces: &[&Token<'_>]) -> Vec<CommonTable> {
    let mut common = Vec::new();
    for (index, window) in pieces.windows(4).enumerate() {
        let is_first = window[0].is_any(&["WITH", "RECURSIVE"]) || window[0].text == ",";
        if is_first
            && window[1].kind == Kind::Word
            && window[2].is_word("AS")
            && window[3].text == "("
            && let Some(close) = closing(&pieces[index + 3..])
        {
            common.push(CommonTable {
                name: window[1].text.to_lowercase(),
                end: pieces[index + 3 + close].start + 1,
            });
        }
    }
    common
}

/// The index of the bracket that closes the one that these pieces begin with.
fn closing(pieces: &[&Token<'_>]) -> Option<usize> {
    let mut depth = 0;
    pieces.iter().position(|token| {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// The tables that are named anywhere in the statement at a byte of the text.
pub(super) fn tables_of(text: &str, position: usize) -> Vec<NamedTable> {
    let all = tokens(text);
    let is_end = |token: &&Token<'_>| token.text == ";" && token.kind == Kind::Sign;
    let begin = all.iter().filter(is_end).map(|token| token.start + 1);
    let begin = begin.filter(|end| *end <= position).max().unwrap_or(0);
    let end = all.iter().filter(is_end).map(|token| token.start);
    let end = end
        .filter(|start| *start >= position)
        .min()
        .unwrap_or(text.len());
    let pieces: Vec<Token<'_>> = all
        .into_iter()
        .filter(|token| token.start >= begin && token.start < end)
        .collect();
    let pieces = meaning(&pieces);
    let common = common_tables(&pieces);
    let with = pieces.iter().find(|token| token.is_word("WITH"));
    // A query in the statement knows the names that `WITH` has given before it.
    let known_at = |place: usize| {
        let last = common.iter().map(|common| common.end);
        let last = last.filter(|end| *end <= place).max();
        last.and_then(|last| text.get(with?.start..last))
            .unwrap_or("")
    };
    let mut tables = Vec::new();
    for (index, token) in pieces.iter().enumerate() {
        let is_before = token.is_any(&["FROM", "JOIN"])
            || (token.text == "," && is_list_of_tables(&pieces[..index]));
        if !is_before {
            continue;
        }
        let rest = &pieces[index + 1..];
        if let Some(mut table) = named_table(rest) {
            let own = common.iter().find(|common| common.name == table.table);
            table.query = own.map(|own| {
                let sql = format!("{} SELECT * FROM {}", known_at(own.end), own.name);
                without_marks(&sql)
            });
            tables.push(table);
        } else if let Some(close) = closing(rest)
            && close > 0
        {
            let query = &text[rest[0].start + 1..rest[close].start];
            tables.push(NamedTable {
                table: String::new(),
                alias: alias(&rest[close + 1..]).unwrap_or_default(),
                query: Some(without_marks(&format!(
                    "{} {query}",
                    known_at(rest[0].start)
                ))),
            });
        }
    }
    tables
}

/// Whether a piece can be the name of a table.
fn is_name(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Word => !is_keyword(token.text),
        Kind::QuotedName | Kind::Text => token.is_closed,
        _ => false,
    }
}

/// The name that these pieces give to what stands before them.
fn alias(pieces: &[&Token<'_>]) -> Option<String> {
    match pieces {
        [as_, alias, ..] if as_.is_word("AS") && is_name(alias) => Some(alias.value()),
        [alias, ..] if is_name(alias) => Some(alias.value()),
        _ => None,
    }
}

/// The table at the beginning of these pieces: `schema.name AS alias`.
fn named_table(pieces: &[&Token<'_>]) -> Option<NamedTable> {
    let mut name = *pieces.first().filter(|token| is_name(token))?;
    let mut rest = &pieces[1..];
    while let [dot, next, ..] = rest
        && dot.text == "."
        && is_name(next)
    {
        name = next;
        rest = &rest[2..];
    }
    let table = match name.kind {
        Kind::Word => name.text.to_lowercase(),
        _ => name.value(),
    };
    Some(NamedTable {
        alias: alias(rest).unwrap_or_else(|| table.clone()),
        table,
        query: None,
    })
}

/// The function whose brackets the end of the text is in.
pub(super) fn open_call(text: &str) -> Option<String> {
    let pieces = tokens(text);
    if pieces.last().is_some_and(|last| !last.is_closed) {
        return None;
    }
    let pieces = meaning(&statement(pieces))
        .into_iter()
        .copied()
        .collect::<Vec<_>>();
    let mut depth = 0;
    for (index, token) in pieces.iter().enumerate().rev() {
        match token.kind {
            Kind::Close => depth += 1,
            Kind::Open if depth > 0 => depth -= 1,
            Kind::Open => {
                let name = pieces.get(index.checked_sub(1)?)?;
                let is_name = name.kind == Kind::Word && !is_keyword(name.text);
                let is_call = token.text == "(" && is_name;
                return is_call.then(|| name.text.to_lowercase());
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wanted where `|` stands.
    fn at(text: &str) -> (Wanted, String) {
        let position = text.find('|').unwrap();
        let cursor = Cursor::of(&text.replace('|', ""), position);
        (cursor.wanted, cursor.typed)
    }

    #[test]
    fn the_place_says_what_is_wanted() {
        let table = || Wanted::Table(Vec::new());
        for (text, wanted, typed) in [
            ("|", Wanted::Expression, ""),
            ("SEL|", Wanted::Expression, "SEL"),
            ("SELECT * FROM |", table(), ""),
            ("SELECT * FROM resp|", table(), "resp"),
            ("SELECT * FROM a JOIN |", table(), ""),
            ("SELECT * FROM a, |", table(), ""),
            ("SELECT * FROM a AS b, (SELECT 1) AS c, |", table(), ""),
            ("SELECT a, |", Wanted::Expression, ""),
            ("SELECT * FROM a ORDER BY b, |", Wanted::Expression, ""),
            ("SELECT r.| FROM a AS r", Wanted::Member("r".into()), ""),
            ("SELECT r.sc|", Wanted::Member("r".into()), "sc"),
            ("SELECT * FROM 'sam|", Wanted::Path, "sam"),
            ("COPY x TO 'a/|", Wanted::Path, "a/"),
            ("SELECT 'a|", Wanted::Nothing, "a"),
            ("SELECT 1 -- FROM |", Wanted::Nothing, "-- FROM "),
            ("SELECT 1; SELECT * FROM |", table(), ""),
            ("\\|", Wanted::Command, ""),
            ("\\d re|", Wanted::Argument(commands::Takes::Table), "re"),
            (
                "SELECT 1\n\u{2800} \\d re|",
                Wanted::Argument(commands::Takes::Table),
                "re",
            ),
            ("SELECT '\n\\d re|", Wanted::Nothing, "\n\\d re"),
            (
                "\\i my fi|",
                Wanted::Argument(commands::Takes::Path),
                "my fi",
            ),
        ] {
            assert_eq!(at(text), (wanted, typed.to_owned()), "{text}");
        }
        let (wanted, _) = at("WITH x AS (SELECT 1), y AS (SELECT 2) SELECT * FROM |");
        assert_eq!(wanted, Wanted::Table(vec!["x".to_owned(), "y".to_owned()]));
    }

    #[test]
    fn tables_are_found_with_their_aliases() {
        let text = "SELECT 1 FROM other; SELECT x FROM Responses r JOIN 'a.csv' AS a ON true, b \
                    WHERE x IN (SELECT y FROM public.\"C\")";
        let tables = tables_of(text, 30);
        let pairs: Vec<(&str, &str)> = tables
            .iter()
            .map(|table| (table.table.as_str(), table.alias.as_str()))
            .collect();
        assert_eq!(pairs, [("responses", "r"), ("a.csv", "a"), ("C", "C")]);
    }

    #[test]
    fn tables_of_the_statement_itself_have_their_query() {
        let text = "WITH a AS (SELECT 1 AS x), b AS (SELECT x AS y FROM a) \
                    SELECT  FROM b JOIN (SELECT 2 AS z) AS c ON true";
        let tables = tables_of(text, text.len());
        let query = |alias: &str| {
            let mut found = tables.iter().filter(|table| table.alias == alias);
            found.next().and_then(|table| table.query.clone())
        };
        assert_eq!(
            query("a").as_deref(),
            Some("WITH a AS (SELECT 1 AS x) SELECT * FROM a")
        );
        assert_eq!(
            query("b").as_deref(),
            Some("WITH a AS (SELECT 1 AS x), b AS (SELECT x AS y FROM a) SELECT * FROM b")
        );
        assert_eq!(
            query("c").as_deref(),
            Some("WITH a AS (SELECT 1 AS x), b AS (SELECT x AS y FROM a) SELECT 2 AS z")
        );
        for open in [
            "SELECT  FROM (",
            "SELECT  FROM (SELECT",
            "WITH a AS (SELECT",
        ] {
            assert!(tables_of(open, 7).is_empty(), "{open}");
        }
    }

    #[test]
    fn the_open_call_is_the_innermost() {
        assert_eq!(open_call("SELECT nps("), Some("nps".to_owned()));
        assert_eq!(
            open_call("SELECT round(NPS(score), "),
            Some("round".to_owned())
        );
        assert_eq!(open_call("SELECT (1 + "), None);
        assert_eq!(open_call("SELECT nps(score)"), None);
        assert_eq!(open_call("SELECT nps('a"), None);
    }
}
