//! How requests of a probe are sent.

use crate::cli::auth::Auth;
use crate::live::Rate;
use crate::project;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Sending")]
pub(super) struct SendingArguments {
    /// Credentials: `bearer`, `basic`, `header:NAME`, `huawei`, `acs3`, `alibaba-rpc`,
    /// `sigv4:REGION/SERVICE` or `oauth2:TOKEN_URL`, with values from `env:NAME` or `file:PATH`
    #[arg(long, value_name = "SCHEME=env:NAME[,env:NAME]", value_parser = Auth::parse)]
    pub(super) auth: Option<Auth>,
    /// Credentials of a second identity with fewer rights, for 403
    #[arg(long, value_name = "SCHEME=env:NAME[,env:NAME]", value_parser = Auth::parse)]
    pub(super) auth_other: Option<Auth>,
    /// Send methods that may change something, too
    #[arg(long)]
    pub(super) allow_unsafe: bool,
    /// Make things that no documented request removes, too
    #[arg(long, requires = "allow_unsafe")]
    pub(super) allow_leftovers: bool,
    /// Requests that the plan has at most
    #[arg(long, value_name = "N", default_value = "10000")]
    pub(super) max_requests: usize,
    /// Send the good request so many times at once where 429 is documented
    #[arg(long, value_name = "N")]
    pub(super) burst: Option<u32>,
    /// Requests a second at most [default: as many as can be]
    #[arg(long, value_name = "N")]
    pub(super) rate: Option<Rate>,
    /// Requests under way at the same time
    #[arg(long, value_name = "N", default_value = "4")]
    pub(super) concurrency: NonZero<u16>,
    /// Longest wait for a connection and for the next bytes
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = project::parse_positive_duration)]
    pub(super) timeout: Duration,
    /// Record every exchange into this cassette
    #[arg(long, value_name = "FILE")]
    pub(super) cassette: Option<PathBuf>,
    /// Where what was made is listed until it is removed [default: CASSETTE.created.json, or
    /// testimony-created.json]
    #[arg(long, value_name = "FILE")]
    pub(super) created: Option<PathBuf>,
    /// Number that made-up names follow from [default: another in every run]
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<u64>,
}

/// Reads one `--param`.
pub(super) fn parameter(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("`{text}` is not NAME=VALUE"))?;
    Ok((name.to_owned(), value.to_owned()))
}
