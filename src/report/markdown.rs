//! The report in Markdown, for a wiki, a mail or a merge request.

use super::data::Report;
use super::section::{Part, Prose, Section, Table};
use super::sections::{headline, scope, sections, title};
use crate::output::append_markdown;

/// The whole report.
pub(super) fn page(report: &Report) -> String {
    let mut page = format!("# {}\n", line(&title(report)));
    for scope in scope(report) {
        page += &format!("\n{}.\n", line(&scope));
    }
    for section in std::iter::once(headline(report)).chain(sections(report)) {
        append_section(&section, &mut page);
    }
    page += &format!("\nMade on {} by {}.\n", report.made_on, report.made_by);
    page
}

fn append_section(section: &Section, page: &mut String) {
    page.push_str(&format!("\n## {}\n", section.heading));
    for paragraph in &section.paragraphs {
        page.push_str(&format!("\n{}\n", line(paragraph)));
    }
    for table in &section.tables {
        // A table of the same name as its section needs no name of its own.
        if section.tables.len() > 1 {
            page.push_str(&format!("\n### {}\n", line(&table.caption)));
        }
        append_table(table, page);
    }
    for note in &section.notes {
        page.push_str(&format!("\n{}\n", line(note)));
    }
}

fn append_table(table: &Table, page: &mut String) {
    let names = table.columns.iter().map(|column| column.name);
    let rules = table.columns.iter().map(|column| match column.is_number {
        true => "---:",
        false => "---",
    });
    page.push('\n');
    append_row(names.map(ToOwned::to_owned), page);
    append_row(rules.map(ToOwned::to_owned), page);
    for row in &table.rows {
        append_row(row.cells.iter().map(line), page);
    }
}

fn append_row(cells: impl Iterator<Item = String>, page: &mut String) {
    page.push('|');
    for cell in cells {
        page.push_str(&format!(" {cell} |"));
    }
    page.push('\n');
}

/// Text on one line, with nothing in it that Markdown takes for markup.
fn line(prose: &Prose) -> String {
    let mut line = String::new();
    for Part::Words(text) | Part::Data(text) in &prose.0 {
        append_markdown(text, &mut line);
    }
    line
}
