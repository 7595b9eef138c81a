//! The query that a call stands for.

use datafusion::error::Result;
use datafusion::sql::sqlparser::ast::{FunctionArg, Query};

use super::arguments::Arguments;
use super::names::Answer;
use super::scope::Scope;
use super::{declining_accounts, drivers, gaming_signals, nps_around, nps_change, sql};

impl Answer {
    /// The query that a call stands for.
    ///
    /// # Errors
    /// Returns an error for arguments that are not those of the function, and for a role that may not ask.
    pub(in crate::query) fn query(self, args: &[FunctionArg], scope: &Scope<'_>) -> Result<Query> {
        let arguments = Arguments::new(self.names(), args)?;
        let text = match self {
            Self::NpsChange => nps_change::query(&arguments, scope)?,
            Self::DecliningAccounts => declining_accounts::query(&arguments, scope)?,
            Self::Drivers => drivers::query(&arguments, scope)?,
            Self::GamingSignals => gaming_signals::query(&arguments, scope)?,
            Self::NpsAround => nps_around::query(&arguments, scope)?,
        };
        sql::parsed(&text)
    }
}
