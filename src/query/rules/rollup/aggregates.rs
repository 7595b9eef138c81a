//! Converts aggregates over responses to aggregates over counts.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema};
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::functions::expr_fn::{coalesce, nullif, sqrt};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::functions_nested::expr_fn::array_element;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, Cast};
use datafusion::logical_expr::{Expr, ExprFunctionExt, ExprSchemable, cast, lit, not, when};
use datafusion::scalar::ScalarValue;
use datafusion_functions_nps::udfs;

use super::columns::{Columns, counted};
use crate::lake::rollup::COUNT;
use crate::query::rules::source::{Answered, Source, reason};

// DataFusion's names, which its aliases such as var_samp and stddev_samp resolve to.
const VAR: &str = "var";
const VAR_POP: &str = "var_pop";
const STDDEV: &str = "stddev";
const STDDEV_POP: &str = "stddev_pop";
const VARIANCES: [&str; 4] = [VAR, VAR_POP, STDDEV, STDDEV_POP];

/// The aggregates over counts from which answers are computed, each with its own name.
#[derive(Default)]
pub(super) struct Weighted {
    aggregates: Vec<Expr>,
}

/// A call with its arguments converted to counts.
#[derive(Clone)]
struct Call {
    args: Vec<Expr>,
    /// Types of the arguments over responses.
    types: Vec<DataType>,
    filter: Option<Expr>,
}

impl Weighted {
    pub(super) fn into_aggregates(self) -> Vec<Expr> {
        self.aggregates
    }

    /// Returns an aggregate call as an expression over aggregates of counts.
    pub(super) fn answer(
        &mut self,
        call: &Expr,
        source: &Source,
        columns: &mut Columns<'_>,
    ) -> Answered<Expr> {
        let call = match call {
            Expr::Alias(alias) => alias.expr.as_ref(),
            call => call,
        };
        let Expr::AggregateFunction(AggregateFunction { func, params }) = call else {
            return Err(format!("it computes {call}"));
        };
        let AggregateFunctionParams {
            args,
            distinct,
            filter,
            order_by,
            null_treatment,
        } = params;
        if !order_by.is_empty() || null_treatment.is_some() {
            return Err(format!("{}() depends on the order of rows", func.name()));
        }
        let name = func.name();
        let args = args.iter().map(|arg| source.resolve(arg));
        let mut args = args.collect::<Answered<Vec<_>>>()?;
        if VARIANCES.contains(&name) {
            args = args
                .into_iter()
                .map(|arg| before_coercion(arg, source.schema()))
                .collect();
        }
        let types = args.iter().map(|arg| arg.get_type(source.schema()));
        let types = types.collect::<Result<Vec<_>, _>>().map_err(reason)?;
        let args = args.iter().map(|arg| columns.convert(arg));
        let args = args.collect::<Answered<Vec<_>>>()?;
        let filter = filter
            .as_deref()
            .map(|filter| columns.convert(&source.resolve(filter)?))
            .transpose()?;
        // These depend only on the values, not on their counts.
        const COUNT_INDEPENDENT: [&str; 6] =
            ["min", "max", "bool_and", "bool_or", "bit_and", "bit_or"];
        if COUNT_INDEPENDENT.contains(&name)
            || (*distinct && ["count", "sum", "avg"].contains(&name))
        {
            let over_values = Expr::AggregateFunction(AggregateFunction::new_udf(
                func.clone(),
                args,
                *distinct,
                filter.map(Box::new),
                Vec::new(),
                None,
            ));
            return Ok(self.add(over_values));
        }
        if *distinct {
            return Err(format!("{name}(DISTINCT) reads rows"));
        }
        let call = Call {
            args,
            types,
            filter,
        };
        match name {
            "count" => self.count(call),
            "sum" => self.sum(call),
            "avg" => self.avg(call),
            VAR => self.variance(call, 1),
            VAR_POP => self.variance(call, 0),
            STDDEV => Ok(sqrt(self.variance(call, 1)?)),
            STDDEV_POP => Ok(sqrt(self.variance(call, 0)?)),
            "nps" | "nps_stats" | "promoters" | "passives" | "detractors" | "score_histogram" => {
                let [score] = call.args.as_slice() else {
                    return Err(format!("{name}() has custom weights"));
                };
                let args = vec![score.clone(), counted(COUNT)];
                self.filtered(func.call(args), call.filter)
            }
            "nps_ci" => {
                let mut args = call.args;
                match args.len() {
                    2 => args.push(lit("adjusted_wald")),
                    3 => {}
                    _ => return Err(format!("{name}() has custom weights")),
                }
                args.push(counted(COUNT));
                self.filtered(func.call(args), call.filter)
            }
            "nps_compare" => self.nps_compare(call),
            "nps_samples" => self.nps_samples(call),
            "csat" => self.csat(call),
            _ => Err(format!("{name}() reads rows")),
        }
    }

    /// Adds an aggregate and returns its output column.
    fn add(&mut self, aggregate: Expr) -> Expr {
        let name = format!("voxql_{}", self.aggregates.len());
        self.aggregates.push(aggregate.alias(&name));
        Expr::Column(Column::new_unqualified(name))
    }

    fn filtered(&mut self, aggregate: Expr, filter: Option<Expr>) -> Answered<Expr> {
        let Some(filter) = filter else {
            return Ok(self.add(aggregate));
        };
        let filtered = aggregate.filter(filter).build();
        Ok(self.add(filtered.map_err(|error| error.to_string())?))
    }

    /// The number of responses that pass the filter, NULL if none do.
    fn responses(&mut self, value: &Expr, filter: Option<Expr>) -> Answered<Expr> {
        let is_answered = match value {
            Expr::Literal(value, _) if !value.is_null() => None,
            value => Some(value.clone().is_not_null()),
        };
        let filter = match (filter, is_answered) {
            (Some(filter), Some(is_answered)) => Some(filter.and(is_answered)),
            (filter, is_answered) => filter.or(is_answered),
        };
        self.filtered(sum(counted(COUNT)), filter)
    }

    fn count(&mut self, call: Call) -> Answered<Expr> {
        let [value] = call.args.as_slice() else {
            return Err("count() of several columns reads rows".to_owned());
        };
        let responses = self.responses(value, call.filter)?;
        Ok(coalesce(vec![responses, lit(0_i64)]))
    }

    fn sum(&mut self, call: Call) -> Answered<Expr> {
        let value = number(&call, "sum")?;
        let weighted = match value {
            // Integers are added as Int64, floating-point numbers as Float64.
            Number::Whole(value) => cast(value, DataType::Int64) * counted(COUNT),
            Number::Floating(value) => value * cast(counted(COUNT), DataType::Float64),
        };
        self.filtered(sum(weighted), call.filter)
    }

    fn avg(&mut self, call: Call) -> Answered<Expr> {
        let (Number::Whole(value) | Number::Floating(value)) = number(&call, "avg")?;
        let responses = self.responses(&value, call.filter.clone())?;
        let value = cast(value, DataType::Float64);
        let total = value * cast(counted(COUNT), DataType::Float64);
        let total = self.filtered(sum(total), call.filter)?;
        Ok(total / cast(responses, DataType::Float64))
    }

    /// The variance with `ddof` delta degrees of freedom: 1 for a sample, 0 for a population.
    ///
    /// n Σx² - (Σx)² is exact in 256 bits: n and x have 64 bits at most.
    fn variance(&mut self, call: Call, ddof: i64) -> Answered<Expr> {
        let Number::Whole(value) = number(&call, "the variance")? else {
            return Err("the variance of floating-point numbers reads rows".to_owned());
        };
        let exact = |expr| cast(expr, WHOLE_EXACT);
        let float = |expr| cast(expr, DataType::Float64);
        let count = self.responses(&value, call.filter.clone())?;
        let is_defined = count.clone().gt(lit(ddof));
        let freedom = exact(count.clone() - lit(ddof));
        let responses = exact(count);
        let value = exact(value);
        let weighted = value.clone() * exact(counted(COUNT));
        let total = self.filtered(sum(weighted.clone()), call.filter.clone())?;
        let squares = self.filtered(sum(value * weighted), call.filter)?;
        let spread = responses.clone() * squares - total.clone() * total;
        let variance = float(spread) / float(responses * freedom);
        when(is_defined, variance)
            .end()
            .map_err(|error| error.to_string())
    }

    /// The share of the top two answers in a histogram. On a scale shorter than that of scores,
    /// higher answers are errors, which only rows can report.
    fn csat(&mut self, call: Call) -> Answered<Expr> {
        let score = match call.args.as_slice() {
            [score, Expr::Literal(scale_max, _)] if is_ten(scale_max) => score,
            _ => return Err("csat() on a scale other than 0 to 10 reads rows".to_owned()),
        };
        let histogram = udfs::score_histogram_udaf().call(vec![score.clone(), counted(COUNT)]);
        let histogram = self.filtered(histogram, call.filter)?;
        // List indexes start at 1.
        let answers = |score: i64| {
            let answers = array_element(histogram.clone(), lit(score + 1));
            cast(answers, DataType::Float64)
        };
        let responses = (1..=10)
            .map(answers)
            .fold(answers(0), |sum, more| sum + more);
        Ok(lit(100.0) * (answers(9) + answers(10)) / nullif(responses, lit(0.0)))
    }

    /// Compares two histograms, one per sample.
    fn nps_compare(&mut self, call: Call) -> Answered<Expr> {
        let histogram = |score| udfs::score_histogram_udaf().call(vec![score, counted(COUNT)]);
        let [first, second] = self.samples(call, "nps_compare", histogram)?;
        Ok(udfs::nps_compare_histograms_udf().call(vec![first, second]))
    }

    /// The categories of two samples.
    fn nps_samples(&mut self, call: Call) -> Answered<Expr> {
        const NAME: &str = "nps_samples";
        let categories = [
            ("promoters", udfs::promoters_udaf()),
            ("passives", udfs::passives_udaf()),
            ("detractors", udfs::detractors_udaf()),
        ];
        let mut samples: [Vec<Expr>; 2] = Default::default();
        for (name, category) in categories {
            let aggregate = |score| category.call(vec![score, counted(COUNT)]);
            let counts = self.samples(call.clone(), NAME, aggregate)?;
            for (of_sample, (sample, count)) in samples
                .iter_mut()
                .zip(["first", "second"].into_iter().zip(counts))
            {
                of_sample.extend([lit(format!("{sample}_{name}")), count]);
            }
        }
        Ok(named_struct(samples.concat()))
    }

    /// An aggregate of the score of each of two samples.
    fn samples(
        &mut self,
        call: Call,
        name: &str,
        aggregate: impl Fn(Expr) -> Expr,
    ) -> Answered<[Expr; 2]> {
        let [score, is_second] = call.args.as_slice() else {
            return Err(format!("{name}() has custom weights"));
        };
        let mut sample = |is_in: Expr| {
            let filter = match &call.filter {
                Some(filter) => filter.clone().and(is_in),
                None => is_in,
            };
            self.filtered(aggregate(score.clone()), Some(filter))
        };
        // A filter that is NULL does not pass. DataFusion computes IS TRUE of several aggregates once, and takes
        // it for nullable in the physical plan alone, which is an error.
        let first = sample(not(is_second.clone()))?;
        let second = sample(is_second.clone())?;
        Ok([first, second])
    }
}

fn is_ten(value: &ScalarValue) -> bool {
    matches!(
        value.cast_to(&DataType::Float64),
        Ok(ScalarValue::Float64(Some(10.0)))
    )
}

/// The argument of a function of floating-point numbers before it was converted to one.
fn before_coercion(arg: Expr, schema: &DFSchema) -> Expr {
    match arg {
        Expr::Cast(Cast { expr, field })
            if *field.data_type() == DataType::Float64
                && expr.get_type(schema).is_ok_and(|from| from.is_integer()) =>
        {
            *expr
        }
        arg => arg,
    }
}

/// A whole number of up to 64 bits, whose products and sums are computed in 256 bits.
const WHOLE_EXACT: DataType = DataType::Decimal256(20, 0);

/// A number with the same sum in any order.
enum Number {
    Whole(Expr),
    Floating(Expr),
}

fn number(call: &Call, name: &str) -> Answered<Number> {
    let ([value], [data_type]) = (call.args.as_slice(), call.types.as_slice()) else {
        return Err(format!("{name}() has several arguments"));
    };
    match data_type {
        whole if whole.is_integer() => Ok(Number::Whole(value.clone())),
        DataType::Float64 => Ok(Number::Floating(value.clone())),
        other => Err(format!("{name}() reads values of type {other}")),
    }
}
