//! The tables in a statement, with their aliases and the queries that define them.

use super::multiline::without_marks;
use super::tokenize::{Kind, Token, is_keyword, significant, tokenize};

/// A table of a statement and its name there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedTable {
    pub(super) table: String,
    pub(super) alias: String,
    /// The query whose columns it has, if the statement itself defines it.
    pub(super) query: Option<String>,
}

/// A table defined by `WITH`.
pub(super) struct CommonTable {
    pub(super) name: String,
    /// Byte offset after the closing parenthesis of its query.
    end: usize,
}

/// True if a comma after these tokens separates tables.
pub(super) fn is_list_of_tables(tokens: &[&Token<'_>]) -> bool {
    let mut depth = 0;
    for token in tokens.iter().rev() {
        match token.kind {
            Kind::CloseBracket => depth += 1,
            Kind::OpenBracket if depth == 0 => return false,
            Kind::OpenBracket => depth -= 1,
            Kind::Word if depth == 0 && is_keyword(token.text) && !token.is_any(&["AS"]) => {
                return token.is_any(&["FROM"]);
            }
            _ => {}
        }
    }
    false
}

/// The tables defined by `WITH` whose query is complete.
pub(super) fn common_tables(tokens: &[&Token<'_>]) -> Vec<CommonTable> {
    let mut common = Vec::new();
    for (index, window) in tokens.windows(4).enumerate() {
        if let [before, name, as_, open] = window
            && (before.is_any(&["WITH", "RECURSIVE"]) || before.text == ",")
            && name.kind == Kind::Word
            && as_.is_any(&["AS"])
            && open.text == "("
            && let Some(close) = closing(&tokens[index + 3..])
        {
            common.push(CommonTable {
                name: name.text.to_lowercase(),
                end: tokens[index + 3 + close].start + 1,
            });
        }
    }
    common
}

/// The index of the bracket that closes the first of these tokens.
fn closing(tokens: &[&Token<'_>]) -> Option<usize> {
    let mut depth = 0;
    tokens.iter().position(|token| {
        match token.kind {
            Kind::OpenBracket => depth += 1,
            Kind::CloseBracket => depth -= 1,
            _ => {}
        }
        depth == 0
    })
}

/// The tables of the statement at a byte offset of the text.
pub(super) fn tables_at(text: &str, position: usize) -> Vec<NamedTable> {
    let mut tokens = tokenize(text);
    let is_end = |token: &Token<'_>| token.text == ";";
    if let Some(end) = tokens
        .iter()
        .position(|token| is_end(token) && token.start >= position)
    {
        tokens.truncate(end);
    }
    let begin = tokens.iter().rposition(is_end).map_or(0, |end| end + 1);
    let tokens = significant(&tokens[begin..]);
    let common = common_tables(&tokens);
    let with = tokens.iter().find(|token| token.is_any(&["WITH"]));
    // A query in the statement can refer to the tables that `WITH` defines before it.
    let with_before = |place: usize| {
        let ends = common.iter().map(|common| common.end);
        let last = ends.filter(|end| *end <= place).max();
        last.and_then(|last| text.get(with?.start..last))
            .unwrap_or("")
    };
    let mut tables = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_table_next = token.is_any(&["FROM", "JOIN"])
            || (token.text == "," && is_list_of_tables(&tokens[..index]));
        if !is_table_next {
            continue;
        }
        let rest = &tokens[index + 1..];
        if let Some(mut table) = named_table(rest) {
            let definition = common.iter().find(|common| common.name == table.table);
            table.query = definition.map(|common| {
                let with = with_before(common.end);
                without_marks(&format!("{with} SELECT * FROM {}", common.name))
            });
            tables.push(table);
        } else if let Some(close) = closing(rest)
            && close > 0
        {
            let query = &text[rest[0].start + 1..rest[close].start];
            let with = with_before(rest[0].start);
            tables.push(NamedTable {
                table: String::new(),
                alias: alias(&rest[close + 1..]).unwrap_or_default(),
                query: Some(without_marks(&format!("{with} {query}"))),
            });
        }
    }
    tables
}

/// True for a token that can be the name of a table.
fn is_name(token: &Token<'_>) -> bool {
    match token.kind {
        Kind::Word => !is_keyword(token.text),
        Kind::QuotedName | Kind::String => token.is_closed,
        _ => false,
    }
}

/// The alias at the beginning of these tokens: `AS alias` or `alias`.
fn alias(tokens: &[&Token<'_>]) -> Option<String> {
    match tokens {
        [as_, alias, ..] if as_.is_any(&["AS"]) && is_name(alias) => Some(alias.value()),
        [alias, ..] if is_name(alias) => Some(alias.value()),
        _ => None,
    }
}

/// The table at the beginning of these tokens: `schema.name AS alias`.
fn named_table(tokens: &[&Token<'_>]) -> Option<NamedTable> {
    let mut name = *tokens.first().filter(|token| is_name(token))?;
    let mut rest = &tokens[1..];
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_aliases() {
        let text = "SELECT 1 FROM other; SELECT x FROM Responses r JOIN 'a.csv' AS a ON true, b \
                    WHERE x IN (SELECT y FROM public.\"C\")";
        let tables = tables_at(text, 30);
        let pairs = tables
            .iter()
            .map(|it| (it.table.as_str(), it.alias.as_str()));
        let expected = [("responses", "r"), ("a.csv", "a"), ("C", "C")];
        assert_eq!(pairs.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn tables_that_the_statement_defines_have_a_query() {
        let text = "WITH a AS (SELECT 1 AS x), b AS (SELECT x AS y FROM a) \
                    SELECT  FROM b JOIN (SELECT 2 AS z) AS c ON true";
        let tables = tables_at(text, text.len());
        let with_a = "WITH a AS (SELECT 1 AS x)";
        let with_b = format!("{with_a}, b AS (SELECT x AS y FROM a)");
        for (alias, query) in [
            ("a", format!("{with_a} SELECT * FROM a")),
            ("b", format!("{with_b} SELECT * FROM b")),
            ("c", format!("{with_b} SELECT 2 AS z")),
        ] {
            let table = tables.iter().find(|table| table.alias == alias);
            assert_eq!(table.unwrap().query, Some(query), "{alias}");
        }
        for open in [
            "SELECT  FROM (",
            "SELECT  FROM (SELECT",
            "WITH a AS (SELECT",
        ] {
            assert!(tables_at(open, 7).is_empty(), "{open}");
        }
    }
}
