//! Email addresses, in the forms in which exports and people write them.

use exports::columns::cells::looks_like_email;
use exports::spelling::{MAILTO, canonical_address, in_punycode, plain};

/// An email address without what is around it, in one spelling.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address(String);

impl Address {
    /// Finds the address in a cell or an argument that has one and nothing else but a name:
    /// `Jane Doe <jane@example.com>`, `mailto:jane@example.com?subject=NPS`, `"jane@example.com"`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = plain(text);
        let text = text.trim();
        let text = match text.rsplit_once('<') {
            Some((_, rest)) => rest.split('>').next().unwrap_or(rest),
            None => text,
        };
        let is_around = |c: char| c.is_whitespace() || "\"'<>()[],;".contains(c);
        let text = text.trim_matches(is_around);
        let text = match text.get(..MAILTO.len()) {
            Some(scheme) if scheme.eq_ignore_ascii_case(MAILTO) => {
                let address = &text[MAILTO.len()..];
                address.split('?').next().unwrap_or(address)
            }
            _ => text,
        };
        let address = text.trim_matches(is_around);
        looks_like_email(address).then(|| Self(canonical_address(address)))
    }

    /// All addresses in a cell, with whatever is around them: `jane@example.com; joe@example.com`,
    /// `Jane &lt;jane@example.com&gt;`, `E-Mail: jane@example.com.`
    pub(crate) fn all_in(text: &str) -> Vec<Self> {
        let mut found = Vec::new();
        let text = plain(text);
        if !text.contains('@') {
            return found;
        }
        let decoded = ["&lt;", "&gt;", "&quot;", "&#39;", "&amp;"]
            .iter()
            .fold(text.into_owned(), |text, entity| text.replace(entity, " "));
        let is_between = |c: char| c.is_whitespace() || "\"'<>()[]{},;|/\\".contains(c);
        for part in decoded.split(is_between) {
            let part = part.rsplit(':').next().unwrap_or(part);
            let part = part.split('?').next().unwrap_or(part);
            let part = part.trim_matches(|c: char| ".!*=".contains(c));
            if looks_like_email(part) {
                let address = Self(canonical_address(part));
                if !found.contains(&address) {
                    found.push(address);
                }
            }
        }
        found
    }

    /// The address as it is written, with its tag.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with its domain in Punycode; `None` if it is the same.
    pub(crate) fn in_punycode(&self) -> Option<String> {
        in_punycode(&self.0)
    }

    /// The address of the mailbox: `jane@example.com` for `jane+nps@example.com`. Mail to both
    /// reaches the same person, although their pseudonyms differ.
    pub(crate) fn mailbox(&self) -> Self {
        let untagged = self.0.rsplit_once('@').and_then(|(local, host)| {
            let (local, _) = local.split_once('+')?;
            (!local.is_empty()).then(|| format!("{local}@{host}"))
        });
        Self(untagged.unwrap_or_else(|| self.0.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_found_in_every_form() {
        for text in [
            "jane@example.com",
            "  JANE@Example.com ",
            "Jane Doe <jane@example.com>",
            "\"Doe, Jane\" <Jane@Example.com>",
            "<jane@example.com>",
            "mailto:jane@example.com",
            "MAILTO:jane@example.com?subject=NPS",
            "Jane <mailto:jane@example.com>",
            "'jane@example.com',",
            "mailto:jane%40example.com",
            "ja\u{200b}ne@example.com",
        ] {
            let address = Address::parse(text).expect(text);
            assert_eq!(address.as_str(), "jane@example.com", "{text}");
        }
        for text in ["", "jane", "@", "write to jane@example.com", "jane@host"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn all_addresses_of_a_cell_are_found() {
        for text in [
            "jane@example.com",
            "Jane &lt;jane@example.com&gt;",
            "jane@example.com.",
            "Jane [jane@example.com]",
            "Jane, jane@example.com",
            "E-Mail: jane@example.com",
            "email:JANE@example.com",
            "\"Jane\" jane@example.com",
            "mailto:jane@example.com?subject=NPS",
            "write to jane@example.com!",
        ] {
            let found = Address::all_in(text);
            let found: Vec<_> = found.iter().map(Address::as_str).collect();
            assert_eq!(found, ["jane@example.com"], "{text}");
        }
        let two = Address::all_in("jane@example.com; Joe <joe@example.com>, jane@example.com");
        assert_eq!(two.len(), 2);
        assert!(Address::all_in("no address @ all").is_empty());
    }

    #[test]
    fn a_domain_has_two_spellings() {
        let address = |text| Address::parse(text).expect("an address");
        let letters = address("jane@Müller.example");
        assert_eq!(letters, address("jane@xn--mller-kva.example"));
        assert_eq!(
            letters.in_punycode().as_deref(),
            Some("jane@xn--mller-kva.example")
        );
        assert_eq!(address("jane@example.com").in_punycode(), None);
        assert_ne!(
            address("jane@strasse.example"),
            address("jane@straße.example")
        );
    }

    #[test]
    fn a_tag_is_of_the_same_mailbox() {
        let mailbox = |text| Address::parse(text).expect("an address").mailbox();
        assert_eq!(mailbox("jane+nps@example.com"), mailbox("jane@example.com"));
        assert_eq!(mailbox("+jane@example.com").as_str(), "+jane@example.com");
    }
}
