use super::super::{Failure, World, server};
use super::material::Material;
use super::options;
use crate::net::CertificateAuthority;
use std::ffi::OsString;
use std::net::SocketAddr;

/// Variables that name the proxy.
const PROXY: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
/// Variables that would take hosts away from the proxy.
const EXEMPT: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Variables that name a file of all certificates to trust.
const BUNDLES: [&str; 16] = [
    "SSL_CERT_FILE",
    "NIX_SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "DENO_CERT",
    "PIP_CERT",
    "npm_config_cafile",
    "HTTPLIB2_CA_CERTS",
    "ALIBABA_CLOUD_CA_BUNDLE",
    "CARGO_HTTP_CAINFO",
    "BUNDLE_SSL_CA_CERT",
    "PERL_LWP_SSL_CA_FILE",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
    "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
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
    /// `authority`. Writes the files that they name.
    pub(in crate::cli) fn prepare(
        address: SocketAddr,
        authority: &CertificateAuthority,
        world: &World,
    ) -> Result<Self, Failure> {
        Ok(Self::new(&Material::write(authority, world)?, Some(address), world))
    }

    /// The variables for these files; without an address those for trust alone.
    pub(in crate::cli) fn new(
        material: &Material,
        address: Option<SocketAddr>,
        world: &World,
    ) -> Self {
        let mut variables: Vec<(String, OsString)> = Vec::new();
        let mut set = |names: &[&str], value: OsString| {
            variables.extend(names.iter().map(|name| ((*name).to_owned(), value.clone())));
        };
        let before = |name: &str| world.variable(name).unwrap_or_default();
        let url = address.map(server::url);
        if let Some(url) = &url {
            set(&PROXY, url.into());
            set(&EXEMPT, OsString::new());
            set(&["TESTIMONY_URL"], url.into());
            set(&["NODE_USE_ENV_PROXY"], "1".into());
            let options = options::node(before("NODE_OPTIONS"), &material.preload);
            set(&["NODE_OPTIONS"], options.into());
        }
        set(&BUNDLES, material.bundle.clone().into());
        set(&ADDITIONAL, material.certificate.clone().into());
        if let Some(file) = &material.wgetrc {
            set(&["WGETRC"], file.into());
        }
        let proxy = url.as_deref().and_then(host_and_port);
        let truststore = material.truststore.as_deref();
        if let Some(options) = options::java(before("JAVA_TOOL_OPTIONS"), proxy, truststore) {
            set(&["JAVA_TOOL_OPTIONS"], options.into());
        }
        Self { variables }
    }

    /// Names and values.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&str, &OsString)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of one.
    pub(in crate::cli) fn value(&self, name: &str) -> Option<&OsString> {
        self.variables().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}

/// Host, without an IPv6 address's brackets, and port.
fn host_and_port(url: &str) -> Option<(&str, u16)> {
    let (host, port) = url.strip_prefix("http://")?.rsplit_once(':')?;
    Some((host.trim_start_matches('[').trim_end_matches(']'), port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::super::CLIENTS;
    use super::*;
    use crate::cli::Color;

    #[test]
    fn each_variable_stands_with_one_client() {
        let material = Material {
            certificate: "/ca.pem".into(),
            bundle: "/bundle.pem".into(),
            preload: "/preload.cjs".into(),
            wgetrc: Some("/wgetrc".into()),
            truststore: Some("/truststore".into()),
        };
        let world = World::enter(Color::Never).unwrap();
        let address = "[::1]:7".parse().ok();
        let environment = Environment::new(&material, address, &world);
        let mut set: Vec<&str> = environment.variables().map(|(name, _)| name).collect();
        let mut told: Vec<&str> =
            CLIENTS.iter().flat_map(|client| client.variables).copied().collect();
        set.sort_unstable();
        told.sort_unstable();
        assert_eq!(set, told);
        let java = environment.value("JAVA_TOOL_OPTIONS").unwrap().to_str().unwrap();
        assert!(java.contains("-Dhttps.proxyHost=::1 -Dhttps.proxyPort=7 "), "{java}");
    }
}
