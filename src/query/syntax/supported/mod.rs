//! Refuses what the parser reads and the planner would ignore.
//!
//! Every part of a query is named here, without `..`: a new version of the parser that reads more
//! does not compile until it is decided what becomes of it.

mod expr;
mod from;
mod refusal;
mod select;
mod statement;

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Query, Select, Statement as SqlStatement, TableFactor, Visitor,
};

use expr::check_expr;
use from::check_table;
use refusal::{Checked, unsupported};
use select::{check_query, check_select};
use statement::{check_columns, check_statement};

pub(crate) use refusal::Unsupported;

use crate::query::syntax::visit::visit;

/// Refuses a statement with a clause that would be ignored.
pub(super) fn check(statement: &Statement) -> Result<(), Unsupported> {
    let columns = match statement {
        Statement::CreateExternalTable(table) if !table.order_exprs.is_empty() => unsupported(
            "WITH ORDER",
            "remove it: nothing checks that the files are sorted, and ORDER BY would rely on it",
        ),
        Statement::CreateExternalTable(table) => check_columns(&table.columns, &table.constraints),
        _ => ControlFlow::Continue(()),
    };
    let checked = match columns {
        ControlFlow::Continue(()) => visit(statement, &mut Checker),
        refused => refused,
    };
    match checked {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(unsupported) => Err(unsupported),
    }
}

struct Checker;

impl Visitor for Checker {
    type Break = Unsupported;

    fn pre_visit_statement(&mut self, statement: &SqlStatement) -> Checked {
        check_statement(statement)
    }

    fn pre_visit_query(&mut self, query: &Query) -> Checked {
        check_query(query)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Checked {
        check_select(select)
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> Checked {
        check_table(table)
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> Checked {
        check_expr(expr)
    }
}

#[cfg(test)]
mod tests {
    use crate::query::syntax::{checked, parse};

    /// The clause that is refused.
    fn refused(sql: &str) -> Option<String> {
        let mut statements = parse(sql).expect("valid syntax");
        let statement = statements.pop_front().expect("a statement");
        checked(statement).err().map(|error| error.clause)
    }

    #[test]
    fn clauses_that_would_be_ignored_are_refused() {
        for (sql, clause) in [
            ("SELECT a FROM t PREWHERE a > 3", "PREWHERE"),
            ("SELECT a FROM t TABLESAMPLE BERNOULLI (10)", "TABLESAMPLE"),
            ("SELECT a FROM t SAMPLE 10", "SAMPLE"),
            ("SELECT a FROM t FINAL", "FINAL"),
            ("SELECT a FROM t GROUP BY a WITH TOTALS", "WITH TOTALS"),
            (
                "SELECT count(*) FROM t GROUP BY ALL WITH ROLLUP",
                "WITH ROLLUP",
            ),
            ("SELECT a FROM t FORMAT JSON", "FORMAT"),
            ("SELECT a FROM t SETTINGS x = 1", "SETTINGS"),
            ("SELECT a FROM t FOR UPDATE", "FOR UPDATE"),
            ("SELECT a FROM t LIMIT 1 BY a", "LIMIT … BY"),
            ("SELECT /*+ FULL(t) */ a FROM t", "/*+"),
            (
                "SELECT a FROM t START WITH a = 1 CONNECT BY PRIOR a = b",
                "CONNECT BY",
            ),
            ("SELECT TOP 3 a FROM t", "TOP"),
            ("SELECT a FROM t SORT BY a", "SORT BY"),
            ("SELECT a FROM t DISTRIBUTE BY a", "DISTRIBUTE BY"),
            ("SELECT a FROM t GLOBAL JOIN u USING (a)", "GLOBAL"),
            ("SELECT f(1)(2)", "f(…)(…)"),
            ("SELECT a FROM t ORDER BY a WITH FILL", "WITH FILL"),
            ("SELECT a INTO TEMPORARY x FROM t", "TEMPORARY"),
            ("SELECT * RENAME (a AS b) FROM t", "RENAME"),
            ("SELECT FROM t LIMIT 2", "SELECT without columns"),
            ("SELECT a && b FROM t", "&&"),
            ("SELECT b'01'", "B'01'"),
            (
                "SELECT a, b FROM t GROUP BY ROLLUP (3)",
                "position 3 in ROLLUP, CUBE or GROUPING SETS",
            ),
            (
                "SELECT DISTINCT ON (2) a FROM t",
                "position 2 in DISTINCT ON",
            ),
            ("SHOW COLUMNS FROM t LIKE 'a%'", "LIKE 'a%'"),
            ("SHOW FULL COLUMNS FROM t", "FULL"),
            ("SHOW TABLES LIKE 'a%'", "LIKE 'a%'"),
            ("DESCRIBE EXTENDED t", "EXTENDED"),
            ("CREATE TABLE t (a INT COMMENT 'x')", "COMMENT 'x'"),
            ("SELECT 7 // 2", "//"),
            (
                "SELECT 1 FROM t WHERE a IS DISTINCT FROM 1 AND b = 2",
                "IS DISTINCT FROM beside AND or OR",
            ),
            (
                "SELECT 1 FROM t WHERE b = 2 AND a IS NOT DISTINCT FROM 1 OR c",
                "IS DISTINCT FROM beside AND or OR",
            ),
            ("PRAGMA version", "PRAGMA"),
            ("BEGIN", "BEGIN"),
            ("ROLLBACK", "ROLLBACK"),
            ("USE lake", "USE"),
            ("ATTACH 'x.db' AS y", "ATTACH"),
            ("CREATE INDEX i ON t(a)", "CREATE INDEX"),
            ("ALTER TABLE t ADD COLUMN b INT", "ALTER TABLE"),
            (
                "CREATE FUNCTION f() RETURNS INT RETURN 1",
                "CREATE FUNCTION",
            ),
            ("SHOW DATABASES", "SHOW DATABASES"),
            ("CREATE TABLE t (a INT PRIMARY KEY)", "PRIMARY KEY"),
            ("CREATE TABLE t (a INT, UNIQUE (a))", "UNIQUE (a)"),
            (
                "CREATE EXTERNAL TABLE t (a INT PRIMARY KEY) STORED AS CSV LOCATION 'x'",
                "PRIMARY KEY",
            ),
            ("SELECT * FROM a FULL JOIN b USING (c)", "USING"),
            ("SELECT * FROM a NATURAL RIGHT JOIN b", "NATURAL"),
            ("SELECT 1 EXCEPT ALL SELECT 1", "EXCEPT ALL"),
            ("SELECT 1 INTERSECT ALL SELECT 1", "INTERSECT ALL"),
            ("SET TIME ZONE 'UTC'", "TIME ZONE"),
            ("SHOW ALL TABLES", "ALL TABLES"),
            ("SELECT to_char(t, 'YYYY-MM') FROM u", "'YYYY-MM'"),
            ("SELECT strptime(t, 'DD.MM.YYYY') FROM u", "'DD.MM.YYYY'"),
            ("VACUUM", "VACUUM"),
            // Wherever it is.
            ("SELECT (SELECT a FROM t PREWHERE a > 3)", "PREWHERE"),
            (
                "WITH t AS (SELECT 1 FROM u SAMPLE 10) SELECT * FROM t",
                "SAMPLE",
            ),
            (
                "SELECT 1 WHERE EXISTS (SELECT a FROM t FORMAT JSON)",
                "FORMAT",
            ),
            (
                "SELECT 1 UNION ALL SELECT a FROM t PREWHERE a > 3",
                "PREWHERE",
            ),
            ("CREATE VIEW v AS SELECT a FROM t SAMPLE 1", "SAMPLE"),
            ("EXPLAIN SELECT a FROM t PREWHERE a > 3", "PREWHERE"),
            ("COPY (SELECT a FROM t SAMPLE 1) TO 'x.csv'", "SAMPLE"),
            (
                "SELECT a FROM t FOR SYSTEM_TIME AS OF a",
                "FOR SYSTEM_TIME AS OF a",
            ),
            (
                "SELECT a FROM t BEFORE (VERSION => 12)",
                "BEFORE(VERSION => 12)",
            ),
            ("SELECT a FROM (SELECT 1 AS a) AS t SAMPLE 1", "SAMPLE"),
            ("SELECT a FROM ONLY t", "ONLY"),
            ("SELECT a FROM 't.csv' VERSION AS OF 1", "VERSION AS OF 1"),
            (
                "PREPARE p AS CREATE VIEW v AS SELECT 1",
                "PREPARE of CREATE VIEW",
            ),
            ("PREPARE p AS SELECT a FROM t FORMAT JSON", "FORMAT"),
            ("CREATE VIEW v (a COMMENT 'x') AS SELECT 1", "COMMENT 'x'"),
            ("CREATE MATERIALIZED VIEW v AS SELECT 1", "MATERIALIZED"),
            ("CREATE TABLE t LIKE u", "CREATE TABLE with other clauses"),
            ("SET timezone = 'UTC'", "timezone"),
        ] {
            assert_eq!(refused(sql).as_deref(), Some(clause), "{sql}");
        }
    }

    #[test]
    fn what_is_planned_is_accepted() {
        for sql in [
            "FROM t",
            "SELECT a FROM t GROUP BY a WITH ROLLUP",
            "SELECT DISTINCT ON (a) * EXCLUDE (b) FROM t AS x (a, b) ORDER BY ALL",
            "SELECT a FROM t FETCH FIRST 3 ROWS ONLY",
            "SELECT count(*) FILTER (WHERE a > 1) OVER w FROM t WINDOW w AS (ORDER BY a)",
            "SELECT a FROM t FOR SYSTEM_TIME AS OF '2026-01-31' AS u",
            "SELECT a FROM t AT (VERSION => 12)",
            "SELECT f(a).b, list[1], x -> x + 1 FROM t FINAL_t",
            "SELECT a FROM t SEMI JOIN u USING (a) ANTI JOIN v USING (a)",
            "TABLE t",
            "SHOW TABLES",
            "DEALLOCATE p",
            "EXECUTE p(1, a => 2)",
            "PREPARE p(INT) AS SELECT ?",
            "CREATE OR REPLACE TEMP TABLE t (a INT DEFAULT 1)",
            "CREATE TABLE IF NOT EXISTS t AS SELECT 1",
        ] {
            assert_eq!(refused(sql), None, "{sql}");
        }
    }
}
