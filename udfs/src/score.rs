//! Scores: their types, scales and categories.

use datafusion::arrow::array::{Array, ArrayRef, ArrowNativeTypeOp, AsArray, BooleanArray};
use datafusion::arrow::buffer::{NullBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::{
    ArrowNativeType, ArrowPrimitiveType, DataType, Decimal128Type, Decimal256Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, internal_err, plan_err};

/// The number of different scores: 0 to 10.
pub(crate) const SCORES: usize = 11;

/// The scale of a question, and its name in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scale {
    /// The statistic computed from the scores, as the subject of a sentence.
    pub(crate) subject: &'static str,
    /// The function, if it takes the highest score as an argument.
    pub(crate) function: Option<&'static str>,
    pub(crate) lowest: i8,
    /// At most 10.
    pub(crate) highest: i8,
}

impl Scale {
    /// Likelihood to recommend: 0 to 10.
    pub(crate) const NPS: Self = Self {
        subject: "an NPS",
        function: None,
        lowest: 0,
        highest: 10,
    };

    fn contains(self, score: i8) -> bool {
        (self.lowest..=self.highest).contains(&score)
    }
}

/// The category of a respondent, from their score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    Promoter,
    Passive,
    Detractor,
}

impl Category {
    pub(crate) const ALL: [Self; 3] = [Self::Promoter, Self::Passive, Self::Detractor];

    /// Returns the category of a score that was checked to be 0 to 10.
    pub(crate) fn from_score(score: i8) -> Self {
        match score {
            9.. => Self::Promoter,
            7.. => Self::Passive,
            _ => Self::Detractor,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Promoter => "promoter",
            Self::Passive => "passive",
            Self::Detractor => "detractor",
        }
    }
}

/// Returns the type to read a score of type `data_type` as.
///
/// Other types are returned unchanged, for [`check_score_type`] to refuse: an error raised during
/// coercion reaches the user wrapped twice.
pub(crate) fn coerce_score_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Null => DataType::Int8,
        DataType::Float16 | DataType::Float32 => DataType::Float64,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Dictionary(_, values) => coerce_score_type(values),
        other => other.clone(),
    }
}

/// Returns an error if `function` cannot read a coerced type as a score.
pub(crate) fn check_score_type(function: &str, data_type: &DataType) -> Result<()> {
    match data_type {
        DataType::Float64 | DataType::Decimal128(..) | DataType::Decimal256(..) => Ok(()),
        integer if integer.is_integer() => Ok(()),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => plan_err!(
            "{function}(score) needs a number; cast it: {function}(CAST(score AS TINYINT))"
        ),
        other => plan_err!("{function}(score) needs a number, not {other}"),
    }
}

/// A batch of scores, in which every row that counts was checked to be a whole number on its scale.
/// The values of other rows are undefined.
#[derive(Debug)]
pub(crate) struct Scores {
    values: ScalarBuffer<i8>,
    rows: Option<NullBuffer>,
}

impl Scores {
    /// Reads a column of a type that [`check_score_type`] accepts. A row counts if its score is not
    /// NULL and it is set in `rows`; bad scores in other rows are no error.
    pub(crate) fn try_new(
        scale: Scale,
        array: &ArrayRef,
        rows: Option<&NullBuffer>,
    ) -> Result<Self> {
        let rows = NullBuffer::union(array.logical_nulls().as_ref(), rows);
        let values = match array.data_type() {
            DataType::Int8 => read_int8(scale, array, rows.as_ref())?,
            DataType::Int16 => read_integer::<Int16Type>(scale, array, rows.as_ref())?,
            DataType::Int32 => read_integer::<Int32Type>(scale, array, rows.as_ref())?,
            DataType::Int64 => read_integer::<Int64Type>(scale, array, rows.as_ref())?,
            DataType::UInt8 => read_integer::<UInt8Type>(scale, array, rows.as_ref())?,
            DataType::UInt16 => read_integer::<UInt16Type>(scale, array, rows.as_ref())?,
            DataType::UInt32 => read_integer::<UInt32Type>(scale, array, rows.as_ref())?,
            DataType::UInt64 => read_integer::<UInt64Type>(scale, array, rows.as_ref())?,
            DataType::Float64 => read::<Float64Type>(scale, array, rows.as_ref(), whole_float)?,
            &DataType::Decimal128(_, digits) => {
                read::<Decimal128Type>(scale, array, rows.as_ref(), |v| whole_decimal(v, digits))?
            }
            &DataType::Decimal256(_, digits) => {
                read::<Decimal256Type>(scale, array, rows.as_ref(), |v| whole_decimal(v, digits))?
            }
            other => return internal_err!("a score of type {other} was not coerced"),
        };
        Ok(Self { values, rows })
    }

    pub(crate) fn values(&self) -> &[i8] {
        &self.values
    }

    /// Returns the rows that count; `None` if all do.
    pub(crate) fn rows(&self) -> Option<&NullBuffer> {
        self.rows.as_ref()
    }

    /// Counts the rows of each category, in the order of [`Category::ALL`].
    pub(crate) fn category_counts(&self) -> [i64; 3] {
        let Some(rows) = &self.rows else {
            // Two passes without branches, which the compiler vectorizes.
            let promoters = self.values.iter().filter(|&&s| s >= 9).count();
            let detractors = self.values.iter().filter(|&&s| s <= 6).count();
            let passives = self.values.len() - promoters - detractors;
            return [promoters, passives, detractors].map(|n| n as i64);
        };
        let mut counts = [0; 3];
        for row in rows.valid_indices() {
            counts[Category::from_score(self.values[row]) as usize] += 1;
        }
        counts
    }

    /// Counts the rows of each score, from 0 to 10.
    pub(crate) fn histogram(&self) -> [i64; SCORES] {
        let mut counts = [0; SCORES];
        if let Some(rows) = &self.rows {
            for row in rows.valid_indices() {
                counts[self.values[row] as usize] += 1;
            }
        } else {
            for &score in self.values() {
                counts[score as usize] += 1;
            }
        }
        counts
    }

    /// Calls `visit` with the row and score of each row that counts.
    #[inline]
    pub(crate) fn try_for_each(
        &self,
        mut visit: impl FnMut(usize, i8) -> Result<()>,
    ) -> Result<()> {
        try_for_each_row(self.rows(), self.values.len(), |row| {
            visit(row, self.values[row])
        })
    }
}

/// Returns the rows that pass a FILTER clause: those for which it is true, not NULL.
pub(crate) fn filtered_rows(filter: Option<&BooleanArray>) -> Option<NullBuffer> {
    let filter = filter?;
    let passed = NullBuffer::new(filter.values().clone());
    NullBuffer::union(Some(&passed), filter.nulls())
}

/// Calls `visit` with each row that counts.
pub(crate) fn try_for_each_row(
    rows: Option<&NullBuffer>,
    row_count: usize,
    mut visit: impl FnMut(usize) -> Result<()>,
) -> Result<()> {
    match rows {
        None => (0..row_count).try_for_each(visit),
        Some(rows) => rows.valid_indices().try_for_each(&mut visit),
    }
}

fn read_int8(
    scale: Scale,
    array: &ArrayRef,
    rows: Option<&NullBuffer>,
) -> Result<ScalarBuffer<i8>> {
    let values = array.as_primitive::<Int8Type>().values();
    // A score too low wraps to one too high. No early exit, so that the compiler vectorizes this.
    let steps = (scale.highest - scale.lowest) as u8;
    let suspicious = values.iter().fold(false, |any, &score| {
        any | (score.wrapping_sub(scale.lowest) as u8 > steps)
    });
    if suspicious {
        try_for_each_row(rows, values.len(), |row| {
            let is_on_scale = scale.contains(values[row]);
            is_on_scale
                .then_some(())
                .ok_or_else(|| bad_score(scale, array, row))
        })?;
    }
    Ok(values.clone())
}

fn read_integer<T>(
    scale: Scale,
    array: &ArrayRef,
    rows: Option<&NullBuffer>,
) -> Result<ScalarBuffer<i8>>
where
    T: ArrowPrimitiveType,
    i8: TryFrom<T::Native>,
{
    read::<T>(scale, array, rows, |value| i8::try_from(value).ok())
}

/// Reads with `to_score`, which returns `None` for a value that is not a small whole number.
fn read<T: ArrowPrimitiveType>(
    scale: Scale,
    array: &ArrayRef,
    rows: Option<&NullBuffer>,
    to_score: impl Fn(T::Native) -> Option<i8>,
) -> Result<ScalarBuffer<i8>> {
    let values = array.as_primitive::<T>().values();
    let mut scores = vec![0; values.len()];
    try_for_each_row(rows, values.len(), |row| {
        scores[row] = to_score(values[row])
            .filter(|&score| scale.contains(score))
            .ok_or_else(|| bad_score(scale, array, row))?;
        Ok(())
    })?;
    Ok(scores.into())
}

fn whole_float(value: f64) -> Option<i8> {
    let in_range = (0.0..SCORES as f64).contains(&value);
    (in_range && value.fract() == 0.0).then_some(value as i8)
}

fn whole_decimal<N: ArrowNativeTypeOp + ArrowNativeType>(value: N, digits: i8) -> Option<i8> {
    let unit = N::usize_as(10)
        .pow_checked(u32::from(digits.unsigned_abs()))
        .ok()?;
    let whole = if digits < 0 {
        value.mul_checked(unit).ok()?
    } else if value.mod_checked(unit).ok()?.is_zero() {
        value.div_checked(unit).ok()?
    } else {
        return None;
    };
    (0..SCORES as i8).find(|&score| N::usize_as(score as usize) == whole)
}

#[cold]
fn bad_score(scale: Scale, array: &ArrayRef, row: usize) -> DataFusionError {
    let value = match array_value_to_string(array, row) {
        Ok(value) => value,
        Err(error) => return error.into(),
    };
    let Scale {
        subject,
        function,
        lowest,
        highest,
    } = scale;
    // A value that does not parse is not a number.
    let number = value.parse::<f64>().unwrap_or(f64::NAN);
    if !number.is_finite() {
        return exec_datafusion_err!(
            "score {value} is outside {lowest} to {highest}; make it NULL if there is no answer"
        );
    }
    // In range but refused, so it has a fraction.
    if (f64::from(lowest)..=f64::from(highest)).contains(&number) {
        return exec_datafusion_err!(
            "score {value} is not a whole number; {subject} is computed from individual answers, not averages"
        );
    }
    match function {
        Some(function) if number > f64::from(highest) && number < SCORES as f64 => {
            exec_datafusion_err!(
                "score {value} is outside {lowest} to {highest}; set the scale if it is longer, as in {function}(score, 10), or exclude the score with NULLIF(score, {value})"
            )
        }
        _ => exec_datafusion_err!(
            "score {value} is outside {lowest} to {highest}; correct it, or exclude it with NULLIF(score, {value})"
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        Decimal128Array, Decimal256Array, Float64Array, Int8Array, UInt64Array,
    };
    use datafusion::arrow::datatypes::i256;

    use super::*;

    fn read(array: impl Array + 'static) -> Result<Vec<i8>> {
        let array: ArrayRef = Arc::new(array);
        Ok(Scores::try_new(Scale::NPS, &array, None)?.values().to_vec())
    }

    #[track_caller]
    fn assert_refused(array: impl Array + 'static, message: &str) {
        let error = read(array).expect_err("a bad score").to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn categories() {
        let promoters = (0..=10).filter(|&s| Category::from_score(s) == Category::Promoter);
        assert_eq!(promoters.collect::<Vec<_>>(), [9, 10]);
        let passives = (0..=10).filter(|&s| Category::from_score(s) == Category::Passive);
        assert_eq!(passives.collect::<Vec<_>>(), [7, 8]);
    }

    #[test]
    fn whole_numbers_of_any_type_are_scores() {
        assert_eq!(read(UInt64Array::from(vec![0, 10])).unwrap(), [0, 10]);
        assert_eq!(
            read(Float64Array::from(vec![-0.0, 9.0, 10.0])).unwrap(),
            [0, 9, 10]
        );
        let decimals = Decimal128Array::from(vec![0, 700, 1000]);
        let decimals = decimals.with_precision_and_scale(5, 2).unwrap();
        assert_eq!(read(decimals).unwrap(), [0, 7, 10]);
        let tens = Decimal256Array::from(vec![i256::ZERO, i256::ONE]);
        let tens = tens.with_precision_and_scale(3, -1).unwrap();
        assert_eq!(read(tens).unwrap(), [0, 10]);
        let longest = Decimal256Array::from(vec![i256::ZERO]);
        let longest = longest.with_precision_and_scale(76, 76).unwrap();
        assert_eq!(read(longest).unwrap(), [0]);
    }

    #[test]
    fn errors_name_the_value() {
        assert_refused(Int8Array::from(vec![10, 11]), "score 11 is outside 0 to 10");
        assert_refused(Int8Array::from(vec![-1]), "score -1 is outside 0 to 10");
        let huge = "score 18446744073709551615 is outside 0 to 10";
        assert_refused(UInt64Array::from(vec![u64::MAX]), huge);
        for (score, message) in [
            (7.5, "score 7.5 is not a whole number"),
            (f64::NAN, "score NaN is outside"),
            (1e300, "score 1e300 is outside"),
        ] {
            assert_refused(Float64Array::from(vec![score]), message);
        }
        let half = Decimal128Array::from(vec![750]);
        assert_refused(
            half.with_precision_and_scale(5, 2).unwrap(),
            "score 7.50 is not a whole number",
        );
        let huge = Decimal128Array::from(vec![i128::MAX / 2]);
        assert_refused(huge.with_precision_and_scale(38, -3).unwrap(), "outside");
    }

    #[test]
    fn scores_off_the_scale_are_refused() {
        let scale = Scale {
            subject: "a mean",
            function: Some("mean"),
            lowest: 1,
            highest: 7,
        };
        let read = |array: ArrayRef| Scores::try_new(scale, &array, None);
        let all = (1..=7).collect::<Vec<i8>>();
        let scores = read(Arc::new(Int8Array::from(all))).unwrap();
        assert_eq!(scores.histogram(), [0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0]);
        for (bad, message) in [
            (0, "score 0 is outside 1 to 7; correct it"),
            (
                8,
                "as in mean(score, 10), or exclude the score with NULLIF(score, 8)",
            ),
            (-1, "NULLIF(score, -1)"),
            (i8::MIN, "score -128 is outside"),
            (i8::MAX, "score 127 is outside 1 to 7; correct it"),
        ] {
            let narrow = read(Arc::new(Int8Array::from(vec![bad]))).expect_err("not on the scale");
            assert!(narrow.to_string().contains(message), "{narrow}");
            let wide = UInt64Array::from(vec![u64::from(bad.unsigned_abs())]);
            if bad >= 0 {
                let wide = read(Arc::new(wide)).expect_err("not on the scale");
                assert_eq!(wide.to_string(), narrow.to_string());
            }
        }
        let half = read(Arc::new(Float64Array::from(vec![6.5]))).expect_err("half a step");
        assert!(
            half.to_string()
                .contains("a mean is computed from individual answers")
        );
    }

    #[test]
    fn a_histogram_counts_each_score() {
        let array: ArrayRef = Arc::new(Int8Array::from(vec![Some(3), None, Some(10), Some(3)]));
        let scores = Scores::try_new(Scale::NPS, &array, None).unwrap();
        assert_eq!(scores.histogram(), [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn rows_that_do_not_count_are_not_checked() {
        let array: ArrayRef = Arc::new(Int8Array::new(
            vec![99, 9, 98, 0].into(),
            Some(vec![false, true, true, true].into()),
        ));
        let filter = BooleanArray::from(vec![Some(true), Some(true), None, Some(false)]);
        let scores =
            Scores::try_new(Scale::NPS, &array, filtered_rows(Some(&filter)).as_ref()).unwrap();
        assert_eq!(scores.category_counts(), [1, 0, 0]);
    }

    #[test]
    fn dictionaries_are_read_as_their_values() {
        let dictionary = |values| DataType::Dictionary(Box::new(DataType::Int8), Box::new(values));
        assert_eq!(
            coerce_score_type(&dictionary(DataType::Float32)),
            DataType::Float64
        );
        let text = coerce_score_type(&dictionary(DataType::Utf8));
        assert!(check_score_type("nps", &text).is_err());
    }
}
