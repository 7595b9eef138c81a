//! `sentiment`: how positive or negative a text is.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, Float64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};
use datafusion_macros::user_doc;
use unicode_segmentation::UnicodeSegmentation;
use vader_parity::SentimentIntensityAnalyzer;
use whatlang::{Lang, Script};

use crate::language::{Evidence, normalize};
use crate::scalar::invoke_on_columns;
use crate::text::{check_text_argument, coerce_text_type, strings};

static VADER: LazyLock<SentimentIntensityAnalyzer> = LazyLock::new(SentimentIntensityAnalyzer::new);

/// How many words of the Latin script are too few to be sure that they are not English.
const WORDS_TOO_FEW: usize = 5;

#[user_doc(
    doc_section(label = "Text Functions"),
    description = "Returns how positive or negative an English text is, from -1 to 1: the compound score of VADER 3.3.2 (Hutto and Gilbert 2014), which knows words, negation, emphasis and emoji. By convention 0.05 and above is positive, -0.05 and below negative. NULL for NULL, for blank text, and for text that is surely in another language; a few words that might be English are taken for it. It reads words, not meaning: irony escapes it, and a complaint told without a word of anger is near 0.",
    syntax_example = "sentiment(text)",
    sql_example = r#"```sql
> SELECT sentiment('VADER is smart, handsome, and funny.') AS score;
+--------+
| score  |
+--------+
| 0.8316 |
+--------+
```"#,
    argument(name = "text", description = "A comment in English."),
    related_udf(name = "distinctive_terms")
)]
#[derive(Debug, PartialEq, Eq, Hash)]
struct Sentiment {
    signature: Signature,
}

/// `sentiment(text)`: VADER's compound score as Float64, from −1 to 1.
pub fn sentiment_udf() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Sentiment {
        signature: Signature::user_defined(Volatility::Immutable)
            .with_parameter_names(vec!["text"])
            .expect("one name"),
    }))
}

impl ScalarUDFImpl for Sentiment {
    fn name(&self) -> &str {
        "sentiment"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(coerce_text_type).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        check_text_argument("sentiment", arg_types)?;
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke_on_columns(&args, |columns| sentiments(&columns[0]))
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.doc()
    }
}

fn sentiments(texts: &ArrayRef) -> Result<ArrayRef> {
    let sentiments: Float64Array = strings(texts)?.map(|text| sentiment(text?)).collect();
    Ok(Arc::new(sentiments))
}

fn sentiment(text: &str) -> Option<f64> {
    if text.trim().is_empty() {
        return None;
    }
    // VADER knows "isn't" with the apostrophe of typewriters only.
    let text = text.replace('’', "'");
    (!is_surely_not_english(&text)).then(|| VADER.polarity_scores(&text).compound)
}

fn is_surely_not_english(text: &str) -> bool {
    match whatlang::detect_script(text) {
        Some(Script::Latin) => {}
        Some(_) => return true,
        // Emoji and digits.
        None => return false,
    }
    let mut evidence = Evidence::default();
    let mut words = 0;
    for word in normalize(text).unicode_words() {
        words += 1;
        // Single letters are what is left of contractions in some languages, and words in others.
        if word.len() > 1 {
            evidence.add(word);
        }
    }
    if evidence.is_surely_not_english() {
        return true;
    }
    if evidence.is_english() || words < WORDS_TOO_FEW {
        return false;
    }
    // Trigrams tell also languages without a list of stop words, but take long.
    whatlang::detect(text).is_some_and(|info| info.is_reliable() && info.lang() != Lang::Eng)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences that VADER's README scores, with the compound scores given there.
    #[test]
    fn golden_values_of_vader() {
        for (text, compound) in [
            ("VADER is smart, handsome, and funny.", 0.8316),
            ("VADER is smart, handsome, and funny!", 0.8439),
            ("VADER is very smart, handsome, and funny.", 0.8545),
            ("VADER is VERY SMART, handsome, and FUNNY.", 0.9227),
            ("VADER is VERY SMART, handsome, and FUNNY!!!", 0.9342),
            (
                "VADER is VERY SMART, uber handsome, and FRIGGIN FUNNY!!!",
                0.9469,
            ),
            ("VADER is not smart, handsome, nor funny.", -0.7424),
            ("The book was good.", 0.4404),
            ("At least it isn't a horrible book.", 0.431),
            ("The book was only kind of good.", 0.3832),
            (
                "The plot was good, but the characters are uncompelling and the dialog is not great.",
                -0.7042,
            ),
            ("Today SUX!", -0.5461),
            ("Today only kinda sux! But I'll get by, lol", 0.5249),
            ("Make sure you :) or :D today!", 0.8633),
            ("Not bad at all", 0.431),
        ] {
            assert_eq!(sentiment(text), Some(compound), "{text}");
        }
    }

    #[test]
    fn apostrophes_of_printers() {
        assert_eq!(
            sentiment("At least it isn’t a horrible book."),
            sentiment("At least it isn't a horrible book.")
        );
    }

    #[test]
    fn other_languages_have_no_score() {
        for text in [
            "Le service est lent et le personnel impoli",
            "Der Versand war viel zu langsam",
            "El servicio es muy lento y caro",
            "Il personale è molto scortese e lento",
            "Müşteri hizmetleri çok yavaş ve pahalı",
            "Сервис отличный, рекомендую всем друзьям",
            "服务太慢了",
            "サポートの対応が遅い",
            "الخدمة بطيئة جدا",
        ] {
            assert_eq!(sentiment(text), None, "{text}");
        }
    }

    #[test]
    fn short_english_has_one() {
        for text in [
            "great",
            "Great service",
            "Love it!",
            "bad support",
            "Excellent product",
            "I hate the new design",
            "Best bank ever",
            "Waiting times on hold are terrible",
            "awful",
            ":)",
            "😍",
        ] {
            assert!(sentiment(text).is_some_and(|score| score != 0.0), "{text}");
        }
        assert_eq!(sentiment("5/5"), Some(0.0));
        assert_eq!(
            sentiment("Your billing portal keeps logging me out"),
            Some(0.0)
        );
    }

    #[test]
    fn nothing_said_has_none() {
        assert_eq!(sentiment(""), None);
        assert_eq!(sentiment(" \n\u{a0}"), None);
    }
}
