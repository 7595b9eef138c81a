//! The schema `information_schema`: DataFusion's, where one view that cannot be planned does not hide the
//! others, and types have their names in SQL.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::information_schema::InformationSchemaProvider;
use datafusion::catalog::{
    CatalogProvider, CatalogProviderList, MemoryCatalogProviderList, SchemaProvider, TableProvider,
};
use datafusion::common::TableReference;
use datafusion::common::cast::as_string_array;
use datafusion::datasource::{TableType, ViewTable, provider_as_source};
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlanBuilder, Volatility, col, create_udf, lit, when,
};

use super::catalog::StoredSchema;
use super::definitions::LAKE_SCHEMA;
use super::external::url_table::UrlTables;
use super::schemas::{CATALOG, DIALECT, INFORMATION_SCHEMA};
use crate::sql_type::sql_type_of_name;

const COLUMNS: &str = "columns";
const SETTINGS: &str = "df_settings";
const DATA_TYPE: &str = "data_type";

#[derive(Debug)]
pub(super) struct InformationSchema {
    pub(super) url_tables: Arc<UrlTables>,
    pub(super) stored: Arc<StoredSchema>,
}

#[async_trait]
impl SchemaProvider for InformationSchema {
    fn table_names(&self) -> Vec<String> {
        let nothing = Arc::new(MemoryCatalogProviderList::new());
        InformationSchemaProvider::new(nothing).table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let session = self.url_tables.session_state()?;
        let catalogs = ListedCatalogs {
            all: Arc::clone(session.catalog_list()),
            stored: Arc::clone(&self.stored),
        };
        let provider = InformationSchemaProvider::new(Arc::new(catalogs))
            .with_table_functions(session.table_functions().clone());
        match provider.table(name).await? {
            Some(columns) if name == COLUMNS => with_types_of_sql(columns).map(Some),
            Some(settings) if name == SETTINGS => with_own_dialect(settings).map(Some),
            other => Ok(other),
        }
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        Ok(self.table_exist(name).then_some(TableType::View))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.table_names().iter().any(|it| it == name)
    }
}

/// The columns of all tables, with the names of types as SQL writes them.
fn with_types_of_sql(columns: Arc<dyn TableProvider>) -> Result<Arc<dyn TableProvider>> {
    let sql_type = create_udf(
        "sql_type",
        vec![DataType::Utf8],
        DataType::Utf8,
        Volatility::Immutable,
        Arc::new(|arguments| {
            let names = ColumnarValue::values_to_arrays(arguments)?;
            let names = as_string_array(&names[0])?;
            let types: StringArray = names
                .iter()
                .map(|name| name.map(sql_type_of_name))
                .collect();
            Ok(ColumnarValue::Array(Arc::new(types) as ArrayRef))
        }),
    );
    with_column(COLUMNS, columns, DATA_TYPE, |name| {
        Ok(sql_type.call(vec![name]))
    })
}

/// The settings, of which DataFusion's has no name for the dialect that statements are in.
fn with_own_dialect(settings: Arc<dyn TableProvider>) -> Result<Arc<dyn TableProvider>> {
    with_column(SETTINGS, settings, "value", |value| {
        when(col("name").eq(lit(DIALECT)), lit("voxql")).otherwise(value)
    })
}

/// A table with another expression for one of its columns.
fn with_column(
    name: &str,
    table: Arc<dyn TableProvider>,
    changed: &str,
    change: impl Fn(Expr) -> Result<Expr>,
) -> Result<Arc<dyn TableProvider>> {
    let exprs: Result<Vec<Expr>> = table
        .schema()
        .fields()
        .iter()
        .map(|field| {
            let column = col(field.name());
            if field.name() == changed {
                Ok(change(column)?.alias(changed))
            } else {
                Ok(column)
            }
        })
        .collect();
    let name = TableReference::partial(INFORMATION_SCHEMA, name);
    let plan = LogicalPlanBuilder::scan(name, provider_as_source(table), None)?
        .project(exprs?)?
        .build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

/// The catalogs of a session, for lists of their tables.
#[derive(Debug)]
struct ListedCatalogs {
    all: Arc<dyn CatalogProviderList>,
    stored: Arc<StoredSchema>,
}

impl CatalogProviderList for ListedCatalogs {
    fn register_catalog(
        &self,
        name: String,
        catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        self.all.register_catalog(name, catalog)
    }

    fn catalog_names(&self) -> Vec<String> {
        self.all.catalog_names()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        let catalog = self.all.catalog(name)?;
        if name != CATALOG {
            return Some(catalog);
        }
        let stored = Arc::clone(&self.stored);
        Some(Arc::new(ListedCatalog { catalog, stored }))
    }
}

#[derive(Debug)]
struct ListedCatalog {
    catalog: Arc<dyn CatalogProvider>,
    stored: Arc<StoredSchema>,
}

impl CatalogProvider for ListedCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.catalog.schema_names()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        if name == LAKE_SCHEMA {
            return Some(Arc::new(ListedViews(Arc::clone(&self.stored))));
        }
        self.catalog.schema(name)
    }
}

/// The views of the lake. One that cannot be planned is listed without columns.
#[derive(Debug)]
struct ListedViews(Arc<StoredSchema>);

#[async_trait]
impl SchemaProvider for ListedViews {
    fn table_names(&self) -> Vec<String> {
        self.0.table_names()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let error = match self.0.table(name).await {
            Ok(table) => return Ok(table),
            Err(error) => error,
        };
        tracing::warn!("columns of view \"{name}\" are not listed: {error}");
        let nothing = LogicalPlanBuilder::empty(false).build()?;
        let text = self.0.definition(name).await?;
        Ok(Some(Arc::new(ViewTable::new(nothing, text))))
    }

    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        self.0.table_type(name).await
    }

    fn table_exist(&self, name: &str) -> bool {
        self.0.table_exist(name)
    }
}
