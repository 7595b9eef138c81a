//! Statements over several lines in one editable text, with a continuation prompt before each.
//!
//! The line editor knows a prompt for the first line only. So each following line begins with as many
//! [`MARK`]s as the prompt is wide, which the highlighter paints as a prompt: what is shown is as wide
//! as what is edited, and the cursor is always where the editor thinks. Marks never leave the editor:
//! what is run and what the history keeps has none.

use rustyline::{
    At, Cmd, ConditionalEventHandler, Event, EventContext, EventHandler, KeyCode, KeyEvent,
    Modifiers, Movement, RepeatCount, Word,
};

use super::lexer::{Kind, tokens};
use super::{commands, statements};

/// A character of no meaning and the width of a space, which shows as nothing (Braille without dots).
pub(super) const MARK: char = '\u{2800}';

/// The first prompt; the others are as wide.
pub(super) const PROMPT: &str = "voxql> ";

/// What a line that goes on begins with.
pub(super) fn indentation() -> String {
    MARK.to_string().repeat(PROMPT.len())
}

/// The text without marks.
pub(super) fn without_marks(text: &str) -> String {
    text.replace(MARK, "")
}

/// The text with marks before each line but the first.
pub(super) fn with_marks(text: &str) -> String {
    text.replace('\n', &format!("\n{}", indentation()))
}

/// Whether Enter runs it: a command, or statements that have ended.
pub(super) fn is_complete(text: &str) -> bool {
    let text = without_marks(text);
    commands::parse(&text).is_some() || statements::is_complete(&text)
}

/// The prompt of a line that goes on after `before`, which says what is open, as psql's does.
pub(super) fn continuation(before: &str) -> String {
    let pieces = tokens(before);
    let open = pieces
        .last()
        .filter(|token| !token.is_closed)
        .map(|token| token.kind);
    let depth = pieces.iter().fold(0_i64, |depth, token| match token.kind {
        Kind::Open => depth + 1,
        Kind::Close => depth - 1,
        _ => depth,
    });
    let sign = match open {
        Some(Kind::Text) => "'",
        Some(Kind::QuotedName) => "\"",
        Some(Kind::Comment) if pieces.last().is_some_and(|it| it.text.starts_with("/*")) => "*",
        _ if depth > 0 => "(",
        _ => "-",
    };
    format!("{:>width$}> ", sign, width = PROMPT.len() - 2)
}

/// The keys that know of marks, so that these count as one character.
pub(super) fn bindings() -> Vec<(KeyEvent, EventHandler)> {
    let key = |code| KeyEvent(code, Modifiers::NONE);
    let keys: [(KeyEvent, Key); 10] = [
        (key(KeyCode::Enter), Key::Enter),
        (KeyEvent::ctrl('J'), Key::Enter),
        (KeyEvent::ctrl('M'), Key::Enter),
        (key(KeyCode::Backspace), Key::Backspace),
        (KeyEvent::ctrl('H'), Key::Backspace),
        (key(KeyCode::Left), Key::Left),
        (KeyEvent::ctrl('B'), Key::Left),
        (key(KeyCode::Right), Key::Right),
        (KeyEvent::ctrl('F'), Key::Right),
        (key(KeyCode::Delete), Key::Delete),
    ];
    let handler = |(event, key)| (event, EventHandler::Conditional(Box::new(key)));
    keys.into_iter().map(handler).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Enter,
    Backspace,
    Delete,
    Left,
    Right,
}

impl ConditionalEventHandler for Key {
    fn handle(
        &self,
        _: &Event,
        n: RepeatCount,
        _: bool,
        context: &EventContext<'_>,
    ) -> Option<Cmd> {
        if n != 1 {
            return None;
        }
        self.command(context.line(), context.pos())
    }
}

impl Key {
    /// What the key does at a byte of the text, `None` for what it does in any text.
    ///
    /// The editor puts its own count in the place of a command's, so these count nothing: marks are a
    /// word of their own, and the beginning of their line.
    fn command(self, text: &str, position: usize) -> Option<Cmd> {
        let (before, after) = text.split_at(position);
        match self {
            Self::Enter if is_complete(text) => Some(Cmd::AcceptLine),
            Self::Enter => Some(Cmd::Insert(1, format!("\n{}", indentation()))),
            Self::Backspace if before.ends_with(MARK) => Some(Cmd::Kill(Movement::BeginningOfLine)),
            Self::Left if before.ends_with(MARK) => {
                Some(Cmd::Move(Movement::BackwardWord(1, Word::Vi)))
            }
            Self::Right if after.starts_with(MARK) => {
                Some(Cmd::Move(Movement::ForwardWord(1, At::AfterEnd, Word::Vi)))
            }
            Self::Delete => {
                let rest = after.strip_prefix('\n')?;
                let unmarked = rest.trim_start_matches(MARK).to_owned();
                Some(Cmd::Replace(Movement::EndOfBuffer, Some(unmarked)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_and_go() {
        let text = "SELECT 'a\nb',\n  1;";
        let marked = with_marks(text);
        assert_eq!(marked.matches(MARK).count(), 2 * PROMPT.len());
        assert_eq!(without_marks(&marked), text);
        assert!(is_complete(&marked));
        assert!(!is_complete("SELECT 1"));
        assert!(is_complete("\\d"));
    }

    #[test]
    fn the_continuation_says_what_is_open() {
        assert_eq!(continuation("SELECT 1"), "    -> ");
        assert_eq!(continuation("SELECT 'a"), "    '> ");
        assert_eq!(continuation("SELECT \"a"), "    \"> ");
        assert_eq!(continuation("SELECT nps("), "    (> ");
        assert_eq!(continuation("SELECT /* a"), "    *> ");
        assert_eq!(continuation("SELECT 1 -- a"), "    -> ");
    }

    #[test]
    fn keys_take_the_marks_as_one() {
        let text = with_marks("SELECT\n1");
        let end = text.len();
        let behind_marks = end - 1;
        let behind_break = "SELECT\n".len();
        assert_eq!(
            Key::Backspace.command(&text, behind_marks),
            Some(Cmd::Kill(Movement::BeginningOfLine))
        );
        assert_eq!(Key::Backspace.command(&text, end), None);
        assert_eq!(Key::Backspace.command(&text, behind_break), None);
        assert_eq!(
            Key::Right.command(&text, behind_break),
            Some(Cmd::Move(Movement::ForwardWord(1, At::AfterEnd, Word::Vi)))
        );
        assert_eq!(
            Key::Delete.command(&text, "SELECT".len()),
            Some(Cmd::Replace(Movement::EndOfBuffer, Some("1".to_owned())))
        );
        assert_eq!(
            Key::Enter.command(&text, end),
            Some(Cmd::Insert(1, format!("\n{}", indentation())))
        );
        assert_eq!(Key::Enter.command("SELECT 1;", 9), Some(Cmd::AcceptLine));
    }
}
