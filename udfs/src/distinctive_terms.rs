//! `distinctive_terms`: words that distinguish detractors' comments from promoters'.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, ListArray, StringArray, StructArray,
};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::function::{
    AccumulatorArgs, AggregateFunctionSimplification, StateFieldsArgs,
};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, ReversedUDAF, Signature, Volatility,
};
use datafusion::physical_expr::expressions::Literal;
use datafusion_macros::user_doc;

use crate::distinct::{check_distinct, refuse_distinct};
use crate::score::{Category, Scale, Scores, check_score_type, coerce_score_type};
use crate::terms::terms;
use crate::text::{check_text_type, coerce_text_type, strings};

const NAME: &str = "distinctive_terms";
const SYNTAX: &str = "distinctive_terms(comment, score[, k[, min_respondents]])";
const K_DEFAULT: i64 = 10;
const K_MAX: i64 = 1000;
const MIN_RESPONDENTS_DEFAULT: i64 = 3;

#[user_doc(
    doc_section(label = "Net Promoter Score Functions"),
    description = "Returns the words that distinguish detractors' comments from promoters', as a list of structs: term, z_score, detractors, promoters. The z-score is that of the log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008): positive for words of detractors, which come first, and negative for words of promoters. The counts are of comments that contain the word, however often. Comments of passives count only towards the prior, the frequency of each word in all comments. Words are in lower case; numbers, single letters and the most common words of each comment's language are left out. Rows without a comment or score are ignored. The list is empty unless both detractors and promoters left comments.",
    syntax_example = "distinctive_terms(comment, score[, k[, min_respondents]])",
    sql_example = r#"```sql
> SELECT t['term'] AS term, round(t['z_score'], 2) AS z_score, t['detractors'] AS detractors, t['promoters'] AS promoters
  FROM (SELECT unnest(distinctive_terms(comment, score, 1, 2)) AS t
        FROM (VALUES ('Slow app', 2), ('So slow!', 4), ('Great app', 9), ('great', 10), ('The app is ok', 7)) AS t(comment, score));
+-------+---------+------------+-----------+
| term  | z_score | detractors | promoters |
+-------+---------+------------+-----------+
| slow  | 1.09    | 2          | 0         |
| great | -1.09   | 0          | 2         |
+-------+---------+------------+-----------+
```"#,
    argument(name = "comment", description = "The text of the comment."),
    argument(
        name = "score",
        description = "A whole number from 0 to 10, of any numeric type."
    ),
    argument(
        name = "k",
        description = "The maximum number of terms of detractors, and of promoters, to return: a constant from 1 to 1000. Default 10."
    ),
    argument(
        name = "min_respondents",
        description = "The minimum number of comments of detractors and promoters that contain a term, to leave out names and words of a single person: a constant. Default 3."
    ),
    related_udf(name = "sentiment")
)]
#[derive(Debug, PartialEq, Eq, Hash)]
struct DistinctiveTerms {
    signature: Signature,
}

/// `distinctive_terms(comment, score [, k [, min_respondents]])`: a list of structs of term, z-score
/// and counts.
pub fn distinctive_terms_udaf() -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(DistinctiveTerms {
        signature: Signature::user_defined(Volatility::Immutable)
            .with_parameter_names(vec!["comment", "score", "k", "min_respondents"])
            .expect("four different names"),
    }))
}

fn result_fields() -> Fields {
    Fields::from(vec![
        Field::new("term", DataType::Utf8, false),
        Field::new("z_score", DataType::Float64, false),
        Field::new("detractors", DataType::Int64, false),
        Field::new("promoters", DataType::Int64, false),
    ])
}

fn state_fields() -> Fields {
    let counts = Category::ALL.map(|c| Field::new(c.name(), DataType::Int64, false));
    std::iter::once(Field::new("term", DataType::Utf8, false))
        .chain(counts)
        .collect()
}

fn list_of(fields: Fields) -> DataType {
    DataType::List(item_of(fields))
}

fn item_of(fields: Fields) -> FieldRef {
    Arc::new(Field::new_list_field(DataType::Struct(fields), true))
}

/// Returns a list with one struct for each row of the columns.
fn list(fields: Fields, columns: Vec<ArrayRef>) -> Result<ScalarValue> {
    let structs = StructArray::try_new(fields.clone(), columns, None)?;
    let offsets = OffsetBuffer::from_lengths([structs.len()]);
    let list = ListArray::try_new(item_of(fields), offsets, Arc::new(structs), None)?;
    Ok(ScalarValue::List(Arc::new(list)))
}

impl AggregateUDFImpl for DistinctiveTerms {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        let coerce = |(position, data_type): (usize, &DataType)| match position {
            0 => coerce_text_type(data_type),
            1 => coerce_score_type(data_type),
            _ if data_type.is_integer() => DataType::Int64,
            _ => data_type.clone(),
        };
        Ok(arg_types.iter().enumerate().map(coerce).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        let (comment, score, numbers) = match arg_types {
            [comment, score, numbers @ ..] if numbers.len() <= 2 => (comment, score, numbers),
            other => {
                return plan_err!(
                    "{NAME} takes a comment, a score and up to two optional numbers, not {} arguments: {SYNTAX}",
                    other.len()
                );
            }
        };
        check_text_type("distinctive_terms(comment, score)", "comment", comment)?;
        check_score_type(NAME, score)?;
        for (argument, data_type) in ["k", "min_respondents"].into_iter().zip(numbers) {
            if *data_type != DataType::Int64 {
                return plan_err!("{SYNTAX} needs a whole number as {argument}, not {data_type}");
            }
        }
        Ok(list_of(result_fields()))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        check_distinct(NAME, args.is_distinct)?;
        let number = |position: usize, argument, default, max| match args.exprs.get(position) {
            None => Ok(default),
            Some(expr) => match expr.downcast_ref::<Literal>().map(Literal::value) {
                Some(&ScalarValue::Int64(Some(number))) if (1..=max).contains(&number) => {
                    Ok(number)
                }
                Some(other) => exec_err!(
                    "{SYNTAX} needs a whole number from 1 to {max} as {argument}, not {other}"
                ),
                None => exec_err!("{SYNTAX} needs a constant as {argument}, not {expr}"),
            },
        };
        Ok(Box::new(TermsAccumulator {
            k: number(2, "k", K_DEFAULT, K_MAX)? as usize,
            min_respondents: number(3, "min_respondents", MIN_RESPONDENTS_DEFAULT, i64::MAX)?,
            counts: HashMap::new(),
            terms_size: 0,
        }))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        check_distinct(NAME, args.is_distinct)?;
        let name = format_state_name(args.name, "terms");
        Ok(vec![Arc::new(Field::new(
            name,
            list_of(state_fields()),
            false,
        ))])
    }

    fn default_value(&self, _data_type: &DataType) -> Result<ScalarValue> {
        most_distinctive(&HashMap::new(), K_DEFAULT as usize, MIN_RESPONDENTS_DEFAULT)
    }

    fn simplify(&self) -> Option<AggregateFunctionSimplification> {
        refuse_distinct()
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

/// The number of comments with a term, in the order of [`Category::ALL`].
type Counts = [i64; 3];

struct TermsAccumulator {
    k: usize,
    min_respondents: i64,
    counts: HashMap<Box<str>, Counts>,
    terms_size: usize,
}

impl TermsAccumulator {
    fn add(&mut self, term: &str, counts: Counts) {
        if let Some(sums) = self.counts.get_mut(term) {
            add(sums, counts);
            // All rows with the term have left the window.
            if *sums == [0; 3] {
                self.counts.remove(term);
                self.terms_size -= term.len();
            }
        } else {
            self.counts.insert(term.into(), counts);
            self.terms_size += term.len();
        }
    }

    fn count(&mut self, values: &[ArrayRef], step: i64) -> Result<()> {
        let [comments, scores, ..] = values else {
            return internal_err!(
                "expected a comment and its score, not {} columns",
                values.len()
            );
        };
        let scores = Scores::try_new(Scale::NPS, scores, comments.logical_nulls().as_ref())?;
        for (row, comment) in strings(comments)?.enumerate() {
            let is_answered = scores.rows().is_none_or(|rows| rows.is_valid(row));
            let Some(comment) = comment.filter(|_| is_answered) else {
                continue;
            };
            let mut counts = [0; 3];
            counts[Category::from_score(scores.values()[row]) as usize] = step;
            for term in terms(comment) {
                self.add(&term, counts);
            }
        }
        Ok(())
    }
}

fn add(sums: &mut Counts, counts: Counts) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum += count;
    }
}

impl Accumulator for TermsAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.count(values, 1)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.count(values, -1)
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        most_distinctive(&self.counts, self.k, self.min_respondents)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let terms = StringArray::from_iter_values(self.counts.keys());
        let counts = Category::ALL.map(|category| -> ArrayRef {
            let counts = self.counts.values().map(|counts| counts[category as usize]);
            Arc::new(Int64Array::from_iter_values(counts))
        });
        let columns = std::iter::once(Arc::new(terms) as ArrayRef).chain(counts);
        Ok(vec![list(state_fields(), columns.collect())?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [state] = states else {
            return internal_err!("expected one column of state, not {}", states.len());
        };
        for structs in state.as_list::<i32>().iter().flatten() {
            let structs = structs.as_struct();
            let [term, promoters, passives, detractors] = structs.columns() else {
                return internal_err!(
                    "expected a term and three counts, not {} columns",
                    structs.num_columns()
                );
            };
            let [promoters, passives, detractors] =
                [promoters, passives, detractors].map(|c| c.as_primitive::<Int64Type>().values());
            for (row, term) in term.as_string::<i32>().iter().enumerate() {
                if let Some(term) = term {
                    self.add(term, [promoters[row], passives[row], detractors[row]]);
                }
            }
        }
        Ok(())
    }

    fn size(&self) -> usize {
        size_of_val(self)
            + self.counts.capacity() * size_of::<(Box<str>, Counts)>()
            + self.terms_size
    }
}

impl fmt::Debug for TermsAccumulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the terms: they are people's words.
        f.debug_struct("TermsAccumulator")
            .field("k", &self.k)
            .field("min_respondents", &self.min_respondents)
            .field("terms", &self.counts.len())
            .finish_non_exhaustive()
    }
}

struct Candidate<'a> {
    term: &'a str,
    z_score: f64,
    detractors: i64,
    promoters: i64,
}

fn most_distinctive(
    counts: &HashMap<Box<str>, Counts>,
    k: usize,
    min_respondents: i64,
) -> Result<ScalarValue> {
    let mut totals = [0; 3];
    for &counts in counts.values() {
        add(&mut totals, counts);
    }
    let [promoters, _, detractors] = totals;
    let mut candidates = Vec::new();
    if promoters > 0 && detractors > 0 {
        for (term, &counts) in counts {
            let [promoters, _, detractors] = counts;
            let z_score = z_score(counts, totals);
            if promoters + detractors >= min_respondents && z_score.is_finite() && z_score != 0.0 {
                candidates.push(Candidate {
                    term,
                    z_score,
                    detractors,
                    promoters,
                });
            }
        }
    }
    candidates.sort_unstable_by(order);
    let of_detractors = candidates.partition_point(|c| c.z_score > 0.0);
    let of_promoters = candidates.len() - of_detractors;
    // The least distinctive terms are in the middle.
    candidates.drain(k.min(of_detractors)..candidates.len() - k.min(of_promoters));
    let terms = candidates.iter().map(|c| c.term);
    let z_scores = candidates.iter().map(|c| c.z_score);
    let detractors = candidates.iter().map(|c| c.detractors);
    let promoters = candidates.iter().map(|c| c.promoters);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(terms)),
        Arc::new(Float64Array::from_iter_values(z_scores)),
        Arc::new(Int64Array::from_iter_values(detractors)),
        Arc::new(Int64Array::from_iter_values(promoters)),
    ];
    list(result_fields(), columns)
}

/// Orders terms from those of detractors to those of promoters. Terms with the same score are in
/// alphabetical order for detractors and in reverse for promoters, so that the alphabetically first
/// ones are returned.
fn order(left: &Candidate<'_>, right: &Candidate<'_>) -> Ordering {
    let by_term = left.term.cmp(right.term);
    let by_score = right.z_score.total_cmp(&left.z_score);
    by_score.then(if left.z_score > 0.0 {
        by_term
    } else {
        by_term.reverse()
    })
}

/// Returns the log-odds ratio of a term with an informative Dirichlet prior, in standard errors.
///
/// B. L. Monroe, M. P. Colaresi and K. M. Quinn, "Fightin' Words: Lexical Feature Selection and
/// Evaluation for Identifying the Content of Political Conflict", Political Analysis 16 (2008),
/// 372–403, equations 16, 20 and 22. The prior of a term is the number of comments that
/// contain it, including those of passives: the evidence that either side has to outweigh.
fn z_score(counts: Counts, totals: Counts) -> f64 {
    let [prior, prior_total] = [counts, totals].map(|counts| counts.iter().sum::<i64>() as f64);
    let with_prior = |category: Category| {
        let count = counts[category as usize] as f64 + prior;
        let total = totals[category as usize] as f64 + prior_total;
        (count, (count / (total - count)).ln())
    };
    let (detractors, detractors_log_odds) = with_prior(Category::Detractor);
    let (promoters, promoters_log_odds) = with_prior(Category::Promoter);
    (detractors_log_odds - promoters_log_odds) / (1.0 / detractors + 1.0 / promoters).sqrt()
}
