//! Refuses statements that become too large when the planner puts the queries of WITH in wherever they are
//! named: where each names the one before it twice, every one doubles.

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Cte, ObjectName, Query, Visitor};

use super::depth;
use super::name::normalized;
use super::visit::visit;
use crate::error::{Error, Result};

/// More tables than a person joins. The time to plan them grows with their square.
const TABLES_MAX: u64 = 1000;

/// Checks that a statement reads at most [`TABLES_MAX`] tables, and that its queries are not deeper in each other
/// than the stack allows.
pub(super) fn check(statement: &Statement) -> Result<()> {
    let mut expansion = Expansion {
        depth_max: depth::limit(),
        around: vec![Scope::default()],
    };
    match visit(statement, &mut expansion) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(TooLarge) => Err(Error::query(format!(
            "the statement is too large: with each query of WITH put in where it is named, it has more than \
             {TABLES_MAX} tables, or queries in each other more than {} deep",
            expansion.depth_max
        ))
        .with_hint("keep the result that others read: CREATE TABLE name AS SELECT …")),
    }
}

struct TooLarge;

/// The size of a query, with those that it names put in.
#[derive(Clone, Copy, Default)]
struct Size {
    tables: u64,
    depth: usize,
}

impl Size {
    fn add(&mut self, other: Self) {
        self.tables = self.tables.saturating_add(other.tables);
        self.depth = self.depth.max(other.depth);
    }
}

/// A query that is being visited.
#[derive(Default)]
struct Scope {
    /// Its queries of WITH by their places, with their names.
    with: HashMap<*const Query, String>,
    /// The sizes of those that were visited.
    named: HashMap<String, Size>,
    size: Size,
}

struct Expansion {
    depth_max: usize,
    around: Vec<Scope>,
}

impl Expansion {
    /// The size of the query of WITH that a table is, if it is one.
    fn named(&self, table: &ObjectName) -> Option<Size> {
        let [part] = table.0.as_slice() else {
            return None;
        };
        let name = normalized(part.as_ident()?);
        let mut scopes = self.around.iter().rev();
        scopes.find_map(|scope| scope.named.get(&name).copied())
    }
}

impl Visitor for Expansion {
    type Break = TooLarge;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<TooLarge> {
        let all = query.with.iter().flat_map(|with| &with.cte_tables);
        let by_place = |cte: &Cte| (&raw const *cte.query, normalized(&cte.alias.name));
        self.around.push(Scope {
            with: all.map(by_place).collect(),
            ..Scope::default()
        });
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, table: &ObjectName) -> ControlFlow<TooLarge> {
        let one = Size {
            tables: 1,
            depth: 0,
        };
        let size = self.named(table).unwrap_or(one);
        if let Some(scope) = self.around.last_mut() {
            scope.size.add(size);
        }
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<TooLarge> {
        let Some(mut size) = self.around.pop().map(|scope| scope.size) else {
            return ControlFlow::Continue(());
        };
        size.depth += 1;
        if size.tables > TABLES_MAX || size.depth > self.depth_max {
            return ControlFlow::Break(TooLarge);
        }
        if let Some(around) = self.around.last_mut() {
            match around.with.remove(&(&raw const *query)) {
                Some(name) => {
                    around.named.insert(name, size);
                }
                None => around.size.add(size),
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse_one;
    use super::*;

    fn is_too_large(sql: &str) -> bool {
        check(&parse_one(sql).expect("a statement")).is_err()
    }

    /// `WITH` of this many queries, each of which reads the one before it.
    fn chain(queries: usize, read: impl Fn(String) -> String) -> String {
        let others = (1..queries).map(|n| format!("c{n} AS ({})", read(format!("c{}", n - 1))));
        let all: Vec<_> = std::iter::once("c0 AS (SELECT 1 AS x FROM t)".to_owned())
            .chain(others)
            .collect();
        format!("WITH {} SELECT * FROM c{}", all.join(", "), queries - 1)
    }

    #[test]
    fn queries_of_with_that_double_are_refused() {
        let twice =
            |before: String| format!("SELECT a.x FROM {before} a JOIN {before} b USING (x)");
        assert!(!is_too_large(&chain(10, twice)));
        assert!(is_too_large(&chain(11, twice)));
        assert!(is_too_large(&chain(60, twice)));
        let once = |before: String| format!("SELECT x + 1 AS x FROM {before}");
        assert!(!is_too_large(&chain(100, once)));
        assert!(is_too_large(&chain(1001, once)));
    }

    #[test]
    fn names_are_those_in_scope() {
        let tables = vec!["t"; 900].join(", ");
        // The table c0 is not the query of that name, which is in another one.
        let sql = format!(
            "SELECT * FROM (WITH c0 AS (SELECT 1 FROM {tables}) SELECT * FROM c0), c0, c0 AS other"
        );
        assert!(!is_too_large(&sql));
        assert!(is_too_large(
            &sql.replace("SELECT * FROM c0)", "SELECT * FROM c0, c0 AS b)")
        ));
        // A query of WITH that nobody reads is not put in.
        let sql = format!("WITH c0 AS (SELECT 1 FROM {tables}) SELECT 1");
        assert!(!is_too_large(&sql));
    }
}
