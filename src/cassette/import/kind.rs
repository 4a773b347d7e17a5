use std::fmt;

/// The formats of other tools that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// HAR 1.2: browsers, mitmproxy, Polly.
    Har,
    /// Cassettes of Python's vcrpy, YAML or JSON.
    Vcrpy,
    /// Cassettes of Ruby's VCR, YAML or JSON.
    RubyVcr,
    /// Cassettes of go-vcr, versions 1 and 2 of its format (go-vcr v1 to v4).
    GoVcr,
    /// Recordings of the Azure SDK's test-proxy.
    Azure,
    /// Mocks of Rust's httpmock, recorded or written.
    Httpmock,
    /// Flow files of mitmproxy.
    Mitmproxy,
    /// Simulations of Hoverfly.
    Hoverfly,
    /// Stub mappings of `WireMock`.
    WireMock,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 9] = [
        Self::Har,
        Self::Vcrpy,
        Self::RubyVcr,
        Self::GoVcr,
        Self::Azure,
        Self::Httpmock,
        Self::Mitmproxy,
        Self::Hoverfly,
        Self::WireMock,
    ];

    /// The word for `--from`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Har => "har",
            Self::Vcrpy => "vcrpy",
            Self::RubyVcr => "vcr",
            Self::GoVcr => "go-vcr",
            Self::Azure => "test-proxy",
            Self::Httpmock => "httpmock",
            Self::Mitmproxy => "mitmproxy",
            Self::Hoverfly => "hoverfly",
            Self::WireMock => "wiremock",
        }
    }

    /// Reads the word of [`Kind::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether files of this kind hold rules for a mock rather than what a provider answered. A rule
    /// written by hand looks like one that was recorded, so none of them is evidence.
    pub const fn holds_rules(self) -> bool {
        matches!(self, Self::Httpmock | Self::Hoverfly | Self::WireMock)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
