//! `anonymize` in SQL.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;
use datafusion_functions_nps::{
    Anonymize, DEFAULT_PURPOSE, KeySource, Pseudonymizer, anonymize_udf, register_all,
};

use crate::sql::{assert_error, context, rows, value};

#[derive(Debug)]
pub(crate) struct CountingSource {
    pseudonymizer: Arc<Pseudonymizer>,
    requests: AtomicUsize,
}

impl CountingSource {
    pub(crate) fn new(lake_id: &str) -> Arc<Self> {
        Arc::new(Self {
            pseudonymizer: Arc::new(Pseudonymizer::new(&[7; 32], lake_id)),
            requests: AtomicUsize::new(0),
        })
    }

    fn pseudonym(&self, value: &str, purpose: &str) -> String {
        let key = self.pseudonymizer.for_purpose(purpose);
        key.pseudonym(value).expect("not blank")
    }
}

impl KeySource for CountingSource {
    fn pseudonymizer(&self) -> Result<Arc<Pseudonymizer>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Ok(Arc::clone(&self.pseudonymizer))
    }
}

pub(crate) fn context_with(source: &Arc<CountingSource>) -> SessionContext {
    let mut ctx = SessionContext::new();
    register_all(&mut ctx).expect("functions");
    ctx.register_udf((*anonymize_udf(source.clone())).clone());
    ctx
}

#[tokio::test]
async fn evaluation_without_a_key_is_an_error() {
    let ctx = context();
    let plan = ctx.sql("EXPLAIN SELECT anonymize('ann')").await;
    assert!(plan.is_ok());
    assert_error(
        &ctx,
        "SELECT anonymize('ann')",
        "anonymize() needs the lake's key; ",
    )
    .await;
}

#[tokio::test]
async fn text_types_share_a_pseudonym() {
    let source = CountingSource::new("lake");
    let ctx = context_with(&source);
    let ann = source.pseudonym("ann", DEFAULT_PURPOSE);
    for text in [
        "'Ann '",
        "arrow_cast('Ann', 'LargeUtf8')",
        "arrow_cast('Ann', 'Utf8View')",
        "arrow_cast('Ann', 'Dictionary(Int32, Utf8)')",
    ] {
        let sql = format!("SELECT anonymize({text}), anonymize(c) FROM (SELECT {text} AS c)");
        assert_eq!(rows(&ctx, &sql).await, [format!("{ann}|{ann}")], "{text}");
    }
    let number = source.pseudonym("42", DEFAULT_PURPOSE);
    for whole in [
        "42",
        "'42'",
        "CAST(42 AS DECIMAL(10, 0))",
        "arrow_cast(42, 'UInt8')",
    ] {
        let sql = format!("SELECT pseudonymize({whole})");
        assert_eq!(value(&ctx, &sql).await, number, "{whole}");
    }
}

#[tokio::test]
async fn null_and_blank_have_no_pseudonym() {
    let ctx = context_with(&CountingSource::new("lake"));
    let sql = "SELECT anonymize(v), anonymize(v, 'export'), anonymize('ann', v) IS NULL
               FROM (VALUES (NULL), (CAST(NULL AS VARCHAR))) AS t(v)";
    assert_eq!(rows(&ctx, sql).await, ["||true", "||true"]);
    let sql =
        "SELECT anonymize(v), anonymize(NULL), anonymize('ann', NULL) FROM (VALUES (' ')) AS t(v)";
    assert_eq!(rows(&ctx, sql).await, ["||"]);
}

#[tokio::test]
async fn purposes_by_name_and_by_row() {
    let source = CountingSource::new("lake");
    let ctx = context_with(&source);
    let export = source.pseudonym("ann", "export");
    let default = source.pseudonym("ann", DEFAULT_PURPOSE);
    let by_name = value(&ctx, "SELECT anonymize('ann', purpose => 'export')").await;
    assert_eq!(by_name, export);
    let sql = "SELECT anonymize('ann', p) FROM (VALUES ('export'), ('respondent'), (NULL), ('export')) AS t(p)";
    let expected = [export.as_str(), &default, "", &export];
    assert_eq!(rows(&ctx, sql).await, expected);
    assert_error(
        &ctx,
        "SELECT anonymize('ann', ' ')",
        "needs a name as purpose",
    )
    .await;
}

#[tokio::test]
async fn values_without_a_unique_text_are_refused() {
    let ctx = context_with(&CountingSource::new("lake"));
    for value in [
        "42.0",
        "true",
        "CAST(42 AS DECIMAL(10, 2))",
        "DATE '2026-01-01'",
    ] {
        assert_error(
            &ctx,
            &format!("SELECT anonymize({value})"),
            "anonymize(value) needs text or a whole number",
        )
        .await;
    }
    assert_error(&ctx, "SELECT anonymize('a', 'b', 'c')", "not 3 arguments").await;
}

#[tokio::test]
async fn the_key_is_requested_on_evaluation() {
    let source = CountingSource::new("lake");
    let ctx = context_with(&source);
    ctx.sql("CREATE TABLE t AS VALUES ('ann'), ('bob')")
        .await
        .expect("table");
    let frame = ctx.sql("SELECT anonymize(column1) FROM t").await;
    let frame = frame.expect("plan");
    assert_eq!(source.requests.load(Ordering::Relaxed), 0);
    frame.collect().await.expect("result");
    assert!(source.requests.load(Ordering::Relaxed) > 0);
}

#[test]
fn functions_with_different_keys_differ() {
    let (one, other) = (CountingSource::new("a"), CountingSource::new("a"));
    let udf = |source: &Arc<CountingSource>| {
        ScalarUDF::new_from_impl(Anonymize::with_key_source(source.clone()))
    };
    assert_eq!(udf(&one), udf(&one));
    assert_ne!(udf(&one), udf(&other));
    assert_ne!(
        udf(&one),
        ScalarUDF::new_from_impl(Anonymize::without_key())
    );
}
