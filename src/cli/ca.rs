//! `testimony ca …`: the project's certificate authority, and how clients are told to trust it.

mod trust;

use super::{Failure, Outcome, World, server};
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the certificate with its fingerprint
    Show(Folder),
    /// Print where the certificate is
    Path(Folder),
    /// Print how each kind of client is told to trust it
    Trust(trust::Arguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct Folder {
    /// Folder of the certificate authority [default: .testimony/ca]
    #[arg(long, value_name = "DIR")]
    ca_dir: Option<PathBuf>,
}

pub(super) fn run(command: Command, world: &World) -> Result<Outcome, Failure> {
    let authority = |folder: &Folder| server::authority(folder.ca_dir.as_deref(), world);
    match command {
        Command::Show(folder) => {
            let authority = authority(&folder)?;
            world.print(&format!(
                "file     {}\nsha-256  {}\n{}",
                authority.certificate_path().display(),
                authority.fingerprint(),
                authority.certificate()
            ))
        }
        Command::Path(folder) => {
            world.print(&format!("{}\n", authority(&folder)?.certificate_path().display()))
        }
        Command::Trust(arguments) => trust::run(&arguments, &authority(&arguments.folder)?, world),
    }
}
