//! Certificates of every kind, and OpenSSL servers that show them.

use crate::peer::PATIENCE;
use crate::support::ReadOn as _;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A certificate with its key, as files.
pub struct Made {
    pub certificate: PathBuf,
    pub key: PathBuf,
    params: CertificateParams,
    pair: KeyPair,
}

/// What a certificate is to be.
pub struct Wanted<'a> {
    pub name: &'a str,
    pub hosts: &'a [&'a str],
    pub authority: bool,
    /// First and last year.
    pub years: (i32, i32),
    pub by: Option<&'a Made>,
}

impl Default for Wanted<'_> {
    fn default() -> Self {
        Self {
            name: "made",
            hosts: &["127.0.0.1"],
            authority: false,
            years: (2020, 2090),
            by: None,
        }
    }
}

/// Makes a certificate and writes `NAME.pem` and `NAME.key` into the folder.
pub fn make(folder: &Path, wanted: &Wanted<'_>) -> Made {
    let pair = KeyPair::generate().unwrap();
    let hosts: Vec<String> = wanted.hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, wanted.name);
    params.is_ca = if wanted.authority {
        IsCa::Ca(BasicConstraints::Unconstrained)
    } else {
        IsCa::ExplicitNoCa
    };
    params.not_before = rcgen::date_time_ymd(wanted.years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(wanted.years.1, 1, 1);
    let signed = match wanted.by {
        None => params.self_signed(&pair).unwrap(),
        Some(by) => {
            let issuer = Issuer::from_params(&by.params, &by.pair);
            params.signed_by(&pair, &issuer).unwrap()
        }
    };
    let certificate = folder.join(format!("{}.pem", wanted.name));
    let key = folder.join(format!("{}.key", wanted.name));
    std::fs::write(&certificate, signed.pem()).unwrap();
    std::fs::write(folder.join(format!("{}.der", wanted.name)), signed.der()).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    Made { certificate, key, params, pair }
}

/// `openssl s_server` that answers every GET with a page about the connection.
pub struct OpenSsl {
    child: Child,
    pub address: SocketAddr,
}

impl OpenSsl {
    /// Shows `made`; `options` are further ones of `s_server`.
    pub fn start(made: &Made, options: &[&str]) -> Self {
        Self::start_at("127.0.0.1:0", made, options)
    }

    pub fn start_at(address: &str, made: &Made, options: &[&str]) -> Self {
        let mut child = Command::new("openssl")
            .args(["s_server", "-accept", address, "-www", "-cert"])
            .arg(&made.certificate)
            .arg("-key")
            .arg(&made.key)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("ACCEPT ") {
            line.clear();
            assert!(lines.read_line(&mut line).unwrap() > 0, "openssl ended");
        }
        let address = line.trim().strip_prefix("ACCEPT ").unwrap().parse().unwrap();
        // What it says of each connection must be read, or it stops.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Self { child, address }
    }

    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }
}

impl Drop for OpenSsl {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Listens once, and hands the socket to `serve` after the first bytes have come.
pub fn once(serve: impl FnOnce(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut socket = listener.accept().unwrap().0;
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut place = [0; 4096];
        let _ = socket.read_on(&mut place).unwrap();
        serve(socket);
    });
    address
}
