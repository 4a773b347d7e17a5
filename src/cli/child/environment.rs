use super::super::{Failure, World, server};
use super::truststore;
use crate::net::{CertificateAuthority, Roots};
use std::ffi::OsString;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// File of the system's roots and the project's CA, in the CA's folder.
const BUNDLE: &str = "bundle.pem";

/// Variables that name the proxy.
const PROXY: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that would take hosts away from the proxy.
const EXEMPT: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Variables that name a file of all certificates to trust.
const BUNDLES: [&str; 8] = [
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "DENO_CERT",
    "PIP_CERT",
    "npm_config_cafile",
];
/// Variables that name a file of certificates to trust besides.
const ADDITIONAL: [&str; 1] = ["NODE_EXTRA_CA_CERTS"];

/// What a command finds set.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Environment {
    variables: Vec<(String, OsString)>,
}

impl Environment {
    /// The variables that lead a command's clients to the listener at `address` and let them trust
    /// `authority`. Writes the bundle, and Java's truststore where `keytool` is there.
    pub(in crate::cli) fn prepare(
        address: SocketAddr,
        authority: &CertificateAuthority,
        world: &World,
    ) -> Result<Self, Failure> {
        let url = server::url(address);
        let bundle = write_bundle(authority)?;
        let mut variables: Vec<(String, OsString)> = Vec::new();
        let mut set = |names: &[&str], value: &OsString| {
            variables.extend(names.iter().map(|name| ((*name).to_owned(), value.clone())));
        };
        set(&PROXY, &url.clone().into());
        set(&EXEMPT, &OsString::new());
        set(&BUNDLES, &bundle.into());
        set(&ADDITIONAL, &authority.certificate_path().into());
        set(&["NODE_USE_ENV_PROXY"], &"1".into());
        set(&["TESTIMONY_URL"], &url.into());
        let truststore = truststore::make(authority, world);
        if let Err(reason) = &truststore {
            world.say(format!(
                "java: no truststore, so that Java clients do not trust the project's CA: {reason}"
            ));
        }
        set(&["JAVA_TOOL_OPTIONS"], &java(address, truststore.ok().as_deref(), world));
        Ok(Self { variables })
    }

    /// Names and values.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &OsString)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Java's options, after those that are set already.
fn java(address: SocketAddr, truststore: Option<&Path>, world: &World) -> OsString {
    let url = server::url(address);
    let host = url.trim_start_matches("http://").rsplit_once(':').map_or("", |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut options = world.variable("JAVA_TOOL_OPTIONS").unwrap_or_default().to_owned();
    let mut add = |name: &str, value: &str| {
        if !options.is_empty() {
            options.push(' ');
        }
        // The JVM splits at spaces, and takes quotes.
        let quote = if value.contains(' ') { "\"" } else { "" };
        for part in ["-D", name, "=", quote, value, quote] {
            options.push_str(part);
        }
    };
    for scheme in ["http", "https"] {
        add(&format!("{scheme}.proxyHost"), host);
        add(&format!("{scheme}.proxyPort"), &address.port().to_string());
    }
    add("http.nonProxyHosts", "");
    if let Some(path) = truststore {
        add("javax.net.ssl.trustStore", &path.to_string_lossy());
        add("javax.net.ssl.trustStorePassword", truststore::PASSWORD);
        add("javax.net.ssl.trustStoreType", "PKCS12");
    }
    options.into()
}

/// Writes the bundle; one that says the same already is left alone.
fn write_bundle(authority: &CertificateAuthority) -> Result<PathBuf, Failure> {
    let path = authority.folder().join(BUNDLE);
    let text = Roots::default().bundle() + authority.certificate();
    if std::fs::read_to_string(&path).is_ok_and(|found| found == text) {
        return Ok(path);
    }
    let written = tempfile::NamedTempFile::new_in(authority.folder()).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        readable(&file)?;
        file.persist(&path).map_err(|error| error.error)?;
        Ok(())
    });
    written.map_err(|error| Failure::world(format!("{}: {error}", path.display())))?;
    Ok(path)
}

/// Certificates are no secret, and a command may run as another user.
fn readable(file: &tempfile::NamedTempFile) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    let _ = file;
    Ok(())
}
