//! The column of each field.

use std::ops::{Index, IndexMut};

use crate::columns::Column;
use crate::columns::field::Field;

/// The position of each field's column.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fields([Option<usize>; Field::ALL.len()]);

impl Fields {
    /// True if the column at this position is mapped to a field.
    pub fn contains(&self, index: usize) -> bool {
        self.0.contains(&Some(index))
    }

    pub fn column<'a>(&self, columns: &'a [Column], field: Field) -> Option<&'a Column> {
        self[field].map(|index| &columns[index])
    }
}

impl Index<Field> for Fields {
    type Output = Option<usize>;

    fn index(&self, field: Field) -> &Self::Output {
        &self.0[field as usize]
    }
}

impl IndexMut<Field> for Fields {
    fn index_mut(&mut self, field: Field) -> &mut Self::Output {
        &mut self.0[field as usize]
    }
}
