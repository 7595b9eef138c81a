//! Messages that name import options independently of how the user writes them.

use std::fmt;

use serde::{Serialize, Serializer};

/// Text with import options as symbols, so that the command line can render them as its flags.
///
/// `Display` writes them like the fields of `IngestOptions`; see [`render`](Self::render).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Option(ImportOption, Option<String>),
}

/// An import option that a message can name: a field of `IngestOptions`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportOption {
    Survey,
    Map,
    Keep,
    KeepPersonal,
    Timezone,
    DateFormat,
    SwappedDates,
    Profile,
    Sheet,
    HeaderRows,
    Encoding,
    Scale,
    Metric,
    Lenient,
    Strict,
    MaxRejects,
    KnownRespondents,
    Rejects,
}

impl ImportOption {
    /// All options.
    pub const ALL: [Self; 18] = [
        Self::Survey,
        Self::Map,
        Self::Keep,
        Self::KeepPersonal,
        Self::Timezone,
        Self::DateFormat,
        Self::SwappedDates,
        Self::Profile,
        Self::Sheet,
        Self::HeaderRows,
        Self::Encoding,
        Self::Scale,
        Self::Metric,
        Self::Lenient,
        Self::Strict,
        Self::MaxRejects,
        Self::KnownRespondents,
        Self::Rejects,
    ];

    /// The name of the field of `IngestOptions`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Survey => "survey",
            Self::Map => "map",
            Self::Keep => "keep",
            Self::KeepPersonal => "keep_personal",
            Self::Timezone => "timezone",
            Self::DateFormat => "date_format",
            Self::SwappedDates => "swapped_dates",
            Self::Profile => "profile",
            Self::Sheet => "sheet",
            Self::HeaderRows => "header_rows",
            Self::Encoding => "encoding",
            Self::Scale => "scale",
            Self::Metric => "metric",
            Self::Lenient => "lenient",
            Self::Strict => "strict",
            Self::MaxRejects => "max_rejects",
            Self::KnownRespondents => "known_respondents",
            Self::Rejects => "rejects",
        }
    }

    /// True if the option has no value.
    pub fn is_switch(self) -> bool {
        matches!(self, Self::Lenient | Self::Strict)
    }

    /// A message of just this option, to be extended.
    pub fn message(self) -> Message {
        Message::default().option(self)
    }

    /// A message of just this option and a value, to be extended.
    pub fn with(self, value: impl fmt::Display) -> Message {
        Message::default().option_with(self, value)
    }
}

impl Message {
    /// Messages with a space between each two.
    pub fn joined(messages: impl IntoIterator<Item = Self>) -> Self {
        messages.into_iter().fold(Self::default(), |all, message| {
            let space = if all.is_empty() { "" } else { " " };
            all.text(space).message(message)
        })
    }

    /// True if there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends text.
    pub fn text(mut self, text: impl fmt::Display) -> Self {
        let text = text.to_string();
        match self.0.last_mut() {
            Some(Piece::Text(before)) => before.push_str(&text),
            _ if text.is_empty() => {}
            _ => self.0.push(Piece::Text(text)),
        }
        self
    }

    /// Appends the name of an option.
    pub fn option(mut self, option: ImportOption) -> Self {
        self.0.push(Piece::Option(option, None));
        self
    }

    /// Appends an option with its value, which is `name=column` for `map` and `keep`.
    pub fn option_with(mut self, option: ImportOption, value: impl fmt::Display) -> Self {
        self.0.push(Piece::Option(option, Some(value.to_string())));
        self
    }

    /// Appends another message.
    pub fn message(mut self, other: impl Into<Self>) -> Self {
        for piece in other.into().0 {
            match piece {
                Piece::Text(text) => self = self.text(text),
                option => self.0.push(option),
            }
        }
        self
    }

    /// The options that are named, with their values.
    pub fn options(&self) -> impl Iterator<Item = (ImportOption, Option<&str>)> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Option(option, value) => Some((*option, value.as_deref())),
        })
    }

    /// Renders the message; `write` renders an option and its value, if it has one.
    pub fn render(&self, write: impl Fn(ImportOption, Option<&str>) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Option(option, value) => write(*option, value.as_deref()),
        });
        pieces.collect()
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.render(|option, value| match value {
            Some(value) => format!("{}({value:?})", option.name()),
            None => option.name().to_owned(),
        });
        f.write_str(&text)
    }
}

impl<T: Into<String>> From<T> for Message {
    fn from(text: T) -> Self {
        Self::default().text(text.into())
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_rendered_for_programs_and_for_the_command_line() {
        let message = Message::from("set ")
            .option_with(ImportOption::DateFormat, "%d/%m/%Y")
            .text(" or ")
            .message(ImportOption::Lenient.message().text(" scores"));
        assert_eq!(
            message.to_string(),
            "set date_format(\"%d/%m/%Y\") or lenient scores"
        );
        let flags = message.render(|option, value| {
            let flag = format!("--{}", option.name().replace('_', "-"));
            value.map_or_else(|| flag.clone(), |value| format!("{flag} '{value}'"))
        });
        assert_eq!(flags, "set --date-format '%d/%m/%Y' or --lenient scores");
    }
}
