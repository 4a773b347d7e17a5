/// Whether text for people is coloured. Colour only repeats what the words say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// With ANSI escape sequences (ECMA-48, SGR).
    Ansi,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Bad,
    Doubtful,
    Good,
    Quiet,
    Strong,
}

impl Paint {
    /// Coloured where colour is on.
    pub const fn when(on: bool) -> Self {
        if on { Self::Ansi } else { Self::Plain }
    }

    /// The text in a tone.
    pub(super) fn tone(self, tone: Tone, text: &str) -> String {
        let code = match (self, tone) {
            (Self::Plain, _) => return text.to_owned(),
            (Self::Ansi, Tone::Bad) => "31",
            (Self::Ansi, Tone::Doubtful) => "33",
            (Self::Ansi, Tone::Good) => "32",
            (Self::Ansi, Tone::Quiet) => "2",
            (Self::Ansi, Tone::Strong) => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
