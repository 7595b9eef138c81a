//! The data that the role of a report sees.

use std::collections::BTreeSet;

use datafusion::prelude::SessionContext;

use super::data::Part;
use crate::error::Error;
use crate::failure::Failure;
use crate::privacy::roles::{Policy, Role};

/// Columns that every report needs.
const REQUIRED: [&str; 6] = [
    "survey",
    "metric",
    "consent",
    "score",
    "responded_at",
    "day",
];

/// Columns that tell respondents apart.
const RESPONDENT: [&str; 4] = ["respondent", "source", "survey", "response_id"];

/// A role and the columns of `responses` that it sees.
pub(super) struct RoleView {
    pub(super) role: Role,
    columns: BTreeSet<String>,
}

impl RoleView {
    /// # Errors
    /// Returns an error without a lake, or if the role does not see a column that every report needs.
    pub(super) async fn new(role: Role, session: &SessionContext) -> Result<Self, Failure> {
        let responses = session.table("responses").await.map_err(Error::from)?;
        let fields = responses.schema().fields();
        let columns = fields.iter().map(|field| field.name().clone()).collect();
        let view = Self { role, columns };
        match REQUIRED.iter().find(|name| !view.sees(&[name])) {
            None => Ok(view),
            Some(name) => Err(Failure::usage(
                format!(
                    "role \"{}\" cannot see column \"{name}\", which every report needs",
                    view.role.name()
                ),
                "remove it from hidden_columns in lake.toml, or choose another --role",
            )),
        }
    }

    fn sees(&self, columns: &[&str]) -> bool {
        columns.iter().all(|name| self.columns.contains(*name))
    }

    /// True if the role sees rows, and not only groups of respondents.
    pub(super) fn sees_rows(&self) -> bool {
        self.role.policy() != Policy::Aggregate
    }

    /// True if the role sees the data for a part of the report.
    pub(super) fn shows(&self, part: Part) -> bool {
        let sees_people = self.sees_rows() && self.sees(&RESPONDENT);
        match part {
            Part::Respondents => sees_people,
            Part::Words => sees_people && self.sees(&["comment"]),
            Part::Accounts => sees_people && self.sees(&["account"]),
            Part::ResponseRate => self.sees(&["sent_at"]),
            Part::Latency => self.sees_rows() && self.sees(&["sent_at"]),
            Part::Quality => self.sees_rows(),
            Part::Imports | Part::Reveals => self.role.sees_all_responses(),
        }
    }

    /// Runs the query for a part if the role sees its data.
    pub(super) async fn if_shown<T>(
        &self,
        part: Part,
        query: impl Future<Output = Result<T, Error>>,
    ) -> Result<Option<T>, Error> {
        if self.shows(part) {
            query.await.map(Some)
        } else {
            Ok(None)
        }
    }
}
