//! The vendors' own SDKs, recorded through the proxy and served again to new credentials.
//!
//! The SDKs come from `PyPI` into an environment of their own below `target/`; without a package
//! index the test says that it was skipped.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and say that it was skipped"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use support::{Server, testimony, told};

/// Vendor, its host, the client's script, and the operations that it calls.
const CALLS: &[(&str, &str, &str, &[&str])] = &[
    (
        "huawei-workspace",
        "workspace-app.cn-north-4.myhuaweicloud.com",
        "huawei_workspace.py",
        &["CreateImageServer", "RecreateServerImage", "ListImageServers"],
    ),
    ("huawei-ims", "ims.cn-north-4.myhuaweicloud.com", "huawei_ims.py", &["CreateDataImage"]),
    ("alibaba-wuying", "ecd.cn-hangzhou.aliyuncs.com", "alibaba_wuying.py", &["CreateImage"]),
];

const PACKAGES: &[&str] = &[
    "huaweicloudsdkworkspaceapp==3.1.219",
    "huaweicloudsdkims==3.1.219",
    "alibabacloud_ecd20200930==5.5.0",
    "PyYAML",
    "requests",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Python with the SDKs, made once; `cassettes/record.sh` uses the same.
fn python() -> Option<PathBuf> {
    let folder = root().join("target/venv-sdk");
    let python = folder.join("bin/python");
    if folder.join("complete").exists() {
        return Some(python);
    }
    let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).output();
    let Ok(made) = made.inspect_err(|error| println!("skipped: python3: {error}")) else {
        return None;
    };
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let installed = Command::new(&python).args(pip).args(PACKAGES).output();
    match installed {
        Ok(output) if output.status.success() => {
            std::fs::write(folder.join("complete"), "").unwrap();
            Some(python)
        }
        Ok(output) => {
            println!("skipped: no SDKs: {} {}", told(&made), told(&output));
            None
        }
        Err(error) => {
            println!("skipped: no SDKs: {} {error}", told(&made));
            None
        }
    }
}

/// A run's credentials, invented: `salt` makes them differ.
fn credentials(salt: &str) -> Vec<(&'static str, String)> {
    vec![
        ("DEPOT_ACCESS_KEY", format!("AK0{salt}QWERTZ123")),
        ("DEPOT_SECRET_KEY", format!("sk0{salt}yxcvbnm4567890asdfghjkl1234567890")),
        ("DEPOT_SECURITY_TOKEN", format!("st0{salt}poiuzt0987654321lkjhgfdsa")),
        ("DEPOT_AUTH_TOKEN", format!("at0{salt}mnbvcxy5432109876trewq")),
    ]
}

#[test]
fn five_operations_are_recorded_and_served_to_new_credentials() {
    let Some(python) = python() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let folder = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    for (vendor, host, script, operations) in CALLS {
        let spec = format!("specs/{vendor}");
        let mock =
            Server::start(root(), &["mock", "--spec", &spec, "--ca-dir", &folder("mock-ca")]);
        let route = format!("{host}={}", mock.url());
        for operation in *operations {
            let cassette = folder(&format!("{operation}.cassette"));
            let client = [
                "--ca-dir",
                &folder("ca"),
                "--cassette",
                &cassette,
                "--",
                python.to_str().unwrap(),
                &format!("cassettes/clients/{script}"),
                operation,
            ]
            .map(str::to_owned);
            let first = credentials("one");
            let mut record = testimony(root());
            record.args(["record", "--upstream", &mock.url(), "--route", &route]);
            let recorded = run(record, &client, &first);
            assert!(recorded.starts_with("exit 0"), "{operation}: {recorded}");
            let text = std::fs::read_to_string(&cassette).unwrap();
            for (name, value) in &first {
                assert!(!text.contains(value.as_str()), "{operation}: {name} was written");
            }
            let mut replay = testimony(root());
            replay.arg("replay");
            let replayed = run(replay, &client, &credentials("two"));
            assert!(replayed.starts_with("exit 0"), "{operation}: {replayed}");
            assert!(replayed.contains(", 0 misses; "), "{operation}: {replayed}");
            assert!(!replayed.contains("unused:"), "{operation}: {replayed}");
        }
    }
}

fn run(mut command: Command, client: &[String], credentials: &[(&str, String)]) -> String {
    command
        .env("PYTHONPATH", "cassettes/clients")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(credentials.iter().map(|(name, value)| (*name, value.as_str())));
    told(&command.args(client).output().unwrap())
}
