//! What a project has: its `testimony.toml`, the folder of its certificate authority, its specs and
//! cassettes.
//!
//! Nothing is read from the environment: callers say from which directory a project is looked for.

mod config;
mod documents;
mod duration;

pub use config::{
    CheckSection, Config, ConfigError, FILE, RedactSection, read_baseline, read_register,
};
pub use documents::{DocumentError, beside, cassettes, pages, specs};
pub use duration::{parse as parse_duration, parse_positive as parse_positive_duration};

use std::path::{Path, PathBuf};

/// Folder of the project's own files, beside `testimony.toml` (searched upwards) or in the working
/// directory.
const OWN_FOLDER: &str = ".testimony";

/// Where the certificate authority of the project around a directory is kept, and the folder that
/// git is to ignore.
pub fn authority_folder(directory: &Path) -> (PathBuf, PathBuf) {
    let project = Config::folder(directory).unwrap_or(directory).join(OWN_FOLDER);
    (project.join("ca"), project)
}
