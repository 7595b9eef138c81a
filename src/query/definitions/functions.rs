//! `SHOW FUNCTIONS`: the functions and macros of a session, and the names that functions have in other databases.
//!
//! DataFusion's own lists only functions for which it can make up argument types, which leaves out most
//! aggregates.

use datafusion::error::Result;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::ShowStatementFilter;

use crate::query::syntax::{parse_one, replaced_functions};

/// The query for `SHOW FUNCTIONS`. `macros` are names, signatures and definitions.
pub(super) fn show_functions(
    filter: Option<&ShowStatementFilter>,
    macros: &[[String; 3]],
) -> Result<Statement> {
    let condition = match filter {
        None => "true".to_owned(),
        Some(ShowStatementFilter::Like(pattern) | ShowStatementFilter::NoKeyword(pattern)) => {
            format!("function_name LIKE {}", literal(pattern))
        }
        Some(ShowStatementFilter::ILike(pattern)) => {
            format!("function_name ILIKE {}", literal(pattern))
        }
        Some(ShowStatementFilter::Where(condition)) => condition.to_string(),
    };
    let row = |kind: &str, texts: &[String; 3]| {
        let [name, signature, definition] = texts.each_ref().map(|text| literal(text));
        format!(" UNION ALL SELECT {name}, '{kind}', {signature}, {definition}")
    };
    let macros = macros.iter().map(|texts| row("MACRO", texts));
    let replaced = replaced_functions();
    let replaced = replaced.iter().map(|texts| row("ALIAS", texts));
    Ok(parse_one(&format!(
        "SELECT * FROM (\
             SELECT DISTINCT routine_name AS function_name, function_type, syntax_example, description \
             FROM information_schema.routines{}) \
         WHERE {condition} ORDER BY function_name, function_type",
        macros.chain(replaced).collect::<String>()
    ))?)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
