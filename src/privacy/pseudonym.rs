//! The form of pseudonyms.

use exports::quote::clip;

use crate::error::{Error, Result};

/// The start of a pseudonym, and the number of letters and digits behind it.
const PSEUDONYM_PREFIX: &str = "v1:";
const PSEUDONYM_CHARS: usize = 52;

/// True for the form of a pseudonym.
pub(crate) fn is_pseudonym(text: &str) -> bool {
    text.starts_with(PSEUDONYM_PREFIX)
}

/// Checks the form of pseudonyms.
pub(crate) fn check_pseudonyms<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Result<()> {
    for token in tokens {
        let rest = token.strip_prefix(PSEUDONYM_PREFIX);
        let is_whole = rest.is_some_and(|rest| {
            let is_base32 = |c: char| matches!(c, 'a'..='z' | '2'..='7');
            rest.len() == PSEUDONYM_CHARS && rest.chars().all(is_base32)
        });
        if !is_whole {
            return Err(
                Error::invalid(format!("\"{}\" is not a pseudonym", clip(token))).with_hint(
                    format!(
                        "copy one from the column respondent: {PSEUDONYM_PREFIX} and \
                     {PSEUDONYM_CHARS} letters and digits"
                    ),
                ),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonyms_have_a_length_and_an_alphabet() {
        let whole = "v1:xrrndzr74tldv7dfsq27hd4v62ttpuvy6gsag6m52wgmwesi4klq";
        check_pseudonyms([whole]).expect("a pseudonym");
        for wrong in [
            "",
            "v1:",
            "v1:abc",
            "jane@example.com",
            &whole[..54],
            &whole.to_uppercase(),
        ] {
            let error = check_pseudonyms([wrong]).expect_err(wrong);
            assert!(error.to_string().contains("is not a pseudonym"), "{error}");
            assert!(error.hint().is_some());
        }
    }
}
