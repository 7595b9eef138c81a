//! Conversions between [`Error`] and the errors of DataFusion, delta-rs and object stores.

use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;
use exports::ErrorKind;

use super::kinds::{Error, Kind, one_line};
use super::plain;
use super::storage::{classify, storage_error};
use super::{type_wording, wording};
use crate::sql_type::sql_type_of_name;

/// Number of characters shown of another library's message.
const MESSAGE_CHARS_MAX: usize = 300;

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        let error = match unwrap_own(error) {
            Ok(own) => return own,
            Err(error) => error,
        };
        if let Some(storage) = storage_error(&error) {
            return storage.with_source(error);
        }
        let text = error.to_string();
        if let Some(place) = wording::full_disk(&text) {
            return Self::full_disk(place).with_source(error);
        }
        if let Some(damage) = wording::damage(&text) {
            return Self::damaged(damage).with_source(error);
        }
        if wording::is_unfinished_write(&text) {
            return Self::new(
                Kind::Storage,
                "the file could not be written: the storage refused it or could not be reached",
            )
            .with_hint(
                "check the name and write permission of the bucket or folder; \
                 VOXQL_LOG=voxql=debug shows the storage's error",
            )
            .with_source(error);
        }
        if let Some(file) = wording::missing_file(&text) {
            return Self::new(Kind::NotFound, format!("the file {file} is missing"))
                .with_hint(
                    "voxql doctor tells what the newest version lacks; forget, retain and optimize remove \
                     the files of earlier ones",
                )
                .with_source(error);
        }
        if wording::is_misplaced_async_function(&text) {
            return Self::new(
                Kind::Query,
                "reveal() cannot be used here, for example in GROUPING SETS or a join condition",
            )
            .with_hint(
                "use it in a subquery: SELECT … FROM (SELECT reveal(respondent, 'email') AS email \
                 FROM responses) GROUP BY email",
            )
            .with_source(error);
        }
        let message = match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => {
                return Self::new(Kind::Memory, "the memory limit is reached")
                    .with_hint(
                        "raise it with --memory, VOXQL_MEMORY or memory_limit(), or select fewer rows, \
                         columns or groups",
                    )
                    .with_source(error);
            }
            DataFusionError::Plan(message)
            | DataFusionError::Execution(message)
            | DataFusionError::NotImplemented(message) => message.clone(),
            DataFusionError::Internal(message) => {
                return Self::new(
                    Kind::Query,
                    format!("internal error: {}", one_line(message)),
                )
                .with_hint("report it with the statement, and try to write that in another way")
                .with_source(error);
            }
            DataFusionError::SQL(parser, _) => parser
                .to_string()
                .trim_start_matches("sql parser error: ")
                .to_owned(),
            root => root
                .strip_backtrace()
                .trim_start_matches("Schema error: ")
                .to_owned(),
        };
        // DataFusion starts a new line before its guess at a function.
        let message = one_line(&message);
        if let Some(extension) = wording::unknown_file_format(&message) {
            let message = match extension {
                "" => "COPY cannot tell the format: the file has no extension".to_owned(),
                extension => format!("COPY has no format for the extension \".{extension}\""),
            };
            return Self::new(Kind::Query, message)
                .with_hint(
                    "use .csv, .tsv, .json, .ndjson, .parquet, .arrow or .xlsx, or say which with \
                     STORED AS CSV",
                )
                .with_source(error);
        }
        if let Some(call) = wording::unmatched_call(&message) {
            let message = format!(
                "no form of the function takes {}",
                type_wording::plain(call)
            );
            let (name, _) = call.split_once('(').unwrap_or((call, ""));
            return Self::new(Kind::Query, message)
                .about(name)
                .with_hint(if call.starts_with("date_trunc(") {
                    "write the part first, in quotes: date_trunc('month', day)"
                } else if call.contains("Boolean") {
                    "count a condition with count_if(condition), or cast it: condition::INT"
                } else {
                    "\\h NAME shows what a function takes; x::TYPE casts a value"
                })
                .with_source(error);
        }
        if let Some((text, data_type)) = wording::uncast_text(&message) {
            let hint = if data_type.starts_with("Date") || data_type.starts_with("Timestamp") {
                "write a date as '2026-01-31'; a month is a text, such as '2026-01'"
            } else {
                "write a number, or make the other side a text: x::VARCHAR; TRY_CAST(x AS type) gives NULL for a \
                 text that is no number"
            };
            let message = format!(
                "text '{text}' cannot be read as {}",
                sql_type_of_name(data_type)
            );
            return Self::new(Kind::Query, message)
                .about(format!("'{}'", text.replace('\'', "''")))
                .with_hint(hint)
                .with_source(error);
        }
        if let Some((message, hint)) = plain::reworded(&message) {
            return Self::new(Kind::Query, message)
                .with_hint(hint)
                .with_source(error);
        }
        let message = type_wording::plain(&message);
        let (message, hint) = wording::split_hint(&message);
        // File readers quote the text they cannot read, which may be the whole file.
        let message = match message.char_indices().nth(MESSAGE_CHARS_MAX) {
            Some((end, _)) => format!("{}…", &message[..end]),
            None => message.to_owned(),
        };
        Self::new(Kind::Query, message)
            .with_hint_if_any(hint)
            .with_source(error)
    }
}

impl From<DeltaTableError> for Error {
    fn from(error: DeltaTableError) -> Self {
        if let Some(storage) = storage_error(&error) {
            return storage.with_source(error);
        }
        if let Some(place) = wording::full_disk(&error.to_string()) {
            return Self::full_disk(place).with_source(error);
        }
        let text = error.to_string();
        if wording::has_gap(&text) {
            return Self::damaged("commits are missing in the middle of the log")
                .with_source(error);
        }
        if wording::lacks_checkpoint(&text) {
            return Self::damaged("the newest checkpoint of the log is missing").with_source(error);
        }
        let kind = match &error {
            DeltaTableError::NotATable(_) | DeltaTableError::InvalidTableLocation(_) => {
                Kind::NotFound
            }
            _ => Kind::Storage,
        };
        Self::new(kind, one_line(&error.to_string())).with_source(error)
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        storage_error(&error)
            .unwrap_or_else(|| classify(&error, None))
            .with_source(error)
    }
}

impl From<exports::Error> for Error {
    fn from(error: exports::Error) -> Self {
        let kind = match error.kind() {
            ErrorKind::Question => Kind::Question,
            ErrorKind::Invalid => Kind::Invalid,
            ErrorKind::NotFound => Kind::NotFound,
            ErrorKind::Access => Kind::Access,
            ErrorKind::Storage => Kind::Storage,
            ErrorKind::Cancelled => Kind::Conflict,
            ErrorKind::External => {
                let own = storage_error(&error).unwrap_or_else(|| Self::storage(error.message()));
                let own = match error.place() {
                    Some(place) => own.at(place),
                    None => own,
                };
                return own.with_source(error);
            }
        };
        Self::new(kind, error.message())
            .with_hint_if_any(error.hint().cloned())
            .with_questions(error.questions().to_vec(), error.sample().cloned())
            .with_source_if_any(error.into_source())
    }
}

impl From<getrandom::Error> for Error {
    fn from(error: getrandom::Error) -> Self {
        Self::invalid(format!("cannot generate random numbers: {error}"))
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        DataFusionError::External(Box::new(error))
    }
}

/// Extracts an [`Error`] of ours that DataFusion has wrapped.
fn unwrap_own(error: DataFusionError) -> std::result::Result<Error, DataFusionError> {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<Error>() {
            Ok(own) => Ok(*own),
            Err(inner) => match inner.downcast::<DataFusionError>() {
                Ok(nested) => unwrap_own(*nested),
                Err(inner) => Err(DataFusionError::External(inner)),
            },
        },
        DataFusionError::Context(context, inner) => {
            unwrap_own(*inner).map_err(|inner| DataFusionError::Context(context, Box::new(inner)))
        }
        DataFusionError::Diagnostic(diagnostic, inner) => unwrap_own(*inner)
            .map_err(|inner| DataFusionError::Diagnostic(diagnostic, Box::new(inner))),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_errors_survive_datafusion() {
        let error = Error::question("two dates").with_hint("--map");
        let wrapped = DataFusionError::from(error).context("while planning");
        let back = Error::from(wrapped);
        assert!(back.is_question());
        assert_eq!(back.to_string(), "two dates");
        assert_eq!(back.hint(), Some("--map"));
    }

    #[test]
    fn a_refused_key_is_an_access_error_wherever_it_is_wrapped() {
        let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>no</Message></Error>";
        let store = object_store::Error::PermissionDenied {
            path: "x/_delta_log".into(),
            source: body.into(),
        };
        let error = Error::from(DataFusionError::External(Box::new(DeltaTableError::from(
            store,
        ))));
        assert!(error.is_access());
        assert_eq!(
            error.to_string(),
            "no access to x/_delta_log: the secret key does not match the access key \
             (SignatureDoesNotMatch)"
        );
        assert!(error.hint().is_some());
    }
}
