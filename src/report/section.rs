//! The parts of a page, whatever it is written in.

use super::data::Stats;

/// A heading and what stands under it.
#[derive(Debug, Default)]
pub(super) struct Section {
    /// Its name in links, a word in small letters.
    pub(super) id: &'static str,
    pub(super) heading: &'static str,
    /// What is to be known first.
    pub(super) paragraphs: Vec<Prose>,
    pub(super) tables: Vec<Table>,
    /// What helps to read it, in small print.
    pub(super) notes: Vec<Prose>,
}

/// Text with what strangers have named in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Prose(pub(super) Vec<Part>);

#[derive(Clone, Debug)]
pub(super) enum Part {
    /// Words of the program.
    Words(String),
    /// A name or value of the data, which may hold anything.
    Data(String),
}

impl Prose {
    pub(super) fn words(text: impl Into<String>) -> Self {
        Self(vec![Part::Words(text.into())])
    }

    pub(super) fn data(text: impl Into<String>) -> Self {
        Self(vec![Part::Data(text.into())])
    }

    pub(super) fn and(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Words(text.into()));
        self
    }

    pub(super) fn and_data(mut self, text: impl Into<String>) -> Self {
        self.0.push(Part::Data(text.into()));
        self
    }

    /// Several names, with commas between them.
    pub(super) fn and_all<'a>(mut self, texts: impl Iterator<Item = &'a str>) -> Self {
        for (index, text) in texts.enumerate() {
            if index > 0 {
                self = self.and(", ");
            }
            self = self.and_data(text);
        }
        self
    }
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) caption: Prose,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// What is drawn in each row, where a page can draw.
    pub(super) graphic: Option<Column>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) is_number: bool,
}

/// A column of text.
pub(super) const fn text(name: &'static str) -> Column {
    Column {
        name,
        is_number: false,
    }
}

/// A column of numbers.
pub(super) const fn number(name: &'static str) -> Column {
    Column {
        name,
        is_number: true,
    }
}

#[derive(Debug)]
pub(super) struct Row {
    /// The first names the row.
    pub(super) cells: Vec<Prose>,
    pub(super) graphic: Option<Graphic>,
}

impl Row {
    pub(super) fn new(name: Prose, cells: impl IntoIterator<Item = String>) -> Self {
        let cells = cells.into_iter().map(Prose::words);
        Self {
            cells: std::iter::once(name).chain(cells).collect(),
            graphic: None,
        }
    }

    pub(super) fn drawn(mut self, graphic: Graphic) -> Self {
        self.graphic = Some(graphic);
        self
    }
}

/// A small drawing of a row's numbers, which says nothing that they do not.
#[derive(Clone, Copy, Debug)]
pub(super) enum Graphic {
    /// An NPS with its interval, on a scale that the table shares, and that of all.
    Interval {
        stats: Stats,
        of_all: f64,
        scale: (f64, f64),
    },
    /// From one NPS to another.
    Change { from: f64, to: f64 },
    /// Shares of detractors and of promoters, and the longest of the table.
    Shares {
        detractors: f64,
        promoters: f64,
        longest: f64,
    },
}
