//! The vendors' own SDKs, recorded through the proxy and served again to new credentials, nonces and dates, without
//! any rule: signatures in headers (Huawei, Alibaba's newer SDK) and in queries (Alibaba's older one).
//!
//! The SDKs come from `PyPI` into an environment of their own below `target/`; without a package
//! index the test says that it was skipped. Links and forms signed for AWS: `journeys/python.rs`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop where it stands, and say that it was skipped"
)]

#[path = "sdk/signatures.rs"]
mod signatures;
mod support;
#[path = "clients/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use support::{Server, testimony, told};
use testimony::cassette::read;
use testimony::exchange::Target;

/// Spec, the API's host, the client's script, and the operations that it calls.
const CALLS: &[(&str, &str, &str, &[&str])] = &[
    (
        "huawei-workspace",
        "workspace-app.cn-north-4.myhuaweicloud.com",
        "cassettes/clients/huawei_workspace.py",
        &["CreateImageServer", "RecreateServerImage", "ListImageServers"],
    ),
    (
        "huawei-ims",
        "ims.cn-north-4.myhuaweicloud.com",
        "cassettes/clients/huawei_ims.py",
        &["CreateDataImage"],
    ),
    (
        "alibaba-wuying",
        "ecd.cn-hangzhou.aliyuncs.com",
        "cassettes/clients/alibaba_wuying.py",
        &["CreateImage"],
    ),
    (
        "alibaba-wuying",
        "ecd.cn-hangzhou.aliyuncs.com",
        "tests/sdk/alibaba_rpc.py",
        &["CreateImage"],
    ),
];

const PACKAGES: &[&str] = &[
    "huaweicloudsdkworkspaceapp==3.1.219",
    "huaweicloudsdkims==3.1.219",
    "alibabacloud_ecd20200930==5.5.0",
    "aliyun-python-sdk-core==2.16.0",
    "PyYAML==6.0.3",
    "requests==2.34.2",
];

/// What a run signs with beside its key: a date or a nonce, in a header or in the query.
const SIGNED_WITH: &[&str] =
    &["x-sdk-date", "x-acs-date", "x-acs-signature-nonce", "timestamp", "signaturenonce"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A command with another date than today's, where that can be had.
fn in_three_days(command: &[&str]) -> Vec<String> {
    let library = tools::unpacked("libfaketime").map(|folder| {
        let found = Command::new("find").arg(folder).args(["-name", "libfaketime.so.1"]).output();
        String::from_utf8(found.unwrap().stdout).unwrap().trim().to_owned()
    });
    let mut words = Vec::new();
    if let Some(library) = library.filter(|library| !library.is_empty()) {
        words.push("env".to_owned());
        words.push(format!("LD_PRELOAD={library}"));
        words.push("FAKETIME=+3d".to_owned());
        words.push("FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned());
    }
    words.extend(command.iter().map(|&word| word.to_owned()));
    words
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

/// What the requests of a recording were signed with beside keys.
fn signed_with(cassette: &Path) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for exchange in &read(cassette).unwrap().exchanges {
        let headers = exchange.request.headers.iter();
        let headers = headers.map(|header| (header.name.clone(), header.text().into_owned()));
        for (name, value) in headers.chain(Target::parse(&exchange.request.target).query_pairs()) {
            let name = name.to_ascii_lowercase();
            if SIGNED_WITH.contains(&&*name) {
                found.insert((name, value));
            }
        }
    }
    found
}

#[test]
fn operations_are_recorded_and_served_to_new_credentials() {
    let sdks = root().join("target/venv-sdk");
    let Some(python) = tools::python_with(&sdks, PACKAGES) else { return };
    let scratch = tempfile::tempdir().unwrap();
    let file = |name: &str| scratch.path().join(name);
    let folder = |name: &str| file(name).to_str().unwrap().to_owned();
    for (number, (vendor, host, script, operations)) in CALLS.iter().enumerate() {
        let spec = format!("specs/{vendor}");
        let mock =
            Server::start(root(), &["mock", "--spec", &spec, "--ca-dir", &folder("mock-ca")]);
        let route = format!("{host}={}", mock.url());
        for (turn, operation) in operations.iter().enumerate() {
            let cassette = format!("{number}-{operation}.cassette");
            let client = [&*python, script, operation];
            let now = client.map(str::to_owned);
            let later = in_three_days(&client);
            let start = |arguments: &[&str], cassette: &str| {
                let mut command = testimony(root());
                command.args(arguments).args(["--ca-dir", &folder("ca"), "--cassette"]);
                command.arg(folder(cassette)).arg("--");
                command
            };
            let recording = ["record", "--upstream", &mock.url(), "--route", &route];
            let first = credentials("one");
            let recorded = run(start(&recording, &cassette), &now, &first);
            assert!(recorded.starts_with("exit 0"), "{operation}: {recorded}");
            let text = std::fs::read_to_string(file(&cassette)).unwrap();
            for (name, value) in &first {
                assert!(!text.contains(value.as_str()), "{operation}: {name} was written");
            }
            let second = credentials("two");
            let replayed = run(start(&["replay"], &cassette), &later, &second);
            assert!(replayed.starts_with("exit 0"), "{operation}: {replayed}");
            assert!(replayed.contains(", 0 misses; "), "{operation}: {replayed}");
            assert!(!replayed.contains("unused:"), "{operation}: {replayed}");
            if turn == 0 {
                // Such a run does sign with something else.
                let recorded = run(start(&recording, "again.cassette"), &later, &second);
                assert!(recorded.starts_with("exit 0"), "{operation}: {recorded}");
                let (one, two) =
                    (signed_with(&file(&cassette)), signed_with(&file("again.cassette")));
                assert!(!one.is_empty() && one.is_disjoint(&two), "{one:?} {two:?}");
                std::fs::remove_file(file("again.cassette")).unwrap();
            }
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
