//! JSON and newline-delimited JSON, written by Arrow.
//!
//! Three things differ from Arrow's defaults: floats, which it writes as `1.0e9`; columns of one
//! name, which it writes as equal keys (see [`with_unique_names`]); and types that it refuses, which
//! become strings.

use std::io::Write;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, FieldRef, Float16Type, Float32Type, Float64Type, Schema, SchemaRef,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::{
    Encoder, EncoderFactory, EncoderOptions, JsonArray, JsonFormat, LineDelimited, NullableEncoder,
    Writer, WriterBuilder,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::error::OutputError;
use super::writer::{ResultWriter, with_unique_names};

/// Options for encoding single values as JSON.
pub(super) fn options() -> &'static EncoderOptions {
    static OPTIONS: LazyLock<EncoderOptions> = LazyLock::new(|| {
        EncoderOptions::default()
            .with_explicit_nulls(true)
            .with_encoder_factory(Arc::new(Encoders))
    });
    &OPTIONS
}

/// Writes one object per row.
///
/// Nulls are explicit. Integers and decimals are numbers with all their digits; NaN and the
/// infinities, which JSON cannot express, are null. Structs nest. Binary is hexadecimal.
pub(super) struct JsonWriter<W: Write, F: JsonFormat> {
    inner: Writer<W, F>,
    schema: SchemaRef,
    /// Written after an array. Lines already end in one.
    terminator: &'static [u8],
}

/// Writes one array on one line, `[]` for no rows.
pub(super) type ArrayWriter<W> = JsonWriter<W, JsonArray>;

/// Writes one object per line, nothing for no rows.
pub(super) type LinesWriter<W> = JsonWriter<W, LineDelimited>;

impl<W: Write, F: JsonFormat> JsonWriter<W, F> {
    pub(super) fn new(sink: W, schema: &Schema, terminator: &'static [u8]) -> Self {
        Self {
            inner: WriterBuilder::new()
                .with_explicit_nulls(true)
                .with_encoder_factory(Arc::new(Encoders))
                .build(sink),
            schema: with_unique_names(schema),
            terminator,
        }
    }
}

impl<W: Write, F: JsonFormat> ResultWriter for JsonWriter<W, F> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), OutputError> {
        let mut fields: Vec<FieldRef> = Vec::with_capacity(batch.num_columns());
        let mut columns = Vec::with_capacity(batch.num_columns());
        for (field, array) in std::iter::zip(self.schema.fields(), batch.columns()) {
            // Arrow's encoder ignores nulls among a dictionary's values.
            let array = match array.data_type() {
                DataType::Dictionary(_, value) => cast(array, value)?,
                _ => array.clone(),
            };
            let field = field.as_ref().clone();
            let field = field.with_data_type(array.data_type().clone());
            fields.push(field.with_nullable(true).into());
            columns.push(array);
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
        Ok(self.inner.write(&batch)?)
    }

    fn finish(&mut self) -> Result<(), OutputError> {
        self.inner.finish()?;
        self.inner.get_mut().write_all(self.terminator)?;
        Ok(())
    }
}

/// Encoders for the types that Arrow refuses or writes differently.
#[derive(Debug)]
struct Encoders;

impl EncoderFactory for Encoders {
    fn make_default_encoder<'a>(
        &self,
        _field: &'a FieldRef,
        array: &'a dyn Array,
        _options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let encoder: Box<dyn Encoder + 'a> = match array.data_type() {
            DataType::Float64 => Box::new(Floats(array.as_primitive::<Float64Type>())),
            DataType::Float32 => Box::new(Floats(array.as_primitive::<Float32Type>())),
            DataType::Float16 => Box::new(Floats(array.as_primitive::<Float16Type>())),
            DataType::Union(_, _) => Box::new(Text::try_new(array)?),
            DataType::Map(_, _) if !array.as_map().keys().data_type().is_string() => {
                Box::new(Text::try_new(array)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(NullableEncoder::new(encoder, array.logical_nulls())))
    }
}

/// Writes the shortest digits that read back as the same float, with an exponent only from 1e16
/// upwards and below 1e-5.
struct Floats<'a, P: ArrowPrimitiveType>(&'a PrimitiveArray<P>);

impl<P: ArrowPrimitiveType> Encoder for Floats<'_, P>
where
    P::Native: Into<f64>,
{
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let value = self.0.value(row);
        if value.into().is_finite() {
            let _ = write!(out, "{value:?}");
        } else {
            out.extend_from_slice(b"null");
        }
    }
}

/// Writes a value as a JSON string of its text in a table.
struct Text<'a>(ArrayFormatter<'a>);

impl<'a> Text<'a> {
    fn try_new(array: &'a dyn Array) -> Result<Self, ArrowError> {
        let options = FormatOptions::new()
            .with_null("null")
            .with_quoted_strings(true);
        ArrayFormatter::try_new(array, &options).map(Self)
    }
}

impl Encoder for Text<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        let text = self.0.value(row).to_string();
        serde_json::to_writer(out, &text).expect("a string always serialises to memory");
    }
}
