//! The parts of a page, independent of its format.

use super::data::Stats;

#[derive(Debug, Default)]
pub(super) struct Section {
    /// Name in links: lower-case letters and hyphens.
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    pub(super) paragraphs: Vec<Prose>,
    pub(super) tables: Vec<Table>,
    /// Explanations in small print.
    pub(super) notes: Vec<Prose>,
}

impl Section {
    pub(super) fn new(id: &'static str, heading: &'static str) -> Self {
        Self {
            id,
            heading,
            ..Self::default()
        }
    }

    /// Adds a paragraph.
    pub(super) fn with(mut self, paragraph: impl Into<Prose>) -> Self {
        self.paragraphs.push(paragraph.into());
        self
    }

    pub(super) fn with_table(mut self, table: Table) -> Self {
        self.tables.push(table);
        self
    }

    pub(super) fn with_note(mut self, note: impl Into<Prose>) -> Self {
        self.notes.push(note.into());
        self
    }
}

/// Text that may contain names and values from the data.
#[derive(Clone, Debug, Default)]
pub(super) struct Prose(pub(super) Vec<Span>);

#[derive(Clone, Debug)]
pub(super) enum Span {
    /// The program's own text.
    Text(String),
    /// A name or value from the data, which may contain anything.
    Data(String),
}

impl Prose {
    pub(super) fn data(text: impl Into<String>) -> Self {
        Self::default().and_data(text)
    }

    pub(super) fn and(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Text(text.into()));
        self
    }

    pub(super) fn and_data(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Data(text.into()));
        self
    }
}

impl From<String> for Prose {
    fn from(text: String) -> Self {
        Self(vec![Span::Text(text)])
    }
}

impl From<&str> for Prose {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) caption: Prose,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// Header of the drawings in the rows, which only HTML shows.
    pub(super) graphic: Option<&'static str>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) is_number: bool,
}

impl Table {
    /// Creates a table whose first columns are text and whose others are numbers.
    pub(super) fn new(
        caption: impl Into<Prose>,
        text: &[&'static str],
        numbers: &[&'static str],
        rows: impl IntoIterator<Item = Row>,
    ) -> Self {
        let columns = |names: &[&'static str], is_number| {
            let columns = names.iter().map(|&name| Column { name, is_number });
            columns.collect::<Vec<_>>()
        };
        Self {
            caption: caption.into(),
            columns: [columns(text, false), columns(numbers, true)].concat(),
            rows: rows.into_iter().collect(),
            graphic: None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Row {
    /// The first cell names the row.
    pub(super) cells: Vec<Prose>,
    pub(super) graphic: Option<Graphic>,
}

impl Row {
    pub(super) fn new(name: impl Into<Prose>, cells: impl IntoIterator<Item = String>) -> Self {
        let cells = cells.into_iter().map(Prose::from);
        Self {
            cells: std::iter::once(name.into()).chain(cells).collect(),
            graphic: None,
        }
    }

    pub(super) fn with_graphic(mut self, graphic: Graphic) -> Self {
        self.graphic = Some(graphic);
        self
    }
}

/// A small drawing of the numbers in a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Graphic {
    /// An NPS with its interval and the overall NPS, on the table's common scale.
    Interval {
        stats: Stats,
        overall: f64,
        scale: (f64, f64),
    },
    /// A move from one NPS to another.
    Change { from: f64, to: f64 },
    /// Shares of detractors and promoters, and the largest share in the table.
    Shares {
        detractors: f64,
        promoters: f64,
        max: f64,
    },
}
