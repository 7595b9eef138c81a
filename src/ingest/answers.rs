//! Options given as text, as answers to questions and flags give them.

use std::path::PathBuf;

use exports::columns::consent::Consent;
use exports::columns::field::Field;
use exports::mapping::scale::Scale;
use exports::options::{ANSWER, CONSENT_VALUES, QUESTION, SwappedDates, consent_values};
use exports::{ImportOption, Message};

use super::options::{IngestOptions, KeepColumn};
use crate::error::{Error, Result};

impl IngestOptions {
    /// Sets the options of an answer to a [`Question`](crate::Question).
    ///
    /// # Errors
    /// Returns an error if a value is invalid. Those of a question's answers are not.
    pub fn answer(mut self, answer: &Message) -> Result<Self> {
        for (option, value) in answer.options() {
            self.set(option, value)?;
        }
        Ok(self)
    }

    /// Sets an option to a value, which is the text that messages give it.
    pub(crate) fn set(&mut self, option: ImportOption, value: Option<&str>) -> Result<()> {
        let invalid = |what: &str, hint: String| {
            let option = match value {
                Some(value) => option.with(value),
                None => option.message(),
            };
            Error::invalid(option.text(": ").text(what)).with_hint(hint)
        };
        let Some(value) = value.filter(|_| !option.is_switch()) else {
            match option {
                ImportOption::Lenient => self.lenient = true,
                ImportOption::Strict => self.strict = true,
                _ => {
                    let hint = "give the value after the option".to_owned();
                    return Err(invalid("has no value", hint));
                }
            }
            return Ok(());
        };
        let text = || Some(value.to_owned());
        match option {
            ImportOption::Lenient | ImportOption::Strict => {}
            ImportOption::Map => {
                let (name, header) = value.split_once('=').unwrap_or((value, ""));
                let of_answers = match name.trim() {
                    QUESTION => Some(&mut self.question_column),
                    ANSWER => Some(&mut self.answer_column),
                    _ => None,
                };
                if let Some(column) = of_answers {
                    *column = Some(header.trim().to_owned()).filter(|header| !header.is_empty());
                    return Ok(());
                }
                if let Some(meaning) = name.trim().strip_prefix(CONSENT_VALUES) {
                    let consent = Consent::parse(meaning).ok_or_else(|| {
                        let names = Consent::ALL.map(|consent| consent_values(consent.name()));
                        let what = format!("field \"{name}\" does not exist");
                        invalid(&what, format!("use one of {}", names.join(", ")))
                    })?;
                    self.consent_values.push((consent, header.to_owned()));
                    return Ok(());
                }
                let field = Field::parse(name.trim()).ok_or_else(|| {
                    let fields = Field::ALL.map(Field::name).join(", ");
                    let what = format!("field \"{name}\" does not exist");
                    invalid(&what, format!("use one of {fields}"))
                })?;
                let header = header.trim();
                let header = (!header.is_empty()).then(|| header.to_owned());
                self.map.push((field, header));
            }
            ImportOption::Keep => {
                let header = value.split_once('=').map_or(value, |(_, header)| header);
                self.keep.retain(|kept| !kept.is_of(header));
                self.keep.push(KeepColumn::from(value));
            }
            ImportOption::KeepPersonal => {
                self.keep.retain(|kept| !kept.is_of(value));
                self.keep_personal.push(value.to_owned());
            }
            ImportOption::DateFormat => {
                let single = value.split_once('=').and_then(|(name, format)| {
                    let field = Field::parse(name.trim()).filter(|field| field.is_date())?;
                    Some((field, format.into()))
                });
                match single {
                    Some(single) => self.column_date_formats.push(single),
                    None => self.date_format = Some(value.into()),
                }
            }
            ImportOption::SwappedDates => {
                let treatment = SwappedDates::parse(value);
                let invalid = || invalid("is neither fix nor keep", "use fix or keep".to_owned());
                self.swapped_dates = Some(treatment.ok_or_else(invalid)?);
            }
            ImportOption::HeaderRows => {
                let rows = value
                    .parse()
                    .map_err(|_| invalid("is not a number", "use a number such as 2".to_owned()))?;
                self.header_rows = Some(rows);
            }
            ImportOption::MaxRejects => {
                let share = parse_share(value).ok_or_else(|| {
                    invalid("is no percentage", "use a percentage such as 5%".to_owned())
                })?;
                self.max_rejects = Some(share);
            }
            ImportOption::Scale => self.scale = Some(Scale::parse(value)?),
            ImportOption::KnownRespondents => self.known_respondents = Some(PathBuf::from(value)),
            ImportOption::Survey => self.survey = text(),
            ImportOption::Timezone => self.timezone = text(),
            ImportOption::Profile => self.profile = text(),
            ImportOption::Sheet => self.sheet = text(),
            ImportOption::Encoding => self.encoding = text(),
            ImportOption::Metric => self.metric = text(),
            ImportOption::Rejects => self.rejects = text(),
        }
        Ok(())
    }
}

/// Parses a share such as `5%`, which is also what `5` means.
pub(crate) fn parse_share(text: &str) -> Option<f64> {
    let number = text.strip_suffix('%').unwrap_or(text).trim();
    let percent = number.parse::<f64>().ok()?;
    (0.0..=100.0).contains(&percent).then_some(percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_set_options() {
        let answer = ImportOption::Map
            .with("score=#7")
            .text(" ")
            .option_with(ImportOption::Metric, "nps")
            .text(" ")
            .option(ImportOption::Lenient)
            .option_with(ImportOption::DateFormat, "sent_at=%d/%m/%Y")
            .option_with(ImportOption::MaxRejects, "5%");
        let options = IngestOptions::default().answer(&answer).expect("valid");
        assert_eq!(options.map, [(Field::Score, Some("#7".to_owned()))]);
        assert_eq!(options.metric.as_deref(), Some("nps"));
        assert!(options.lenient);
        assert_eq!(
            options.column_date_formats,
            [(Field::SentAt, "%d/%m/%Y".into())]
        );
        assert_eq!(options.max_rejects, Some(0.05));
    }

    #[test]
    fn people_are_sealed_instead_of_kept() {
        let options = IngestOptions::default().keep("agent").keep("team=Group");
        let answer = ImportOption::KeepPersonal.with("agent");
        let options = options.answer(&answer).expect("valid");
        assert_eq!(options.keep, [KeepColumn::new("team=Group")]);
        assert_eq!(options.keep_personal, ["agent"]);
    }

    #[test]
    fn values_that_do_not_exist_are_refused() {
        for (option, value) in [
            (ImportOption::Map, Some("colour=Blue")),
            (ImportOption::Scale, Some("good")),
            (ImportOption::HeaderRows, Some("two")),
            (ImportOption::MaxRejects, Some("101%")),
            (ImportOption::SwappedDates, Some("maybe")),
            (ImportOption::Survey, None),
        ] {
            let error = IngestOptions::default().set(option, value);
            assert!(error.is_err(), "{option:?} {value:?}");
        }
    }
}
