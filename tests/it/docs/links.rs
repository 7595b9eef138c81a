//! Links between documents: files and headings that they name exist, and every page can be found.

use std::collections::{BTreeSet, HashMap};

use super::{assert_none, documents, root};

/// Returns a document's text without code: fenced blocks and code spans.
fn without_code(text: &str) -> String {
    let mut prose = String::new();
    let mut in_block = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            prose.push_str(line);
            prose.push('\n');
        }
    }
    // Every second piece between backticks is code.
    prose.split('`').step_by(2).collect()
}

/// Returns the targets of the links and images in a document.
fn targets(text: &str) -> Vec<String> {
    let prose = without_code(text);
    let between = |open: &str, close: char| -> Vec<String> {
        let pieces = prose.split(open).skip(1);
        let targets = pieces.filter_map(|piece| piece.split_once(close));
        targets.map(|(target, _)| target.to_owned()).collect()
    };
    [
        between("](", ')'),
        between("src=\"", '"'),
        between("href=\"", '"'),
    ]
    .concat()
}

/// Returns the anchor that GitHub gives a heading.
pub(super) fn anchor(heading: &str) -> String {
    // Of a link in a heading the text counts.
    let text = heading.split("](").enumerate().map(|(index, piece)| {
        let rest = piece.split_once(')').map_or("", |(_, rest)| rest);
        if index == 0 { piece } else { rest }
    });
    let text: String = text.collect();
    text.trim()
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Returns the anchors of all headings of a document.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut in_block = false;
    let mut anchors = BTreeSet::new();
    for line in text.lines() {
        in_block ^= line.trim_start().starts_with("```");
        let heading = line.trim_start_matches('#');
        let is_heading = heading.len() < line.len() && heading.starts_with(' ');
        if in_block || !is_heading {
            continue;
        }
        let anchor = anchor(heading);
        let earlier = seen.entry(anchor.clone()).or_default();
        anchors.insert(if *earlier == 0 {
            anchor
        } else {
            format!("{anchor}-{earlier}")
        });
        *earlier += 1;
    }
    anchors
}

/// Returns a link's file, as a path from the root, and its anchor; `None` for other sites.
fn resolve(from: &str, target: &str) -> Option<(String, Option<String>)> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor.to_owned())),
        None => (target, None),
    };
    if path.is_empty() {
        return Some((from.to_owned(), anchor));
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    Some((parts.join("/"), anchor))
}

#[test]
fn links_lead_somewhere() {
    let documents = documents();
    let anchors: HashMap<&str, BTreeSet<String>> = documents
        .iter()
        .map(|document| (document.name.as_str(), anchors(&document.text)))
        .collect();
    let mut problems = Vec::new();
    for document in &documents {
        for target in targets(&document.text) {
            let Some((path, anchor)) = resolve(&document.name, &target) else {
                continue;
            };
            let leads_somewhere = match (&anchor, anchors.get(path.as_str())) {
                (Some(anchor), Some(anchors)) => anchors.contains(anchor),
                (Some(_), None) => false,
                (None, _) => root().join(&path).exists(),
            };
            if !leads_somewhere {
                problems.push(format!("{}: {target} leads nowhere", document.name));
            }
        }
    }
    assert_none(&problems, "links are relative to the document");
}

#[test]
fn every_page_can_be_reached_from_the_readme() {
    let documents = documents();
    let mut reached = BTreeSet::new();
    let mut waiting = vec!["README.md".to_owned()];
    while let Some(name) = waiting.pop() {
        let Some(document) = documents.iter().find(|document| document.name == name) else {
            continue;
        };
        if reached.insert(name) {
            let links = targets(&document.text);
            let links = links
                .iter()
                .filter_map(|target| resolve(&document.name, target));
            waiting.extend(links.map(|(path, _)| path));
        }
    }
    let lost: Vec<String> = documents
        .into_iter()
        .map(|document| document.name)
        .filter(|name| name.starts_with("docs/") && !reached.contains(name))
        .collect();
    assert_none(&lost, "link them from a page that the README leads to");
}

#[test]
fn anchors_are_those_of_github() {
    for (heading, expected) in [
        ("Against whom", "against-whom"),
        ("`nps(score[, weight])`", "npsscore-weight"),
        ("What's in [a lake](lake.md)?", "whats-in-a-lake"),
        ("Time travel, and `--at`", "time-travel-and---at"),
    ] {
        assert_eq!(anchor(heading), expected);
    }
    let text = "# A\n## B\n```sh\n# C\n```\n## B\n";
    let expected = ["a", "b", "b-1"].map(str::to_owned);
    assert_eq!(anchors(text), BTreeSet::from(expected));
}
