//! Text and tables as HTML.

use exports::text::visible;
use maud::{Markup, PreEscaped, html};

use crate::report::charts;
use crate::report::section::{Prose, Row, Span, Table};

/// Text in which data is isolated, so that it cannot change the direction of other text.
pub(super) fn prose(prose: &Prose) -> Markup {
    html! {
        @for part in &prose.0 {
            @match part {
                Span::Text(text) => (text),
                Span::Data(text) => bdi { (visible(text)) },
            }
        }
    }
}

/// Text without markup.
pub(super) fn plain(prose: &Prose) -> String {
    let parts = prose.0.iter().map(|part| match part {
        Span::Text(text) => text.clone(),
        Span::Data(text) => visible(text).into_owned(),
    });
    parts.collect()
}

/// A table that scrolls sideways on a narrow page.
pub(super) fn data_table(table: &Table) -> Markup {
    let caption = plain(&table.caption);
    html! {
        div class="scroll" role="region" tabindex="0" aria-label=(caption) {
            table {
                caption { (prose(&table.caption)) }
                thead {
                    tr {
                        @for (index, column) in table.columns.iter().enumerate() {
                            // An empty header is an accessibility error.
                            @if column.name.is_empty() {
                                td {}
                            } @else {
                                th scope="col" class=[column.is_number.then_some("number")] {
                                    (column.name)
                                }
                            }
                            @if index == 0 {
                                @if let Some(graphic) = table.graphic {
                                    // The drawings repeat the numbers of the row.
                                    td class="drawn" aria-hidden="true" { (graphic) }
                                }
                            }
                        }
                    }
                }
                tbody {
                    @for row in &table.rows {
                        (data_row(table, row))
                    }
                }
            }
        }
    }
}

fn data_row(table: &Table, row: &Row) -> Markup {
    html! {
        tr {
            @for (index, (column, cell)) in table.columns.iter().zip(&row.cells).enumerate() {
                @if index == 0 {
                    th scope="row" { (prose(cell)) }
                    @if table.graphic.is_some() {
                        td class="drawn" aria-hidden="true" {
                            @if let Some(graphic) = row.graphic {
                                (PreEscaped(charts::row(graphic)))
                            }
                        }
                    }
                } @else {
                    td class=[column.is_number.then_some("number")] { (prose(cell)) }
                }
            }
        }
    }
}
