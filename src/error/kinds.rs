//! The type [`Error`] and its kinds.

use std::error::Error as StdError;
use std::fmt;
use std::io::{self, ErrorKind};

use exports::text::visible;
use exports::{ImportOption, Message, Question, Sample};

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why something failed, and what to do about it.
///
/// `Display` is a single line without the hint. The underlying error, if there is one, is the
/// [`source`](StdError::source).
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: Kind,
    message: Message,
    hint: Option<Hint>,
    /// A name, operator or text of the statement, as it is written.
    about: Option<String>,
    questions: Vec<Question>,
    sample: Option<Sample>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// A hint, with its text for programs.
#[derive(Clone)]
struct Hint {
    message: Message,
    text: String,
}

impl From<Message> for Hint {
    fn from(message: Message) -> Self {
        Self {
            text: message.to_string(),
            message,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The input can be read in more than one way, and the caller must choose.
    Question,
    /// The input, a setting or an option is wrong.
    Invalid,
    /// The input is valid, but an option of the caller refuses it.
    Refused,
    /// A lake, table, file or bucket does not exist.
    NotFound,
    /// The storage refused the credentials, or the role is not allowed to do it.
    Access,
    /// The storage could not be reached or failed.
    Storage,
    /// A file of the lake is not what was written.
    Damaged,
    /// Other writers kept committing first.
    Conflict,
    /// The memory limit was reached.
    Memory,
    /// A query could not be planned or run.
    Query,
}

impl Error {
    pub(super) fn new(kind: Kind, message: impl Into<Message>) -> Self {
        Self {
            inner: Box::new(Inner {
                kind,
                message: message.into(),
                hint: None,
                about: None,
                questions: Vec::new(),
                sample: None,
                source: None,
            }),
        }
    }

    pub(crate) fn question(message: impl Into<Message>) -> Self {
        let question = Question::new(message);
        Self::new(Kind::Question, question.message.clone()).with_questions(vec![question], None)
    }

    pub(crate) fn invalid(message: impl Into<Message>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub(crate) fn refused(message: impl Into<Message>) -> Self {
        Self::new(Kind::Refused, message)
    }

    /// Access that the storage refuses or the role does not allow.
    pub(crate) fn forbidden(message: impl Into<Message>) -> Self {
        Self::new(Kind::Access, message)
    }

    pub(crate) fn not_found(message: impl Into<Message>) -> Self {
        Self::new(Kind::NotFound, message)
    }

    pub(super) fn storage(message: impl Into<Message>) -> Self {
        Self::new(Kind::Storage, message)
    }

    /// A file of the lake that is not what was written.
    pub(crate) fn damaged(message: impl Into<Message>) -> Self {
        Self::new(Kind::Damaged, message)
            .with_hint("voxql doctor finds what is damaged and what can be repaired")
    }

    pub(crate) fn query(message: impl Into<Message>) -> Self {
        Self::new(Kind::Query, message)
    }

    pub(crate) fn conflict(message: impl Into<Message>) -> Self {
        Self::new(Kind::Conflict, message)
    }

    /// An I/O error at `place`, a path or URL.
    pub(crate) fn io(place: impl fmt::Display, error: io::Error) -> Self {
        let (kind, reason) = match error.kind() {
            ErrorKind::NotFound => (Kind::NotFound, "no such file".to_owned()),
            ErrorKind::PermissionDenied => (Kind::Access, "permission denied".to_owned()),
            ErrorKind::IsADirectory => (Kind::Storage, "is a folder, not a file".to_owned()),
            _ => (Kind::Storage, error.to_string()),
        };
        Self::new(kind, format!("{place}: {reason}")).with_source(error)
    }

    /// Names the part of the statement that the error is about, as it is written, to mark its place.
    pub(crate) fn about(mut self, part: impl Into<String>) -> Self {
        self.inner.about = Some(part.into());
        self
    }

    /// The part of the statement that the error is about.
    pub(crate) fn part(&self) -> Option<&str> {
        self.inner.about.as_deref()
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Message>) -> Self {
        let hint = hint.into();
        if let [only] = self.inner.questions.as_mut_slice() {
            only.hint = Some(hint.clone());
        }
        self.inner.hint = Some(hint.into());
        self
    }

    /// Adds the answers to the question, one of which is to be chosen.
    pub(crate) fn with_answers(mut self, answers: impl IntoIterator<Item = Message>) -> Self {
        if let [only] = self.inner.questions.as_mut_slice() {
            only.answers = answers.into_iter().collect();
        }
        self
    }

    pub(crate) fn with_hint_if_any(self, hint: Option<impl Into<Message>>) -> Self {
        match hint {
            Some(hint) => self.with_hint(hint),
            None => self,
        }
    }

    pub(super) fn with_questions(
        mut self,
        questions: Vec<Question>,
        sample: Option<Sample>,
    ) -> Self {
        self.inner.questions = questions;
        self.inner.sample = sample;
        self
    }

    /// Adds to the hint.
    pub(crate) fn with_more_hint(mut self, more: impl Into<Message>) -> Self {
        match self.inner.hint.take() {
            Some(hint) => self.with_hint(hint.message.text("; ").message(more)),
            None => self.with_hint(more),
        }
    }

    /// Prefixes the message with `place` (a file, lake or table).
    pub(crate) fn at(mut self, place: impl fmt::Display) -> Self {
        let message = std::mem::take(&mut self.inner.message);
        self.inner.message = Message::default()
            .text(format_args!("{}: ", visible(&place.to_string())))
            .message(message);
        self
    }

    /// A copy without the source, for wrapping the same error in another type.
    pub(super) fn without_source(&self) -> Self {
        let hint = self.inner.hint.as_ref().map(|hint| hint.message.clone());
        let mut error = Self::new(self.inner.kind, self.inner.message.clone());
        error.inner.about.clone_from(&self.inner.about);
        error
            .with_hint_if_any(hint)
            .with_questions(self.inner.questions.clone(), self.inner.sample.clone())
    }

    pub(super) fn with_source_if_any(
        mut self,
        source: Option<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.inner.source = source;
        self
    }

    pub(crate) fn with_source(mut self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.inner.source = Some(Box::new(source));
        self
    }

    /// The message and the hint, with options of an import as `option` writes them.
    pub(crate) fn render(
        &self,
        option: impl Fn(ImportOption, Option<&str>) -> String,
    ) -> (String, Option<String>) {
        let hint = self.inner.hint.as_ref();
        (
            self.inner.message.render(&option),
            hint.map(|hint| hint.message.render(&option)),
        )
    }

    /// The hint: one line on how to fix the error.
    pub fn hint(&self) -> Option<&str> {
        self.inner.hint.as_ref().map(|hint| hint.text.as_str())
    }

    /// The questions about a file, if [`is_question`](Self::is_question);
    /// [`IngestOptions::answer`](crate::IngestOptions::answer) takes the chosen answers.
    pub fn questions(&self) -> &[Question] {
        &self.inner.questions
    }

    /// The first rows of the file that is asked about, without columns of personal data.
    pub fn sample(&self) -> Option<&Sample> {
        self.inner.sample.as_ref()
    }

    /// True if the input can be read in more than one way; the hint names the option that decides.
    pub fn is_question(&self) -> bool {
        self.inner.kind == Kind::Question
    }

    /// True if the input, a setting or an option is wrong.
    pub fn is_invalid(&self) -> bool {
        self.inner.kind == Kind::Invalid
    }

    /// True if the data failed a check, such as a strict import that would reject rows.
    pub fn is_refused(&self) -> bool {
        self.inner.kind == Kind::Refused
    }

    /// True if a lake, table, file or bucket does not exist.
    pub fn is_not_found(&self) -> bool {
        self.inner.kind == Kind::NotFound
    }

    /// True if the storage refused access, or the role does not allow the action.
    pub fn is_access(&self) -> bool {
        self.inner.kind == Kind::Access
    }

    /// True if the storage could not be reached or failed.
    pub fn is_storage(&self) -> bool {
        self.inner.kind == Kind::Storage
    }

    /// True if a file of the lake is not what was written.
    pub fn is_damaged(&self) -> bool {
        self.inner.kind == Kind::Damaged
    }

    /// True if other writers kept committing first; trying again is safe.
    pub fn is_conflict(&self) -> bool {
        self.inner.kind == Kind::Conflict
    }

    /// True if the memory limit was reached.
    pub fn is_out_of_memory(&self) -> bool {
        self.inner.kind == Kind::Memory
    }

    /// True if a query could not be planned or failed while it ran.
    pub fn is_query(&self) -> bool {
        self.inner.kind == Kind::Query
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.message.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.inner.kind)
            .field("message", &self.inner.message.to_string())
            .field("hint", &self.hint())
            .field("source", &self.inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as _)
    }
}

/// Folds white space, so that an error stays on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
