//! Options for reading a file.

use std::collections::BTreeMap;

use crate::message::{ImportOption, Message};

/// The name in [`ReadOptions::map`] of the column of questions, in files with one answer a row.
pub const QUESTION: &str = "question";

/// The name in [`ReadOptions::map`] of the column of answers, in files with one answer a row.
pub const ANSWER: &str = "answer";

/// The start of names in [`ReadOptions::map`] that give values of consent a meaning: `consent.granted`.
pub const CONSENT_VALUES: &str = "consent.";

/// The name in the option `map` of the values that mean `granted`, `withdrawn` or `unknown`.
pub fn consent_values(meaning: &str) -> String {
    format!("{CONSENT_VALUES}{meaning}")
}

/// The values, by their meaning, that the options give one.
pub fn given_values(options: &ReadOptions) -> BTreeMap<String, Vec<String>> {
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, list) in &options.map {
        if let Some(meaning) = name.trim().strip_prefix(CONSENT_VALUES) {
            given
                .entry(meaning.to_owned())
                .or_default()
                .push(list.clone());
        }
    }
    given
}

/// True if a name in the option `map` gives values of consent a meaning.
pub fn names_consent_values(name: &str) -> bool {
    name.trim().starts_with(CONSENT_VALUES)
}

/// Options for reading a file. By default everything is detected from headers and content.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The survey of all responses in the file. Default: that of a survey column, else `default`.
    pub survey: Option<String>,
    /// Pairs of a field and the header or place (`#7`) of its column; an empty header if no column
    /// has the field. The score may have several columns, of which each row fills at most one. In files
    /// with one answer a row, [`QUESTION`] and [`ANSWER`] have the columns of these. Values of consent are
    /// here too, under names that begin with [`CONSENT_VALUES`].
    pub map: Vec<(String, String)>,
    /// Headers of columns to keep, or `name=header` to rename one.
    pub keep: Vec<String>,
    /// Headers of columns with names of people, which are sealed with the respondent's identity.
    pub keep_personal: Vec<String>,
    /// The time zone of dates that state none.
    pub timezone: Option<String>,
    /// The time zone of dates if neither they nor `timezone` state one. Unlike `timezone`, it says
    /// nothing about the file: abbreviations of zones do not mean it. Default: UTC.
    pub default_timezone: Option<String>,
    /// Formats of dates: a strftime pattern, `unix`, `unix_ms` or `excel`; `FIELD=FORMAT` for one
    /// date column, which comes before a format of all.
    pub date_formats: Vec<String>,
    /// The treatment of dates whose day and month a spreadsheet seems to have swapped. Default:
    /// ask.
    pub swapped_dates: Option<SwappedDates>,
    /// The profile of the file: a built-in name, or the path of a TOML file.
    pub profile: Option<String>,
    /// The sheet of a workbook. Default: the one with scores.
    pub sheet: Option<String>,
    /// The number of header rows; 0 for none. Default: detected.
    pub header_rows: Option<u32>,
    /// The encoding of the text: a WHATWG label, or `cp437` or `cp850`. Default: detected for each
    /// cell.
    pub encoding: Option<String>,
    /// The scale of the answers, from worst to best, such as `0-10`, `1-5` or `10-0`.
    pub scale: Option<String>,
    /// The metric of a file that has no column for it: `nps`, `csat`, `ces`, `stars` or such.
    pub metric: Option<String>,
    /// Also reads scores written as words or as `8/10`.
    pub lenient: bool,
    /// Drops names, addresses and phone numbers of respondents instead of sealing them.
    pub drop_identities: bool,
}

impl ReadOptions {
    /// The column that is mapped under a name.
    pub fn mapped(&self, name: &str) -> Option<&str> {
        let mut map = self.map.iter();
        let (_, column) = map.find(|(mapped, _)| mapped.trim() == name)?;
        Some(column)
    }

    /// True if the options state that the file has one answer a row.
    pub fn have_answers_in_rows(&self) -> bool {
        self.mapped(QUESTION).is_some() || self.mapped(ANSWER).is_some()
    }

    /// These options with those of an answer to a question; `None` if the file has to be read again for
    /// it, or if the answer leaves the value open.
    pub fn with_answer(&self, answer: &Message) -> Option<Self> {
        let mut options = self.clone();
        for (option, value) in answer.options() {
            if option == ImportOption::Lenient {
                options.lenient = true;
                continue;
            }
            let value = value?.to_owned();
            match option {
                ImportOption::Map => {
                    let (field, column) = value.split_once('=')?;
                    options.map.push((field.to_owned(), column.to_owned()));
                }
                ImportOption::KeepPersonal => {
                    options.keep.retain(|kept| *kept != value);
                    options.keep_personal.push(value);
                }
                ImportOption::Timezone => options.timezone = Some(value),
                ImportOption::DateFormat => options.date_formats.push(value),
                ImportOption::SwappedDates => options.swapped_dates = SwappedDates::parse(&value),
                ImportOption::Scale => options.scale = Some(value),
                ImportOption::Metric => options.metric = Some(value),
                _ => return None,
            }
        }
        Some(options)
    }
}

/// The treatment of dates whose day and month a spreadsheet seems to have swapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwappedDates {
    /// Swap them back.
    Fix,
    /// They are right as they are.
    Keep,
}

impl SwappedDates {
    /// Parses `fix` or `keep`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "fix" => Some(Self::Fix),
            "keep" => Some(Self::Keep),
            _ => None,
        }
    }

    /// The value as [`parse`](Self::parse) reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fix => "fix",
            Self::Keep => "keep",
        }
    }
}
