//! The prompt: the lake and the role, unless they are the defaults.

use exports::text::visible;

use crate::output::cut;
use crate::privacy::roles::Role;

/// The lake without `--lake` and `VOXQL_LAKE`.
pub(crate) const DEFAULT_LAKE: &str = "./voxql-lake";

/// The prompt of the default lake and the owner; continuation prompts are as wide.
pub(super) const PROMPT: &str = "voxql> ";

/// The longest name of a lake or role in the prompt.
const NAME_WIDTH_MAX: usize = 20;

/// The prompt for a lake and a role.
pub(super) fn prompt(lake: &str, role: &str) -> String {
    let cut = |name: &str| cut(&visible(name), NAME_WIDTH_MAX).into_owned();
    let name = lake.trim_end_matches('/').rsplit('/').next();
    let mut prompt = match name {
        _ if lake == DEFAULT_LAKE => "voxql".to_owned(),
        Some("" | ".") | None => format!("{}/", cut(lake)),
        Some(name) => format!("{}/", cut(name)),
    };
    if role != Role::OWNER {
        prompt += " ";
        prompt += &cut(role);
    }
    prompt + "> "
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_not_shown() {
        for (lake, role, expected) in [
            (DEFAULT_LAKE, "owner", PROMPT),
            (DEFAULT_LAKE, "analyst", "voxql analyst> "),
            ("surveys/", "owner", "surveys/> "),
            ("s3://company/eu/surveys", "analyst", "surveys/ analyst> "),
            (".", "owner", "./> "),
        ] {
            assert_eq!(prompt(lake, role), expected, "{lake} {role}");
        }
    }
}
