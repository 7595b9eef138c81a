//! Statements over several lines in one editable text, with a continuation prompt before each line.
//!
//! The line editor has a prompt for the first line only. So each other line begins with as many
//! [`MARK`]s as the prompt is wide, and the highlighter shows them as a prompt. The shown text is as
//! wide as the edited one, so the cursor is where the editor expects it. Marks never leave the editor:
//! they are removed before a statement runs or enters the history.

use rustyline::{
    CharSearch, Cmd, ConditionalEventHandler, Event, EventContext, EventHandler, KeyCode, KeyEvent,
    Modifiers, Movement, RepeatCount,
};

use super::prompt::PROMPT;
use super::tokenize::{Kind, MARK, is_unterminated, tokenize};
use super::{commands, script};
use crate::statement::split;

/// The marks at the beginning of a continuation line.
pub(super) fn line_marks() -> String {
    MARK.to_string().repeat(PROMPT.len())
}

pub(super) fn without_marks(text: &str) -> String {
    text.replace(MARK, "")
}

/// The text with marks at the beginning of each line but the first.
pub(super) fn with_marks(text: &str) -> String {
    text.replace('\n', &format!("\n{}", line_marks()))
}

/// True if Enter runs the text: it ends with a command or a complete statement.
pub(super) fn is_complete(text: &str) -> bool {
    let text = without_marks(text);
    script::items(&text).last().is_none_or(|last| {
        commands::parse(last.text).is_some()
            || split::is_complete(last.text)
            || trailing_command(last.text).is_some()
    })
}

/// Splits a command at the end from the incomplete statement before it: `(statement, command)`. It is on
/// a line of its own, or `\g` or `\gx` behind the statement.
pub(super) fn trailing_command(text: &str) -> Option<(&str, &str)> {
    if let Some(split) = script::split_go(text) {
        return Some(split);
    }
    let (before, last) = text.trim_end().rsplit_once('\n')?;
    let is_command = last.trim_start().starts_with('\\');
    (is_command && !is_unterminated(before)).then_some((before, last))
}

/// The prompt of the line after `before`. It shows what is open, as psql's does.
pub(super) fn continuation_prompt(before: &str) -> String {
    let tokens = tokenize(before);
    let depth = tokens.iter().fold(0_i64, |depth, token| match token.kind {
        Kind::OpenBracket => depth + 1,
        Kind::CloseBracket => depth - 1,
        _ => depth,
    });
    let sign = match tokens.last().filter(|token| !token.is_closed) {
        Some(open) if open.text.starts_with('$') => '$',
        Some(open) if open.text.starts_with("/*") => '*',
        Some(open) if open.kind == Kind::String => '\'',
        Some(open) if open.kind == Kind::QuotedName => '"',
        _ if depth > 0 => '(',
        _ => '-',
    };
    format!("{sign:>width$}> ", width = PROMPT.len() - 2)
}

/// Keys that treat the marks and the line break before them as one character.
pub(super) fn bindings() -> Vec<(KeyEvent, EventHandler)> {
    let key = |code| KeyEvent(code, Modifiers::NONE);
    let keys = [
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
    let handler = |(event, key): (_, Key)| (event, EventHandler::Conditional(Box::new(key)));
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
    /// The command of the key at a byte offset of the text; `None` for the key's default.
    ///
    /// The editor overwrites the repeat count of a command. So these search for a character instead:
    /// the line break before the marks, or the character after them.
    fn command(self, text: &str, position: usize) -> Option<Cmd> {
        let (before, after) = text.split_at(position);
        let line_break = Movement::ViCharSearch(1, CharSearch::Backward('\n'));
        let to_next_line = |search: fn(char) -> CharSearch| {
            let next_line = after.strip_prefix('\n')?.strip_prefix(MARK)?;
            let next = next_line.trim_start_matches(MARK).chars().next();
            Some(next.map_or(Movement::EndOfBuffer, |c| {
                Movement::ViCharSearch(1, search(c))
            }))
        };
        match self {
            Self::Enter if is_complete(text) => Some(Cmd::AcceptLine),
            Self::Enter => Some(Cmd::Insert(1, format!("\n{}", line_marks()))),
            Self::Backspace => before.ends_with(MARK).then_some(Cmd::Kill(line_break)),
            Self::Left => before.ends_with(MARK).then_some(Cmd::Move(line_break)),
            Self::Right => to_next_line(CharSearch::Forward).map(Cmd::Move),
            Self::Delete => to_next_line(CharSearch::ForwardBefore).map(Cmd::Kill),
            Self::Home => {
                let line = before.rsplit('\n').next().unwrap_or(before);
                let line_start = Movement::ViCharSearch(1, CharSearch::BackwardAfter(MARK));
                line.starts_with(MARK).then_some(Cmd::Move(line_start))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_added_and_removed() {
        let text = "SELECT 'a\nb',\n  1;";
        let marked = with_marks(text);
        assert_eq!(marked.matches(MARK).count(), 2 * PROMPT.len());
        assert_eq!(without_marks(&marked), text);
        assert!(is_complete(&marked));
    }

    #[test]
    fn commands_and_ended_statements_are_complete() {
        for (text, complete) in [
            ("SELECT 1", false),
            ("\\d", true),
            ("\\pset null -\nSELECT 1", false),
            ("\\pset null -\nSELECT 1;", true),
            ("SELECT 1\n\\timing", true),
            ("SELECT '1\n\\timing", false),
            ("", true),
        ] {
            assert_eq!(is_complete(text), complete, "{text}");
        }
    }

    #[test]
    fn a_command_may_follow_an_incomplete_statement() {
        let text = "SELECT 1 -- one\n  \\timing on\n";
        let split = Some(("SELECT 1 -- one", "  \\timing on"));
        assert_eq!(trailing_command(text), split);
        for text in ["\\d", "SELECT '\n\\d", "SELECT /*\n\\d", "SELECT $$\n\\d"] {
            assert_eq!(trailing_command(text), None, "{text}");
        }
    }

    #[test]
    fn the_continuation_prompt_shows_what_is_open() {
        for (before, prompt) in [
            ("SELECT 1", "    -> "),
            ("SELECT 'a", "    '> "),
            ("SELECT \"a", "    \"> "),
            ("SELECT nps(", "    (> "),
            ("SELECT /* a", "    *> "),
            ("SELECT $$a", "    $> "),
            ("SELECT 1 -- a", "    -> "),
        ] {
            assert_eq!(continuation_prompt(before), prompt, "{before}");
        }
    }

    #[test]
    fn keys_treat_marks_and_line_break_as_one_character() {
        let text = with_marks("SELECT\n1 +\n\n2");
        let end_of = |line: &str| text.find(line).unwrap() + line.len();
        let (first, second) = (end_of("SELECT"), end_of("1 +"));
        let after_marks = second - "1 +".len();
        let search = |search| Movement::ViCharSearch(1, search);
        let to_break = || search(CharSearch::Backward('\n'));
        let forward = search(CharSearch::Forward('1'));
        let to_next = search(CharSearch::Forward('\n'));
        let before = search(CharSearch::ForwardBefore('1'));
        let home = search(CharSearch::BackwardAfter(MARK));
        let line_break = Cmd::Insert(1, format!("\n{}", line_marks()));
        for (key, position, command) in [
            (Key::Backspace, after_marks, Some(Cmd::Kill(to_break()))),
            (Key::Left, after_marks, Some(Cmd::Move(to_break()))),
            (Key::Backspace, second, None),
            (Key::Left, first, None),
            (Key::Right, first, Some(Cmd::Move(forward))),
            (Key::Right, second, Some(Cmd::Move(to_next))),
            (Key::Delete, first, Some(Cmd::Kill(before))),
            (Key::Delete, 0, None),
            (Key::Home, second, Some(Cmd::Move(home))),
            (Key::Home, first, None),
            (Key::Enter, second, Some(line_break)),
        ] {
            assert_eq!(key.command(&text, position), command, "{key:?} {position}");
        }
        assert_eq!(Key::Enter.command("SELECT 1;", 9), Some(Cmd::AcceptLine));
        let last = with_marks("SELECT\n");
        let end = Cmd::Kill(Movement::EndOfBuffer);
        assert_eq!(Key::Delete.command(&last, first), Some(end));
    }
}
