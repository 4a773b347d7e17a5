//! `--format KIND[=FILE]`: a result in any number of forms, one of them on stdout.

use super::{Failure, World, output};
use crate::report::Paint;
use std::path::PathBuf;

/// One `--format KIND[=FILE]`.
#[derive(Debug, Clone)]
pub(super) struct Format<K> {
    kind: K,
    file: Option<PathBuf>,
}

impl<K> Format<K> {
    /// Whether it goes to stdout.
    pub(super) const fn is_to_stdout(&self) -> bool {
        self.file.is_none()
    }
}

impl<K: Copy> Format<K> {
    /// Reads `KIND` or `KIND=FILE`; `word` gives the word of each of the kinds.
    pub(super) fn parse(
        text: &str,
        kinds: &[K],
        word: impl Fn(K) -> &'static str,
    ) -> Result<Self, String> {
        let (asked, file) = match text.split_once('=') {
            Some((_, "")) => return Err("no file is named after `=`".to_owned()),
            Some((asked, file)) => (asked, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let kind = kinds.iter().copied().find(|kind| word(*kind) == asked).ok_or_else(|| {
            let known: Vec<&str> = kinds.iter().map(|kind| word(*kind)).collect();
            format!("`{asked}` is not a format; the formats are {}", known.join(", "))
        })?;
        Ok(Self { kind, file })
    }

    /// Which form it is.
    pub(super) const fn kind(&self) -> K {
        self.kind
    }
}

/// The forms of a result that people read here or in a comment, and scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Terminal,
    Json,
    Markdown,
}

impl Form {
    const ALL: [Self; 3] = [Self::Terminal, Self::Json, Self::Markdown];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
            Self::Markdown => "markdown",
        }
    }

    /// Reads one `--format`.
    pub(super) fn parse(text: &str) -> Result<Format<Self>, String> {
        Format::parse(text, &Self::ALL, Self::as_str)
    }
}

/// The forms of a result that people read here, and scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Terminal,
    Json,
}

impl Plain {
    const ALL: [Self; 2] = [Self::Terminal, Self::Json];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Json => "json",
        }
    }

    /// Reads one `--format`.
    pub(super) fn parse(text: &str) -> Result<Format<Self>, String> {
        Format::parse(text, &Self::ALL, Self::as_str)
    }
}

/// Two forms on stdout could not be told apart, and of two in one file the first would be gone.
pub(super) fn one_on_stdout<K>(formats: &[Format<K>]) -> Result<(), Failure> {
    let files: Vec<&PathBuf> = formats.iter().filter_map(|format| format.file.as_ref()).collect();
    let twice = files.iter().enumerate().find(|(at, file)| files[..*at].contains(file));
    if let Some((_, file)) = twice {
        return Err(Failure::asked(format!(
            "`--format`: two forms can't both be {}",
            file.display()
        ))
        .hint("name a file for each"));
    }
    if formats.iter().filter(|format| format.file.is_none()).count() > 1 {
        return Err(Failure::asked("`--format`: only one form can go to standard output")
            .hint("name a file for the others: `--format json=result.json`"));
    }
    Ok(())
}

/// The files that will be written can be: what is found out at the end costs a run.
pub(super) fn folders_exist<K>(formats: &[Format<K>], world: &World) -> Result<(), Failure> {
    for file in formats.iter().filter_map(|format| format.file.as_ref()) {
        let path = world.directory.join(file);
        let missing = path.parent().is_some_and(|folder| !folder.is_dir());
        if missing || path.is_dir() {
            let what = if missing { "no such folder" } else { "is a folder" };
            return Err(Failure::asked(format!("--format: {}: {what}", file.display())));
        }
    }
    Ok(())
}

/// Writes the result in every form asked for, `otherwise` on stdout when none is.
pub(super) fn print<K: Copy>(
    formats: &[Format<K>],
    otherwise: Option<K>,
    render: impl Fn(K, Paint) -> String,
    world: &World,
) -> Result<(), Failure> {
    let mut written = Ok(());
    for Format { kind, file } in formats {
        if let Some(file) = file {
            // One that can't be written does not keep the others from being.
            written =
                written.and(output::write(file, render(*kind, Paint::Plain).as_bytes(), world));
        }
    }
    let shown = match formats.iter().find(|format| format.file.is_none()) {
        Some(format) => Some(format.kind),
        None if formats.is_empty() => otherwise,
        None => None,
    };
    if let Some(kind) = shown {
        world.print(&render(kind, Paint::when(world.color_stdout)))?;
    }
    written
}
