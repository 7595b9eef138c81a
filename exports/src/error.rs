//! The error type of this crate. The engine converts it to its own.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use crate::message::Message;
use crate::question::{Question, Sample};
use crate::text::visible;

/// The result of a fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a file cannot be read, with a hint how to fix it.
///
/// `Display` writes one line without the hint.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    place: Option<String>,
    message: Message,
    hint: Option<Message>,
    /// The questions and the sample, if the error is a question.
    asked: Option<Box<Asked>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The questions of an error, and rows of the file that they are about.
#[derive(Debug)]
struct Asked {
    questions: Vec<Question>,
    sample: Option<Sample>,
}

impl Asked {
    fn new(questions: Vec<Question>) -> Option<Box<Self>> {
        let sample = None;
        Some(Box::new(Self { questions, sample }))
    }
}

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The file can be read in more than one way, and the caller has to decide.
    Question,
    /// The file or an option is invalid.
    Invalid,
    /// A file does not exist.
    NotFound,
    /// Permission denied.
    Access,
    /// A file could not be read or written.
    Storage,
    /// The work was cancelled.
    Cancelled,
    /// An object store or the caller's code failed; the source has the cause.
    External,
}

impl Error {
    fn new(kind: ErrorKind, message: impl Into<Message>) -> Self {
        Self {
            kind,
            place: None,
            message: message.into(),
            hint: None,
            asked: None,
            source: None,
        }
    }

    pub(crate) fn question(message: impl Into<Message>) -> Self {
        let question = Question::new(message);
        Self {
            asked: Asked::new(vec![question.clone()]),
            ..Self::new(ErrorKind::Question, question.message)
        }
    }

    pub(crate) fn invalid(message: impl Into<Message>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn not_found(message: impl Into<Message>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    pub(crate) fn cancelled(message: impl Into<Message>) -> Self {
        Self::new(ErrorKind::Cancelled, message)
    }

    /// Converts an I/O error at `place`, a path.
    pub fn io(place: impl fmt::Display, error: io::Error) -> Self {
        let other = error.to_string();
        let (kind, message) = match error.kind() {
            io::ErrorKind::NotFound => (ErrorKind::NotFound, "no such file"),
            io::ErrorKind::PermissionDenied => (ErrorKind::Access, "permission denied"),
            io::ErrorKind::IsADirectory => (ErrorKind::Storage, "is a folder, not a file"),
            _ => (ErrorKind::Storage, other.as_str()),
        };
        Self::new(kind, message).at(place).with_source(error)
    }

    /// Wraps an error of an object store, or of the caller's code that processes the rows.
    pub fn external(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(ErrorKind::External, error.to_string()).with_source(error)
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Message>) -> Self {
        self.hint = Some(hint.into());
        if let Some(asked) = &mut self.asked
            && let [only] = asked.questions.as_mut_slice()
        {
            only.hint.clone_from(&self.hint);
        }
        self
    }

    /// Appends to the hint.
    pub(crate) fn with_more_hint(mut self, more: impl Into<Message>) -> Self {
        self.hint = Some(match self.hint {
            Some(hint) => hint.text("; ").message(more),
            None => more.into(),
        });
        self
    }

    /// Adds the options that answer the question, one of which is to be chosen.
    pub(crate) fn with_answers(mut self, answers: impl IntoIterator<Item = Message>) -> Self {
        if let Some(asked) = &mut self.asked
            && let [only] = asked.questions.as_mut_slice()
        {
            only.answers = answers.into_iter().collect();
        }
        self
    }

    /// Combines questions into one error, whose hint ends with options that answer all of them.
    pub(crate) fn all(mut questions: Vec<Self>) -> Option<Self> {
        if questions.len() < 2 {
            return questions.pop();
        }
        let mut message = Message::default();
        let mut hint = Message::default();
        let mut together = Message::from("; all together, such as");
        let mut is_answered = true;
        let mut given: Vec<&Message> = Vec::new();
        let asked: Vec<Question> = questions
            .into_iter()
            .filter_map(|one| one.asked)
            .flat_map(|asked| asked.questions)
            .collect();
        for question in &asked {
            let separator = if message.is_empty() { "" } else { "; " };
            message = message.text(separator).message(question.message.clone());
            if let Some(more) = &question.hint {
                let separator = if hint.is_empty() { "" } else { "; " };
                hint = hint.text(separator).message(more.clone());
            }
            match question.answers.first() {
                Some(first) if given.contains(&first) => {}
                Some(first) => {
                    given.push(first);
                    together = together.text(" ").message(first.clone());
                }
                None => is_answered = false,
            }
        }
        if is_answered {
            hint = hint.message(together);
        }
        Some(Self {
            asked: Asked::new(asked),
            hint: Some(hint),
            ..Self::new(ErrorKind::Question, message)
        })
    }

    fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Names the file that the error is about, unless the error names one already.
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place
            .get_or_insert_with(|| visible(&place.to_string()).into_owned());
        self
    }

    /// Prefixes the message with the option that the error is about.
    pub(crate) fn within(mut self, option: impl Into<Message>) -> Self {
        self.message = option.into().text(": ").message(self.message);
        self
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The file that the error is about, if known.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// The message, prefixed with the place.
    pub fn message(&self) -> Message {
        match &self.place {
            Some(place) => Message::from(format!("{place}: ")).message(self.message.clone()),
            None => self.message.clone(),
        }
    }

    /// The hint how to fix the error.
    pub fn hint(&self) -> Option<&Message> {
        self.hint.as_ref()
    }

    /// The questions, if the error is of that kind.
    pub fn questions(&self) -> &[Question] {
        self.asked.as_ref().map_or(&[], |asked| &asked.questions)
    }

    /// Rows of the file that the questions are about.
    pub fn sample(&self) -> Option<&Sample> {
        self.asked.as_ref()?.sample.as_ref()
    }

    pub(crate) fn with_sample(mut self, sample: Sample) -> Self {
        if let Some(asked) = &mut self.asked {
            asked.sample = Some(sample);
        }
        self
    }

    /// The underlying error.
    pub fn into_source(self) -> Option<Box<dyn StdError + Send + Sync>> {
        self.source
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let source = self.source.as_deref()?;
        Some(source as &(dyn StdError + 'static))
    }
}

impl From<object_store::Error> for Error {
    fn from(error: object_store::Error) -> Self {
        Self::external(error)
    }
}
