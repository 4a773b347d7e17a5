//! Python's clients.

use crate::journey::{Journey, Upstream, programs};
use crate::tools::python;
use crate::{program, server};
use std::process::{Command, Stdio};
use testimony::cassette::Cassette;

/// The journey of a program in Python.
fn travel(script: &str, replays: u32, upstream: Upstream) -> Option<(Cassette, String)> {
    let python = python()?;
    Some(
        Journey::of(&[&python, "-B", &program(script)])
            .apart()
            .environment("LANG", "C.UTF-8")
            .replays(replays)
            .run(upstream),
    )
}

/// A product that speaks WSGI.
pub fn wsgi(arguments: &[&str]) -> Option<Upstream> {
    Upstream::fronted(server(&python()?, "wsgi.py").args(arguments))
}

/// A simulated AWS.
pub fn moto() -> Option<Upstream> {
    let mut command = Command::new(python()?);
    Upstream::fronted(command.arg(programs().join("moto_server.py")).stderr(Stdio::null()))
}

/// The application on Hypercorn: HTTP/2 or HTTP/1.1, as the client likes.
pub fn asgi() -> Option<Upstream> {
    let python = python()?;
    Upstream::secured(|files| {
        let mut command = server(&python, "asgi.py");
        command.args(files);
        command
    })
}

#[test]
fn requests_with_forms_of_many_parts() {
    let Some(upstream) = wsgi(&["httpbin"]) else { return };
    travel("multipart.py", 2, upstream);
}

#[test]
fn eight_clients_at_once_that_answer_a_challenge() {
    let Some(upstream) = wsgi(&["httpbin"]) else { return };
    let Some((cassette, printed)) = travel("digest.py", 5, upstream) else { return };
    assert_eq!(printed.matches("[401, 200]").count(), 32, "{printed}");
    assert_eq!(cassette.exchanges.len(), 64);
}

#[test]
fn aiohttp_with_twenty_requests_at_once() {
    let Some(upstream) = Upstream::start() else { return };
    travel("shuffled.py", 5, upstream);
}

#[test]
fn boto3_with_tokens_of_its_own() {
    let Some(upstream) = moto() else { return };
    let Some((cassette, _)) = travel("amazon.py", 2, upstream) else { return };
    let actions = cassette.exchanges.iter();
    assert!(actions.filter(|one| one.request.headers.contains("X-Amz-Target")).count() > 5);
}

#[test]
fn boto3_with_links_and_forms_that_were_signed() {
    let Some(upstream) = moto() else { return };
    travel("presigned.py", 2, upstream);
}

#[test]
fn twine_and_pip() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some(upstream) = wsgi(&["pypi", folder.path().to_str().unwrap()]) else { return };
    let here = programs().join("..");
    let (_, printed) =
        Journey::of(&["sh", &program("registry.sh"), &python, here.to_str().unwrap()])
            .apart()
            .run(upstream);
    assert!(
        printed.starts_with("uploaded\nexit 1\nHTTPError: 400\ninstalled 1.0\nexit 1\n"),
        "{printed}"
    );
}

#[test]
fn httpx_in_http2() {
    let Some(upstream) = asgi() else { return };
    let Some((_, printed)) = travel("http2.py", 5, upstream) else { return };
    assert!(printed.contains("HTTP/2") && !printed.contains("HTTP/1.1"), "{printed}");
}

#[test]
fn server_sent_events() {
    let (Some(python), Some(upstream)) = (python(), asgi()) else { return };
    let (cassette, printed) = Journey::of(&[&python, "-B", &program("events.py")])
        .apart()
        .breaks_off()
        .replays(2)
        .run(upstream);
    assert!(printed.ends_with("ended after 10\n"), "{printed}");
    assert!(cassette.exchanges.last().unwrap().timing.chunks.len() > 1);
}

#[test]
fn openstacksdk() {
    let Some(upstream) = Upstream::fronted(&mut server("python3", "openstack.py")) else { return };
    travel("cloud.py", 3, upstream);
}
