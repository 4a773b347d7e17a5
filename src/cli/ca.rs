//! `testimony ca …`: the project's certificate authority, and how clients are told to trust it.

use super::{Failure, Outcome, World, server};
use std::path::PathBuf;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Print the certificate with its fingerprint
    Show(Folder),
    /// Print where the certificate is
    Path(Folder),
    /// Print how each kind of client is told to trust it
    Trust(Folder),
}

#[derive(Debug, clap::Args)]
pub(super) struct Folder {
    /// Folder of the certificate authority [default: .testimony/ca]
    #[arg(long, value_name = "DIR")]
    ca_dir: Option<PathBuf>,
}

pub(super) fn run(command: Command, world: &World) -> Result<Outcome, Failure> {
    let (Command::Show(folder) | Command::Path(folder) | Command::Trust(folder)) = &command;
    let authority = server::authority(folder.ca_dir.as_deref(), world)?;
    let path = authority.certificate_path();
    let path = path.display();
    match command {
        Command::Show(_) => world.print(&format!(
            "file     {path}\nsha-256  {}\n{}",
            authority.fingerprint(),
            authority.certificate()
        )),
        Command::Path(_) => world.print(&format!("{path}\n")),
        Command::Trust(_) => world.print(&trust(&path.to_string())),
    }
}

fn trust(path: &str) -> String {
    format!(
        "\
# `testimony record -- CMD` and `testimony replay -- CMD` set all of this for CMD, with a bundle
# that holds the system's roots, too. By hand:

# curl
export CURL_CA_BUNDLE='{path}'
# Python: requests, pip
export REQUESTS_CA_BUNDLE='{path}' PIP_CERT='{path}'
# Python: httpx, urllib, aiohttp; Go; Ruby; OpenSSL's own
export SSL_CERT_FILE='{path}'
# AWS: boto3, the command line
export AWS_CA_BUNDLE='{path}'
# Node, besides the roots it has
export NODE_EXTRA_CA_CERTS='{path}'
# Deno, npm, git
export DENO_CERT='{path}' npm_config_cafile='{path}' GIT_SSL_CAINFO='{path}'
# Java: a truststore made by keytool
keytool -importcert -noprompt -alias testimony -file '{path}' \\
  -storetype PKCS12 -keystore truststore.p12 -storepass changeit
export JAVA_TOOL_OPTIONS='-Djavax.net.ssl.trustStore=truststore.p12 -Djavax.net.ssl.trustStorePassword=changeit'
# The whole system (Debian), which is seldom a good idea
sudo cp '{path}' /usr/local/share/ca-certificates/testimony.crt && sudo update-ca-certificates
"
    )
}
