//! Saves the understanding of a file as a profile for others like it.

use crate::columns::field::Field;
use crate::dates::{DateStyle, day};
use crate::error::{Error, Result};
use crate::options::{ANSWER, QUESTION, given_values};
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
    profile.asked_metric.clone_from(&options.metric);
    profile.keep_personal.clone_from(&options.keep_personal);
    profile.swapped_dates = options
        .swapped_dates
        .map(|treatment| treatment.name().to_owned());
    profile.lenient = options.lenient;
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
    let consents = mapping.consents.columns().iter().skip(1);
    profile.consent_branches = names(&consents.map(|column| column.index).collect::<Vec<_>>());
    profile.consent = given_values(options);
    if let Some(answers) = &mut profile.answers {
        let response = options.mapped(Field::ResponseId.name());
        let response = response.or_else(|| options.mapped(Field::Respondent.name()));
        for (told, columns) in [
            (options.mapped(QUESTION), &mut answers.question),
            (options.mapped(ANSWER), &mut answers.value),
            (response, &mut answers.response),
        ] {
            columns.splice(0..0, told.map(str::to_owned));
        }
    }
    if options.survey.is_some() {
        // The options gave the survey, so a column may still name it.
        profile.fields.remove(Field::Survey.name());
    }
    if mapping.joined_date.is_some() {
        // The parts of the date are found again.
        profile.fields.remove(Field::RespondedAt.name());
    }
    let readers = [
        (
            Field::RespondedAt,
            if mapping.joined_date.is_none() {
                &mapping.responded_at
            } else {
                &None
            },
        ),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::consent::Consent;
    use crate::fuzzing::source;
    use crate::options::{ReadOptions, SwappedDates};
    use crate::understand::understand;

    /// The file as the options read it, and as the profile saved from that does.
    fn saved(content: &str, options: &ReadOptions) -> [Understood; 2] {
        let first = understand(source(content.as_bytes()).unwrap(), options).unwrap();
        let profile = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
        std::fs::write(profile.path(), to_toml(&first).unwrap()).unwrap();
        let named = ReadOptions {
            profile: Some(profile.path().display().to_string()),
            ..ReadOptions::default()
        };
        let second = understand(source(content.as_bytes()).unwrap(), &named);
        [first, second.unwrap()]
    }

    #[test]
    fn a_profile_keeps_what_the_options_set() {
        let swapped = "date,nps\n2026-05-03,9\n2026-09-03,3\n2026-10-03,9\n2026-12-03,8\n\
                       13/03/2026,9\n17/03/2026,10\n20/03/2026,3\n";
        for treatment in [SwappedDates::Fix, SwappedDates::Keep] {
            let options = ReadOptions {
                swapped_dates: Some(treatment),
                ..ReadOptions::default()
            };
            let read = saved(swapped, &options);
            let is_swapped = read.map(|read| read.mapping.responded_at.unwrap().swapped);
            assert_eq!(is_swapped, [treatment == SwappedDates::Fix; 2]);
        }
        let options = ReadOptions {
            lenient: true,
            metric: Some("ces".to_owned()),
            ..ReadOptions::default()
        };
        for read in saved("id,How easy was it?\n1,9/10\n2,ten\n3,2\n", &options) {
            assert!(read.mapping.reading.lenient);
            assert_eq!(read.mapping.other_metric, Some("ces"));
        }
    }

    #[test]
    fn consent_is_read_again_as_it_was_told() {
        let file = "id,score,consent,consent withdrawn\n1,9,maybe,no\n2,3,yes,yes\n3,8,maybe,no\n";
        let options = ReadOptions {
            map: vec![("consent.granted".to_owned(), "maybe".to_owned())],
            ..ReadOptions::default()
        };
        for read in saved(file, &options) {
            let consents = &read.mapping.consents;
            let mut columns: Vec<_> = consents
                .columns()
                .iter()
                .map(|column| column.index)
                .collect();
            columns.sort_unstable();
            assert_eq!(columns, [2, 3]);
            let row = ["1", "9", "maybe", "no"].map(Into::into);
            assert_eq!(consents.of_row(&row), Ok(Consent::Granted));
        }
    }

    #[test]
    fn joined_dates_and_told_columns_are_found_again() {
        let parts = "Year,Month,nps\n2025,9,9\n2025,10,3\n";
        for read in saved(parts, &ReadOptions::default()) {
            assert!(read.mapping.joined_date.is_some());
        }
        let told = [
            ("question", "item"),
            ("answer", "reply"),
            ("respondent", "who"),
        ];
        let told = told.map(|(name, column)| (name.to_owned(), column.to_owned()));
        let options = ReadOptions {
            map: told.to_vec(),
            ..ReadOptions::default()
        };
        let long = "who,item,reply\na,Would you recommend us?,9\na,Why?,fine\n\
                    b,Would you recommend us?,3\nb,Why?,bad\n";
        for read in saved(long, &options) {
            let score = read.mapping.column(Field::Score).unwrap();
            assert_eq!(read.layout.header.names[score], "Would you recommend us?");
        }
    }
}
