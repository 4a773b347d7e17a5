//! Upstreams in TLS: whom the recorder believes, who it says it is, and what it says of failures.

use crate::certificates::{Made, OpenSsl, Wanted, make, once};
use crate::peer::{Recorder, say};
use crate::support::{has, run, told};
use std::io::{Read as _, Write as _};
use std::path::Path;
use testimony::exchange::{Exchange, TransportErrorKind};

/// One GET through a recorder before `url`: the answer, the exchange, and what was said.
fn asked(url: &str, arguments: &[&str]) -> (String, Exchange, String) {
    let all = [&["--upstream", url], arguments].concat();
    let recorder = Recorder::start(&all);
    let got = say(recorder.address(), "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    let (cassette, output) = recorder.end_with_output();
    assert_eq!(cassette.exchanges.len(), 1, "{}", told(&output));
    (got, cassette.exchanges.into_iter().next().unwrap(), told(&output))
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

/// The request fails: kind, what is recorded, and what is hinted (nothing for none).
fn fails(url: &str, arguments: &[&str], kind: TransportErrorKind, message: &str, hint: &str) {
    let (got, exchange, said) = asked(url, arguments);
    let error = exchange.error.as_ref().expect(&got);
    assert_eq!(error.kind, kind, "{}", error.message);
    assert!(error.message.contains(message), "{}", error.message);
    assert!(
        error.message.starts_with("127.0.0.1:") || kind == TransportErrorKind::Tls,
        "{error:?}"
    );
    assert!(got.contains(&format!("testimony-error: {kind}\r\n")), "{got}");
    assert_eq!(exchange.response, None);
    let hinted = said.lines().any(|line| line.starts_with("hint: ") && line.contains(hint));
    assert_eq!(hinted, !hint.is_empty() || said.contains("hint: "), "{said}");
    let debugged = ["InvalidCertificate", "AlertReceived", "Context", "Error {", "DnsName("];
    assert!(!debugged.iter().any(|word| error.message.contains(word)), "{}", error.message);
}

fn succeeds(url: &str, arguments: &[&str]) {
    let (got, exchange, _) = asked(url, arguments);
    assert!(got.starts_with("HTTP/1.0 200 ok\r\n"), "{got}");
    assert_eq!(exchange.error, None);
    assert_eq!(exchange.response.unwrap().status, 200);
}

#[test]
fn certificates_that_are_not_believed() {
    if !has("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |wanted: &Wanted<'_>| make(folder.path(), wanted);
    let trusted = in_folder(&Wanted { name: "trusted", authority: true, ..Wanted::default() });
    let stranger = in_folder(&Wanted { name: "stranger", authority: true, ..Wanted::default() });
    let by = |name, by: &Made, hosts: &[&str], years| {
        make(folder.path(), &Wanted { name, by: Some(by), hosts, years, ..Wanted::default() })
    };
    let here: &[&str] = &["127.0.0.1"];
    let now = (2020, 2090);
    let names: Vec<String> = (0..12).map(|n| format!("n{n}.example")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let cases = [
        (
            by("theirs", &stranger, here, now),
            "its certificate is signed by `CN=stranger`, whom nothing here trusts",
            "`--ca-file FILE` trusts the authority that signed it",
        ),
        (
            by("expired", &trusted, here, (2001, 2002)),
            "its certificate expired at 2002-01-01T00:00:00Z",
            "",
        ),
        (
            by("early", &trusted, here, (2088, 2090)),
            "its certificate is not valid before 2088-01-01T00:00:00Z",
            "",
        ),
        (
            by("misnamed", &trusted, &["elsewhere.example", "192.0.2.1"], now),
            "its certificate is not for `127.0.0.1` but for `elsewhere.example`, `192.0.2.1`",
            "",
        ),
        (by("many", &trusted, &names, now), "`n7.example` and 4 more", ""),
        (by("nameless", &trusted, &[], now), "it has no subject alternative name", ""),
        (
            in_folder(&Wanted { name: "alone", ..Wanted::default() }),
            "its certificate (`CN=alone`) is signed by itself and not trusted here",
            "with that very certificate",
        ),
        (
            in_folder(&Wanted { name: "selfish", authority: true, ..Wanted::default() }),
            "its certificate (`CN=selfish`) is signed by itself and not trusted here",
            "with that very certificate",
        ),
    ];
    for (made, message, hint) in &cases {
        let server = OpenSsl::start(made, &[]);
        let trust = ["--ca-file", path(&trusted.certificate)];
        fails(&server.url(), &trust, TransportErrorKind::Tls, message, hint);
    }
}

#[test]
fn a_certificate_given_as_it_is_counts_for_what_it_says() {
    if !has("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |wanted: &Wanted<'_>| make(folder.path(), wanted);
    for authority in [false, true] {
        let alone = in_folder(&Wanted { name: "alone", authority, ..Wanted::default() });
        let server = OpenSsl::start(&alone, &[]);
        succeeds(&server.url(), &["--ca-file", path(&alone.certificate)]);
        let der = folder.path().join("alone.der");
        succeeds(&server.url(), &["--ca-file", path(&der)]);
        // In a bundle with others.
        let other = in_folder(&Wanted { name: "other", authority: true, ..Wanted::default() });
        let read = |file: &Path| std::fs::read_to_string(file).unwrap();
        let bundle = folder.path().join("bundle.pem");
        let both = format!("# Ours\n{}{}", read(&other.certificate), read(&alone.certificate));
        std::fs::write(&bundle, both).unwrap();
        succeeds(&server.url(), &["--ca-file", path(&bundle)]);
        // Another certificate that says the same is another one.
        let twin = in_folder(&Wanted { name: "alone", authority, ..Wanted::default() });
        let given = ["--ca-file", path(&twin.certificate)];
        let tls = TransportErrorKind::Tls;
        let (_, exchange, _) = asked(&server.url(), &given);
        assert_eq!(exchange.error.unwrap().kind, tls);
    }
    // Its names and its time count.
    let cases = [
        (&["a.example"][..], (2020, 2090), "is not for `127.0.0.1` but for `a.example`"),
        (&["127.0.0.1"], (2001, 2002), "expired at 2002-01-01"),
        (&["127.0.0.1"], (2088, 2090), "not valid before 2088-01-01"),
    ];
    for (hosts, years, message) in cases {
        let wanted = Wanted { name: "given", hosts, years, ..Wanted::default() };
        let made = in_folder(&wanted);
        let server = OpenSsl::start(&made, &[]);
        let given = ["--ca-file", path(&made.certificate)];
        fails(&server.url(), &given, TransportErrorKind::Tls, message, "");
    }
    // It vouches for nobody else.
    let leaf = in_folder(&Wanted { name: "leaf", ..Wanted::default() });
    let signed = in_folder(&Wanted { name: "signed", by: Some(&leaf), ..Wanted::default() });
    let server = OpenSsl::start(&signed, &[]);
    let given = ["--ca-file", path(&leaf.certificate)];
    fails(&server.url(), &given, TransportErrorKind::Tls, "signed by `CN=leaf`", "--ca-file");
}

#[test]
fn handshakes_that_fail() {
    if !has("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let made = make(folder.path(), &Wanted::default());
    let trust = ["--ca-file", path(&made.certificate)];
    let old = OpenSsl::start(&made, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    let tls = TransportErrorKind::Tls;
    fails(&old.url(), &trust, tls, "speaks neither TLS 1.2 nor TLS 1.3", "");
    let odd = OpenSsl::start(&made, &["-tls1_2", "-cipher", "AES128-SHA"]);
    fails(&odd.url(), &trust, tls, "(alert `handshake_failure`)", "--client-cert");
    let plain = once(|mut socket| {
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
        let _ = socket.read_to_end(&mut Vec::new());
    });
    fails(&format!("https://{plain}"), &trust, tls, "does not speak TLS there", "plain `http://`");
    let closed = once(drop);
    let reset = TransportErrorKind::Reset;
    let message = "closed the connection during the TLS handshake";
    fails(&format!("https://{closed}"), &trust, reset, message, "");
    let cut = once(|socket| {
        let socket =
            tokio::runtime::Builder::new_current_thread().enable_io().build().map(|runtime| {
                let _inside = runtime.enter();
                socket.set_nonblocking(true).unwrap();
                tokio::net::TcpStream::from_std(socket).unwrap().set_zero_linger().unwrap();
            });
        socket.unwrap();
    });
    let message = "reset the connection during the TLS handshake";
    fails(&format!("https://{cut}"), &trust, reset, message, "");
    let (release, blocked) = std::sync::mpsc::channel::<()>();
    let silent = once(move |socket| {
        let _ = blocked.recv();
        drop(socket);
    });
    let (got, exchange, said) = asked(&format!("https://{silent}"), &["--timeout", "4s"]);
    drop(release);
    let error = exchange.error.unwrap();
    assert_eq!(error.kind, TransportErrorKind::Timeout);
    assert_eq!(error.message, format!("{silent}: did not end the TLS handshake in 4 s"));
    assert!(got.starts_with("HTTP/1.1 504 "), "{got}");
    assert!(said.contains("hint: `--timeout TIME`"), "{said}");
}

#[test]
fn upstreams_that_ask_who_we_are() {
    if !has("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |wanted: &Wanted<'_>| make(folder.path(), wanted);
    let server = in_folder(&Wanted { name: "server", ..Wanted::default() });
    let staff = in_folder(&Wanted { name: "staff", authority: true, ..Wanted::default() });
    let client =
        in_folder(&Wanted { name: "me", by: Some(&staff), hosts: &[], ..Wanted::default() });
    let crook = in_folder(&Wanted { name: "crook", hosts: &[], ..Wanted::default() });
    let joined = folder.path().join("joined.pem");
    let read = |file: &Path| std::fs::read_to_string(file).unwrap();
    std::fs::write(&joined, format!("{}{}", read(&client.key), read(&client.certificate))).unwrap();
    let trust = ["--ca-file", path(&server.certificate)];
    let with = |more: &[&str]| -> Vec<String> {
        [&trust[..], more].concat().iter().map(|word| (*word).to_owned()).collect()
    };
    for version in ["-tls1_2", "-tls1_3"] {
        let asks = ["-Verify", "1", "-verify_return_error", "-CAfile", path(&staff.certificate)];
        let upstream = OpenSsl::start(&server, &[&asks[..], &[version]].concat());
        let url = upstream.url();
        let tls = TransportErrorKind::Tls;
        fails(&url, &trust, tls, "a client certificate", "`--client-cert FILE` presents one");
        let named = |file: &Path| format!("127.0.0.1={}", path(file));
        let elsewhere = format!("other.example={}", path(&joined));
        let wrong =
            with(&["--client-cert", path(&crook.certificate), "--client-key", path(&crook.key)]);
        let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
        fails(&url, &wrong, tls, "refuses a client certificate", "--client-cert");
        let not_here = with(&["--client-cert", &elsewhere]);
        let not_here: Vec<&str> = not_here.iter().map(String::as_str).collect();
        fails(&url, &not_here, tls, "a client certificate", "--client-cert");
        for arguments in [
            with(&["--client-cert", path(&joined)]),
            with(&["--client-cert", path(&client.certificate), "--client-key", path(&client.key)]),
            with(&[
                "--client-cert",
                &named(&client.certificate),
                "--client-key",
                &named(&client.key),
                "--client-cert",
                &elsewhere,
            ]),
        ] {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let (got, exchange, said) = asked(&url, &arguments);
            assert!(got.starts_with("HTTP/1.0 200 ok\r\n"), "{got} {said}");
            // The server shows the client's certificate on its page: it has seen the true one.
            assert!(got.contains("CN = me") || got.contains("CN=me"), "{got}");
            let request = format!("{:?}", exchange.request);
            let key = read(&client.key);
            let line = key.lines().nth(1).unwrap();
            assert!(!said.contains(line) && !request.contains("me.pem"), "{said} {request}");
        }
    }
}

#[test]
fn identities_that_can_not_be_used() {
    if !has("openssl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let one = make(folder.path(), &Wanted { name: "one", ..Wanted::default() });
    make(folder.path(), &Wanted { name: "two", ..Wanted::default() });
    let locked = folder.path().join("locked.key");
    let done = std::process::Command::new("openssl")
        .args(["pkey", "-aes256", "-passout", "pass:x", "-in", path(&one.key), "-out"])
        .arg(&locked)
        .status()
        .unwrap();
    assert!(done.success());
    std::fs::write(folder.path().join("odd.pem"), "-----BEGIN CERTIFICATE-----\n!!\n").unwrap();
    let cases: [(&[&str], &str); 8] = [
        (
            &["--client-cert", "one.pem", "--client-key", "locked.key"],
            "locked.key: the private key in it is encrypted\nhint: `openssl pkey",
        ),
        (&["--client-cert", "one.pem"], "one.pem: no private key in it\nhint: `--client-key"),
        (&["--client-cert", "one.key"], "one.key: no certificate in it"),
        (&["--client-cert", "absent.pem"], "absent.pem: No such file"),
        (&["--client-cert", "odd.pem"], "odd.pem: "),
        (&["--client-cert", "one.pem", "--client-key", "two.key"], "one.pem: "),
        (
            &["--client-cert", "h=one.pem", "--client-key", "one.key"],
            "no `--client-cert` that it could belong to",
        ),
        (&["--client-key", "one.key"], "--client-cert"),
    ];
    for (arguments, expected) in cases {
        let all = [&["record", "--cassette", "c.cassette"], arguments].concat();
        let told = told(&run(folder.path(), &all));
        assert!(told.starts_with("exit 2\n") && told.contains(expected), "{arguments:?}: {told}");
        assert!(!folder.path().join("c.cassette").exists(), "{told}");
    }
}
