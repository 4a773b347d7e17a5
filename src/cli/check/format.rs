use crate::check::Verdict;
use crate::cli::{Failure, World};
use crate::report::{Kind, Paint, render};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// One `--format KIND[=FILE]`.
#[derive(Debug, Clone)]
pub(super) struct Format {
    kind: Kind,
    file: Option<PathBuf>,
}

impl Format {
    /// Reads `KIND` or `KIND=FILE`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (word, file) = match text.split_once('=') {
            Some((_, "")) => return Err("no file is named after `=`".to_owned()),
            Some((word, file)) => (word, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let kind = Kind::parse(word).ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            format!("`{word}` is not a format; the formats are {}", known.join(", "))
        })?;
        Ok(Self { kind, file })
    }
}

/// Two forms on stdout could not be told apart.
pub(super) fn one_on_stdout(formats: &[Format]) -> Result<(), Failure> {
    if formats.iter().filter(|format| format.file.is_none()).count() > 1 {
        return Err(Failure::asked("`--format`: only one form can go to standard output")
            .hint("name a file for the others: `--format json=result.json`"));
    }
    Ok(())
}

/// Writes the result in every form asked for; for people, on stdout, when none is.
pub(super) fn print(formats: &[Format], verdict: &Verdict, world: &World) -> Result<(), Failure> {
    for Format { kind, file } in formats {
        if let Some(file) = file {
            write(file, &render(*kind, verdict, Paint::Plain), world)?;
        }
    }
    let shown = match formats.iter().find(|format| format.file.is_none()) {
        Some(format) => format.kind,
        None if formats.is_empty() => Kind::Terminal,
        None => return Ok(()),
    };
    world.print(&render(shown, verdict, Paint::when(world.color_stdout)))?;
    Ok(())
}

/// Writes a file whole or not at all.
pub(super) fn write(file: &Path, text: &str, world: &World) -> Result<(), Failure> {
    let path = world.directory.join(file);
    let folder = path.parent().unwrap_or(&world.directory);
    let failed = |error: std::io::Error| Failure::world(format!("{}: {error}", file.display()));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".testimony-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As any file that is made: what the user's mask leaves of this.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(folder).map_err(failed)?;
    temporary.write_all(text.as_bytes()).map_err(failed)?;
    temporary.persist(&path).map_err(|error| failed(error.error))?;
    Ok(())
}
