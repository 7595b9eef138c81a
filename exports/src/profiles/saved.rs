//! Saves the understanding of a file as a profile for others like it.

use crate::columns::field::Field;
use crate::dates::{DateStyle, day};
use crate::error::{Error, Result};
use crate::profiles::{GENERIC, Profile, Recognise};
use crate::understand::Understood;

/// Returns the text of a profile that reads files as this one was understood.
pub fn to_toml(understood: &Understood) -> Result<String> {
    let (mapping, options) = (&understood.mapping, &understood.options);
    let (header, bound) = (&understood.layout.header, &understood.layout.bound);
    let profile = bound.profile().cloned();
    let mut profile = profile.unwrap_or_else(|| generic(understood));
    profile.notes = None;
    profile.keep.clone_from(&options.keep);
    profile.timezone.clone_from(&options.timezone);
    profile.scale.clone_from(&options.scale);
    profile.header_rows = options.header_rows;
    profile.fields = Field::ALL
        .into_iter()
        .map(|field| {
            let column = mapping
                .column(field)
                .map(|index| header.names[index].clone());
            (field.name().to_owned(), column.into_iter().collect())
        })
        .collect();
    let names = |branches: &[usize]| {
        let names = branches.iter().map(|index| header.names[*index].clone());
        names.collect::<Vec<_>>()
    };
    profile.score_branches = names(&mapping.score_branches);
    profile.comment_branches = names(&mapping.comment_branches);
    if options.survey.is_some() {
        // The options gave the survey, so a column may still name it.
        profile.fields.remove(Field::Survey.name());
    }
    let readers = [
        (Field::RespondedAt, &mapping.responded_at),
        (Field::SentAt, &mapping.sent_at),
        (Field::UpdatedAt, &mapping.updated_at),
    ];
    profile.dates = readers
        .into_iter()
        .filter_map(|(field, reader)| {
            let format = match &reader.as_ref()?.style {
                DateStyle::UnixSeconds => "unix",
                DateStyle::UnixMilliseconds => "unix_ms",
                DateStyle::Serial => "excel",
                DateStyle::Day(pattern) => pattern,
                DateStyle::Given(pattern) => pattern,
                // A column of several styles is detected again.
                DateStyle::Found(found) => day::pattern(&found.shown)?,
            };
            Some((field.name().to_owned(), format.to_owned()))
        })
        .collect();
    toml::to_string(&profile)
        .map_err(|error| Error::invalid(format!("cannot write the profile: {error}")))
}

/// A profile for a file that no profile recognised, recognised by the columns in use.
fn generic(understood: &Understood) -> Profile {
    let (mapping, options) = (&understood.mapping, &understood.options);
    let header = &understood.layout.header;
    let used = (0..header.names.len()).filter(|index| {
        let is_field = Field::ALL
            .iter()
            .any(|field| mapping.column(*field) == Some(*index));
        is_field || mapping.kept.iter().any(|kept| kept.index == *index)
    });
    let cells = used.filter_map(|index| header.raw.get(header.names_row)?.get(index));
    let headers: Vec<String> = cells
        .filter(|cell| !cell.trim().is_empty())
        .cloned()
        .collect();
    let has_header = options.header_rows != Some(0) && !headers.is_empty();
    let recognise = has_header.then(|| Recognise {
        headers,
        ..Recognise::default()
    });
    Profile {
        name: GENERIC.to_owned(),
        tool: "my tool".to_owned(),
        files: "files with these columns".to_owned(),
        recognise: Vec::from_iter(recognise),
        ..Profile::default()
    }
}
