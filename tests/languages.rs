//! The clients for other languages (`clients/`), by their own tests.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test may stop where it stands")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{has, packages, told};

fn client(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients").join(name)
}

/// A folder of this name, new.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a command; what is missing is told as the reason for which a test is skipped.
fn had(command: &mut Command) -> bool {
    let output = command.stdin(Stdio::null()).output().unwrap();
    if !output.status.success() {
        println!("skipped: {command:?}: {}", told(&output));
    }
    output.status.success()
}

/// Runs a command that must succeed; what it says on stdout.
fn done(command: &mut Command) -> String {
    let output = command
        .env("TESTIMONY_BIN", env!("CARGO_BIN_EXE_testimony"))
        .env_remove("CI")
        .env_remove("TESTIMONY_MODE")
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{command:?}: {}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Python with what the plugin's build and tests need; `None` where there is none to be had.
fn python() -> Option<PathBuf> {
    let tests = ["pytest==9.2.0", "pytest-xdist==3.8.0", "requests==2.34.2", "httpx==0.28.1"];
    let build = ["aiohttp==3.14.5", "build==1.6.1", "hatchling==1.33.0"];
    packages::python("languages", &[&tests[..], &build].concat())
}

/// The file with this ending in a folder.
fn artefact(folder: &Path, ending: &str) -> PathBuf {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut fitting = files.filter(|path| path.to_str().unwrap().ends_with(ending));
    fitting.next().unwrap_or_else(|| panic!("no {ending}"))
}

/// What an installed distribution must say of itself.
const METADATA: &str = r#"
import importlib.metadata as m, pathlib, sys, pytest_testimony
d = m.distribution("pytest-testimony")
assert pathlib.Path(pytest_testimony.__file__).is_relative_to(sys.prefix), pytest_testimony.__file__
assert d.metadata["License-Expression"] == "MIT OR Apache-2.0", d.metadata
assert d.metadata["Description-Content-Type"] == "text/markdown" and "../" not in d.metadata.get_payload()
assert d.metadata["Requires-Python"] == ">=3.9" and d.metadata["Summary"]
assert "Framework :: Pytest" in d.metadata.get_all("Classifier")
names = {pathlib.PurePosixPath(str(f)).name for f in d.files}
assert {"py.typed", "LICENSE-MIT", "LICENSE-APACHE"} <= names, names
assert not any("tests" in str(f).split("/") for f in d.files)
assert [e.value for e in d.entry_points if e.group == "pytest11"] == ["pytest_testimony.plugin"]
"#;

#[test]
fn pytest_plugin_as_it_is_published() {
    let Some(python) = python() else { return };
    let built = folder("pytest-testimony-built");
    let how = ["-m", "build", "--no-isolation", "--outdir"];
    done(Command::new(&python).args(how).arg(&built).arg(client("python")));
    // The tests are those of the source distribution; what they test is the wheel.
    let sources = artefact(&built, ".tar.gz");
    done(Command::new("tar").arg("xf").arg(&sources).arg("-C").arg(&built));
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"];
    let mut pip = Command::new(&python);
    done(pip.args(install).arg("--force-reinstall").arg(artefact(&built, ".whl")));
    let unpacked = PathBuf::from(sources.to_str().unwrap().strip_suffix(".tar.gz").unwrap());
    done(Command::new(&python).args(["-c", METADATA]).current_dir(&built));
    let mut pytest = Command::new(&python);
    pytest.args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2"]);
    println!("{}", done(pytest.current_dir(&unpacked)));
}

/// A consumer's program, with types.
const CONSUMER: &str =
    "import { Testimony, TestimonyError, type Session, type Mode } from '@testimony/node';
const mode: Mode = 'replay';
const testimony: Testimony = new Testimony({ mode, cassettes: 'cassettes' });
export const url: (session: Session) => string = (session) => session.url;
export const body: (given: number) => Promise<string> =
  testimony.test('one', async (session: Session, given: number) => `${session.url}/${given}`);
export const error: Error = new TestimonyError('x');
// @ts-expect-error: there is no such mode
new Testimony({ mode: 'live' });
";

#[test]
fn node_helper_as_it_is_published() {
    if !has("node") || !has("npm") {
        return;
    }
    let consumer = folder("testimony-node");
    let npm = || {
        let mut npm = Command::new("npm");
        npm.args(["--no-audit", "--no-fund", "--loglevel=error"]);
        npm
    };
    let mut pack = npm();
    pack.args(["pack", "--pack-destination"]).arg(&consumer).current_dir(client("node"));
    done(&mut pack);
    std::fs::write(consumer.join("package.json"), "{\"private\": true, \"type\": \"module\"}")
        .unwrap();
    let mut install = npm();
    install.args(["install", "--offline"]).arg(artefact(&consumer, ".tgz")).current_dir(&consumer);
    done(&mut install);
    let installed = consumer.join("node_modules/@testimony/node");
    let package = std::fs::read_to_string(installed.join("package.json")).unwrap();
    let package: serde_json::Value = serde_json::from_str(&package).unwrap();
    for key in
        ["name", "version", "description", "license", "exports", "types", "engines", "keywords"]
    {
        assert!(!package[key].is_null(), "{key}");
    }
    for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE", "src/index.d.ts"] {
        assert!(installed.join(file).is_file(), "{file}");
    }
    assert!(!installed.join("test").exists(), "tests are not published");
    assert!(!std::fs::read_to_string(installed.join("README.md")).unwrap().contains("../"));
    // Its own tests against the files that were installed, and its name as a consumer imports it.
    std::fs::create_dir(installed.join("test")).unwrap();
    let tests = "test/testimony.test.js";
    std::fs::copy(client("node").join(tests), installed.join(tests)).unwrap();
    println!("{}", done(Command::new("node").args(["--test", tests]).current_dir(&installed)));
    let import =
        "import { Testimony, findBinary } from '@testimony/node'; new Testimony(); findBinary();";
    let mut node = Command::new("node");
    done(node.args(["--input-type=module", "-e", import]).current_dir(&consumer));
    let mut typescript = npm();
    typescript.args(["install", "typescript@5.9.3"]).current_dir(&consumer);
    if had(&mut typescript) {
        std::fs::write(consumer.join("consumer.ts"), CONSUMER).unwrap();
        let strict =
            ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "consumer.ts"];
        let mut tsc = Command::new(consumer.join("node_modules/.bin/tsc"));
        done(tsc.args(strict).current_dir(&consumer));
    }
}
