//! What was found out about a file, as a profile for others like it.

use std::collections::BTreeMap;

use crate::columns::field::Field;
use crate::dates::{DateStyle, day};
use crate::error::{Error, Result};
use crate::profiles::{GENERIC, Metrics, Profile, Recognise};
use crate::understand::Understood;

/// The text of a profile that reads the file as it was understood.
pub fn to_toml(understood: &Understood) -> Result<String> {
    let Understood {
        layout,
        mapping,
        options,
        ..
    } = understood;
    let header = &layout.header;
    let mut profile = match layout.bound.profile() {
        Some(profile) => profile.clone(),
        None => generic(understood),
    };
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
    if options.survey.is_some() {
        // The survey was said, so that whether a column has it is still open.
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
                // What is written in several styles is found again.
                DateStyle::Found(found) => day::pattern(&found.shown)?,
            };
            Some((field.name().to_owned(), format.to_owned()))
        })
        .collect();
    toml::to_string(&profile).map_err(|error| Error::invalid(format!("the profile: {error}")))
}

/// A profile of a file that none recognised: known by the columns that are of use.
fn generic(understood: &Understood) -> Profile {
    let Understood {
        layout,
        mapping,
        options,
        ..
    } = understood;
    let header = &layout.header;
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
    Profile {
        name: GENERIC.to_owned(),
        source: None,
        tool: "my tool".to_owned(),
        files: "files with these columns".to_owned(),
        url: None,
        notes: None,
        keep: Vec::new(),
        timezone: None,
        scale: None,
        header_rows: None,
        never: Vec::new(),
        recognise: has_header
            .then(|| Recognise {
                headers,
                ..Recognise::default()
            })
            .into_iter()
            .collect(),
        fields: BTreeMap::new(),
        dates: BTreeMap::new(),
        not_a_response: Vec::new(),
        metric: Metrics::default(),
        events: None,
        answers: None,
        empty_score: None,
    }
}
