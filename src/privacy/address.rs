//! Email addresses, in the forms in which exports and people write them.

use exports::columns::cells::looks_like_email;

/// An email address without what is around it, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address(String);

impl Address {
    /// Finds the address in a cell or an argument that has one and nothing else but a name:
    /// `Jane Doe <jane@example.com>`, `mailto:jane@example.com?subject=NPS`, `"jane@example.com"`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
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
        looks_like_email(address).then(|| Self(address.to_lowercase()))
    }

    /// The address as it is written, with its tag.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
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

/// The scheme of URLs of addresses.
const MAILTO: &str = "mailto:";

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
        ] {
            let address = Address::parse(text).expect(text);
            assert_eq!(address.as_str(), "jane@example.com", "{text}");
        }
        for text in ["", "jane", "@", "write to jane@example.com", "jane@host"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_tag_is_of_the_same_mailbox() {
        let mailbox = |text| Address::parse(text).expect("an address").mailbox();
        assert_eq!(mailbox("jane+nps@example.com"), mailbox("jane@example.com"));
        assert_eq!(mailbox("+jane@example.com").as_str(), "+jane@example.com");
    }
}
