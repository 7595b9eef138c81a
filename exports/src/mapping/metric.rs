//! What was asked: the NPS question, or that of another metric.

use super::fields::Fields;
use super::scale::Scale;
use super::undecided::{describe, map_option, unmap_option};
use crate::columns::Column;
use crate::columns::cells::metric_name;
use crate::columns::field::Field;
use crate::columns::score::Reading;
use crate::error::{Error, Result};
use crate::message::{ImportOption, Message};
use crate::options::ReadOptions;
use crate::quote::clip;

/// The metric of the NPS question.
const NPS: &str = "nps";

/// The hint for a column that asks for another metric.
pub fn metric_or_nps(column: &Column, metric: &str) -> Message {
    Message::from("to import its answers as ratings, set ")
        .option_with(ImportOption::Metric, metric)
        .text("; if it is the NPS question, set ")
        .message(map_option(Field::Score, column))
        .text(" ")
        .option_with(ImportOption::Metric, "nps")
}

/// Asks about answers to another question than that of NPS, unless an option gives the metric.
pub fn check_metric(column: &Column, reading: Reading, options: &ReadOptions) -> Result<()> {
    if options.metric.is_some() || reading.scale.is_some() {
        return Ok(());
    }
    if let (Some(first), Some(other)) = (&column.title, column.differing_question()) {
        let message = format!(
            "column \"{}\" has answers to several questions, such as \"{}\" and \"{}\"",
            clip(&column.header),
            clip(first),
            clip(other)
        );
        let nps = ImportOption::Metric.with("nps");
        let hint = Message::from("export each survey alone; if all ask the NPS question, set ");
        return Err(Error::question(message)
            .with_hint(hint.message(nps.clone()))
            .with_answers([nps]));
    }
    let Some(metric) = column.other_metric() else {
        return Ok(());
    };
    let message = match column.question_of_metric() {
        Some(question) => format!(
            "column \"{}\" asks \"{}\" ({metric}), which is not the NPS question",
            clip(&column.header),
            clip(question)
        ),
        None => format!(
            "column {} is named {metric}, which is not the NPS question",
            describe(column)
        ),
    };
    let answers = [metric, "nps"].map(|metric| ImportOption::Metric.with(metric));
    Err(Error::question(message)
        .with_hint(metric_or_nps(column, metric))
        .with_answers(answers))
}

/// Asks about surveys of several metrics in one column of answers, unless the options tell.
pub fn check_surveys(columns: &[Column], fields: &Fields, options: &ReadOptions) -> Result<()> {
    let is_told = fields[Field::Metric].is_some()
        || options.metric.is_some()
        || options
            .map
            .iter()
            .any(|(name, _)| name.trim() == Field::Metric.name());
    let mut others = columns
        .iter()
        .filter(|column| column.names_several_metrics());
    let Some(column) = others.next().filter(|_| !is_told) else {
        return Ok(());
    };
    let nps = ImportOption::Metric.with(NPS);
    let hint = Message::from("export each survey alone; if all ask the NPS question, set ");
    Err(Error::question(format!(
        "column {} names several metrics, so not all answers are those of the NPS question",
        describe(column)
    ))
    .with_hint(hint.message(nps.clone()))
    .with_answers([nps]))
}

/// The metric of the answers if it is not that of NPS: the given one, or that of another scale.
pub fn metric_of(
    column: &Column,
    scale: Option<Scale>,
    options: &ReadOptions,
) -> Option<&'static str> {
    match options.metric.as_deref().and_then(metric_name) {
        Some(metric) => Some(metric).filter(|metric| *metric != NPS),
        None => scale
            .filter(|scale| !scale.is_nps())
            .map(|_| column.other_metric().unwrap_or("rating")),
    }
}

/// Checks the given metric.
pub fn check_given_metric(
    columns: &[Column],
    fields: &Fields,
    options: &ReadOptions,
) -> Result<()> {
    let Some(given) = options.metric.as_deref() else {
        return Ok(());
    };
    let option = || ImportOption::Metric.with(given);
    if metric_name(given) != Some(given) {
        let error = Error::invalid(format!("metric \"{given}\" does not exist"));
        return Err(error
            .with_hint("use one of nps, csat, ces, stars, pmf, smileys, thumbs, rating")
            .within(option()));
    }
    match fields.column(columns, Field::Metric) {
        Some(column) => {
            let message = format!(
                "column \"{}\" has the metric of each response",
                clip(&column.header)
            );
            let hint = Message::from("remove the option, or ignore the column with ");
            Err(Error::invalid(message)
                .with_hint(hint.message(unmap_option(Field::Metric)))
                .within(option()))
        }
        None => Ok(()),
    }
}
