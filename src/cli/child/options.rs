//! Variables that hold a runtime's options: what the user has set there stays, ours come after it.

use super::truststore;
use std::path::Path;

/// `JAVA_TOOL_OPTIONS`: the proxy, given as host and port, and the truststore.
pub(super) fn java(
    before: &str,
    proxy: Option<(&str, u16)>,
    truststore: Option<&Path>,
) -> Option<String> {
    let mut options = Vec::new();
    if let Some((host, port)) = proxy {
        for scheme in ["http", "https"] {
            options.push(format!("-D{scheme}.proxyHost={host}"));
            options.push(format!("-D{scheme}.proxyPort={port}"));
        }
        // Java would go past the proxy for localhost.
        options.push("-Dhttp.nonProxyHosts=".to_owned());
    }
    if let Some(path) = truststore {
        let path = path.to_string_lossy();
        // The JVM splits at spaces, and takes quotes.
        let quote = if path.contains(' ') { "\"" } else { "" };
        options.push(format!("-Djavax.net.ssl.trustStore={quote}{path}{quote}"));
        options.push(format!("-Djavax.net.ssl.trustStorePassword={}", truststore::PASSWORD));
    }
    (!options.is_empty()).then(|| after(before, &options.join(" ")))
}

/// `NODE_OPTIONS`: the file to load first.
pub(super) fn node(before: &str, preload: &Path) -> String {
    let path = preload.to_string_lossy();
    // Node splits at spaces, takes double quotes, and backslashes only within them.
    let path = if path.contains([' ', '"']) {
        format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        path.into_owned()
    };
    after(before, &format!("--require {path}"))
}

/// `own` after `before`, unless it is there already: what was printed for a shell may be set in ours.
fn after(before: &str, own: &str) -> String {
    match before {
        "" => own.to_owned(),
        before if before.contains(own) => before.to_owned(),
        before => format!("{before} {own}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_the_user_stay_in_front() {
        let store = Path::new("/a b/store");
        let java = |before| java(before, Some(("127.0.0.1", 7)), Some(store)).unwrap();
        let own = "-Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=7 -Dhttps.proxyHost=127.0.0.1 \
                   -Dhttps.proxyPort=7 -Dhttp.nonProxyHosts= \
                   -Djavax.net.ssl.trustStore=\"/a b/store\" \
                   -Djavax.net.ssl.trustStorePassword=changeit";
        assert_eq!(java(""), own);
        assert_eq!(java("-Xmx1g"), format!("-Xmx1g {own}"));
        assert_eq!(java(&java("-Xmx1g")), java("-Xmx1g"));
        assert_eq!(super::java("-Xmx1g", None, None), None);
    }

    #[test]
    fn paths_for_node_are_quoted_where_they_must_be() {
        for (path, expected) in [
            ("/p/x.cjs", "--require /p/x.cjs"),
            (r"C:\p\x.cjs", r"--require C:\p\x.cjs"),
            (r"C:\a b\x.cjs", r#"--require "C:\\a b\\x.cjs""#),
        ] {
            assert_eq!(node("", Path::new(path)), expected);
        }
        assert_eq!(node("--trace-warnings", Path::new("/x")), "--trace-warnings --require /x");
        assert_eq!(node("--require /x", Path::new("/x")), "--require /x");
    }
}
