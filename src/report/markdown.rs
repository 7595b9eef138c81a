//! The report as Markdown, for a wiki, an email or a merge request.

use super::data::Report;
use super::section::{Prose, Section, Span, Table};
use super::sections::{headline, scope, sections, title};
use crate::output::append_markdown;

pub(super) fn page(report: &Report) -> String {
    let mut page = format!("# {}\n", line(&title(report)));
    for scope in scope(report) {
        page += &format!("\n{}.\n", line(&scope));
    }
    for section in std::iter::once(headline(report)).chain(sections(report)) {
        append_section(&section, &mut page);
    }
    let (day, program) = (report.made_on, report.made_by);
    page += &format!("\nGenerated on {day} by {program}.\n");
    page
}

fn append_section(section: &Section, page: &mut String) {
    *page += &format!("\n## {}\n", section.heading);
    for paragraph in &section.paragraphs {
        *page += &format!("\n{}\n", line(paragraph));
    }
    for table in &section.tables {
        // The section's heading is enough for a single table.
        if section.tables.len() > 1 {
            *page += &format!("\n### {}\n", line(&table.caption));
        }
        append_table(table, page);
    }
    for note in &section.notes {
        *page += &format!("\n{}\n", line(note));
    }
}

fn append_table(table: &Table, page: &mut String) {
    page.push('\n');
    append_row(
        table.columns.iter().map(|column| column.name.to_owned()),
        page,
    );
    let rules = table
        .columns
        .iter()
        .map(|column| if column.is_number { "---:" } else { "---" });
    append_row(rules.map(ToOwned::to_owned), page);
    for row in &table.rows {
        append_row(row.cells.iter().map(line), page);
    }
}

fn append_row(cells: impl Iterator<Item = String>, page: &mut String) {
    page.push('|');
    for cell in cells {
        *page += &format!(" {cell} |");
    }
    page.push('\n');
}

/// Returns the text on one line, with Markdown escaped.
fn line(prose: &Prose) -> String {
    let mut line = String::new();
    for Span::Text(text) | Span::Data(text) in &prose.0 {
        append_markdown(text, &mut line);
    }
    line
}
