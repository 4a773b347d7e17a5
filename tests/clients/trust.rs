//! `ca trust` says what `-- CMD` sets, and both win over an environment that says otherwise.

use crate::journey::{Journey, Upstream, program};
use crate::support::{has, run, testimony, told};
use crate::tools::{nodes, python};
use std::collections::BTreeMap;

/// The variables that `env` printed, without those that a shell or we set for everybody.
fn variables(text: &str) -> BTreeMap<&str, &str> {
    let own = ["PATH", "HOME", "CI", "PWD", "SHLVL", "_", "OLDPWD"];
    text.lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| !own.contains(name) && !name.contains(' '))
        .collect()
}

#[test]
fn what_is_printed_is_what_a_command_finds() {
    let folder = tempfile::tempdir().unwrap();
    // A path that a shell would split, and an option of the user's.
    let mut command = testimony(folder.path());
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR").env_remove("JAVA_HOME");
    command.env("NODE_OPTIONS", "--trace-warnings");
    let with = |arguments: &[&str]| {
        let mut again = std::process::Command::new(command.get_program());
        again.env_clear().current_dir(folder.path());
        again.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        told(&again.args(arguments).output().unwrap())
    };
    let ca = ["--ca-dir", "it's a folder/ca"];
    let found = with(&[&["record", "--cassette", "c.cassette"], &ca[..], &["--", "env"]].concat());
    let address = found.lines().nth(1).unwrap().rsplit('/').next().unwrap();
    let script = format!(
        "eval \"$('{}' ca trust --ca-dir \"it's a folder/ca\" --proxy {address})\"; env",
        env!("CARGO_BIN_EXE_testimony")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .env_clear()
        .current_dir(folder.path())
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .unwrap();
    let printed = told(&output);
    assert_eq!(variables(&printed), variables(&found));
    assert!(variables(&found).len() > 25, "{found}");
    let node = variables(&found)["NODE_OPTIONS"];
    assert!(node.starts_with("--trace-warnings --require \"/"), "{node}");
}

#[test]
fn every_form_names_every_variable() {
    let folder = tempfile::tempdir().unwrap();
    let trust = |form: &str| {
        let output = run(folder.path(), &["ca", "trust", "--format", form, "--proxy", "[::1]:7"]);
        assert!(output.status.success(), "{}", told(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let json: serde_json::Value = serde_json::from_str(&trust("json")).unwrap();
    let bundle = json["bundle"].as_str().unwrap();
    let text = std::fs::read_to_string(bundle).unwrap();
    let authority = std::fs::read_to_string(json["certificate"].as_str().unwrap()).unwrap();
    assert!(text.ends_with(&authority));
    let forms = [trust("sh"), trust("powershell"), trust("cmd"), trust("github")];
    let mut count = 0;
    for client in json["clients"].as_array().unwrap() {
        for (name, value) in client["variables"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            let lines = [
                format!("\nexport {name}='{value}'\n"),
                format!("\n$env:{name} = '{value}'\n"),
                format!("\nset \"{name}={value}\"\n"),
                format!("\necho '{name}={value}' >> \"$GITHUB_ENV\"\n"),
            ];
            for (form, line) in forms.iter().zip(lines) {
                assert!(form.contains(&line), "{line} is not in {form}");
            }
            count += 1;
        }
    }
    assert!(count > 25, "{json:#}");
}

/// A client that is led elsewhere, and told to trust something else, before `testimony` starts.
fn misled(command: &[&str]) -> Journey {
    let mut journey = Journey::of(command);
    for name in ["NO_PROXY", "no_proxy"] {
        journey = journey.environment(name, "*");
    }
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    {
        journey = journey.environment(name, "http://127.0.0.1:1");
    }
    for name in ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "NIX_SSL_CERT_FILE"]
    {
        journey = journey.environment(name, "/dev/null");
    }
    journey
        .environment("SSL_CERT_DIR", "/nowhere")
        .environment("NODE_OPTIONS", "--no-deprecation")
        .environment("JAVA_TOOL_OPTIONS", "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=1")
}

#[test]
fn a_misleading_environment_is_put_right() {
    let go = |command: &[&str]| {
        if let Some(upstream) = Upstream::start() {
            misled(command).run(upstream);
        }
    };
    if has("curl") {
        go(&["sh", &program("curl.sh")]);
    }
    if let Some(python) = python() {
        go(&[&python, "-B", &program("httpx_sync.py")]);
        go(&[&python, "-B", &program("requests_session.py")]);
    }
    if let Some(node) = nodes().first() {
        go(&[node, &program("fetch.mjs")]);
    }
    if has("java") && has("keytool") {
        go(&["java", &program("UrlConnectionJourney.java")]);
    }
}
