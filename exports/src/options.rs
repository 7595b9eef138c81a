//! What is known about a file before it is read.

/// What is known about a file before it is read. The default states nothing: everything is found
/// from headers and content.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// The survey of all responses of the file. Without it, a column names it, else it is
    /// `default`.
    pub survey: Option<String>,
    /// Pairs of a field and the header of its column. An empty header: no column has the field.
    pub map: Vec<(String, String)>,
    /// Headers of columns to keep, or `name=header` to keep one under another name.
    pub keep: Vec<String>,
    /// The time zone of dates without one. Default: UTC.
    pub timezone: Option<String>,
    /// The format of dates: a strftime pattern, `unix`, `unix_ms` or `excel`; for one date column
    /// `FIELD=FORMAT`.
    pub date_format: Option<String>,
    /// The profile of the file: a built-in name, or the path of a TOML file.
    pub profile: Option<String>,
    /// The sheet of a workbook. Default: the sheet with scores.
    pub sheet: Option<String>,
    /// The number of header rows; 0 for none. Default: detected.
    pub header_rows: Option<u32>,
    /// The encoding of the text, by its WHATWG label, or `cp437` or `cp850`. Default: detected,
    /// cell by cell.
    pub encoding: Option<String>,
    /// The scale of the answers, from worst to best, such as `0-10`, `1-5`, or `10-0`.
    pub scale: Option<String>,
    /// Reads scores written as words or as `8/10`.
    pub lenient: bool,
    /// Drops names, addresses and telephone numbers of respondents instead of sealing them.
    pub drop_identities: bool,
}
