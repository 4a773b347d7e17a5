//! Clients in other languages: Java, Go, and shells with curl.

use crate::journey::{Journey, Upstream};
use crate::python::{asgi, moto, wsgi};
use crate::support::has;
use crate::tools::debian;
use crate::{program, server};

#[test]
fn curl_with_digest_and_all_that_httpbin_has() {
    let Some(upstream) = wsgi(&["httpbin"]) else { return };
    Journey::of(&["sh", &program("httpbin.sh")]).apart().run(upstream);
}

#[test]
fn images_in_docker_registry() {
    let Some(registry) = debian("docker-registry") else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = &mut server("python3", "registry.py");
    let Some(upstream) = Upstream::fronted(server.arg(registry).arg(folder.path())) else { return };
    let journey = Journey::of(&["sh", &program("images.sh")]).apart().breaks_off();
    let (_, printed) = journey.replays(2).run(upstream);
    assert!(printed.contains("same\n206 1000\n"), "{printed}");
}

#[test]
fn rclone_in_go() {
    let Some(rclone) = debian("rclone") else { return };
    let Some(upstream) = moto() else { return };
    let (_, printed) =
        Journey::of(&["sh", &program("objects.sh"), &rclone]).apart().replays(2).run(upstream);
    assert!(printed.ends_with("purged\n"), "{printed}");
}

#[test]
fn java_in_http2() {
    let Some(upstream) = asgi().filter(|_| has("java") && has("keytool")) else { return };
    let (_, printed) =
        Journey::of(&["java", "-XX:TieredStopAtLevel=1", &program("Http2Journey.java")])
            .apart()
            .replays(2)
            .run(upstream);
    assert!(printed.contains("HTTP_2") && !printed.contains("HTTP_1_1"), "{printed}");
}
