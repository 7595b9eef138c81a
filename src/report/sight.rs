//! What the role that a report is made for sees.

use std::collections::BTreeSet;

use datafusion::prelude::SessionContext;

use super::data::Part;
use crate::error::Error;
use crate::failure::Failure;
use crate::privacy::roles::{Policy, Role};

/// Without these columns there is nothing to report.
const NEEDED: [&str; 5] = ["survey", "metric", "consent", "score", "responded_at"];

/// Who answered is told by these.
const WHO: [&str; 4] = ["respondent", "source", "survey", "response_id"];

/// A role, and the columns of responses that it sees.
pub(super) struct Sight {
    pub(super) role: Role,
    columns: BTreeSet<String>,
}

impl Sight {
    /// # Errors
    /// Without a lake, and where the role does not see what every report takes.
    pub(super) async fn of(role: Role, session: &SessionContext) -> Result<Self, Failure> {
        let responses = session.table("responses").await.map_err(Error::from)?;
        let fields = responses.schema().fields();
        let columns = fields.iter().map(|field| field.name().clone()).collect();
        let sight = Self { role, columns };
        match NEEDED.iter().find(|name| !sight.has(&[name])) {
            None => Ok(sight),
            Some(name) => Err(Failure::usage(
                format!(
                    "the role {} does not see the column {name}, without which there is no report",
                    sight.role.name()
                ),
                "take it from hidden_columns in lake.toml, or ask as another --role",
            )),
        }
    }

    fn has(&self, columns: &[&str]) -> bool {
        columns.iter().all(|name| self.columns.contains(*name))
    }

    /// Whether rows can be asked for, or groups alone.
    pub(super) fn has_rows(&self) -> bool {
        self.role.policy() != Policy::Aggregate
    }

    /// Whether a part can be asked for.
    pub(super) fn shows(&self, part: Part) -> bool {
        let shows_people = self.has_rows() && self.has(&WHO);
        match part {
            Part::Respondents => shows_people,
            Part::Words => shows_people && self.has(&["comment"]),
            Part::Accounts => shows_people && self.has(&["account"]),
            Part::ResponseRate => self.has(&["sent_at"]),
            Part::Latency => self.has_rows() && self.has(&["sent_at"]),
            Part::Quality => self.has_rows(),
            Part::Imports | Part::Reveals => self.role.sees_all_responses(),
        }
    }

    /// The parts that cannot be asked for.
    pub(super) fn left_out(&self) -> Vec<Part> {
        let mut parts = vec![
            Part::Respondents,
            Part::Words,
            Part::Accounts,
            Part::ResponseRate,
            Part::Latency,
            Part::Quality,
            Part::Imports,
            Part::Reveals,
        ];
        parts.retain(|part| !self.shows(*part));
        parts
    }
}
