//! What a table is made of.

use std::sync::Arc;

/// A column of a table.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of a column are. None is missing.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Names, each one of a list.
    Names(Arc<[String]>),
    /// Whole numbers.
    Integers,
    /// Numbers in single precision.
    Singles,
    /// Numbers in double precision.
    Doubles,
}

/// Some values of a column.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Places in the list of names, from 0.
    Names(Vec<u32>),
    /// Of [`Kind::Integers`].
    Integers(Vec<i32>),
    /// Of [`Kind::Singles`].
    Singles(Vec<f32>),
    /// Of [`Kind::Doubles`].
    Doubles(Vec<f64>),
}

impl Values {
    /// How many they are.
    pub fn len(&self) -> usize {
        match self {
            Self::Names(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Singles(values) => values.len(),
            Self::Doubles(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Neighbouring rows of a table: values of each column, equally many.
pub type Part = Vec<Values>;
