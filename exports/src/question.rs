//! Questions about a file, with answers to choose from.

use crate::message::Message;

/// Something about a file that the caller has to decide.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// The question, in words.
    pub message: Message,
    /// The hint: one line on the options that answer it.
    pub hint: Option<Message>,
    /// The answers to choose from, each one or more options with their values. Empty if only the
    /// caller knows the value, such as a time zone, or if no option decides.
    pub answers: Vec<Message>,
}

impl Question {
    /// A question that is still without answers.
    pub fn new(message: impl Into<Message>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            answers: Vec::new(),
        }
    }
}

/// The first rows of a file that is asked about, for a person to see.
///
/// Columns of personal data are left out, and values are shortened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The headers of the columns.
    pub header: Vec<String>,
    /// The cells of each row, as many as headers.
    pub rows: Vec<Vec<String>>,
}
