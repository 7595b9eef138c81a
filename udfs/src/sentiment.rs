//! `sentiment`: the sentiment of English text.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{ArrayRef, Float64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use datafusion_macros::user_doc;
use unicode_segmentation::UnicodeSegmentation;
use vader_parity::SentimentIntensityAnalyzer;
use whatlang::{Lang, Script};

use crate::Doc;
use crate::language::{Evidence, normalize};
use crate::scalar::{ScalarFunction, scalar_udf};
use crate::text::{check_text_argument, coerce_text_type, strings};

static VADER: LazyLock<SentimentIntensityAnalyzer> = LazyLock::new(SentimentIntensityAnalyzer::new);

/// Fewer words in Latin script are too few to rule out English.
const WORDS_TOO_FEW: usize = 5;

#[user_doc(
    doc_section(label = "Text Functions"),
    description = "Returns the sentiment of English text, from -1 (negative) to 1 (positive): the compound score of VADER 3.3.2 (Hutto and Gilbert 2014), which reads words, negation, emphasis and emoji. By convention, 0.05 and above is positive, and -0.05 and below is negative. NULL for NULL, for blank text, and for text that is clearly in another language; a few words that could be English are treated as English. VADER scores words, not meaning: it misses irony, and a complaint without angry words scores near 0.",
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
#[derive(Debug, Default, PartialEq, Eq, Hash)]
struct Sentiment;

/// `sentiment(text)`: VADER's compound score as Float64, from −1 to 1.
pub fn sentiment_udf() -> Arc<ScalarUDF> {
    scalar_udf::<Sentiment>()
}

impl ScalarFunction for Sentiment {
    const NAME: &'static str = "sentiment";
    const DOC: Doc<Self> = Self::doc;
    const ARGUMENTS: &'static [&'static str] = &["text"];

    fn coerce_type(data_type: &DataType) -> DataType {
        coerce_text_type(data_type)
    }

    fn return_type(arg_types: &[DataType]) -> Result<DataType> {
        check_text_argument(Self::NAME, arg_types)?;
        Ok(DataType::Float64)
    }

    fn invoke(columns: &[ArrayRef]) -> Result<ArrayRef> {
        let scores = strings(&columns[0])?.map(|text| sentiment(text?));
        Ok(Arc::new(scores.collect::<Float64Array>()))
    }
}

fn sentiment(text: &str) -> Option<f64> {
    if text.trim().is_empty() {
        return None;
    }
    // VADER reads "isn't" only with a straight apostrophe.
    let text = text.replace('’', "'");
    (!is_clearly_not_english(&text)).then(|| VADER.polarity_scores(&text).compound)
}

fn is_clearly_not_english(text: &str) -> bool {
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
        // A single letter is part of a contraction in some languages and a word in others.
        if word.len() > 1 {
            evidence.add(word);
        }
    }
    if evidence.is_clearly_not_english() {
        return true;
    }
    if evidence.is_english() || words < WORDS_TOO_FEW {
        return false;
    }
    // Trigrams also detect languages without a stop word list, but are slow.
    whatlang::detect(text).is_some_and(|info| info.is_reliable() && info.lang() != Lang::Eng)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences and compound scores in VADER's README.
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
    fn curly_apostrophes() {
        let curly = "At least it isn’t a horrible book.";
        assert_eq!(sentiment(curly), sentiment(&curly.replace('’', "'")));
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
    fn short_english_has_a_score() {
        let texts = "great|Great service|Love it!|bad support|Excellent product|awful|:)|😍|\
            I hate the new design|Best bank ever|Waiting times on hold are terrible";
        for text in texts.split('|') {
            assert!(sentiment(text).is_some_and(|score| score != 0.0), "{text}");
        }
        assert_eq!(sentiment("5/5"), Some(0.0));
        let neutral = "Your billing portal keeps logging me out";
        assert_eq!(sentiment(neutral), Some(0.0));
    }

    #[test]
    fn blank_text_has_no_score() {
        assert_eq!(sentiment(""), None);
        assert_eq!(sentiment(" \n\u{a0}"), None);
    }
}
