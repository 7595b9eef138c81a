//! Carrying out an import: attempts until one commits, or a dry run.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion_functions_nps::{DEFAULT_PURPOSE, PurposeKey};
use deltalake::DeltaTable;

use super::batch::{self, BatchBuilder};
use super::cells::CellType;
use super::clean::Cleaner;
use super::identity::Identities;
use super::mapping::{KeptColumn, Mapping};
use super::pass::{Pass, PassStream, Stopped, Tally};
use super::rejects::{Rejects, RejectsFile};
use super::source::SourceFile;
use super::{IngestOptions, SOURCE, Understood, blocking, mask_emails};
use crate::error::{Error, Result};
use crate::lake::append::{Appended, append, was_appended};
use crate::lake::schema::{
    ORIGINAL_HEADER, PARTITION_COLUMNS, RESPONSES, RESPONSES_SCHEMA, STATISTICS_COLUMNS,
};
use crate::lake::{Lake, imports, table};
use crate::privacy::keys::MasterKey;

/// How often an import starts again because another one committed first.
const ATTEMPTS_MAX: u32 = 50;

/// Gives kept columns the type and the remembered header that the lake has for them.
pub(super) fn adopt_types(mapping: &mut Mapping, responses: &DeltaTable) -> Result<()> {
    let schema = responses.snapshot()?.snapshot().arrow_schema();
    for kept in &mut mapping.kept {
        let Ok(field) = schema.field_with_name(&kept.name) else {
            continue;
        };
        kept.first_header = field.metadata().get(ORIGINAL_HEADER).cloned();
        let lake_type = [
            CellType::Text,
            CellType::Boolean,
            CellType::Integer,
            CellType::Number,
        ]
        .into_iter()
        .find(|cell_type| cell_type.arrow() == *field.data_type());
        match (lake_type, kept.cell_type) {
            (Some(CellType::Text), _) => kept.cell_type = CellType::Text,
            (Some(CellType::Number), CellType::Integer) => kept.cell_type = CellType::Number,
            (Some(lake_type), cell_type) if lake_type == cell_type => {}
            _ => return Err(other_type(kept, field.data_type())),
        }
    }
    Ok(())
}

fn other_type(kept: &KeptColumn, lake_type: &DataType) -> Error {
    Error::question(format!(
        "column \"{}\" holds values that are not {lake_type}, which the lake's column {} is",
        kept.header, kept.name
    ))
    .with_hint(format!(
        "keep it under another name: --keep other_{}='{}'",
        kept.name, kept.header
    ))
}

/// Imports the file, from the start again whenever another import was faster. Gives the import's
/// id and tally, or `None` where the same file was imported meanwhile.
pub(super) async fn import(
    lake: &Lake,
    understood: &mut Understood,
    options: &IngestOptions,
    transaction_id: &str,
) -> Result<Option<(String, Tally)>> {
    table::create_if_missing(
        lake,
        RESPONSES,
        &RESPONSES_SCHEMA,
        &PARTITION_COLUMNS,
        Some(STATISTICS_COLUMNS),
    )
    .await?;
    imports::create_if_missing(lake).await?;
    imports::record_missing(lake).await?;
    let import_id = new_import_id(&understood.source)?;
    let mut earlier_rejects: Vec<RejectsFile> = Vec::new();
    for attempt in 1..=ATTEMPTS_MAX {
        let responses = lake.responses().await?.ok_or_else(|| lake.missing())?;
        if was_appended(&responses, transaction_id).await? {
            return Ok(None);
        }
        adopt_types(&mut understood.mapping, &responses)?;
        let pass = new_pass(lake, understood, options, &responses, &import_id, true).await?;
        let schema = batch::schema(&understood.mapping.kept);
        let stream = Arc::new(PassStream::new(pass, Arc::clone(&schema)));
        let outcome = stream.outcome();
        let streaming = StreamingTable::try_new(schema, vec![stream])?;
        let plan =
            LogicalPlanBuilder::scan("import", provider_as_source(Arc::new(streaming)), None)?
                .build()?;
        let metadata = imports::commit_metadata(
            &import_id,
            &mask_emails(&understood.source.name()),
            &understood.source.sha256,
        );
        let appended = append(lake, &responses, plan, transaction_id, metadata).await;
        let outcome = outcome.lock().ok().and_then(|mut outcome| outcome.take());
        match (outcome, appended) {
            (Some(Err(Stopped::Failed(error))), _) => {
                return Err(error.at_file(&understood.source));
            }
            (Some(Err(Stopped::WrongType(position))), _) => {
                widen(&mut understood.mapping, position, &responses)?;
            }
            (Some(Ok(tally)), Ok(Appended::Done)) => {
                for file in earlier_rejects {
                    file.withdraw_for(tally.rejects_file.as_ref());
                }
                return Ok(Some((import_id, tally)));
            }
            (outcome, Ok(Appended::Raced)) => {
                // Not withdrawn yet: the same file imported by others has the same rejects file.
                earlier_rejects.extend(outcome.and_then(|outcome| outcome.ok()?.rejects_file));
                tracing::info!(attempt, "another import committed first, starting again");
                tokio::time::sleep(Duration::from_millis(20 * u64::from(attempt))).await;
            }
            (_, Err(error)) => return Err(error),
            (None | Some(Err(Stopped::GivenUp)), Ok(Appended::Done)) => {
                return Err(Error::conflict("the file was not read to its end"));
            }
        }
    }
    Err(Error::conflict(format!(
        "{ATTEMPTS_MAX} times another import into {} committed first; nothing was written",
        lake.uri()
    ))
    .with_hint("try again when fewer imports run at once"))
}

/// Stores a kept column as text from now on, where its first rows looked like something else.
fn widen(mapping: &mut Mapping, position: usize, responses: &DeltaTable) -> Result<()> {
    let kept = &mut mapping.kept[position];
    let schema = responses.snapshot()?.snapshot().arrow_schema();
    if let Ok(field) = schema.field_with_name(&kept.name) {
        return Err(other_type(kept, field.data_type()));
    }
    kept.cell_type = CellType::Text;
    Ok(())
}

async fn new_pass(
    lake: &Lake,
    understood: &Understood,
    options: &IngestOptions,
    responses: &DeltaTable,
    import_id: &str,
    write_rejects: bool,
) -> Result<Pass> {
    let pseudonyms = lake.pseudonymizer().await?.for_purpose(DEFAULT_PURPOSE);
    let identities =
        Identities::of_lake(lake, responses, SOURCE, options.survey.as_deref()).await?;
    Ok(assemble(
        understood,
        options,
        pseudonyms,
        identities,
        import_id,
        write_rejects,
    ))
}

fn assemble(
    understood: &Understood,
    options: &IngestOptions,
    pseudonyms: PurposeKey,
    identities: Identities,
    import_id: &str,
    write_rejects: bool,
) -> Pass {
    let Understood {
        source,
        layout,
        mapping,
    } = understood.clone();
    Pass {
        rejects: write_rejects.then(|| Rejects::new(source.path(), &layout.header.names)),
        batches: BatchBuilder::new(&mapping.kept, SOURCE, import_id),
        cleaner: Cleaner::new(mapping, options.survey.clone(), pseudonyms),
        identities,
        source,
        layout,
    }
}

/// Does everything but writing.
pub(super) async fn dry_run(
    lake: &Lake,
    understood: &mut Understood,
    options: &IngestOptions,
) -> Result<Tally> {
    loop {
        let responses = lake.responses().await?;
        let pass = match &responses {
            Some(responses) => new_pass(lake, understood, options, responses, "", false).await?,
            // No lake, so no key: one that is thrown away serves to tell people apart.
            None => assemble(
                understood,
                options,
                MasterKey::generate()?
                    .pseudonymizer("")
                    .for_purpose(DEFAULT_PURPOSE),
                Identities::default(),
                "",
                false,
            ),
        };
        let outcome = blocking(move || Ok(pass.run(&mut |_| ControlFlow::Continue(())))).await?;
        match outcome {
            Ok(tally) => return Ok(tally),
            Err(Stopped::Failed(error)) => return Err(error.at_file(&understood.source)),
            Err(Stopped::GivenUp) => unreachable!("every row is taken"),
            Err(Stopped::WrongType(position)) => match &responses {
                Some(responses) => widen(&mut understood.mapping, position, responses)?,
                None => understood.mapping.kept[position].cell_type = CellType::Text,
            },
        }
    }
}

/// Time first, so that ids sort as the imports came.
fn new_import_id(source: &SourceFile) -> Result<String> {
    let mut random = [0_u8; 4];
    getrandom::fill(&mut random)?;
    Ok(format!(
        "{}-{}-{}",
        Utc::now().format("%Y%m%dT%H%M%SZ"),
        &source.sha256[..8],
        data_encoding::HEXLOWER.encode(&random)
    ))
}
