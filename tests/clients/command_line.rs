//! curl, wget, git, and the package managers pip and npm.

use crate::journey::{HOST, Journey, Upstream, program};
use crate::support::{has, told};
use crate::tools::python;
use std::path::Path;
use std::process::Command;

#[test]
fn curl() {
    let Some(upstream) = Upstream::start().filter(|_| has("curl")) else { return };
    let (cassette, printed) = Journey::of(&["sh", &program("curl.sh")]).run(upstream);
    assert!(printed.contains("\"visit\":7305} connections 0"), "{printed}");
    let upload =
        cassette.exchanges.iter().find(|exchange| exchange.request.method == "PUT").unwrap();
    assert!(upload.request.headers.contains("Expect"));
}

#[test]
fn wget() {
    let Some(upstream) = Upstream::start().filter(|_| has("wget")) else { return };
    Journey::of(&["sh", &program("wget.sh")]).run(upstream);
}

#[test]
fn git() {
    if !has("git") {
        return;
    }
    let repositories = tempfile::tempdir().unwrap();
    make_repository(repositories.path());
    let Some(upstream) = Upstream::with(Some(repositories.path())) else { return };
    let (cassette, printed) = Journey::of(&["sh", &program("git.sh")]).apart().run(upstream);
    assert!(printed.ends_with("pushed\nfetched\n"), "{printed}");
    let kinds: Vec<&str> = cassette
        .exchanges
        .iter()
        .map(|exchange| exchange.request.target.rsplit('/').next().unwrap())
        .collect();
    for kind in ["info/refs?service=git-upload-pack", "git-upload-pack", "git-receive-pack"] {
        assert!(kinds.contains(&kind.trim_start_matches("info/")), "{kind}: {kinds:?}");
    }
    assert!(cassette.exchanges.iter().all(|exchange| exchange.request.target.contains(HOST)));
}

#[test]
fn pip() {
    let Some(python) = python() else { return };
    let Some(upstream) = Upstream::start() else { return };
    let (cassette, printed) =
        Journey::of(&["sh", &program("pip.sh"), &python]).apart().run(upstream);
    assert_eq!(printed, "installed 1.1\ninstalled 1.0\nexit 1\n");
    assert!(
        cassette
            .exchanges
            .iter()
            .any(|exchange| exchange.request.target.contains("/files/depot_item-1.0-"))
    );
}

#[test]
fn npm() {
    let Some(upstream) = Upstream::start().filter(|_| has("npm")) else { return };
    let (cassette, printed) = Journey::of(&["sh", &program("npm.sh")]).apart().run(upstream);
    assert_eq!(printed, "1.1.0\ninstalled 1.0.0\nexit 1\n");
    assert!(
        cassette
            .exchanges
            .iter()
            .any(|exchange| exchange.request.target.contains("/npm/depot-item-1.0.0.tgz"))
    );
}

/// A bare repository with two commits, one of them with what can't be compressed.
fn make_repository(folder: &Path) {
    let script = "set -e; git init -q --bare depot.git; git -C depot.git config http.receivepack true; \
                  git init -q -b main work; cd work; \
                  git config user.name Somebody; git config user.email somebody@depot.example; \
                  echo one > one; git add one; git commit -q -m first; \
                  python3 -c 'import hashlib as h, sys; sys.stdout.buffer.write(b\"\".join(h.sha256(b\"%d\" % n).digest() for n in range(6000)))' > noise; git add noise; git commit -q -m second; \
                  git push -q ../depot.git main; git -C ../depot.git symbolic-ref HEAD refs/heads/main";
    let output = Command::new("sh")
        .args(["-c", script])
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", told(&output));
}
