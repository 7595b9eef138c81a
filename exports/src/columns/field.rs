//! The fields of a response.

/// A field of a response that a column can be mapped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    Score,
    RespondedAt,
    SentAt,
    UpdatedAt,
    Respondent,
    ResponseId,
    Comment,
    Survey,
    Account,
    Metric,
    Consent,
}

impl Field {
    pub const ALL: [Self; 11] = [
        Self::Score,
        Self::RespondedAt,
        Self::SentAt,
        Self::UpdatedAt,
        Self::Respondent,
        Self::ResponseId,
        Self::Comment,
        Self::Survey,
        Self::Account,
        Self::Metric,
        Self::Consent,
    ];

    /// The name in the option `map` and in the lake.
    pub fn name(self) -> &'static str {
        match self {
            Self::Score => "score",
            Self::RespondedAt => "responded_at",
            Self::SentAt => "sent_at",
            Self::UpdatedAt => "updated_at",
            Self::Respondent => "respondent",
            Self::ResponseId => "response_id",
            Self::Comment => "comment",
            Self::Survey => "survey",
            Self::Account => "account",
            Self::Metric => "metric",
            Self::Consent => "consent",
        }
    }

    /// True if the field is a moment in time.
    pub fn is_date(self) -> bool {
        matches!(self, Self::RespondedAt | Self::SentAt | Self::UpdatedAt)
    }

    /// True if two columns that could be it are a question; else the first is taken.
    pub fn must_be_clear(self) -> bool {
        matches!(self, Self::Score | Self::RespondedAt | Self::Respondent)
    }

    /// True if a column without cells can be this field, since nothing depends on it.
    pub fn can_be_empty(self) -> bool {
        self.is_date() || self == Self::Comment
    }

    /// True if no column of consents is this field, whatever else its header says.
    pub fn is_none_of_consents(self) -> bool {
        self.is_date() || matches!(self, Self::Respondent | Self::ResponseId | Self::Account)
    }

    /// The names of all fields, for messages.
    pub fn names() -> String {
        Self::ALL.map(Self::name).join(", ")
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|field| field.name() == name)
    }
}
