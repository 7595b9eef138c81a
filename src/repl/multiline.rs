//! Statements over several lines in one editable text, with a continuation prompt before each.
//!
//! The line editor knows a prompt for the first line only. So each following line begins with as many
//! [`MARK`]s as the prompt is wide, which the highlighter paints as a prompt: what is shown is as wide
//! as what is edited, and the cursor is always where the editor thinks. Marks never leave the editor:
//! what is run and what the history keeps has none.

use rustyline::{
    CharSearch, Cmd, ConditionalEventHandler, Event, EventContext, EventHandler, KeyCode, KeyEvent,
    Modifiers, Movement, RepeatCount,
};

use super::lexer::{Kind, tokens};
use super::{commands, script};
use crate::statement::split;

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

/// Whether Enter runs it: its end is a command, or a statement that has ended.
pub(super) fn is_complete(text: &str) -> bool {
    let text = without_marks(text);
    script::items(&text).last().is_none_or(|last| {
        commands::parse(last.text).is_some()
            || split::is_complete(last.text)
            || command_behind(last.text).is_some()
    })
}

/// A command on the last line of a statement that has not ended, and the lines before it.
pub(super) fn command_behind(text: &str) -> Option<(&str, &str)> {
    let (before, last) = text.trim_end().rsplit_once('\n')?;
    let is_command = last.trim_start().starts_with('\\');
    (is_command && !is_open(before)).then_some((before, last))
}

/// Whether the next line goes on with a text, a quoted name or a comment.
pub(super) fn is_open(text: &str) -> bool {
    let last = tokens(text).pop();
    last.is_some_and(|token| !token.is_closed && !token.text.starts_with("--"))
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

/// The keys that know of marks, so that these and the line break before them count as one character.
pub(super) fn bindings() -> Vec<(KeyEvent, EventHandler)> {
    let key = |code| KeyEvent(code, Modifiers::NONE);
    let keys: [(KeyEvent, Key); 13] = [
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
        (KeyEvent::ctrl('D'), Key::Delete),
        (key(KeyCode::Home), Key::Home),
        (KeyEvent::ctrl('A'), Key::Home),
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
    Home,
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
    /// The editor puts its own count in the place of a command's, so these look for a character
    /// instead: the line break before the marks, or what stands behind them.
    fn command(self, text: &str, position: usize) -> Option<Cmd> {
        let (before, after) = text.split_at(position);
        let line_break = Movement::ViCharSearch(1, CharSearch::Backward('\n'));
        let behind_marks = || {
            let next_line = after.strip_prefix('\n')?;
            next_line.starts_with(MARK).then(|| {
                let mut rest = next_line.trim_start_matches(MARK).chars();
                rest.next()
            })
        };
        match self {
            Self::Enter if is_complete(text) => Some(Cmd::AcceptLine),
            Self::Enter => Some(Cmd::Insert(1, format!("\n{}", indentation()))),
            Self::Backspace if before.ends_with(MARK) => Some(Cmd::Kill(line_break)),
            Self::Left if before.ends_with(MARK) => Some(Cmd::Move(line_break)),
            Self::Right => behind_marks().map(|next| {
                Cmd::Move(match next {
                    Some(c) => Movement::ViCharSearch(1, CharSearch::Forward(c)),
                    None => Movement::EndOfBuffer,
                })
            }),
            Self::Delete => behind_marks().map(|next| {
                Cmd::Kill(match next {
                    Some(c) => Movement::ViCharSearch(1, CharSearch::ForwardBefore(c)),
                    None => Movement::EndOfBuffer,
                })
            }),
            Self::Home => {
                let line = before.rsplit('\n').next().unwrap_or(before);
                line.starts_with(MARK)
                    .then_some(Cmd::Move(Movement::ViCharSearch(
                        1,
                        CharSearch::BackwardAfter(MARK),
                    )))
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
        assert!(!is_complete("\\pset null -\nSELECT 1"));
        assert!(is_complete("\\pset null -\nSELECT 1;"));
        assert!(is_complete("SELECT 1\n\\timing"));
        assert!(!is_complete("SELECT '1\n\\timing"));
        assert!(is_complete(""));
    }

    #[test]
    fn a_command_may_come_before_a_statement_has_ended() {
        let text = "SELECT 1 -- one\n  \\timing on\n";
        assert_eq!(
            command_behind(text),
            Some(("SELECT 1 -- one", "  \\timing on"))
        );
        assert_eq!(command_behind("\\d"), None);
        assert_eq!(command_behind("SELECT '\n\\d"), None);
        assert_eq!(command_behind("SELECT /*\n\\d"), None);
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
    fn keys_take_the_marks_and_the_line_break_as_one() {
        let text = with_marks("SELECT\n1 +\n\n2");
        let end_of = |line: &str| text.find(line).unwrap() + line.len();
        let (first, second) = (end_of("SELECT"), end_of("1 +"));
        let behind_marks = second - "1 +".len();
        let search = |search| Movement::ViCharSearch(1, search);
        let to_break = || search(CharSearch::Backward('\n'));
        let at = |key: Key, position| key.command(&text, position);
        assert_eq!(
            at(Key::Backspace, behind_marks),
            Some(Cmd::Kill(to_break()))
        );
        assert_eq!(at(Key::Left, behind_marks), Some(Cmd::Move(to_break())));
        assert_eq!(at(Key::Backspace, second), None);
        assert_eq!(at(Key::Left, first), None);
        let forward = search(CharSearch::Forward('1'));
        assert_eq!(at(Key::Right, first), Some(Cmd::Move(forward)));
        let to_next = search(CharSearch::Forward('\n'));
        assert_eq!(at(Key::Right, second), Some(Cmd::Move(to_next)));
        let before = search(CharSearch::ForwardBefore('1'));
        assert_eq!(at(Key::Delete, first), Some(Cmd::Kill(before)));
        assert_eq!(at(Key::Delete, 0), None);
        let home = search(CharSearch::BackwardAfter(MARK));
        assert_eq!(at(Key::Home, second), Some(Cmd::Move(home)));
        assert_eq!(at(Key::Home, first), None);
        assert_eq!(
            at(Key::Enter, second),
            Some(Cmd::Insert(1, format!("\n{}", indentation())))
        );
        assert_eq!(Key::Enter.command("SELECT 1;", 9), Some(Cmd::AcceptLine));
        let last = with_marks("SELECT\n");
        let end = Cmd::Kill(Movement::EndOfBuffer);
        assert_eq!(Key::Delete.command(&last, first), Some(end));
    }
}
