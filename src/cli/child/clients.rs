//! The kinds of clients, and the variables by which each is led through a proxy and told whom to trust.

/// A kind of client.
#[derive(Debug)]
pub(in crate::cli) struct Client {
    /// What people call it.
    pub(in crate::cli) name: &'static str,
    /// The variables that it reads; a variable stands with one client.
    pub(in crate::cli) variables: &'static [&'static str],
    /// What else there is to know.
    pub(in crate::cli) note: &'static str,
}

/// All of them. `docs/clients.md` says which were proven, and how.
pub(in crate::cli) const CLIENTS: &[Client] = &[
    Client {
        name: "every client: the proxy, and no host that goes past it",
        variables: &[
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "ALL_PROXY",
            "all_proxy",
            "NO_PROXY",
            "no_proxy",
        ],
        note: "",
    },
    Client {
        name: "clients that take a base URL",
        variables: &["TESTIMONY_URL"],
        note: "the listener itself: `record --upstream` says where it leads to",
    },
    Client {
        name: "OpenSSL and what follows it: Python's urllib, httpx and aiohttp, Go, Ruby, rustls with the system's roots",
        variables: &["SSL_CERT_FILE", "NIX_SSL_CERT_FILE"],
        note: "aiohttp reads the proxy with `trust_env=True` alone; Go never uses one for localhost",
    },
    Client { name: "curl", variables: &["CURL_CA_BUNDLE"], note: "" },
    Client {
        name: "git",
        variables: &["GIT_SSL_CAINFO"],
        note: "`http.proxy` in git's configuration goes before the variables",
    },
    Client {
        name: "wget",
        variables: &["WGETRC"],
        note: "a file of settings; with one of your own, add `ca_certificate` to it",
    },
    Client {
        name: "Python: requests and what is built on it",
        variables: &["REQUESTS_CA_BUNDLE"],
        note: "",
    },
    Client { name: "Python: httplib2", variables: &["HTTPLIB2_CA_CERTS"], note: "" },
    Client { name: "pip", variables: &["PIP_CERT"], note: "" },
    Client { name: "AWS: boto3 and the command line", variables: &["AWS_CA_BUNDLE"], note: "" },
    Client {
        name: "Node",
        variables: &["NODE_EXTRA_CA_CERTS", "NODE_USE_ENV_PROXY", "NODE_OPTIONS"],
        note: "the file of NODE_OPTIONS leads `fetch`, `http` and `https` through the proxy where Node does not",
    },
    Client { name: "npm", variables: &["npm_config_cafile"], note: "" },
    Client { name: "Deno", variables: &["DENO_CERT"], note: "" },
    Client {
        name: "Java",
        variables: &["JAVA_TOOL_OPTIONS"],
        note: "the truststore holds Java's own roots, too",
    },
    Client { name: "cargo", variables: &["CARGO_HTTP_CAINFO"], note: "" },
    Client { name: "Ruby: bundler", variables: &["BUNDLE_SSL_CA_CERT"], note: "" },
    Client { name: "Perl: LWP", variables: &["PERL_LWP_SSL_CA_FILE"], note: "" },
    Client { name: "gRPC", variables: &["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"], note: "" },
    Client { name: "gcloud", variables: &["CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"], note: "" },
    Client {
        name: "Alibaba's older SDK for Python (aliyun-python-sdk-core)",
        variables: &["ALIBABA_CLOUD_CA_BUNDLE"],
        note: "",
    },
    Client {
        name: "Alibaba's newer SDKs",
        variables: &[],
        note: "they read none of these for trust: give the bundle in code, `RuntimeOptions(ca=os.environ['SSL_CERT_FILE'])`",
    },
];
