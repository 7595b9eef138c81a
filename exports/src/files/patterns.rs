//! Patterns of file names: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for any folders.

use std::path::PathBuf;

use glob::{MatchOptions, Pattern};

use crate::error::{Error, Result};

/// Characters that make a name a pattern.
const WILDCARDS: [char; 4] = ['*', '?', '[', '{'];

/// `*` does not match across folders, which `**` does, nor hidden files.
pub(super) const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// A pattern, as one alternative for each choice of its braces.
#[derive(Clone, Debug)]
pub struct Patterns {
    text: String,
    alternatives: Vec<(String, Pattern)>,
}

impl Patterns {
    /// Parses a pattern. `None` if the text has no wildcards.
    ///
    /// # Errors
    /// Returns an error if a bracket or brace is not closed, or `**` is not a folder by itself.
    pub fn parse(text: &str) -> Result<Option<Self>> {
        if !text.contains(WILDCARDS) {
            return Ok(None);
        }
        let invalid = |reason: String| {
            Error::invalid(format!("not a valid pattern: {reason}"))
                .at(text)
                .with_hint("write patterns such as exports/*.csv or exports/**/*.csv")
        };
        let braces =
            expand_braces(text).ok_or_else(|| invalid("a brace is not closed".to_owned()))?;
        let mut alternatives = Vec::new();
        for mut alternative in braces {
            if alternative == "**" || alternative.ends_with("/**") {
                alternative.push_str("/*");
            }
            let pattern = Pattern::new(&alternative);
            let pattern = pattern.map_err(|error| invalid(error.msg.to_owned()))?;
            alternatives.push((alternative, pattern));
        }
        Ok(Some(Self {
            text: text.to_owned(),
            alternatives,
        }))
    }

    /// The files that match, sorted.
    pub fn files(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for (alternative, _) in &self.alternatives {
            let found = glob::glob_with(alternative, MATCHING)
                .map_err(|error| Error::invalid(error.msg).at(&self.text))?;
            for path in found {
                let path = path.map_err(|error| {
                    let path = error.path().display().to_string();
                    Error::io(path, error.into())
                })?;
                if path.is_file() {
                    files.push(path);
                }
            }
        }
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// True if a name matches.
    pub fn matches(&self, name: &str) -> bool {
        let mut alternatives = self.alternatives.iter();
        alternatives.any(|(_, pattern)| pattern.matches_with(name, MATCHING))
    }

    /// The folder that all matches are in, without a slash at its end.
    pub fn folder(&self) -> &str {
        let wildcard = self.text.find(WILDCARDS).unwrap_or(self.text.len());
        let end = self.text[..wildcard].rfind('/').unwrap_or(0);
        &self.text[..end]
    }
}

/// Expands `a{b,c}` to `ab` and `ac`. Braces may be nested. `None` if one is not closed.
fn expand_braces(text: &str) -> Option<Vec<String>> {
    let Some(open) = text.find('{') else {
        return Some(vec![text.to_owned()]);
    };
    let mut depth = 0;
    let mut start = open + 1;
    let mut choices = Vec::new();
    for (at, c) in text[open..].char_indices() {
        let at = open + at;
        match c {
            '{' => depth += 1,
            ',' if depth == 1 => {
                choices.push(&text[start..at]);
                start = at + 1;
            }
            '}' if depth == 1 => {
                choices.push(&text[start..at]);
                let mut expanded = Vec::new();
                for choice in choices {
                    let one = format!("{}{choice}{}", &text[..open], &text[at + 1..]);
                    expanded.extend(expand_braces(&one)?);
                }
                return Some(expanded);
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        for (pattern, name, expected) in [
            ("a/*.csv", "a/b.csv", true),
            ("a/*.csv", "a/b/c.csv", false),
            ("a/*.csv", "a/.b.csv", false),
            ("a/**/*.csv", "a/c.csv", true),
            ("a/**/*.csv", "a/b/b/c.csv", true),
            ("a/**", "a/b/c.csv", true),
            ("f[01].csv", "f1.csv", true),
            ("f[!01].csv", "f1.csv", false),
            ("f?.csv", "f12.csv", false),
            ("{a,b}/x.csv", "b/x.csv", true),
            ("{a,b{1,2}}.csv", "b2.csv", true),
            ("{a,b{1,2}}.csv", "b.csv", false),
        ] {
            let patterns = Patterns::parse(pattern).unwrap().unwrap();
            assert_eq!(patterns.matches(name), expected, "{pattern} {name}");
        }
        assert!(Patterns::parse("a.csv").unwrap().is_none());
        for pattern in ["a[.csv", "a{b.csv", "**.csv"] {
            assert!(Patterns::parse(pattern).is_err(), "{pattern}");
        }
        let folder = |text| Patterns::parse(text).unwrap().unwrap().folder().to_owned();
        assert_eq!(folder("a/b/c*.csv"), "a/b");
        assert_eq!(folder("*.csv"), "");
    }
}
